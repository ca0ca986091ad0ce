"""What is on record of a subject as people read it: what each entry did, who made it, when, why, what it replaced."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from ..decisions.decision import Decision
from ..decisions.history import Event
from ..decisions.proposals import Proposal, is_weighty
from ..messages import Text, catalogue, field_words, joined, same, text
from ..models import Ban, Mark, Record, Shop, Violation, to_record
from ..registry.timeline import ENDS, Recorded
from ..registry.timestamps import show_instant

# What a value of one of these fields means, people are told in words.
_CHOICES = frozenset(("closed_for", "reason", "kind", "subject_type"))
_UNSAID = frozenset(("record", "subject_id", "id", "shop_id", "by", "note"))


class Changed(NamedTuple):
    """One field that says something else than before; None where it was or is empty."""

    field: Text
    before: Text | None
    after: Text | None


class Line(NamedTuple):
    """One line of a timeline; `weight` is `bad`, `good`, `waits` or none."""

    title: Text
    at: str
    by: str
    note: str | None
    weight: str = ""
    changed: tuple[Changed, ...] = ()
    seq: int | None = None
    replaces: int | None = None
    application_id: str | None = None
    seconded: Text | None = None


def lines(events: Iterable[Event]) -> list[Line]:
    """What happened to one subject, the newest first."""
    said: list[Line] = []
    for event in events:
        match event:
            case Recorded(action="given_id"):
                # What it was replaced by comes next, and says all.
                continue
            case Recorded():
                said.append(_entry(event))
            case Decision():
                said.append(_decision(event))
            case Proposal():
                said.append(_proposal(event))
    return said[::-1]


def when(instant: str) -> str:
    """An instant on record as staff read it: in Asia/Shanghai, to the minute."""
    return show_instant(instant)[:16].replace("T", " ")


def find_text(key: str) -> Text | None:
    """The words of `key`; None where there are none."""
    room, _, name = key.partition(".")
    return text(key) if name in catalogue(room) else None


def choice(value: str) -> Text:
    """What one of the values that records and applications choose from means; another value as it is."""
    return find_text(f"desk.is-{value}") or same(value)


def field_name(name: str) -> Text:
    """What a field of a record or an application is called; one that we do not know by its own name."""
    return field_words(name)


def told(name: str, value: Any) -> Text | None:
    """A value of the field `name` in words; None where it is empty."""
    if value in (None, "", [], ()):
        return None
    if name == "brands":
        return joined("list-separator", [same(str(brand.get("name", ""))) for brand in value])
    if isinstance(value, bool):
        return text("desk.is-yes" if value else "desk.is-no")
    return choice(value) if name in _CHOICES and isinstance(value, str) else same(str(value))


def describe(record: Record) -> Text:
    """What a record says, in one line."""
    match record:
        case Shop(closed_on=None):
            return text("desk.says-shop", shop=record.shop_id, day=record.opened_on)
        case Shop():
            why = choice(record.closed_for or "other")
            return text("desk.says-shop-closed", shop=record.shop_id, day=record.closed_on, why=why)
        case Ban():
            return text("desk.says-ban", day=record.on, why=choice(record.reason))
        case Violation(shop_id=None):
            return text("desk.says-violation", day=record.on, kind=choice(record.kind))
        case Violation():
            return text("desk.says-violation-in", day=record.on, kind=choice(record.kind), shop=record.shop_id)
        case Mark() if record.is_waiver:
            return text("desk.says-waiver", day=record.on, rule=record.about or "")
        case Mark(value=None):
            return text("desk.says-mark", day=record.on, kind=choice(record.kind))
    return text("desk.says-mark-of", day=record.on, kind=choice(record.kind), value=record.value)


def proposed(proposal: Proposal) -> Text:
    """What would be on record by a proposal, in one line."""
    if proposal.record is None:
        return text("desk.did-withdraw", what=same(proposal.record_id))
    record = to_record(proposal.record)
    end = proposal.record.get(ENDS[record.record])
    if end and not isinstance(record, Shop):
        return text(f"desk.did-end-{record.record}", what=describe(record), day=end)
    return describe(record)


def _entry(entry: Recorded) -> Line:
    title, weight = _title(entry)
    record = to_record(entry.record) if entry.record else None
    changed = tuple(
        Changed(field_name(name), told(name, was), told(name, now))
        for name, (was, now) in entry.changes.items()
        if name not in _UNSAID
    )
    return Line(
        title,
        entry.recorded_at,
        entry.recorded_by,
        entry.note,
        weight,
        changed,
        entry.seq,
        entry.replaces,
        record.application_id if isinstance(record, Shop) else None,
        text("desk.proposed-by", by=entry.proposed_by) if entry.proposed_by else None,
    )


def _title(entry: Recorded) -> tuple[Text, str]:
    """What an entry did, and how weighty that is."""
    if entry.record is None:
        return text("desk.did-withdraw", what=same(entry.record_id)), "good"
    record = to_record(entry.record)
    match entry.action:
        case "reopened":
            return text("desk.did-reopen", what=describe(record)), "good"
        case "corrected":
            return text("desk.did-correct", what=describe(record)), ""
        case "ended" if not isinstance(record, Shop):
            day = entry.record[ENDS[record.record]]
            return text(f"desk.did-end-{record.record}", what=describe(record), day=day), "good"
    if isinstance(record, Shop):
        return describe(record), "bad" if is_weighty(record) else "" if record.closed_on else "good"
    return describe(record), "bad" if isinstance(record, Ban | Violation) else ""


def _decision(decision: Decision) -> Line:
    title = text(f"desk.did-{decision.verdict}", application=decision.application_id)
    weight = {"pass": "good", "fail": "bad"}.get(decision.verdict, "waits")
    return Line(title, decision.at, decision.by, decision.note, weight, application_id=decision.application_id)


def _proposal(proposal: Proposal) -> Line:
    title = text(f"desk.did-propose-{proposal.outcome or 'waiting'}", what=proposed(proposal))
    seconded = None
    if proposal.outcome and proposal.answered_by:
        at = when(proposal.answered_at or "")
        seconded = text(f"desk.answered-{proposal.outcome}", by=proposal.answered_by, at=at)
    weight = "" if proposal.outcome else "waits"
    return Line(title, proposal.proposed_at, proposal.proposed_by, proposal.note, weight, seconded=seconded)
