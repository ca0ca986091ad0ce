"""What each rule says of one application's facts on one day; the kernel puts these together."""

import copy
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from .errors import Problem, RulesetError
from .facts.context import Why
from .facts.derivation import Facts
from .messages import Text, text
from .pointers import walk
from .report import Level, Outcome, Reason, Status
from .rules.rule import Finding, Rule
from .rules.ruleset import Ruleset
from .rules.validator import Failure


class Evaluated(NamedTuple):
    """A rule on one day: what it says where nothing fails, and what does; None where it is not asked.

    It is not where it is not in force, or reads what is not known of the application.
    """

    rule: Rule
    unless_failing: Outcome
    failures: list[Failure] | None


def evaluate(facts: Facts, as_of: date, ruleset: Ruleset, level: Level | None = None) -> list[Evaluated]:
    """Every rule, or every one of `level`: all always run."""
    return [
        Evaluated(
            rule,
            unless_failing,
            rule.validate(facts.rule_instance)
            if unless_failing.status == "pass" and reads_only_known(rule, facts)
            else None,
        )
        for rule, unless_failing in ruleset.plan(as_of)
        if level is None or rule.level == level
    ]


def judge(facts: Facts, as_of: date, ruleset: Ruleset) -> tuple[Outcome, ...]:
    """Every rule's outcome."""
    return outcomes_of(evaluate(facts, as_of, ruleset), facts)


def outcomes_of(evaluated: list[Evaluated], facts: Facts) -> tuple[Outcome, ...]:
    """What each rule says of `facts`, as it was evaluated on them."""
    return tuple([e.unless_failing if e.failures == [] else _outcome(e, facts) for e in evaluated])


def reads_only_known(rule: Rule, facts: Facts) -> bool:
    """Whether all that `rule` reads of the application is known; a fact that is not is absent, and so undecided."""
    return facts.context.known is None or rule.fields <= facts.context.known


def _outcome(evaluated: Evaluated, facts: Facts) -> Outcome:
    rule, unless_failing, failures = evaluated
    if unless_failing.status == "not_in_force":
        return unless_failing
    if failures is None:
        return _with(unless_failing, "undecided", (Reason(_unknown_words("no_papers"), ""),))
    return _with(unless_failing, *_judge(rule, rule.findings(facts.rule_instance, failures), facts))


def _with(unless_failing: Outcome, status: Status, reasons: tuple[Reason, ...]) -> Outcome:
    o = unless_failing
    return Outcome(o.rule, o.level, status, o.title, o.clause, o.remedy, reasons, o.edition)


def _judge(rule: Rule, findings: list[Finding], facts: Facts) -> tuple[Status, tuple[Reason, ...]]:
    failed = [_reason(f, f.reason, facts, facts.evidence(f.pointer)) for f in findings if f.reason is not None]
    unknown = [f for f in findings if f.reason is None]
    if unknown:
        failed += _surely_failed(rule, facts)
    if failed:
        return "fail", tuple(failed)
    return "undecided", tuple(_unknown(f, _unknown_fact(rule, f, facts), facts) for f in unknown)


def _surely_failed(rule: Rule, facts: Facts) -> list[Reason]:
    """What `rule` says of counts that are unknown, and too large already by the part of them that is certain."""
    certain = {pointer: unknown.at_least for pointer, unknown in facts.unknown.items() if unknown.at_least}
    if not certain:
        return []
    instance = copy.deepcopy(facts.rule_instance)
    for pointer, (count, _) in certain.items():
        *path, name = pointer.split("/")[1:]
        walk(instance, tuple(int(step) if step.isdigit() else step for step in path))[name] = count
    return [
        _reason(finding, finding.reason, facts, certain[finding.pointer][1])
        for finding in rule.findings(instance)
        # A larger count would be above the limit, too; one below a limit might still reach it.
        if finding.pointer in certain and finding.reason is not None and _is_above(finding)
    ]


def _is_above(finding: Finding) -> bool:
    return isinstance(finding.limit, int) and finding.actual > finding.limit


def _reason(finding: Finding, message: Text, facts: Facts, evidence: Iterable[dict[str, Any]]) -> Reason:
    pointer = facts.field(finding.pointer) or finding.pointer
    return Reason(message, pointer.removeprefix("/application"), finding.actual, finding.limit, tuple(evidence))


def _unknown(finding: Finding, fact: str, facts: Facts) -> Reason:
    pointer, unknown = facts.field(fact) or finding.pointer, facts.unknown[fact]
    return Reason(_unknown_words(unknown.why), pointer, evidence=tuple(unknown.records))


@cache
def _unknown_words(why: Why) -> Text:
    return text(f"kernel.unknown-{why}")


def _unknown_fact(rule: Rule, finding: Finding, facts: Facts) -> str:
    """The pointer of the unknown fact that was found missing, or of the first one below it."""
    for pointer in facts.unknown:
        if pointer == finding.pointer or pointer.startswith(finding.pointer + "/"):
            return pointer
    message = text("kernel.no-such-fact", rule=rule.id, pointer=finding.pointer)
    raise RulesetError(Problem(message, finding.pointer))
