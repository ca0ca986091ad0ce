"""What came on record of a subject, in that order: who wrote it down when and why, and what it replaced."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import msgspec

from ..errors import Problem, RegistryError
from ..messages import text
from ..models import read_kept_plain
from .sql import Session, SqlRegistry

# What a record without an id is replaced by has one: both are written in one transaction, at one instant.
_PAGE = """
SELECT page.seq, page.record_id, page.recorded_at, page.recorded_by, page.note, page.record, page.before,
  was.record AS record_before,
  CASE WHEN page.record = 'null' THEN
    (SELECT min(became.record_id) FROM records became
     WHERE became.subject_id = page.subject_id AND became.recorded_at = page.recorded_at AND became.seq > page.seq
       AND became.record_id <> page.record_id AND became.record <> 'null' AND substr(page.record_id, 1, 1) = '#')
  END,
  (SELECT made.made_by FROM proposals made JOIN proposals answer ON answer.proposal_id = made.proposal_id
   WHERE made.subject_id = page.subject_id AND made.step = 'proposed' AND answer.step = 'confirmed'
     AND answer.made_at = page.recorded_at AND answer.made_by = page.recorded_by)
FROM (
  SELECT records.*, (SELECT max(earlier.seq) FROM records earlier WHERE earlier.subject_id = records.subject_id
    AND earlier.record_id = records.record_id AND earlier.seq < records.seq) AS before
  FROM records WHERE subject_id = ? AND seq > ? ORDER BY seq LIMIT ?
) page
LEFT JOIN records was ON was.subject_id = page.subject_id AND was.seq = page.before
ORDER BY page.seq
"""
# The field that says when a record of a kind ends.
ENDS = {"shop": "closed_on", "ban": "revoked_on", "violation": "resolved_on", "mark": "until"}
Action = Literal["added", "ended", "reopened", "corrected", "withdrawn", "given_id"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One entry on record.

    登记库中的一条记录。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    seq: int
    """Its place in the order of recording.

    入库序号。
    """
    record_id: str
    """What it is about: a later entry with the same id replaces it.

    记录编号；编号相同的后续记录将取代本记录。
    """
    recorded_at: str
    """When it was written down, in UTC.

    入库时间（UTC）。
    """
    recorded_by: str
    """Who wrote it down; empty where that is not known.

    录入人；未知时为空。
    """
    note: str | None
    """The reason or reference.

    理由或依据。
    """
    replaces: int | None
    """The entry that it replaced; null where it is the first of its id.

    所取代的记录的入库序号；首次录入时为 null。
    """
    record: dict[str, Any] | None
    """What it says, as `registry-record.schema.json` has it; null where the record was withdrawn or has another id now.

    记录内容，格式见 `registry-record.schema.json`；记录已作废或已改用其他编号时为 null。
    """
    action: Action
    """added, ended (closed, revoked, resolved), reopened (the end taken back), corrected, withdrawn or given_id.

    added：新增；ended：关店、撤销封禁、处理完毕或标记失效；reopened：撤回前述操作；corrected：更正；withdrawn：作废；given_id：改用新编号。
    """
    changes: dict[str, tuple[Any, Any]]
    """The fields that are otherwise than in the entry that it replaced, each as it was and as it is; null: without it.

    与所取代的记录相比有变化的字段，依次为原值和现值；没有该字段时为 null。
    """
    became: str | None = None
    """The id that the record has now, where it was given one.

    记录改用的新编号。
    """
    proposed_by: str | None = None
    """Who proposed it, where a second person confirmed it.

    经第二人确认的，为提议人。
    """


def timeline(
    registry: SqlRegistry, session: Session, subject: str, *, after: int = 0, limit: int = 100
) -> tuple[Recorded, ...]:
    """At most `limit` entries of `subject` (a normal USCC), from the one after the entry `after` on.

    Raises RegistryError where one is broken.
    """
    found = []
    for seq, key, at, by, note, content, before, was, became, proposed_by in session.execute(
        _PAGE, (subject, after, limit)
    ):
        try:
            record, old = read_kept_plain(content), read_kept_plain(was) if was is not None else None
        except msgspec.DecodeError as error:
            problem = text("registry.broken-record", seq=seq, error=error)
            raise RegistryError(Problem(problem, source=registry.source)) from None
        changes = _changes(old, record)
        action: Action = "given_id" if became else _action(old, record, changes)
        found.append(Recorded(seq, key, at, by, note, before, record, action, changes, became, proposed_by))
    return tuple(found)


def _changes(old: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, tuple[Any, Any]]:
    """The fields that differ, in the order of the record; none where one of the two is not there."""
    if old is None or new is None:
        return {}
    return {name: (old.get(name), new.get(name)) for name in {**old, **new} if old.get(name) != new.get(name)}


def _action(old: dict[str, Any] | None, new: dict[str, Any] | None, changes: dict[str, tuple[Any, Any]]) -> Action:
    if new is None:
        return "withdrawn"
    if old is None:
        return "added"
    # Why a shop closed goes with its end.
    ends = [change for name, change in changes.items() if name in ENDS.values()]
    if not ends or changes.keys() - {*ENDS.values(), "closed_for"}:
        return "corrected"
    was, now = ends[0]
    if was is None:
        return "ended"
    return "reopened" if now is None else "corrected"
