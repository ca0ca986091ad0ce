"""Four eyes: bans and waivers that take effect only when a second person confirms them.

Whether a registry asks for it is on record there, so that no call can leave it out. It goes for whatever puts a ban or
a waiver on record, changes it or takes it back: a ban is also a shop that is closed for fraud or a serious violation.
Until it is confirmed a proposal decides nothing, but nobody is admitted while a ban is proposed; see `admission`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal
from uuid import uuid4

import msgspec
from msgspec import structs

from ..errors import ConflictError, NotOnRecordError, Problem, RegistryError
from ..identity import normal_text
from ..look_alikes import brand_looks
from ..messages import text
from ..models import Ban, Mark, Record, Shop, read_kept, read_kept_plain, write_kept
from ..reading.records import MAX_PROBLEMS
from ..registry.sql import Entry, Row, Session, SqlRegistry
from ..registry.timestamps import write_instant

# What a proposal says of its answer before there is one.
_UNANSWERED: dict[str, Any] = {"outcome": None, "answered_at": None, "answered_by": None, "answer_note": None}
Step = Literal["proposed", "confirmed", "rejected"]
FOUR_EYES = "four_eyes"
_COLUMNS = "proposal_id, step, subject_id, record_id, replaces, record, made_at, made_by, note"
_KEEP = f"INSERT INTO proposals ({_COLUMNS}) VALUES ({', '.join('?' for _ in _COLUMNS.split(','))})"  # noqa: S608
_ALL = """
SELECT made.proposal_id, made.subject_id, made.record_id, made.replaces, made.record, made.made_at, made.made_by,
  made.note, answer.step AS answer, answer.made_at AS answered_at, answer.made_by AS answered_by, answer.note
FROM proposals made
LEFT JOIN proposals answer ON answer.proposal_id = made.proposal_id AND answer.step <> 'proposed'
WHERE made.step = 'proposed'
"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of a ban or a waiver that needs a second person.

    须由第二人确认的封禁或豁免变更。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    proposal_id: str
    """The proposal's id.

    提议编号。
    """
    subject_id: str
    """The subject that it is about.

    所涉主体。
    """
    record_id: str
    """The record that it puts there or replaces.

    拟新增或取代的记录编号。
    """
    replaces: int | None
    """The entry that it would replace; null for a new record.

    拟取代的记录的入库序号；新增记录为 null。
    """
    record: dict[str, Any] | None
    """What it would say, as `registry-record.schema.json` has it; null where the record is to be withdrawn.

    拟登记的内容，格式见 `registry-record.schema.json`；拟作废该记录时为 null。
    """
    proposed_at: str
    """When it was proposed, in UTC.

    提议时间（UTC）。
    """
    proposed_by: str
    """Who proposed it.

    提议人。
    """
    note: str | None
    """The reason or reference.

    理由或依据。
    """
    outcome: Literal["confirmed", "rejected"] | None = None
    """confirmed, rejected, or null while it waits.

    confirmed：已确认；rejected：已驳回；待处理为 null。
    """
    answered_at: str | None = None
    """When it was confirmed or rejected, in UTC.

    确认或驳回时间（UTC）。
    """
    answered_by: str | None = None
    """Who confirmed or rejected it.

    确认人或驳回人。
    """
    answer_note: str | None = None
    """Why it was confirmed or rejected.

    确认或驳回的理由。
    """


def needs_two(session: Session) -> bool:
    """Whether this registry wants a second person for bans and waivers."""
    found = session.execute("SELECT value FROM settings WHERE name = ? ORDER BY seq DESC LIMIT 1", (FOUR_EYES,))
    row = found.fetchone()
    return row is not None and row[0] == "on"


