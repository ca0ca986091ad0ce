"""What each rule says of one application's facts on one day; the kernel puts these together."""

import copy
from datetime import date

from .errors import Problem, RulesetError
from .facts.derivation import Facts
from .messages import Text, same, text
from .pointers import walk
from .report import Outcome, Reason, Status
from .rules.rule import Finding, Rule
from .rules.ruleset import Ruleset


def judge(facts: Facts, as_of: date, ruleset: Ruleset) -> tuple[Outcome, ...]:
    """Every rule's outcome: all rules always run."""
    return tuple(_outcome(rule, facts, as_of) for rule in ruleset.on(as_of))


def reads_only_known(rule: Rule, facts: Facts) -> bool:
    """Whether all that `rule` reads of the application is known; a fact that is not is absent, and so undecided."""
    return facts.known is None or rule.fields <= facts.known


def _outcome(rule: Rule, facts: Facts, as_of: date) -> Outcome:
    status: Status = "not_in_force"
    reasons: tuple[Reason, ...] = ()
    if rule.in_force(as_of):
        status, reasons = _judge_in_force(rule, facts)
    edition = rule.edition
    return Outcome(rule.id, rule.level, status, rule.title, rule.clause, rule.remedy, reasons, edition)


def _judge_in_force(rule: Rule, facts: Facts) -> tuple[Status, tuple[Reason, ...]]:
    if not reads_only_known(rule, facts):
        return "undecided", (Reason(text("kernel.unknown-no_papers"), ""),)
    findings = rule.findings(facts.rule_instance)
    failed = [_reason(f, f.reason, facts) for f in findings if f.reason is not None]
    unknown = [f for f in findings if f.reason is None]
    if unknown and facts.at_least:
        failed += _surely_failed(rule, facts)
    if failed:
        return "fail", tuple(failed)
    if unknown:
        return "undecided", tuple(_unknown(rule, finding, facts) for finding in unknown)
    return "pass", ()


def _surely_failed(rule: Rule, facts: Facts) -> list[Reason]:
    """What `rule` says of counts that are unknown, and too large already by the part of them that is certain."""
    instance = copy.deepcopy(facts.rule_instance)
    for pointer, (count, _) in facts.at_least.items():
        *path, name = pointer.split("/")[1:]
        walk(instance, tuple(int(step) if step.isdigit() else step for step in path))[name] = count
    return [
        _reason(finding, finding.reason, facts)
        for finding in rule.findings(instance)
        # A larger count would be above the limit, too; one below a limit might still reach it.
        if finding.pointer in facts.at_least and finding.reason is not None and _is_above(finding)
    ]


def _is_above(finding: Finding) -> bool:
    return isinstance(finding.limit, int) and finding.actual > finding.limit


def _reason(finding: Finding, message: Text, facts: Facts) -> Reason:
    pointer = facts.fields.get(finding.pointer, finding.pointer).removeprefix("/application")
    evidence = facts.at_least.get(finding.pointer, (None, facts.evidence.get(finding.pointer, [])))[1]
    return Reason(message, pointer, finding.actual, finding.limit, tuple(evidence))


def _unknown(rule: Rule, finding: Finding, facts: Facts) -> Reason:
    fact = _unknown_fact(rule, finding, facts)
    pointer = facts.fields.get(fact, finding.pointer)
    message = text(f"kernel.unknown-{facts.unknown[fact]}", meaning=_meaning(rule, pointer))
    return Reason(message, pointer, evidence=tuple(facts.evidence[fact]))


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
