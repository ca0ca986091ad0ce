"""Replay: judge a decision's application again, and say what has come in between."""

from datetime import date
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, to_builtins

from ..errors import NotOnRecordError, Problem, RegistryError
from ..identity import normal_text
from ..kernel import check
from ..messages import text
from ..reading.own_fields import fitted
from ..registry.sql import SqlRegistry, history_from
from ..registry.timestamps import show_instant
from ..report import Report, Verdict
from ..rules.loading import DEFAULT, load_ruleset
from ..rules.ruleset import Ruleset
from .admission import latest_decision
from .decision import Decision

Cause = Literal["rules", "program", "records", "day"]


class Change(Struct, frozen=True):
    """One rule that comes out otherwise than one step before."""

    rule: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class LaterRow(Struct, frozen=True):
    """A row that came on record after the decision."""

    seq: int
    record_id: str
    recorded_at: str
    recorded_by: str
    note: str | None


class Step(Struct, frozen=True):
    """What one cause changes: the verdict after it, and the rules that come out otherwise because of it."""

    cause: Cause
    verdict: Verdict
    changes: tuple[Change, ...]
    rows: tuple[LaterRow, ...] = ()


class Replay(Struct, frozen=True):
    """A decision judged again in three steps, each from the one before.

    First with the records, the day and the application of the decision, by the rules given; then with the records
    of now (or of the instant given); then on the day given.
    """

    decision: Decision
    ruleset_digest: str
    as_of: date
    steps: tuple[Step, ...]

    @property
    def same(self) -> bool:
        return not any(step.changes for step in self.steps)


def replay(
    registry: SqlRegistry, application_id: str, *, as_of: date, ruleset: Ruleset | str | Path = DEFAULT
) -> Replay:
    """Judge again what was decided on `application_id`.

    Raises RegistryError where nothing was, NotOnRecordError where the application has been erased.
    The records of now are those on record at `registry.known_at`, where it is set.
    """
    rules = ruleset if isinstance(ruleset, Ruleset) else load_ruleset(ruleset)
    until = registry.known_until
    with registry.reading() as session:
        decision = latest_decision(session, normal_text(application_id))
        if decision is None:
            message = text("decisions.no-decision", application=application_id)
            raise RegistryError(Problem(message, hint=text("decisions.no-decision-hint")))
        if decision.erased_at is not None:
            message = text("decisions.erased", application=application_id, at=show_instant(decision.erased_at))
            raise NotOnRecordError(Problem(message, hint=text("decisions.erased-hint")))
        application = fitted(decision.application, rules.own_fields)
        # By another number the rules may mean another subject, of which these records say nothing.
        subject = decision.subject_id if rules.subject_id(application) == decision.subject_id else None
        then = now = None
        later: list[LaterRow] = []
        if subject:
            then = history_from(subject, registry.rows(session, subject, revision=decision.revision))
            now = history_from(subject, registry.rows(session, subject, known_at=until))
            later = [
                LaterRow(*row)
                for row in session.execute(
                    "SELECT seq, record_id, recorded_at, recorded_by, note FROM records"
                    " WHERE subject_id = ? AND seq > ? ORDER BY seq",
                    (subject, decision.revision),
                )
                if (until is None or row[2] <= until) and row[1] != f"shop:{decision.shop_id}"
            ]
    by_rules = check(application, then, decision.as_of, rules)
    by_records = check(application, now, decision.as_of, rules)
    by_day = check(application, now, as_of, rules)
    cause: Cause = "program" if rules.digest == decision.ruleset_digest else "rules"
    steps = (
        Step(cause, by_rules.verdict, _changes(decision.report, by_rules)),
        Step("records", by_records.verdict, _changes(by_rules, by_records), tuple(later)),
        Step("day", by_day.verdict, _changes(by_records, by_day)),
    )
    return Replay(decision, rules.digest, as_of, steps)


def _changes(before: Report, after: Report) -> tuple[Change, ...]:
    old, new = _told(before), _told(after)
    return tuple(Change(rule, old.get(rule), new.get(rule)) for rule in old | new if old.get(rule) != new.get(rule))


def _told(report: Report) -> dict[str, dict[str, Any]]:
    """What each rule says, without its words."""
    told: dict[str, dict[str, Any]] = {}
    for outcome in report.outcomes:
        reasons = [
            to_builtins({"pointer": r.pointer, "actual": r.actual, "limit": r.limit, "evidence": r.evidence})
            for r in outcome.reasons
        ]
        told[outcome.rule] = {"status": outcome.status, "reasons": reasons}
    return told
