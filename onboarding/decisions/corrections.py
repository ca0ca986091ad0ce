"""What staff put on record by hand: each a new record, checked against what is there; nothing is changed in place.

Where the registry wants a second person for bans and waivers, such a change comes back as a Proposal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar
from uuid import uuid4

from msgspec import to_builtins

from ..errors import ArgumentError, ConflictError, NotOnRecordError, Problem, RegistryError
from ..identity import normal_text
from ..messages import Text, listed, text, value_words
from ..models import (
    NO_TEXTS,
    RECORDS,
    Ban,
    BanReason,
    ClosedFor,
    Mark,
    Record,
    Shop,
    SubjectType,
    Violation,
    ViolationKind,
    record_id,
    to_plain,
)
from ..reading.records import read_record, subject_problem
from ..reading.validation import did_you_mean
from ..registry.sql import Entry, Row, Session, SqlRegistry
from ..registry.timestamps import day_of
from ..subject_number import can_be_subject, normal_subject, scheme_of
from .proposals import Proposal, is_weighty, needs_two, propose

# What a record is about: with another of these it would be another record.
_FIXED = frozenset(("record", "subject_id", "id", "application_id"))
_HAPPENED = ("opened_on", "closed_on", "on", "revoked_on", "resolved_on")
SHORTEST_BEGINNING = 6
MOST_NAMED = 10
_BEGINNING = """
SELECT DISTINCT record_id FROM records
WHERE record_id >= ? AND record_id < ? AND record <> 'null' AND NOT EXISTS (
  SELECT 1 FROM records later WHERE later.record_id = records.record_id AND later.subject_id = records.subject_id
    AND later.seq > records.seq)
