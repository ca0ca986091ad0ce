"""What each rule says of one application's facts on one day; the kernel puts these together."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from msgspec import UNSET

from .errors import Problem, RulesetError
from .facts.derivation import Facts, derive_facts, rule_instance
from .messages import Text, text
from .models import Application, History
from .report import Note, Outcome, Reason, Status
from .rules.rule import Finding, Rule
from .rules.ruleset import Ruleset


def judge(application: Application, facts: Facts, as_of: date, ruleset: Ruleset) -> tuple[Outcome, ...]:
    """Every rule's outcome: all rules always run."""
    case = rule_instance(application, facts)
    return tuple(_outcome(rule, case, facts, as_of) for rule in ruleset.on(as_of))


def passes(
    application: Application, history: History | None, day: date, ruleset: Ruleset, before: Sequence[Outcome]
) -> bool:
    """Whether the application would pass on `day`: every required rule holds, none is undecided.

    Asks first the rules that failed `before`, since those most likely fail still.
    """
    failing = {outcome.rule for outcome in before if outcome.status == "fail"}
    required = [rule for rule in ruleset.on(day) if rule.level == "required" and rule.in_force(day)]
    case = rule_instance(application, derive_facts(application, history, day))
    return not any(rule.validate(case) for rule in sorted(required, key=lambda rule: rule.id not in failing))


def changes_ahead(application: Application, history: History | None, as_of: date, ruleset: Ruleset) -> tuple[Note, ...]:
    """For an application that passes on `as_of`: that it will not, from the day on which a rule changes.

    Only what the change itself refuses: on that day the edition of `as_of`, where there is one, would not.
    """
    days = ruleset.changes_after(as_of)
    today = {rule.id: rule for rule in (ruleset.on(as_of) if days else ()) if rule.in_force(as_of)}
    for day in days:
        case = rule_instance(application, derive_facts(application, history, day))
        for rule in ruleset.on(day):
            changes = rule.level == "required" and rule.effective_from == day
            before = today.get(rule.id)
            refused_before = before is not None and before.level == "required" and _refuses(before, case)
            if changes and _refuses(rule, case) and not refused_before:
                return (Note(text("kernel.fails-from", day=day, edition=rule.edition or rule.id, title=rule.title)),)
    return ()


def _refuses(rule: Rule, case: dict[str, Any]) -> bool:
    return any(finding.reason is not None for finding in rule.findings(case))


def _outcome(rule: Rule, case: dict[str, Any], facts: Facts, as_of: date) -> Outcome:
    findings = rule.findings(case) if rule.in_force(as_of) else []
    failed = tuple(_reason(f, f.reason, facts) for f in findings if f.reason is not None)
    unknown = tuple(_unknown(f, _unknown_fact(rule, f, facts), facts) for f in findings if f.reason is None)
    status: Status = "fail" if failed else "undecided" if unknown else "pass"
    if not rule.in_force(as_of):
        status = "not_in_force"
    edition = rule.edition or UNSET
    return Outcome(rule.id, rule.level, status, rule.title, rule.clause, rule.remedy, failed or unknown, edition)


def _reason(finding: Finding, message: Text, facts: Facts) -> Reason:
    pointer = facts.fields.get(finding.pointer, finding.pointer).removeprefix("/application")
    evidence = tuple(facts.evidence.get(finding.pointer, ()))
    return Reason(message, pointer, finding.actual, finding.limit, evidence)


def _unknown(finding: Finding, fact: str, facts: Facts) -> Reason:
    pointer = facts.fields.get(fact, finding.pointer)
    return Reason(text(f"kernel.unknown-{facts.unknown[fact]}"), pointer, evidence=tuple(facts.evidence[fact]))


def _unknown_fact(rule: Rule, finding: Finding, facts: Facts) -> str:
    """The pointer of the unknown fact that was found missing, or of the first one below it."""
    for pointer in facts.unknown:
        if pointer == finding.pointer or pointer.startswith(finding.pointer + "/"):
            return pointer
    raise RulesetError(Problem(f"rule `{rule.id}` reads `{finding.pointer}`, which is no fact", finding.pointer))
