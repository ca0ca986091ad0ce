"""What each rule says of one application's facts on one day; the kernel puts these together."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from .errors import Problem, RulesetError
from .facts.context import first
from .facts.derivation import Facts
from .messages import Text, same, text
from .pointers import copied
from .report import Outcome, Reason, Status
from .rules.rule import Finding, Rule
from .rules.ruleset import Plan, Ruleset
from .rules.validator import Failure

# Keywords that fail where something is missing, of another type, or true of one alternative.
_UNCERTAIN = frozenset(("required", "type", "anyOf"))


class Failing(NamedTuple):
    """A rule in force that does not hold, with its place among all of the day, and what fails; None where it reads what
    is not known of the application.
    """

    place: int
    rule: Rule
    failures: list[Failure] | None


def evaluate(facts: Facts, rules: Iterable[tuple[int, Rule]]) -> list[Failing]:
    """Those of `rules`, each with its place among all of the day, that do not hold: all are asked."""
    instance, known = facts.rule_instance, facts.context.known
    failing: list[Failing] = []
    for place, rule in rules:
        if known is not None and not rule.fields <= known:
            # A fact that is not known is absent, and so undecided.
            failing.append(Failing(place, rule, None))
        elif not rule.validate.holds(instance):
            failing.append(Failing(place, rule, rule.validate(instance)))
    return failing


def statuses_of(failing: list[Failing], facts: Facts) -> dict[str, Status]:
    """The status of each rule that is `failing`, as `outcomes_of` has it, for who asks for no reasons."""
    return {rule.id: _status(rule, failures, facts) for _, rule, failures in failing}


def _status(rule: Rule, failures: list[Failure] | None, facts: Facts) -> Status:
    keywords = {failure.schema_path[-1] for failure in failures or ()}
    # A fact that is known and compared fails for certain, whatever else is unknown: no finding need be made.
    if keywords - _UNCERTAIN and "type" not in keywords:
        return "fail"
    findings = rule.findings(facts.rule_instance, failures) if failures is not None else []
    certain = any(finding.reason is not None for finding in findings)
    return "fail" if certain or (findings and _surely_failed(rule, facts)) else "undecided"


def judge(facts: Facts, as_of: date, ruleset: Ruleset) -> tuple[Outcome, ...]:
    """Every rule's outcome."""
    plan = ruleset.plan(as_of)
    return outcomes_of(evaluate(facts, plan.in_force), facts, plan)


def outcomes_of(failing: list[Failing], facts: Facts, plan: Plan) -> tuple[Outcome, ...]:
    """What each rule of `plan` says of `facts`, and why, where those `failing` do not hold."""
    if not failing:
        return plan.unless_failing
    outcomes = list(plan.unless_failing)
    for place, rule, failures in failing:
        if failures is None:
            outcomes[place] = plan.without_papers(place)
        else:
            outcomes[place] = _outcome(rule, failures, facts)
    return tuple(outcomes)


def _outcome(rule: Rule, failures: list[Failure], facts: Facts) -> Outcome:
    status, reasons = _judge(rule, rule.findings(facts.rule_instance, failures), facts)
    return Outcome(rule.id, rule.level, status, rule.title, rule.clause, rule.remedy, reasons, rule.edition)


def _judge(rule: Rule, findings: list[Finding], facts: Facts) -> tuple[Status, tuple[Reason, ...]]:
    # Of very many findings, such as one for each brand, all together show as many records as one alone may.
    most = max(1, facts.context.most_shown // max(1, len(findings)))
    failed: list[Reason] = []
    unknown: list[Finding] = []
    for finding in findings:
        if finding.reason is None:
            unknown.append(finding)
        else:
            failed.append(_reason(finding, finding.reason, facts, _evidence(finding, facts), most))
    if unknown:
        failed += _surely_failed(rule, facts, most)
    if failed:
        return "fail", tuple(failed)
    # Of two alternatives both may want one and the same fact.
    told = [_unknown(rule, finding, facts, most) for finding in unknown]
    return "undecided", tuple({(one.pointer, *one.message.values()): one for one in told}.values())


def _evidence(finding: Finding, facts: Facts) -> Iterable[dict[str, Any]]:
    """The records behind what `finding` is about; of several alternatives behind each, a record shown alike once."""
    if not finding.compared:
        return facts.evidence(finding.pointer)
    behind = [records for pointer in finding.compared if (records := facts.evidence(pointer))]
    if len(behind) == 1:
        return behind[0]
    return {repr(shown): shown for records in behind for shown in records}.values()


def _surely_failed(rule: Rule, facts: Facts, most: int = 1) -> list[Reason]:
    """What `rule` says of counts that are unknown, and too large already by the part of them that is certain."""
    certain = {pointer: unknown.at_least for pointer, unknown in facts.unknown.items() if unknown.at_least}
    if not certain:
        return []
    values = copied(facts.values)
    for pointer, (count, _) in certain.items():
        *path, name = pointer.split("/")[2:]
        place = values
        for step in path:
            # Where nothing that stands in it is known, it is absent, too.
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        place[name] = count
    instance = {**facts.rule_instance, "facts": values}
    return [
        _reason(finding, finding.reason, facts, certain[finding.pointer][1], most)
        for finding in rule.findings(instance)
        # A larger count would be above the limit, too; one below a limit might still reach it.
        if finding.pointer in certain and finding.reason is not None and _is_above(finding)
    ]


def _is_above(finding: Finding) -> bool:
    return isinstance(finding.limit, int) and finding.actual > finding.limit


def _reason(finding: Finding, message: Text, facts: Facts, evidence: Iterable[dict[str, Any]], most: int) -> Reason:
    pointer, shown = facts.field(finding.pointer) or finding.pointer, first(evidence, most)
    # The rule's own list is not the report's, which somebody may change.
    return Reason(message, pointer.removeprefix("/application"), finding.actual, copied(finding.limit), shown)


def _unknown(rule: Rule, finding: Finding, facts: Facts, most: int) -> Reason:
    fact = _unknown_fact(rule, finding, facts)
    pointer, unknown = facts.field(fact) or finding.pointer, facts.unknown[fact]
    message = text(f"kernel.unknown-{unknown.why}", meaning=_meaning(rule, pointer))
    return Reason(message, pointer, evidence=first(unknown.records, most))


def _meaning(rule: Rule, pointer: str) -> Text:
    """What the field at `pointer` means, by the words of its ruleset; one of the core is named."""
    own = rule.own_fields.at(pointer.split("/")[1:])
    return {lang: words.rstrip(".。") for lang, words in own.meaning.items()} if own else same(f"`{pointer}`")


def _unknown_fact(rule: Rule, finding: Finding, facts: Facts) -> str:
    """The pointer of the unknown fact that was found missing, or of the first one below it."""
    for pointer in facts.unknown:
        if pointer == finding.pointer or pointer.startswith(finding.pointer + "/"):
            return pointer
    message = text("kernel.no-such-fact", rule=rule.id, pointer=finding.pointer)
    raise RulesetError(Problem(message, finding.pointer))
