"""From which day an application passes, and from which day it does not any more, if nothing but time goes by.

An outcome can turn on few days only: each fact knows on which days it can pass a number (see `facts.verbs`), and the
rules compare facts with numbers that stand in the rule files. So whoever waits need not look at every day: a rule that
fails goes on failing until the last of what it finds wrong can turn.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from .evaluation import reads_only_known
from .facts.context import Context
from .facts.derivation import Facts, derive_facts
from .messages import text
from .pointers import to_pointer, walk
from .report import Note
from .rules.rule import Rule
from .rules.ruleset import Ruleset


def eligible_from(context: Context, ruleset: Ruleset) -> date | None:
    """The first day from that of `context` on which every required rule holds; None where waiting cures nothing.

    Of an application that is known in part, the rules that read no more than that.
    """
    numbers = {0}.union(*(rule.numbers for rule in ruleset.rules))
    around = sorted({number + step for number in numbers for step in (-1, 0, 1)})
    changes = {day for rule in ruleset.rules for day in (rule.effective_from, rule.effective_until) if day}
    day: date | None = context.as_of
    while day is not None:
        context = context.on(day)
        facts = derive_facts(context, ruleset.deciding)
        failing = _first_failing(facts, day, ruleset)
        if failing is None:
            return day
        cures = [_next(_turns(place, context, ruleset, around), day) for place in _wrong(failing, facts)]
        # All that is wrong has to turn; where something never does, the rule itself has to.
        cured = None if None in cures else max(cure for cure in cures if cure)
        day = _next([*changes, *([cured] if cured else [])], day)
    return None


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
                words = text("kernel.fails-from", day=day, edition=rule.edition or rule.id, title=rule.title)
                return (Note(words, kind="changes_ahead"),)
    return ()


def _refuses(rule: Rule, facts: Facts) -> bool:
    return any(finding.reason is not None for finding in rule.findings(facts.rule_instance))


def _first_failing(facts: Facts, day: date, ruleset: Ruleset) -> Rule | None:
    for rule in ruleset.on(day):
        asked = rule.level == "required" and rule.in_force(day) and reads_only_known(rule, facts)
        if asked and rule.validate(facts.rule_instance):
            return rule
    return None


def _wrong(rule: Rule, facts: Facts) -> Iterator[str]:
    """Where in the rule instance something keeps `rule` from holding, as JSON pointers."""
    for instance_path, schema_path in rule.validate(facts.rule_instance):
        if schema_path[-1] != "required":
            yield to_pointer(instance_path)
            continue
        there, names = walk(facts.rule_instance, instance_path), walk(rule.schema, schema_path)
        yield from (to_pointer((*instance_path, name)) for name in names if name not in there)


def _turns(pointer: str, context: Context, ruleset: Ruleset, numbers: Sequence[int]) -> Iterator[date]:
    """The days on which the facts at `pointer`, or below it, may pass one of `numbers`; an application never turns."""
    place, *path = pointer.split("/")[1:]
    if place != "facts":
        return
    application = context.application
    if len(path) > 1 and path[0] == "brands" and application.brands:
        # Of this brand alone.
        application = replace(application, brands=(application.brands[int(path[1])],))
        path = ["brands[]", *path[2:]]
    name = ".".join(path)
    for fact in ruleset.deciding:
        if not name or fact.name == name or fact.name.startswith((f"{name}.", f"{name}[]")):
            yield from fact.turns(application, context.history, numbers)


def _next(days: Iterable[date], after: date) -> date | None:
    return min((day for day in days if day > after), default=None)