ORDER BY record_id LIMIT ?
"""
Kind = TypeVar("Kind", Shop, Ban, Violation, Mark)


def close_shop(
    shop_id: str, reason: ClosedFor, on: date, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False
) -> Shop | Proposal:
    """Close the shop from the day `on`; raises RegistryError where there is none, or it is closed."""

    def closed(shop: Shop) -> Shop:
        if shop.closed_on is not None:
            raise _refusal("closed-already", shop=shop_id, day=shop.closed_on, reason=value_words(str(shop.closed_for)))
        if on < shop.opened_on:
            raise _refusal("before-opening", day=on, begin=shop.opened_on)
        return _readable(replace(shop, closed_on=on, closed_for=reason))

    _refuse_future(on, entry)
    return _change(registry, Shop, f"shop:{shop_id}", shop_id, closed, entry, dry_run)


def ban_subject(
    subject: str, reason: BanReason, on: date, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False
) -> Ban | Proposal:
    """Ban the subject from the day `on`.

    Raises RegistryError where its number cannot be right, or it is banned, InputError where there is no such reason.
    """
    _refuse_future(on, entry)
    code = named_subject(subject)
    with registry.writing(subject=code, dry_run=dry_run) as session:
        rows = registry.rows(session, code)
        _refuse_unknowable(code, rows)
        for record in _newest(rows).values():
            if isinstance(record, Ban) and record.reason == reason and record.in_force(on):
                raise _refusal("banned-already", code=code, day=record.on, reason=value_words(reason))
        ban = Ban(code, on, reason, id=str(uuid4()), subject_type=_type_to_keep(code, rows))
        return _add_or_propose(registry, session, _readable(ban), entry)


def revoke_ban(ban_id: str, on: date, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False) -> Ban | Proposal:
    """End the ban from the day `on`; raises RegistryError where there is none, or it has ended."""

    def revoked(ban: Ban) -> Ban:
        if ban.revoked_on is not None:
            raise _refusal("revoked-already", ban=ban_id, day=ban.revoked_on)
        if on < ban.on:
            raise _refusal("before-ban", day=on, begin=ban.on)
        return replace(ban, revoked_on=on, id=ban.id or str(uuid4()))

    _refuse_future(on, entry)
    return _change(registry, Ban, _key("ban", ban_id), ban_id, revoked, entry, dry_run)


def add_violation(
    subject: str,
    kind: ViolationKind,
    on: date,
    *,
    registry: SqlRegistry,
    entry: Entry,
    shop_id: str | None = None,
    again: bool = False,
    dry_run: bool = False,
) -> Violation:
    """Put a violation on record; raises RegistryError where nothing is known of the subject, or not of its shop.

    So it does where an equal one is on record, unless it is told to put it there `again`.
    """
    _refuse_future(on, entry)
    code = named_subject(subject)
    with registry.writing(subject=code, dry_run=dry_run) as session:
        rows = registry.rows(session, code)
        records = _newest(rows)
        if not records:
            raise _missing("nothing-on-record", subject_hint(session, code), code=code)
        if shop_id is not None and f"shop:{shop_id}" not in records:
            shops = [record.shop_id for record in records.values() if isinstance(record, Shop)]
            raise _missing("no-such-shop", did_you_mean(shop_id, shops), code=code, shop=shop_id)
        for record in () if again else records.values():
            if isinstance(record, Violation) and (record.on, record.kind, record.shop_id) == (on, kind, shop_id):
                raise _refusal(
                    "violated-already", text("decisions.violated-again"), code=code, violation=record.id or kind, day=on
                )
        violation = Violation(code, on, kind, shop_id, id=str(uuid4()), subject_type=_type_to_keep(code, rows))
        return _add(registry, session, _readable(violation), entry)


def resolve_violation(
    violation_id: str, on: date, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False
) -> Violation:
    """Note that the violation is resolved from the day `on`; raises RegistryError where there is none, or it is."""

    def resolved(violation: Violation) -> Violation:
        if violation.resolved_on is not None:
            raise _refusal("resolved-already", violation=violation_id, day=violation.resolved_on)
        if on < violation.on:
            raise _refusal("before-violation", day=on, begin=violation.on)
        return replace(violation, resolved_on=on, id=violation.id or str(uuid4()))

    _refuse_future(on, entry)
    return _at_once(registry, Violation, _key("violation", violation_id), violation_id, resolved, entry, dry_run)


def mark_subject(
    subject: str,
    kind: str,
    on: date,
    *,
    registry: SqlRegistry,
    entry: Entry,
    until: date | None = None,
    value: int | None = None,
    about: str | None = None,
    dry_run: bool = False,
) -> Mark | Proposal:
    """Put a mark on the subject from the day `on`; it is by whoever makes the entry, with the entry's note.

    Raises RegistryError where the subject's number cannot be right, InputError where a file with such a mark would
    be refused.
    """
    _refuse_future(on, entry)
    code = named_subject(subject)
    with registry.writing(subject=code, dry_run=dry_run) as session:
        rows = registry.rows(session, code)
        _refuse_unknowable(code, rows)
        mark = Mark(
            code,
            normal_text(kind),
            on,
            value,
            until,
            about,
            entry.by,
            entry.note,
            str(uuid4()),
            subject_type=_type_to_keep(code, rows),
        )
        return _add_or_propose(registry, session, _readable(mark), entry)


def end_mark(mark_id: str, on: date, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False) -> Mark:
    """End the mark from the day `on`; raises RegistryError where there is none, or it has ended by then."""

    def ended(mark: Mark) -> Mark:
        if mark.until is not None and mark.until <= on:
            raise _refusal("ended-already", mark=mark_id, day=mark.until)
        if on < mark.on:
            raise _refusal("before-mark", day=on, begin=mark.on)
        return replace(mark, until=on, id=mark.id or str(uuid4()))

    _refuse_future(on, entry)
    # A waiver is ended by one person alone: it lets in nobody more.
    return _at_once(registry, Mark, _key("mark", mark_id), mark_id, ended, entry, dry_run)


def reopen_shop(shop_id: str, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False) -> Shop | Proposal:
    """Take a closing back that was entered wrongly, with all that it meant: a ban, or a wait.

    Raises RegistryError where there is no such shop or it is open, ArgumentError where the entry gives no reason.
    """

    def reopened(shop: Shop) -> Shop:
        if shop.closed_on is None:
            raise _refusal("open-already", shop=shop_id)
        return replace(shop, closed_on=None, closed_for=None)

    _refuse_no_reason(entry)
    return _change(registry, Shop, f"shop:{shop_id}", shop_id, reopened, entry, dry_run)


def correct_record(
    key: str,
    changes: Mapping[str, Any],
    *,
    registry: SqlRegistry,
    entry: Entry,
    replaces: int | None = None,
    dry_run: bool = False,
) -> Record | Proposal:
    """Correct what was entered wrongly in the record with the record id `key` (`shop:S-1`, `ban:B-1`, ...).

    `changes` holds the fields that are otherwise, as a file of records has them; None takes one away. `replaces` is the
    `seq` of the version that was looked at: where another has come since, nothing is corrected. The record keeps its
    id and its subject. Raises RegistryError where there is no such record or the change does not fit, InputError where
    a file with the corrected record would be refused, ArgumentError where the entry gives no reason.
    """

    def corrected(record: Record) -> Record:
        fixed = _FIXED | ({"shop_id"} if isinstance(record, Shop) else set())
        if fixed := fixed & changes.keys():
            raise _refusal("fixed-field", text("decisions.fixed-field-hint"), field=min(fixed))
        plain = to_plain(record) | to_builtins(dict(changes), builtin_types=NO_TEXTS)
        new = read_record({name: value for name, value in plain.items() if value is not None})
        if new == record:
            raise _refusal("nothing-to-correct", record=key)
        for name in _HAPPENED:
            day = getattr(new, name, None)
            if day is not None and day != getattr(record, name):
                _refuse_future(day, entry)
        return new if isinstance(new, Shop) or record_id(new) else replace(new, id=str(uuid4()))

    _refuse_no_reason(entry)
    return _change(registry, _kind_of(key), key, key, corrected, entry, dry_run, replaces=replaces)


def withdraw_record(
    key: str, *, registry: SqlRegistry, entry: Entry, replaces: int | None = None, dry_run: bool = False
) -> Record | Proposal:
    """Take back a ban, a violation or a mark that was entered in error: it never counted; what it said is kept.

    It is given as it stood. Raises RegistryError where there is no such record, and of a shop, which is reopened,
    closed or corrected; ArgumentError where the entry gives no reason.
    """
    _refuse_no_reason(entry)
    if key.startswith("shop:"):
        raise _refusal("shop-withdrawn", text("decisions.shop-withdrawn-hint"))
    return _change(registry, _kind_of(key), key, key, lambda _: None, entry, dry_run, replaces=replaces)


def newest_version(registry: SqlRegistry, key: str) -> Row:
    """What is on record under the record id `key` now; raises NotOnRecordError where nothing is."""
    with registry.reading() as session:
        subject = _subject_of(session, _kind_of(key), key, key)
        for row in reversed(registry.rows(session, subject)):
            if row.key == key and row.record is not None:
                return row
    # The table of a damaged file does not hold what its index does.
    raise RegistryError(Problem(text("registry.broken-row", error=f"`{key}`"), source=registry.source))


def full_record_id(registry: SqlRegistry, given: str, kinds: Sequence[str] = tuple(RECORDS)) -> str:
    """The record id that staff mean by `given`: the id of a shop, ban, violation or mark, or how it alone begins.

    Raises ConflictError where several begin so, NotOnRecordError where none does.
    """
    written = [given] if given.startswith(("#", *(f"{kind}:" for kind in kinds))) else []
    begins = [*written, *(f"{kind}:{given}" for kind in kinds)]
    with registry.reading() as session:
        found = [key for begin in begins for key in _beginning_with(session, begin)]
        exact = [key for key in found if key in begins]
        # A few characters are sooner a slip than the beginning of an id.
        meant = exact or (found if len(given) >= SHORTEST_BEGINNING else [])
        if len(meant) > 1:
            raise _refusal(
                "several-begin-so", text("decisions.these-do", names=listed(meant[:MOST_NAMED])), given=given
            )
        if not meant and len(kinds) == 1:
            _subject_of(session, RECORDS[kinds[0]], _key(kinds[0], given), given)
        elif not meant:
            _subject_of(session, None, given, given)
    return meant[0]


def named_subject(given: str) -> str:
    """The id of the subject that staff call `given`; raises ConflictError where the scheme in it refuses the number."""
    if scheme_of(given) is not None and not can_be_subject(given):
        problem = subject_problem(given)
        raise ConflictError(Problem(problem.message, hint=problem.hint))
    return normal_subject(given)


def subject_hint(session: Session, code: str) -> Text | None:
    """Which subject on record was likely meant by `code`, of which nothing is on record."""
    known = session.execute(
        "SELECT DISTINCT subject_id FROM records WHERE subject_id >= ? AND subject_id < ? LIMIT 5000",
        (code[:4], code[:4] + "\U0010ffff"),
    )
    return did_you_mean(code, [row[0] for row in known])


def _key(kind: str, given: str) -> str:
    """The record id that was meant: one that was imported without an id goes by `#` and a digest of its content."""
    return given if given.startswith("#") else f"{kind}:{given}"


def _refuse_unknowable(code: str, rows: list[Row]) -> None:
    if not rows and not can_be_subject(code):
        raise _refusal("wrong-number", text("decisions.wrong-number-hint"), code=code)


def _type_to_keep(code: str, rows: list[Row]) -> SubjectType | None:
    """What a new record of the subject has to say of its type: without it, an export could not be read back."""
    if can_be_subject(code):
        return None
    return next((row.record.subject_type for row in rows if row.record and row.record.subject_type), None)


def _readable(record: Kind) -> Kind:
    """`record`, which a caller's values were put into; raises InputError where it could not be read again."""
    read_record(to_plain(record))
    return record


