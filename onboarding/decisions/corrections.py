"""What staff put on record by hand: each a new record, checked against what is there; nothing is changed in place."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TypeVar
from uuid import uuid4

from ..errors import ConflictError, NotOnRecordError, Problem, RegistryError
from ..identity import normal_text
from ..messages import Text, text, value_words
from ..models import Ban, BanReason, ClosedFor, Mark, Record, Shop, Violation, ViolationKind, record_id, to_plain
from ..reading.records import read_record, subject_problem
from ..reading.validation import did_you_mean
from ..registry.sql import Entry, Row, Session, SqlRegistry
from ..registry.timestamps import day_of
from ..subject_number import can_be_subject, normal_subject, scheme_of

Kind = TypeVar("Kind", Shop, Ban, Violation, Mark)


def close_shop(
    shop_id: str, reason: ClosedFor, on: date, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False
) -> Shop:
    """Close the shop from the day `on`; raises RegistryError where there is none, or it is closed."""

    def closed(shop: Shop) -> Shop:
        if shop.closed_on is not None:
            raise _refusal("closed-already", shop=shop_id, day=shop.closed_on, reason=value_words(str(shop.closed_for)))
        if on < shop.opened_on:
            raise _refusal("before-opening", day=on, begin=shop.opened_on)
        return replace(shop, closed_on=on, closed_for=reason)

    _refuse_future(on, entry)
    return _replace(registry, Shop, f"shop:{shop_id}", shop_id, closed, entry, dry_run)


def ban_subject(
    subject: str, reason: BanReason, on: date, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False
) -> Ban:
    """Ban the subject from the day `on`; raises RegistryError where its number cannot be right, or it is banned."""
    _refuse_future(on, entry)
    code = named_subject(subject)
    with registry.writing(subject=code, dry_run=dry_run) as session:
        rows = registry.rows(session, code)
        _refuse_unknowable(code, rows)
        for record in _newest(rows).values():
            if isinstance(record, Ban) and record.reason == reason and record.in_force(on):
                raise _refusal("banned-already", code=code, day=record.on, reason=value_words(reason))
        return _add(registry, session, Ban(code, on, reason, id=str(uuid4())), entry)


def revoke_ban(ban_id: str, on: date, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False) -> Ban:
    """End the ban from the day `on`; raises RegistryError where there is none, or it has ended."""

    def revoked(ban: Ban) -> Ban:
        if ban.revoked_on is not None:
            raise _refusal("revoked-already", ban=ban_id, day=ban.revoked_on)
        if on < ban.on:
            raise _refusal("before-ban", day=on, begin=ban.on)
        return replace(ban, revoked_on=on, id=ban.id or str(uuid4()))

    _refuse_future(on, entry)
    return _replace(registry, Ban, _key("ban", ban_id), ban_id, revoked, entry, dry_run)


def add_violation(
    subject: str,
    kind: ViolationKind,
    on: date,
    *,
    registry: SqlRegistry,
    entry: Entry,
    shop_id: str | None = None,
    dry_run: bool = False,
) -> Violation:
    """Put a violation on record; raises RegistryError where nothing is known of the subject, or not of its shop."""
    _refuse_future(on, entry)
    code = named_subject(subject)
    with registry.writing(subject=code, dry_run=dry_run) as session:
        records = _newest(registry.rows(session, code))
        if not records:
            raise _missing("nothing-on-record", subject_hint(session, code), code=code)
        if shop_id is not None and f"shop:{shop_id}" not in records:
            shops = [record.shop_id for record in records.values() if isinstance(record, Shop)]
            raise _missing("no-such-shop", did_you_mean(shop_id, shops), code=code, shop=shop_id)
        return _add(registry, session, Violation(code, on, kind, shop_id, id=str(uuid4())), entry)


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
    return _replace(registry, Violation, _key("violation", violation_id), violation_id, resolved, entry, dry_run)


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
) -> Mark:
    """Put a mark on the subject from the day `on`; it is by whoever makes the entry, with the entry's note.

    Raises RegistryError where the subject's number cannot be right, InputError where a file with such a mark would
    be refused.
    """
    _refuse_future(on, entry)
    code = named_subject(subject)
    with registry.writing(subject=code, dry_run=dry_run) as session:
        rows = registry.rows(session, code)
        _refuse_unknowable(code, rows)
        type_ = next((row.record.subject_type for row in rows if row.record and row.record.subject_type), None)
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
            # Without it, an export could not be read back.
            subject_type=None if can_be_subject(code) else type_,
        )
        read_record(to_plain(mark))
        return _add(registry, session, mark, entry)


def end_mark(mark_id: str, on: date, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False) -> Mark:
    """End the mark from the day `on`; raises RegistryError where there is none, or it has ended by then."""

    def ended(mark: Mark) -> Mark:
        if mark.until is not None and mark.until <= on:
            raise _refusal("ended-already", mark=mark_id, day=mark.until)
        if on < mark.on:
            raise _refusal("before-mark", day=on, begin=mark.on)
        return replace(mark, until=on, id=mark.id or str(uuid4()))

    _refuse_future(on, entry)
    return _replace(registry, Mark, _key("mark", mark_id), mark_id, ended, entry, dry_run)


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


def _newest(rows: list[Row]) -> dict[str, Record]:
    newest = {row.key: row.record for row in rows}
    return {key: record for key, record in newest.items() if record is not None}


def _add(registry: SqlRegistry, session: Session, record: Kind, entry: Entry) -> Kind:
    registry.append(session, entry, normal_subject(record.subject_id), str(record_id(record)), record)
    return record


def _replace(
    registry: SqlRegistry,
    kind: type[Kind],
    key: str,
    given: str,
    change: Callable[[Kind], Kind],
    entry: Entry,
    dry_run: bool,
) -> Kind:
    """Add the newer version that `change` makes of the record `key`, under its subject's lock."""
    with registry.reading() as session:
        subject = _subject_of(session, kind, key, given)
    with registry.writing(subject=subject, dry_run=dry_run) as session:
        old = _newest(registry.rows(session, subject)).get(key)
        if not isinstance(old, kind):
            raise _refusal("changed-meanwhile", text("decisions.changed-meanwhile-hint"), given=given)
        new = change(old)
        if record_id(new) != key:
            registry.append(session, entry, subject, key, None)
        return _add(registry, session, new, entry)


def _subject_of(session: Session, kind: type[Kind], key: str, given: str) -> str:
    found = session.execute(
        "SELECT subject_id, record FROM records WHERE record_id = ? ORDER BY seq DESC", (key,)
    ).fetchall()
    for subject, record in found:
        if record != "null":
            return str(subject)
    name = kind.__name__.lower()
    begin = key[: len(name) + 3] if key.startswith(f"{name}:") else key[:3]
    known = session.execute(
        "SELECT DISTINCT record_id FROM records WHERE record_id >= ? AND record_id < ? LIMIT 5000",
        (begin, begin + "\U0010ffff"),
    )
    hint = did_you_mean(given, [row[0].removeprefix(f"{name}:") for row in known])
    raise _missing(f"no-{name}", hint, given=given)


def _refuse_future(on: date, entry: Entry) -> None:
    if on > day_of(entry.at):
        raise _refusal("future", text("decisions.future-hint"), day=on)


def _refusal(key: str, hint: Text | None = None, **values: object) -> RegistryError:
    return ConflictError(Problem(text(f"decisions.{key}", **values), hint=hint))


def _missing(key: str, hint: Text | None = None, **values: object) -> RegistryError:
    return NotOnRecordError(Problem(text(f"decisions.{key}", **values), hint=hint))