def set_four_eyes(on: bool, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False) -> bool:
    """Have bans and waivers need a second person from now on, or no more; returns whether that is new.

    Each change of it is kept, with who made it, when and why.
    """
    with registry.writing(dry_run=dry_run) as session:
        if needs_two(session) == on:
            return False
        values = (FOUR_EYES, "on" if on else "off", write_instant(entry.at), entry.by, entry.note)
        session.execute("INSERT INTO settings (name, value, made_at, made_by, note) VALUES (?, ?, ?, ?, ?)", values)
    return True


def is_weighty(record: Record | None) -> bool:
    """Whether the record is a ban or a waiver."""
    match record:
        case Mark():
            return record.is_waiver
        case Shop():
            return record.closed_for in ("application_fraud", "serious_violation")
    return isinstance(record, Ban)


def propose(
    session: Session, subject: str, record_id: str, replaces: int | None, record: Record | None, entry: Entry
) -> Proposal:
    """Keep the proposal that `record` take its place on record; None: that what is there be withdrawn.

    Raises ConflictError where one about the same record, or of an equal ban, waits already.
    """
    for waiting in proposals(session, subject, waiting=True):
        if waiting.record_id == record_id or _same_ban(_record_of(waiting), record):
            raise _conflict("proposed-already", proposal=waiting.proposal_id, by=waiting.proposed_by)
    id_, content = str(uuid4()), write_kept(record)
    terms = (content, write_instant(entry.at), entry.by, entry.note)
    session.execute(_KEEP, (id_, "proposed", subject, record_id, replaces, *terms))
    return Proposal(id_, subject, record_id, replaces, msgspec.json.decode(content), *terms[1:])


def refuse_unconfirmed(session: Session, changes: Iterable[tuple[str, Record | None, Record | None]]) -> None:
    """Refuse an import of `changes` by one person that lets in more, where the registry wants two.

    Each is a record id, what stands under it, and what would. A new ban may come: it lets in nobody. Raises
    ConflictError where one on record, or a waiver, would be another, and where a waiver is new.
    """
    if not needs_two(session):
        return
    refused = [key for key, old, new in changes if is_weighty(old) or (isinstance(new, Mark) and is_weighty(new))]
    if refused:
        hint = text("decisions.import-needs-two-hint")
        told = [Problem(text("decisions.import-needs-two", record=key), hint=hint) for key in dict.fromkeys(refused)]
        raise ConflictError(*told[:MAX_PROBLEMS])


def proposals(session: Session, subject: str | None = None, *, waiting: bool = False) -> Iterator[Proposal]:
    """The proposals on record, in the order in which they were made; those on `subject`, and those that wait, alone."""
    where, values = (" AND made.subject_id = ?", (subject,)) if subject is not None else ("", ())
    where += " AND answer.step IS NULL" if waiting else ""
    return map(_proposal, session.execute(f"{_ALL}{where} ORDER BY made.seq", values))


def proposals_waiting_at(session: Session, subject: str, until: str | None) -> list[Proposal]:
    """The proposals on `subject` that waited at the instant `until`, as instants stand on record; None: that wait."""
    if until is None:
        return list(proposals(session, subject, waiting=True))
    made = (one for one in proposals(session, subject) if one.proposed_at <= until)
    return [replace(one, **_UNANSWERED) for one in made if one.answered_at is None or one.answered_at > until]


def proposed_bans(session: Session, subject: str) -> Iterator[Proposal]:
    """What waits for a second person and would bar the subject; asked for at once, and read when it is wanted."""
    return (proposal for proposal in proposals(session, subject, waiting=True) if _bars(_record_of(proposal)))