def _newest(rows: list[Row]) -> dict[str, Record]:
    newest = {row.key: row.record for row in rows}
    return {key: record for key, record in newest.items() if record is not None}


def _add(registry: SqlRegistry, session: Session, record: Kind, entry: Entry) -> Kind:
    registry.append(session, entry, normal_subject(record.subject_id), str(record_id(record)), record)
    return record


def _add_or_propose(registry: SqlRegistry, session: Session, record: Kind, entry: Entry) -> Kind | Proposal:
    if is_weighty(record) and needs_two(session):
        return propose(session, normal_subject(record.subject_id), str(record_id(record)), None, record, entry)
    return _add(registry, session, record, entry)


def _at_once(
    registry: SqlRegistry,
    kind: type[Kind],
    key: str,
    given: str,
    change: Callable[[Kind], Kind],
    entry: Entry,
    dry_run: bool,
) -> Kind:
    """Add the newer version that `change` makes of the record `key`, which needs no second person."""
    made = _change(registry, kind, key, given, change, entry, dry_run, one_person=True)
    assert not isinstance(made, Proposal)
    return made


def _change(
    registry: SqlRegistry,
    kind: type[Kind],
    key: str,
    given: str,
    change: Callable[[Kind], Kind | None],
    entry: Entry,
    dry_run: bool,
    *,
    replaces: int | None = None,
    one_person: bool = False,
) -> Kind | Proposal:
    """Add the newer version that `change` makes of the record `key`, under its subject's lock; None withdraws it."""
    with registry.reading() as session:
        subject = _subject_of(session, kind, key, given)
    with registry.writing(subject=subject, dry_run=dry_run) as session:
        rows = registry.rows(session, subject)
        row = {row.key: row for row in rows}.get(key)
        old = row.record if row else None
        if row is None or not isinstance(old, kind) or replaces not in (None, row.seq):
            raise _refusal("changed-meanwhile", text("decisions.changed-meanwhile-hint"), given=given)
        new = change(old)
        _refuse_unknown_shop(new, old, rows)
        if not one_person and (is_weighty(old) or is_weighty(new)) and needs_two(session):
            return propose(session, subject, key, row.seq, new, entry)
        if new is None or record_id(new) != key:
            registry.append(session, entry, subject, key, None)
        return old if new is None else _add(registry, session, new, entry)


