"""What came on record of a subject, in that order: who wrote it down when and why, and what it replaced."""

from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from ..errors import Problem, RegistryError
from ..messages import text
from .sql import Session, SqlRegistry

_PAGE = """
SELECT seq, record_id, recorded_at, recorded_by, note, record,
  (SELECT max(before.seq) FROM records before
   WHERE before.subject_id = records.subject_id AND before.record_id = records.record_id AND before.seq < records.seq)
FROM records WHERE subject_id = ? AND seq > ? ORDER BY seq LIMIT ?
"""


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
    """What it says, as `registry-record.schema.json` has it; null where the record has moved to another subject.

    记录内容，格式见 `registry-record.schema.json`；记录已转至其他主体时为 null。
    """


def timeline(
    registry: SqlRegistry, session: Session, subject: str, *, after: int = 0, limit: int = 100
) -> tuple[Recorded, ...]:
    """At most `limit` entries of `subject` (a normal USCC), from the one after the entry `after` on.

    Raises RegistryError where one is broken.
    """
    found = []
    for seq, key, at, by, note, content, replaces in session.execute(_PAGE, (subject, after, limit)):
        try:
            found.append(Recorded(seq, key, at, by, note, replaces, msgspec.json.decode(content)))
        except msgspec.DecodeError as error:
            problem = text("registry.broken-record", seq=seq, error=error)
            raise RegistryError(Problem(problem, source=registry.source)) from None
    return tuple(found)
