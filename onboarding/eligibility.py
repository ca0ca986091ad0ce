"""From which day an application passes, and from which day it does not any more, if nothing but time goes by.

An outcome can turn on few days only: each fact knows on which days it can pass a number (see `facts.verbs`), and
the rules compare facts with numbers that stand in the rule files.
"""

from collections.abc import Sequence
from datetime import date

from .evaluation import reads_only_known
from .facts.context import Context
from .facts.derivation import Facts, derive_facts
from .messages import text
from .report import Note, Outcome
from .rules.rule import Rule
from .rules.ruleset import Ruleset


def eligible_from(context: Context, ruleset: Ruleset, outcomes: Sequence[Outcome]) -> date | None:
    """The first day after that of `context` on which every required rule holds; None where waiting cures nothing.

    `outcomes` are those of the day of `context`. Of an application that is known in part, the rules that read no
    more than that.
    """
    return next((day for day in turning_days(context, ruleset) if passes(context.on(day), ruleset, outcomes)), None)


def passes(context: Context, ruleset: Ruleset, before: Sequence[Outcome]) -> bool:
    """Whether every required rule holds on the day of `context`, none being undecided.

    Asks first the rules that failed `before`, since those most likely fail still.
    """
    facts, day = derive_facts(context, ruleset.deciding), context.as_of
    failing = {outcome.rule for outcome in before if outcome.status == "fail"}
    required = [rule for rule in ruleset.on(day) if rule.level == "required" and rule.in_force(day)]
    required.sort(key=lambda rule: rule.id not in failing)
    return not any(rule.validate(facts.rule_instance) for rule in required if reads_only_known(rule, facts))


def changes_ahead(context: Context, ruleset: Ruleset) -> tuple[Note, ...]:
    """For an application that passes: that it will not, from the day on which a rule changes.

    Only what the change itself refuses: on that day the edition of today, where there is one, would not.
    """
    days = ruleset.changes_after(context.as_of)
    today = {rule.id: rule for rule in (ruleset.on(context.as_of) if days else ()) if rule.in_force(context.as_of)}
    for day in days:
        facts = derive_facts(context.on(day), ruleset.deciding)
        for rule in ruleset.on(day):
            changes = rule.level == "required" and rule.effective_from == day
            before = today.get(rule.id)
            refused_before = before is not None and before.level == "required" and _refuses(before, facts)
            if changes and _refuses(rule, facts) and not refused_before:
                return (Note(text("kernel.fails-from", day=day, edition=rule.edition or rule.id, title=rule.title)),)
    return ()


def turning_days(context: Context, ruleset: Ruleset) -> list[date]:
    """The days after that of `context` on which some rule's outcome may differ from the day before, in order."""
    numbers = {0}.union(*(rule.numbers for rule in ruleset.rules))
    around = sorted({number + step for number in numbers for step in (-1, 0, 1)})
    days = {day for rule in ruleset.rules for day in (rule.effective_from, rule.effective_until) if day}
    for fact in ruleset.deciding:
        days.update(fact.turns(context.application, context.history, around))
    return sorted(day for day in days if day > context.as_of)


def _refuses(rule: Rule, facts: Facts) -> bool:
    return any(finding.reason is not None for finding in rule.findings(facts.rule_instance))