def _refuse_unknown_shop(new: Record | None, old: Record, rows: list[Row]) -> None:
    if isinstance(new, Violation) and isinstance(old, Violation) and new.shop_id not in (None, old.shop_id):
        shops = [record.shop_id for record in _newest(rows).values() if isinstance(record, Shop)]
        if new.shop_id not in shops:
            code = normal_subject(new.subject_id)
            raise _missing("no-such-shop", did_you_mean(new.shop_id or "", shops), code=code, shop=new.shop_id)


def _beginning_with(session: Session, begin: str) -> list[str]:
    """The ids of what is on record, of those that begin so: no more than can be named."""
    found = session.execute(_BEGINNING, (begin, begin + "\U0010ffff", MOST_NAMED + 1))
    return [row[0] for row in found]


def _kind_of(key: str) -> Any:
    """The model of the record with this id; any, where the id is a digest of the record."""
    return RECORDS.get(key.partition(":")[0], Ban | Violation | Mark)


def _subject_of(session: Session, kind: Any, key: str, given: str) -> str:
    found = session.execute(
        "SELECT subject_id, record FROM records WHERE record_id = ? ORDER BY seq DESC", (key,)
    ).fetchall()
    newest: dict[str, str] = {}
    for subject, record in found:
        if newest.setdefault(str(subject), record) != "null":
            return str(subject)
    name = next((name for name, model in RECORDS.items() if model is kind), "record")
    begin = key[: len(name) + 3] if key.startswith(f"{name}:") else key[:3]
    known = session.execute(
        "SELECT DISTINCT record_id FROM records WHERE record_id >= ? AND record_id < ? LIMIT 5000",
        (begin, begin + "\U0010ffff"),
    )
    hint = did_you_mean(given, [row[0] if given == key else row[0].removeprefix(f"{name}:") for row in known])
    raise _missing(f"no-{name}", hint, given=given)


def _refuse_no_reason(entry: Entry) -> None:
    if not normal_text(entry.note or ""):
        raise ArgumentError(Problem(text("decisions.no-reason"), hint=text("decisions.no-reason-hint")))


def _refuse_future(on: date, entry: Entry) -> None:
    if on > day_of(entry.at):
        raise _refusal("future", text("decisions.future-hint"), day=on)


def _refusal(key: str, hint: Text | None = None, **values: object) -> RegistryError:
    return ConflictError(Problem(text(f"decisions.{key}", **values), hint=hint))


def _missing(key: str, hint: Text | None = None, **values: object) -> RegistryError:
    return NotOnRecordError(Problem(text(f"decisions.{key}", **values), hint=hint))
