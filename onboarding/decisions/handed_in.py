"""Applications that sellers hand in: kept for staff to decide on, beside the record and no part of it.

Nothing of the record is read here, so whoever hands in learns nothing of it.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from ..errors import ClashError, OnboardingError, Problem
from ..identity import normal_text
from ..kernel import check
from ..messages import text
from ..models import Application, content_digest, read_kept_application
from ..reading.own_fields import fitted
from ..registry.sql import Session, SqlRegistry
from ..registry.timestamps import write_instant
from ..report import Note, Report
from ..rules.ruleset import Ruleset
from .admission import content_of

# How many are kept of one day: what nobody has to show anything for must not fill a disk.
MOST_A_DAY = 10_000

_COLUMNS = "application_id, subject_id, ruleset, application, digest, handed_in_at, receipt"
_KEEP = f"INSERT INTO handed_in ({_COLUMNS}) VALUES ({', '.join('?' for _ in _COLUMNS.split(','))})"  # noqa: S608
_ALL = f"SELECT seq, {_COLUMNS} FROM handed_in"  # noqa: S608
_OF_A_DAY = "SELECT count(*) FROM (SELECT 1 FROM handed_in WHERE handed_in_at > ? LIMIT ?) AS recent"
# A decision on other content, made under the same id, is none on this.
_UNDECIDED = (
    "NOT EXISTS (SELECT 1 FROM decisions WHERE decisions.application_id = handed_in.application_id"
    " AND decisions.verdict <> 'undecided' AND decisions.digest = handed_in.digest)"
)


class FullError(OnboardingError):
    """More was handed in within a day than is kept."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """An application that was handed in. `seq` is its place in their order, `application_id` its id in normal form,
    `subject_id` how the ruleset knows its subject (None where it does not), `at` the instant, in UTC.

    `receipt` is a secret of whoever handed it in, by which alone they see it again.
    """

    seq: int
    application_id: str
    subject_id: str | None
    ruleset: str
    application: Application
    digest: str
    at: str
    receipt: str


class Waiting(NamedTuple):
    """An application that was handed in, and what a check with the history says of it."""

    handed_in: HandedIn
    report: Report


def hand_in(application: Application, *, registry: SqlRegistry, rules: Ruleset, at: datetime) -> HandedIn:
    """Keep `application`, which was read by `rules`; the same again gives what is kept.

    Raises ClashError where its id is that of one with other content, InputError where it cannot be kept, FullError
    where too many are.
    """
    key, content, digest = normal_text(application.application_id), content_of(application), content_digest(application)
    with registry.writing(application_id=key) as session:
        kept = find(session, key)
        if kept is not None:
            if kept.digest != digest:
                hint = text("decisions.other-handed-in-hint")
                raise ClashError(Problem(text("decisions.other-handed-in"), "/application_id", hint=hint))
            return kept
        _refuse_more(session, at)
        subject, receipt = rules.subject_id(application), secrets.token_urlsafe(24)
        session.execute(_KEEP, (key, subject, rules.id, content, digest, write_instant(at), receipt))
        made = find(session, key)
    assert made is not None
    return made


def find(session: Session, application_id: str) -> HandedIn | None:
    """What was handed in under an id (in normal form)."""
    row = session.execute(_ALL + " WHERE application_id = ?", (application_id,)).fetchone()
    return _handed_in(row) if row else None


def find_by_receipt(session: Session, receipt: str) -> HandedIn | None:
    """What whoever holds `receipt` has handed in."""
    row = session.execute(_ALL + " WHERE receipt = ?", (receipt,)).fetchone()
    return _handed_in(row) if row else None


def handed_in_after(
    session: Session, after: int, limit: int, *, undecided: bool = False, subject: str | None = None
) -> list[HandedIn]:
    """At most `limit` of what was handed in, in that order, from the one after `after` on: only that on which there
    is no final decision, or only that of one subject.
    """
    where, values = " WHERE seq > ?", [after, subject, limit]
    where += " AND subject_id = ?" if subject is not None else ""
    where += f" AND {_UNDECIDED}" if undecided else ""
    return list(_each(session, where, [value for value in values if value is not None]))


def judge_waiting(
    registry: SqlRegistry, kept: Sequence[HandedIn], rules_of: Callable[[HandedIn], Ruleset | None], day: date
) -> list[Waiting]:
    """What a check with the history says on `day` of each that was handed in, by the rules that `rules_of` gives.

    Where it gives none, the report says no more than that: by other rules nothing is known of an application. So it
    does where the id was decided on with other content, for nobody can be admitted by it.
    """
    decided = registry.look_up((), [one.application_id for one in kept]).decided
    rules = {one.seq: rules_of(one) for one in kept if decided.get(one.application_id, one.digest) == one.digest}
    judged = [(one, own) for one in kept if (own := rules.get(one.seq))]
    reports = judge(registry, [(fitted(one.application, own.own_fields), own) for one, own in judged], day)
    found = {one.seq: report for (one, _), report in zip(judged, reports, strict=True)}
    return [Waiting(one, found.get(one.seq) or _unjudged(one, decided=one.seq not in rules)) for one in kept]


def judge(registry: SqlRegistry, applications: Sequence[tuple[Application, Ruleset]], day: date) -> list[Report]:
    """The report on each, with what is on record, as of `day`; nothing is kept."""
    subjects = [rules.subject_id(wanted) for wanted, rules in applications]
    found = registry.look_up([subject for subject in subjects if subject])
    notes = (Note(text("web.registry-empty"), kind="empty_registry"),) * found.empty
    return [
        check(wanted, found.histories[subject] if subject else None, day, rules).noted(notes)
        for (wanted, rules), subject in zip(applications, subjects, strict=True)
    ]


def note_other_content(report: Report, kept: HandedIn | None, digest: str) -> Report:
    """`report`, on the content with this `digest`; noted where under its id other content was handed in as well."""
    note = Note(text("decisions.handed-in-otherwise"))
    return report.noted((note,) if kept is not None and kept.digest != digest else ())


def _unjudged(kept: HandedIn, *, decided: bool) -> Report:
    wanted = kept.application
    brands = [brand.name for brand in wanted.brands or ()]
    names = {"subject": wanted.subject.name, "shop": wanted.shop.name if wanted.shop else None, "brands": brands}
    unknown = text("decisions.unknown-ruleset", ruleset=kept.ruleset)
    note = Note(text("decisions.decided-otherwise") if decided else unknown)
    return Report("undecided", wanted.application_id, kept.subject_id, None, (), {}, names, (note,))


def _each(session: Session, where: str, values: list[Any]) -> Iterator[HandedIn]:
    for row in session.execute(_ALL + where + " ORDER BY seq LIMIT ?", values):
        yield _handed_in(row)


def _refuse_more(session: Session, at: datetime) -> None:
    since = write_instant(at - timedelta(days=1))
    if session.execute(_OF_A_DAY, (since, MOST_A_DAY)).fetchone()[0] >= MOST_A_DAY:
        raise FullError(Problem(text("decisions.too-many-handed-in")))


def _handed_in(row: tuple[Any, ...]) -> HandedIn:
    seq, application_id, subject, ruleset, content, digest, at, receipt = row
    application = read_kept_application(content)
    return HandedIn(seq, application_id, subject, ruleset, application, digest, at, receipt)
