"""Admission: decide on one application and open its shop, in one transaction that holds its subject's lock."""

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec

from ..errors import InputError, Problem, RegistryError
from ..facts.derivation import subject_of
from ..identity import normal_text
from ..kernel import check
from ..models import Application, Brand, History, Shop, record_id
from ..reading.documents import Document, read_application
from ..registry.sql import Entry, Session, SqlRegistry, history_from
from ..registry.timestamps import day_of, write_instant
from ..report import Report
from ..rules.loading import lint_shipped, load_ruleset
from ..rules.ruleset import Ruleset
from .decision import Decision

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMNS = (
    "application_id, subject_id, verdict, shop_id, report, application, digest, ruleset, ruleset_digest, "
    "revision, as_of, decided_at, decided_by, note"
)
_KEEP = f"INSERT INTO decisions ({_COLUMNS}) VALUES ({', '.join('?' for _ in _COLUMNS.split(','))})"  # noqa: S608
_ALL = f"SELECT {_COLUMNS} FROM decisions"  # noqa: S608
_FINAL = _ALL + " WHERE application_id = ? AND verdict <> 'undecided'"
_encoder = msgspec.json.Encoder()
_reports = msgspec.json.Decoder(Report)
_applications = msgspec.json.Decoder(Application)


def admit(
    registry: SqlRegistry,
    application: Application | Mapping[str, Any] | str | bytes,
    as_of: date,
    entry: Entry,
    ruleset: Ruleset | str | Path,
    *,
    dry_run: bool = False,
) -> Decision:
    """Decide on `application`; see `SqlRegistry.admit`."""
    _refuse_other_days(as_of, entry)
    rules = ruleset if isinstance(ruleset, Ruleset) else load_ruleset(ruleset)
    lint_shipped(rules)
    wanted = _read(application)
    key, subject = normal_text(wanted.application_id), subject_of(wanted)
    content = _content(wanted)
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    with registry.writing(subject=subject, application_id=key, dry_run=dry_run) as session:
        # Both are asked for before either is read: one trip to a server instead of two.
        made = session.execute(_FINAL, (key,))
        rows = registry.rows(session, subject) if subject else []
        if (row := made.fetchone()) is not None:
            earlier = _decision(row)
            if earlier.digest != digest:
                hint = "what differs is another application: give it an id of its own"
                message = "an application of this id was decided on with other content"
                raise InputError(Problem(message, "/application_id", hint=hint))
            return msgspec.structs.replace(earlier, repeated=True)
        history = history_from(subject, rows) if subject else None
        _refuse_unclear(key, history or History(), as_of)
        report = check(wanted, history, as_of, rules)
        shop_id = None
        if report.passed and subject:
            shop = _shop(wanted, subject, key, as_of)
            registry.append(session, entry, subject, str(record_id(shop)), shop)
            shop_id = shop.shop_id
        elif report.passed:
            message = "passes without a licence number, so there is no subject to open a shop for"
            raise InputError(Problem(message, "/business_license/uscc"))
        decision = Decision(
            application_id=key,
            subject_id=subject,
            verdict=report.verdict,
            shop_id=shop_id,
            report=report,
            application=wanted,
            digest=digest,
            ruleset=rules.id,
            ruleset_digest=rules.digest,
            revision=rows[-1].seq if rows else 0,
            as_of=as_of,
            at=write_instant(entry.at),
            by=entry.by,
            note=entry.note,
        )
        _keep(session, decision, content.decode())
    return decision


def latest_decision(session: Session, application_id: str) -> Decision | None:
    """The latest decision on record, an undecided one too; None where there is none."""
    row = session.execute(_ALL + " WHERE application_id = ? ORDER BY seq DESC LIMIT 1", (application_id,)).fetchone()
    return _decision(row) if row else None


def all_decisions(session: Session, subject: str | None = None) -> "Iterator[Decision]":
    """The decisions on record in the order in which they were made; only those on `subject` where one is given."""
    where, values = (" WHERE subject_id = ?", (subject,)) if subject else ("", ())
    for row in session.stream(_ALL + where + " ORDER BY seq", values):
        yield _decision(row)


def _read(application: Application | Mapping[str, Any] | str | bytes) -> Application:
    if isinstance(application, str | bytes):
        return Document("application", application).application
    return read_application(application)[0]


def _content(application: Application) -> bytes:
    """What is kept of an application, and what its digest is of: the fields that we know, in one order."""
    if "\0" in application.application_id:
        raise InputError(Problem("a NUL character in an id", "/application_id"))
    try:
        return _encoder.encode(application)
    except UnicodeEncodeError:
        raise InputError(Problem("lone surrogate in a string")) from None


def _refuse_other_days(as_of: date, entry: Entry) -> None:
    today = day_of(entry.at)
    if as_of != today:
        what = "is over" if as_of < today else "has not come"
        hint = "to see what would be said on another day, use `onboard check`"
        raise RegistryError(Problem(f"admission is as of today, `{today}`; the day `{as_of}` {what}", hint=hint))


def _refuse_unclear(key: str, history: History, as_of: date) -> None:
    """Refuse to decide where the record says what no admission can be sound with."""
    for shop in history.shops:
        if normal_text(shop.application_id or "") == key:
            message = f"this application opened shop `{shop.shop_id}` already, and no decision of ours says so"
            raise InputError(Problem(message, "/application_id", hint="a new shop needs a new application"))
    ahead = [shop.opened_on for shop in history.shops] + [ban.on for ban in history.bans]
    ahead += [s.closed_on for s in history.shops if s.closed_on and s.closed_for != "voluntary_exit"]
    if late := [day for day in ahead if day > as_of]:
        # It would not count today, and today's shop would not have counted for it.
        message = f"the subject has a shop or a ban on record from `{min(late)}`, which is after `{as_of}`"
        raise InputError(Problem(message, hint="correct that record, or the clock of this machine"))


def _shop(application: Application, subject: str, key: str, day: date) -> Shop:
    brands = tuple(Brand(brand.name or "", brand.trademark_no) for brand in application.brands or ())
    # Not made from the application's id: nobody who applies may choose which record a new one replaces.
    return Shop(str(uuid4()), subject, day, brands, application.subject.type, application_id=key)


def _keep(session: Session, decision: Decision, content: str) -> None:
    d = decision
    report = _encoder.encode(d.report).decode()
    terms = (d.digest, d.ruleset, d.ruleset_digest, d.revision, d.as_of.isoformat(), d.at, d.by, d.note)
    session.execute(_KEEP, (d.application_id, d.subject_id, d.verdict, d.shop_id, report, content, *terms))


def _decision(row: tuple[Any, ...]) -> Decision:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    values["report"] = _reports.decode(values["report"])
    values["application"] = _applications.decode(values["application"])
    values["as_of"] = date.fromisoformat(values["as_of"])
    values["at"], values["by"] = values.pop("decided_at"), values.pop("decided_by")
    return Decision(**values)
