"""Admission: decide on one application and open its shop, in one transaction that holds its subject's lock."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import structs

from ..errors import ClashError, InputError, Problem, RegistryError, RulesetError
from ..facts.derivation import shop_of
from ..identity import normal_text
from ..kernel import check
from ..messages import LANGS, say, text
from ..models import (
    NO_RECORDS,
    Application,
    History,
    Shop,
    content_digest,
    read_kept_application,
    record_id,
    write_kept,
)
from ..reading.documents import Document, read_application
from ..reading.own_fields import OwnFields
from ..registry.protocol import other_content
from ..registry.sql import Entry, Session, SqlRegistry, history_from
from ..registry.timestamps import day_of, write_instant
from ..report import Report, Verdict
from ..rules.loading import DEFAULT, lint_shipped, load_ruleset
from ..rules.ruleset import Ruleset
from .decision import Decision
from .proposals import Proposal, proposed_bans

_COLUMNS = (
    "application_id, subject_id, verdict, shop_id, report, application, digest, ruleset, ruleset_digest, "
    "revision, as_of, decided_at, decided_by, note"
)
_KEEP = f"INSERT INTO decisions ({_COLUMNS}) VALUES ({', '.join('?' for _ in _COLUMNS.split(','))})"  # noqa: S608
# One with the same id that is decided on later is another one.
_ERASED = (
    "(SELECT max(erased_at) FROM erasures WHERE erasures.application_id = decisions.application_id"
    " AND what = 'application' AND erased_at >= decided_at) AS erased_at"
)
_READ = f"{_COLUMNS}, {_ERASED}"
_ALL = f"SELECT {_READ} FROM decisions"  # noqa: S608
_FINAL = _ALL + " WHERE application_id = ? AND verdict <> 'undecided'"
_encoder = msgspec.json.Encoder()
_reports = msgspec.json.Decoder(Report)


def admit(
    application: Application | Mapping[str, Any] | str | bytes,
    *,
    registry: SqlRegistry,
    entry: Entry,
    as_of: date | None = None,
    ruleset: Ruleset | str | Path = DEFAULT,
    dry_run: bool = False,
    opened: Iterable[Shop] = (),
) -> Decision:
    """Decide on `application` and, if it passes, open its shop; see `library.admit`.

    `opened` are shops that earlier applications of the same dry run would have opened: none of them is on record.
    """
    # All that needs no record comes first: what is done inside the transaction, others wait for.
    today = day_of(entry.at)
    _refuse_other_days(as_of or today, today)
    rules = ruleset if isinstance(ruleset, Ruleset) else load_ruleset(ruleset)
    lint_shipped(rules)
    if rules.demands_nothing(today):
        hint = text("decisions.demands-nothing-hint")
        raise RulesetError(Problem(text("decisions.demands-nothing", ruleset=rules.id, today=today), hint=hint))
    wanted = _read(application, rules.own_fields)
    key, subject = normal_text(wanted.application_id), rules.subject_id(wanted)
    content = content_of(wanted)
    digest = content_digest(wanted)
    # By no record, as most have none: who has some is judged by them inside. Without a subject nothing is looked up.
    report = check(wanted, NO_RECORDS if subject else None, today, rules)
    with registry.writing(subject=subject, application_id=key, dry_run=dry_run) as session:
        # All are asked for before any is read: one trip to a server instead of three.
        made = session.execute(_FINAL, (key,))
        bans = proposed_bans(session, subject) if subject else ()
        rows = registry.rows(session, subject) if subject else []
        if (row := made.fetchone()) is not None:
            return _repeated(_decision(row), digest, rules)
        history = history_from(subject, rows) if rows and subject else NO_RECORDS
        _refuse_unclear(key, history, bans, today)
        others = tuple(shop for shop in opened if shop.subject_id == subject and shop.application_id != key)
        if others:
            history = structs.replace(history, shops=(*history.shops, *others))
        if rows or others:
            report = check(wanted, history, today, rules)
        shop_id = None
        if report.passed and subject:
            # Not made from the application's id: nobody who applies may choose which record a new one replaces.
            shop = _shop(wanted, subject, today, str(uuid4()), key)
            registry.append(session, entry, subject, str(record_id(shop)), shop)
            shop_id = shop.shop_id
        elif report.passed:
            raise InputError(Problem(text("decisions.no-subject"), rules.subject_number.field))
        decision = Decision(
            application_id=key,
            subject_id=subject,
            verdict=report.verdict,
            shop_id=shop_id,
            report=report,
            application=wanted,
            follows=wanted.follows,
            digest=digest,
            ruleset=rules.id,
            ruleset_digest=rules.digest,
            revision=rows[-1].seq if rows else 0,
            as_of=today,
            at=write_instant(entry.at),
            by=entry.by,
            note=entry.note,
        )
        _keep(session, decision, content)
    return decision


def content_of(application: Application) -> str:
    """What is kept of an application, and what its digest is of: the fields that are known, in one order.

    Raises InputError where it has what no database keeps.
    """
    if "\0" in application.application_id:
        raise InputError(Problem(text("decisions.nul"), "/application_id"))
    try:
        content = write_kept(application)
        content.encode()
    except UnicodeEncodeError:
        raise InputError(Problem(text("decisions.surrogate"))) from None
    return content


def shop_opened(decision: Decision) -> Shop | None:
    """The shop that was opened by a decision, or would be by one of a dry run, as it comes on record."""
    subject, shop_id = decision.subject_id, decision.shop_id
    if subject is None or shop_id is None:
        return None
    return _shop(decision.application, subject, decision.as_of, shop_id, decision.application_id)


def latest_decision(session: Session, application_id: str) -> Decision | None:
    """The latest decision on record, an undecided one too; None where there is none."""
    row = session.execute(_ALL + " WHERE application_id = ? ORDER BY seq DESC LIMIT 1", (application_id,)).fetchone()
    return _decision(row) if row else None


def decisions_after(session: Session, after: int, limit: int, subject: str | None = None) -> list[tuple[int, Decision]]:
    """At most `limit` decisions, each with its place in the order of deciding, from the one after `after` on."""
    where, values = (" AND subject_id = ?", (subject,)) if subject else ("", ())
    statement = f"SELECT seq, {_READ} FROM decisions WHERE seq > ?{where} ORDER BY seq LIMIT ?"  # noqa: S608
    return [(row[0], _decision(tuple(row[1:]))) for row in session.execute(statement, (after, *values, limit))]


def decisions_before(session: Session, before: int, limit: int) -> list[tuple[int, Decision]]:
    """At most `limit` decisions, as `decisions_after` gives them, but the newest first, before the one at `before`."""
    statement = f"SELECT seq, {_READ} FROM decisions WHERE seq < ? ORDER BY seq DESC LIMIT ?"  # noqa: S608
    return [(row[0], _decision(tuple(row[1:]))) for row in session.execute(statement, (before, limit))]


def all_decisions(session: Session, subject: str | None = None) -> Iterator[Decision]:
    """The decisions on record in the order in which they were made; only those on `subject` where one is given."""
    where, values = (" WHERE subject_id = ?", (subject,)) if subject else ("", ())
    for row in session.stream(_ALL + where + " ORDER BY seq", values):
        yield _decision(row)


def _read(application: Application | Mapping[str, Any] | str | bytes, own: OwnFields) -> Application:
    if isinstance(application, str | bytes):
        return Document("application", application, own).application
    return read_application(application, own)[0]


def _shop(application: Application, subject: str, day: date, shop_id: str, key: str) -> Shop:
    return replace(shop_of(application, subject, day), shop_id=shop_id, application_id=key)


def _repeated(earlier: Decision, digest: str, rules: Ruleset) -> Decision:
    if earlier.digest != digest:
        raise other_content()
    if earlier.ruleset != rules.id:
        # What other rules let in is not let in by these.
        message = text("decisions.by-other-ruleset", ruleset=earlier.ruleset, wanted=rules.id)
        raise ClashError(Problem(message, "/application_id", hint=text("decisions.by-other-ruleset-hint")))
    return replace(earlier, repeated=True)


def _refuse_other_days(day: date, today: date) -> None:
    if day != today:
        what = text("decisions.day-over" if day < today else "decisions.day-to-come")
        message = text("decisions.other-day", today=today, day=day, what=what)
        raise RegistryError(Problem(message, hint=text("decisions.other-day-hint")))


def _refuse_unclear(key: str, history: History, bans: Iterable[Proposal], today: date) -> None:
    """Refuse to decide where the record says what no admission can be sound with, or a ban is being decided on."""
    for proposal in bans:
        message = text("decisions.ban-proposed", by=proposal.proposed_by, proposal=proposal.proposal_id)
        raise ClashError(Problem(message, hint=text("decisions.ban-proposed-hint")))
    for shop in history.shops:
        if normal_text(shop.application_id or "") == key:
            message = text("decisions.shop-on-record", shop=shop.shop_id)
            raise ClashError(Problem(message, "/application_id", hint=text("decisions.shop-on-record-hint")))
    ahead = [shop.opened_on for shop in history.shops] + [ban.on for ban in history.bans]
    ahead += [s.closed_on for s in history.shops if s.closed_on and s.closed_for != "voluntary_exit"]
    if late := [day for day in ahead if day > today]:
        # It would not count today, and today's shop would not have counted for it.
        message = text("decisions.later-record", late=min(late), today=today)
        raise ClashError(Problem(message, hint=text("decisions.later-record-hint")))


def _keep(session: Session, decision: Decision, content: str) -> None:
    d = decision
    report = _encoder.encode(d.report.to_dict()).decode()
    terms = (d.digest, d.ruleset, d.ruleset_digest, d.revision, d.as_of.isoformat(), d.at, d.by, d.note)
    session.execute(_KEEP, (d.application_id, d.subject_id, d.verdict, d.shop_id, report, content, *terms))


def _decision(row: tuple[Any, ...]) -> Decision:
    values = dict(zip([*_COLUMNS.split(", "), "erased_at"], row, strict=True))
    values["report"] = _read_report(values["report"])
    values["application"] = read_kept_application(values["application"])
    values["follows"] = values["application"].follows
    values["verdict"] = msgspec.convert(values["verdict"], Verdict)
    values["as_of"] = msgspec.convert(values["as_of"], date)
    values["at"], values["by"] = values.pop("decided_at"), values.pop("decided_by")
    return Decision(**values)


def _read_report(kept: str) -> Report:
    """The report that was `kept`; raises DecodeError where it lacks a name or words that every report has."""
    report = _reports.decode(kept)
    words = [reason.message for outcome in report.outcomes for reason in outcome.reasons]
    words += [told for outcome in report.outcomes for told in (outcome.title, outcome.remedy)]
    words += [note.message for note in report.notes]
    if not {"subject", "shop", "brands"} <= report.names.keys() or not all({*LANGS} <= one.keys() for one in words):
        raise msgspec.DecodeError(say("decisions.report-lacks", "en"))
    return report
