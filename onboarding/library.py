"""The library calls: what a platform's own programs use. The only place besides the commands that reads a clock."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import ValidationError, convert

from . import kernel
from .errors import ArgumentError, InputError, Problem, RegistryError
from .identity import normal_text
from .messages import text
from .models import (
    Application,
    Ban,
    BanReason,
    ClosedFor,
    Mark,
    Record,
    Shop,
    Violation,
    ViolationKind,
    history_of,
    to_plain,
)
from .reading.documents import Document, read_application
from .reading.records import read_record, refuse_other_subject
from .registry import open_registry
from .registry.protocol import Registry
from .report import Report
from .rules.loading import DEFAULT, load_ruleset
from .rules.ruleset import Ruleset
from .subject_number import normal_subject

if TYPE_CHECKING:
    from .decisions.decision import Decision
    from .decisions.history import Event
    from .decisions.proposals import Proposal
    from .registry.sql import Entry, SqlRegistry

Text = TypeVar("Text", bound=str)


# A check starts without what only the others need, which each import for themselves.


def check(
    application: Application | Mapping[str, Any] | str | bytes,
    *,
    as_of: date | str,
    registry: Registry | str | Path | None = None,
    history: Iterable[Record | Mapping[str, Any]] | None = None,
    ruleset: Ruleset | str | Path = DEFAULT,
) -> Report:
    """May this application be admitted on the day `as_of`?

    `application` is an Application, plain values (a pydantic model's, too), or the text of an application file.
    What is on record comes from `registry` (or its path or address), or is given as `history`: records (or plain
    values) in the order in which they were added. With neither, the history is unknown, and the report undecided
    at best. `as_of` is a date, or its text as `YYYY-MM-DD`.

    Raises ArgumentError where an argument is none of these, or both registry and history are given; InputError with
    every problem of the application or the history, and where the registry decided on its id with other content;
    RegistryError where the registry cannot be read whole; RulesetError where the ruleset is unsound. A refusal is a
    value, never an exception.
    """
    day = _day(as_of)
    if registry is not None and history is not None:
        raise ArgumentError(Problem(text("library.registry-and-history")))
    if isinstance(registry, str | Path):
        with open_registry(registry) as opened:
            return check(application, as_of=day, registry=opened, ruleset=ruleset)
    if registry is not None and not hasattr(registry, "look_up"):
        raise ArgumentError(Problem(text("library.no-registry", kind=type(registry).__name__)))
    if not isinstance(ruleset, Ruleset | str | Path):
        raise ArgumentError(Problem(text("library.no-ruleset", kind=type(ruleset).__name__)))
    if history is not None and (isinstance(history, str | bytes | Mapping) or not isinstance(history, Iterable)):
        raise ArgumentError(Problem(text("library.no-history", kind=type(history).__name__)))
    rules = ruleset if isinstance(ruleset, Ruleset) else load_ruleset(ruleset)
    if isinstance(application, str | bytes):
        document = Document("application", application, rules.own_fields)
        return document.report(_judge(document.application, registry, history, day, rules))
    wanted, notes = read_application(application, rules.own_fields)
    return _judge(wanted, registry, history, day, rules).noted(notes)


def admit(
    application: Application | Mapping[str, Any] | str | bytes,
    *,
    registry: "SqlRegistry",
    by: str,
    note: str | None = None,
    at: datetime | None = None,
    as_of: date | None = None,
    ruleset: Ruleset | str | Path = DEFAULT,
    dry_run: bool = False,
) -> "Decision":
    """Decide on `application` and, if it passes, open its shop: one transaction that locks its subject.

    `registry` comes from `open_database`. It is judged as of the day of `at` (now, unless an instant with a time zone
    is given) in Asia/Shanghai; an `as_of` that is another day is refused. A decision is final: the same application
    again gives the decision on record, whatever has changed since; one that was undecided is judged again. `by` and
    `note` are kept with it. `dry_run` decides and keeps nothing.

    Raises InputError where the application cannot be read, was decided with other content, or opened a shop already;
    RegistryError where the registry cannot be reached, read or written to; RulesetError where the ruleset is unsound.
    A refusal is a value: `decision.admitted` is False and `decision.report` says why.
    """
    from .decisions import admission

    entry, day = _entry(by, note, at), None if as_of is None else _day(as_of)
    return admission.admit(
        application, registry=_writable(registry), entry=entry, as_of=day, ruleset=ruleset, dry_run=dry_run
    )


def close(
    shop_id: str,
    reason: ClosedFor,
    on: date,
    *,
    registry: "SqlRegistry",
    by: str,
    note: str | None = None,
    at: datetime | None = None,
    dry_run: bool = False,
) -> "Shop | Proposal":
    """Close a shop from the day `on`, and give it as it then stands on record; `at`, `by` and `note` as in `admit`.

    For `application_fraud` or `serious_violation` that bars its subject for good, and is a Proposal where the registry
    wants a second person for that. Raises RegistryError where there is no such shop, it is closed, or the day does not
    fit.
    """
    from .decisions import corrections

    entry = _entry(by, note, at)
    return corrections.close_shop(
        _text(shop_id, "shop_id"),
        _text(reason, "reason"),
        _day(on, "on"),
        registry=_writable(registry),
        entry=entry,
        dry_run=dry_run,
    )


def ban(
    subject: str,
    reason: BanReason,
    on: date,
    *,
    registry: "SqlRegistry",
    by: str,
    note: str | None = None,
    at: datetime | None = None,
    dry_run: bool = False,
) -> "Ban | Proposal":
    """Ban a subject, named by its number, from the day `on`; `at`, `by` and `note` as in `admit`.

    It is a Proposal where the registry wants a second person for bans, see `require_two`. Raises RegistryError where
    the number cannot be right, the subject is banned, or the day does not fit.
    """
    from .decisions import corrections

    entry = _entry(by, note, at)
    return corrections.ban_subject(
        _text(subject, "subject"),
        _text(reason, "reason"),
        _day(on, "on"),
        registry=_writable(registry),
        entry=entry,
        dry_run=dry_run,
    )


def revoke(
    ban_id: str,
    on: date,
    *,
    registry: "SqlRegistry",
    by: str,
    note: str | None = None,
    at: datetime | None = None,
    dry_run: bool = False,
) -> "Ban | Proposal":
    """End a ban from the day `on`, after an appeal; `at`, `by` and `note` as in `admit`.

    One that was entered in error is withdrawn, see `withdraw`. It is a Proposal as in `ban`. Raises RegistryError where
    there is no such ban, it has ended, or the day does not fit.
    """
    from .decisions import corrections

    entry = _entry(by, note, at)
    return corrections.revoke_ban(
        _text(ban_id, "ban_id"), _day(on, "on"), registry=_writable(registry), entry=entry, dry_run=dry_run
    )


def add_violation(
    subject: str,
    kind: ViolationKind,
    on: date,
    *,
    registry: "SqlRegistry",
    by: str,
    note: str | None = None,
    at: datetime | None = None,
    shop_id: str | None = None,
    again: bool = False,
    dry_run: bool = False,
) -> Violation:
    """Put a violation of a subject (or of its shop `shop_id`) on record; `at`, `by` and `note` as in `admit`.

    Raises RegistryError where nothing is on record of the subject, it has no such shop, or the day does not fit; and
    where an equal violation is on record, unless it is to be put there `again`.
    """
    from .decisions import corrections

    entry, database = _entry(by, note, at), _writable(registry)
    return corrections.add_violation(
        _text(subject, "subject"),
        _text(kind, "kind"),
        _day(on, "on"),
        registry=database,
        entry=entry,
        shop_id=None if shop_id is None else _text(shop_id, "shop_id"),
        again=again,
        dry_run=dry_run,
    )


def resolve(
    violation_id: str,
    on: date,
    *,
    registry: "SqlRegistry",
    by: str,
    note: str | None = None,
    at: datetime | None = None,
    dry_run: bool = False,
) -> Violation:
    """Note that a violation is resolved from the day `on`; `at`, `by` and `note` as in `admit`.

    Raises RegistryError where there is no such violation, it is resolved, or the day does not fit.
    """
    from .decisions import corrections

    entry = _entry(by, note, at)
    return corrections.resolve_violation(
        _text(violation_id, "violation_id"), _day(on, "on"), registry=_writable(registry), entry=entry, dry_run=dry_run
    )


def mark(
    subject: str,
    kind: str,
    on: date,
    *,
    registry: "SqlRegistry",
    by: str,
    note: str | None = None,
    at: datetime | None = None,
    until: date | None = None,
    value: int | None = None,
    about: str | None = None,
    dry_run: bool = False,
) -> "Mark | Proposal":
    """Put a mark on a subject from the day `on`, and until the day before `until`; `at` as in `admit`.

    The mark itself says `by` and `note`. Rulesets declare the kinds that they count. A `waiver` is `about` one rule,
    and is a Proposal where the registry wants a second person for it. Raises RegistryError where the number cannot
    be right or the day does not fit, InputError where the mark is broken.
    """
    from .decisions import corrections

    entry, end = _entry(by, note, at), None if until is None else _day(until, "until")
    return corrections.mark_subject(
        _text(subject, "subject"),
        _text(kind, "kind"),
        _day(on, "on"),
        registry=_writable(registry),
        entry=entry,
        until=end,
        value=value,
        about=about,
        dry_run=dry_run,
    )


def unmark(
    mark_id: str,
    on: date,
    *,
    registry: "SqlRegistry",
    by: str,
    note: str | None = None,
    at: datetime | None = None,
    dry_run: bool = False,
) -> Mark:
    """End a mark from the day `on`; `at`, `by` and `note` as in `admit`.

    Raises RegistryError where there is no such mark, it has ended by then, or the day does not fit.
    """
    from .decisions import corrections

    entry = _entry(by, note, at)
    return corrections.end_mark(
        _text(mark_id, "mark_id"), _day(on, "on"), registry=_writable(registry), entry=entry, dry_run=dry_run
    )


def reopen(
    shop_id: str,
    *,
    registry: "SqlRegistry",
    by: str,
    note: str,
    at: datetime | None = None,
    dry_run: bool = False,
) -> "Shop | Proposal":
    """Take a closing back that was entered wrongly, with all that it meant; `at`, `by` as in `admit`, `note` says why.

    A shop that was closed for fraud or a serious violation bars its subject no more: that is a Proposal where the
    registry wants a second person for bans. Raises RegistryError where there is no such shop or it is open,
    ArgumentError where `note` says nothing.
    """
    from .decisions import corrections

    return corrections.reopen_shop(
        _text(shop_id, "shop_id"), registry=_writable(registry), entry=_entry(by, note, at), dry_run=dry_run
    )


def correct(
    record_id: str,
    changes: Mapping[str, Any],
    *,
    registry: "SqlRegistry",
    by: str,
    note: str,
    at: datetime | None = None,
    replaces: int | None = None,
    dry_run: bool = False,
) -> "Record | Proposal":
    """Correct what was entered wrongly in a record: `correct("shop:S-1", {"opened_on": "2024-02-05"}, ...)`.

    `changes` holds the fields that are otherwise, as a file of records has them; None takes one away. What a record is
    about cannot be corrected: its ids and its subject. `replaces` is the `seq` (see `history`) of the version that was
    looked at: where another has come since, nothing is corrected. The earlier version is kept.

    Raises RegistryError where there is no such record or the change does not fit, InputError where a file with the
    corrected record would be refused, ArgumentError where `note` says nothing. A correction of a ban or a waiver is a
    Proposal where the registry wants a second person for that.
    """
    from .decisions import corrections

    entry, database = _entry(by, note, at), _writable(registry)
    return corrections.correct_record(
        _text(record_id, "record_id"), changes, registry=database, entry=entry, replaces=replaces, dry_run=dry_run
    )


def withdraw(
    record_id: str,
    *,
    registry: "SqlRegistry",
    by: str,
    note: str,
    at: datetime | None = None,
    replaces: int | None = None,
    dry_run: bool = False,
) -> "Record | Proposal":
    """Take back a ban, a violation or a mark that was entered in error: `withdraw("ban:B-1", ...)`; as in `correct`.

    It never counted, where one that is revoked did until then. What it said is kept, and given. Raises RegistryError
    of a shop, too, which is reopened, closed or corrected.
    """
    from .decisions import corrections

    entry, database = _entry(by, note, at), _writable(registry)
    return corrections.withdraw_record(
        _text(record_id, "record_id"), registry=database, entry=entry, replaces=replaces, dry_run=dry_run
    )


def history(subject: str, *, registry: "SqlRegistry") -> "tuple[Event, ...]":
    """All that happened to a subject, in the order of time: who, when, why, and what an entry replaced.

    Each is a Recorded, a Decision or a Proposal. Raises RegistryError where the registry cannot be read.
    """
    from .decisions.corrections import named_subject
    from .decisions.history import subject_history

    return subject_history(_writable(registry), named_subject(_text(subject, "subject")))


def require_two(
    on: bool, *, registry: "SqlRegistry", by: str, note: str | None = None, at: datetime | None = None
) -> bool:
    """Have bans and waivers need a second person in this registry from now on, or no more; whether that is new.

    It goes for whatever puts a ban or a waiver on record, changes it or takes it back, but not for an import.
    """
    from .decisions import proposals

    return proposals.set_four_eyes(on, registry=_writable(registry), entry=_entry(by, note, at))


def proposals(subject: str | None = None, *, registry: "SqlRegistry", waiting: bool = True) -> "tuple[Proposal, ...]":
    """What was proposed and waits for a second person, of one subject or all; all that ever was if not `waiting`."""
    from .decisions import proposals
    from .decisions.corrections import named_subject

    with _writable(registry).reading() as session:
        return tuple(
            proposals.proposals(
                session, None if subject is None else named_subject(_text(subject, "subject")), waiting=waiting
            )
        )


def confirm(
    proposal_id: str,
    *,
    registry: "SqlRegistry",
    by: str,
    note: str | None = None,
    at: datetime | None = None,
    dry_run: bool = False,
) -> "Proposal":
    """Put on record what somebody else proposed; `at`, `by` and `note` as in `admit`.

    Raises RegistryError where there is no such proposal, it waits no more, `by` proposed it, or what is on record has
    changed since.
    """
    from .decisions import proposals

    entry = _entry(by, note, at)
    return proposals.confirm_proposal(
        _text(proposal_id, "proposal_id"), registry=_writable(registry), entry=entry, dry_run=dry_run
    )


def reject(
    proposal_id: str,
    *,
    registry: "SqlRegistry",
    by: str,
    note: str | None = None,
    at: datetime | None = None,
    dry_run: bool = False,
) -> "Proposal":
    """Put aside what was proposed, by somebody else or oneself; as in `confirm`."""
    from .decisions import proposals

    entry = _entry(by, note, at)
    return proposals.reject_proposal(
        _text(proposal_id, "proposal_id"), registry=_writable(registry), entry=entry, dry_run=dry_run
    )


def _entry(by: str, note: str | None, at: datetime | None) -> "Entry":
    from .registry.sql import Entry
    from .registry.timestamps import day_of, with_zone

    if at is None:
        return Entry(datetime.now(UTC), _text(by, "by"), note)
    if not isinstance(at, datetime):
        raise ArgumentError(Problem(text("library.no-instant", kind=type(at).__name__)))
    try:
        day_of(with_zone(at))
    except OverflowError:
        raise ArgumentError(Problem(text("library.no-day-of-instant"))) from None
    return Entry(at, _text(by, "by"), note)


def _text(value: Text, name: str) -> Text:
    """`value`, which a caller gave as `name`; raises ArgumentError where it is no text."""
    if not isinstance(value, str):
        raise ArgumentError(Problem(text("library.no-text", name=name, kind=type(value).__name__)))
    return value


def _writable(registry: Any) -> "SqlRegistry":
    """`registry`, for a caller whose types nobody has checked."""
    from .registry.sql import SqlRegistry

    if not isinstance(registry, SqlRegistry):
        source = getattr(registry, "source", None)
        raise RegistryError(
            Problem(text("decisions.not-writable"), source=source, hint=text("decisions.not-writable-hint"))
        )
    return registry


def _day(value: Any, name: str = "as_of") -> date:
    """The day that a caller gave as `name`; raises ArgumentError where it is none."""
    if isinstance(value, datetime):
        raise ArgumentError(Problem(text("library.instant", name=name)))
    if isinstance(value, str):
        try:
            return convert(value, date)
        except ValidationError:
            raise ArgumentError(Problem(text("library.no-day", name=name))) from None
    if not isinstance(value, date):
        raise ArgumentError(Problem(text("library.no-date", name=name, kind=type(value).__name__)))
    return value


def _judge(
    application: Application,
    registry: Registry | None,
    history: Iterable[Record | Mapping[str, Any]] | None,
    as_of: date,
    ruleset: Ruleset,
) -> Report:
    subject, known = ruleset.subject_id(application), None
    if subject and history is not None:
        known = history_of(subject, _records(history))
    elif registry is not None:
        found = registry.look_up([subject] if subject else [], [normal_text(application.application_id)])
        found.refuse_other_content(application)
        known = found.histories[subject] if subject else None
    return kernel.check(application, known, as_of, ruleset)


def _records(history: Iterable[Record | Mapping[str, Any]]) -> list[Record]:
    records: list[Record] = []
    problems: list[Problem] = []
    subjects: dict[int, int] = {}
    for index, item in enumerate(history):
        try:
            # One that was made in a program has been looked at by nobody.
            record = read_record(to_plain(item) if isinstance(item, Record) else item)
            refuse_other_subject(record, normal_subject(record.subject_id), subjects)
            records.append(record)
        except InputError as error:
            problems += (replace(p, pointer=f"/history/{index}{p.pointer or ''}") for p in error.problems)
    if problems:
        raise InputError(*problems)
    return records