def confirm_proposal(proposal_id: str, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False) -> Proposal:
    """Put on record what was proposed, in the name of a second person.

    Raises ConflictError where that is the person who proposed it, or what is on record has changed since.
    """
    subject = _subject_of(registry, proposal_id)
    with registry.writing(subject=subject, dry_run=dry_run) as session:
        proposal = _waiting(session, proposal_id)
        if _may_be_one(proposal.proposed_by, entry.by):
            raise _conflict("same-person", "same-person-hint", by=proposal.proposed_by)
        rows = registry.rows(session, subject)
        new = _record_of(proposal)
        _refuse_outdated(proposal, new, rows)
        key = proposal.record_id
        if new is not None and not isinstance(new, Shop) and key != f"{new.record}:{new.id}":
            registry.append(session, structs.replace(entry, note=proposal.note), subject, key, None)
            key = f"{new.record}:{new.id}"
        registry.append(session, structs.replace(entry, note=proposal.note), subject, key, new)
        return _answer(session, proposal, "confirmed", entry)


def reject_proposal(proposal_id: str, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False) -> Proposal:
    """Put aside what was proposed; who proposed it may do that, too. Raises ConflictError where it does not wait."""
    with registry.writing(subject=_subject_of(registry, proposal_id), dry_run=dry_run) as session:
        return _answer(session, _waiting(session, proposal_id), "rejected", entry)


def _answer(session: Session, proposal: Proposal, step: Literal["confirmed", "rejected"], entry: Entry) -> Proposal:
    p, answer = proposal, (write_instant(entry.at), entry.by, entry.note)
    content = msgspec.json.encode(p.record).decode()
    session.execute(_KEEP, (p.proposal_id, step, p.subject_id, p.record_id, p.replaces, content, *answer))
    made = (p.proposed_at, p.proposed_by, p.note)
    return Proposal(p.proposal_id, p.subject_id, p.record_id, p.replaces, p.record, *made, step, *answer)


def _proposal(row: tuple[Any, ...]) -> Proposal:
    id_, subject, record_id, replaces, content, *rest = row
    return Proposal(id_, subject, record_id, replaces, read_kept_plain(content), *rest)


def _record_of(proposal: Proposal) -> Record | None:
    return read_kept(msgspec.json.encode(proposal.record))


def _subject_of(registry: SqlRegistry, proposal_id: str) -> str:
    with registry.reading() as session:
        found = session.execute("SELECT subject_id FROM proposals WHERE proposal_id = ? LIMIT 1", (proposal_id,))
        row = found.fetchone()
    if row is None:
        raise NotOnRecordError(Problem(text("decisions.no-proposal", given=proposal_id)))
    return str(row[0])


def _waiting(session: Session, proposal_id: str) -> Proposal:
    proposal = _proposal(session.execute(f"{_ALL} AND made.proposal_id = ?", (proposal_id,)).fetchone())
    if proposal.outcome is not None:
        raise _conflict(f"proposal-{proposal.outcome}", proposal=proposal_id, by=proposal.answered_by)
    return proposal


def _refuse_outdated(proposal: Proposal, new: Record | None, rows: list[Row]) -> None:
    """Refuse what was proposed of a record that is another by now, and a ban that is there already."""
    newest = {row.key: row for row in rows}
    there = newest.get(proposal.record_id)
    banned = any(_same_ban(row.record, new) for row in newest.values()) if proposal.replaces is None else False
    if banned or (there.seq if there else None) != proposal.replaces:
        raise _conflict("proposal-outdated", "proposal-outdated-hint", proposal=proposal.proposal_id)


def _may_be_one(one: str, other: str) -> bool:
    """Whether two names may be one person's: how they are spelt, spaced, dotted and accented tells no two apart."""
    return normal_text(one).casefold() == normal_text(other).casefold() or bool(brand_looks(one) & brand_looks(other))


def _same_ban(one: Record | None, other: Record | None) -> bool:
    both = isinstance(one, Ban) and isinstance(other, Ban) and one.reason == other.reason
    return both and _bars(one) and _bars(other)


def _bars(record: Record | None) -> bool:
    return is_weighty(record) and not isinstance(record, Mark) and getattr(record, "revoked_on", None) is None


def _conflict(key: str, hint: str | None = None, **values: object) -> RegistryError:
    return ConflictError(Problem(text(f"decisions.{key}", **values), hint=text(f"decisions.{hint}") if hint else None))
