"""From which day an application passes, and from which day it does not any more, if nothing but time goes by.

An outcome can turn on few days only: each fact knows on which days it can pass a number (see `facts.verbs`), and the
rules compare facts with numbers that stand in the rule files. So whoever waits need not look at every day: a rule that
fails goes on failing until the last of what it finds wrong can turn.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from .evaluation import Failing, evaluate
from .facts.context import Context
from .facts.derivation import Facts, derive_facts
from .messages import text
from .pointers import Path, walk
from .report import Note
from .rules.rule import Rule
from .rules.ruleset import Ruleset

# By the keyword that a fact fails, how far from its number the fact has to come.
_REACHED: dict[str | int, int] = {"minimum": 0, "maximum": 0, "exclusiveMinimum": 1, "exclusiveMaximum": -1}
_BRANCHES = frozenset(("then", "else"))


def eligible_from(context: Context, facts: Facts, failing: Sequence[Failing], ruleset: Ruleset) -> date | None:
    """The first day from that of `context` on which every required rule holds; None where waiting cures nothing.

    `facts` are those of that day, on which the rules `failing` do not hold. Of an application that is known in part,
    the rules that read no more than that.
    """
    day = context.as_of
    while wrong := [one for one in failing if one.failures and one.rule.level == "required"]:
        days = [day for day in (_cured_from(wrong, context, facts, ruleset), ruleset.next_change(day)) if day]
        if not days:
            return None
        day = min(days)
        context = context.on(day)
        facts = derive_facts(context, ruleset.deciding)
        failing = evaluate(facts, ruleset.plan(day).required)
    return day


def nothing_in_force(day: date, ruleset: Ruleset) -> tuple[Note, ...]:
    """Where no required rule is in force on `day`: that nothing was asked, which a pass would not tell by itself."""
    if not ruleset.demands_nothing(day):
        return ()
    begins = next((day for day in ruleset.changes_after(day) if not ruleset.demands_nothing(day)), None)
    key = "kernel.nothing-in-force" if begins is None else "kernel.nothing-in-force-until"
    return (Note(text(key, ruleset=ruleset.id, day=day, begins=begins), kind="nothing_in_force"),)


def changes_ahead(context: Context, ruleset: Ruleset) -> tuple[Note, ...]:
    """For an application that passes: that it will not, from the day on which a rule changes.

    Only what the change itself refuses: on that day the edition of today, where there is one, would not.
    """
    days = ruleset.changes_after(context.as_of)
    if not days:
        return ()
    today = {rule.id: rule for rule in ruleset.on(context.as_of) if rule.in_force(context.as_of)}
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


def _cured_from(wrong: Sequence[Failing], context: Context, facts: Facts, ruleset: Ruleset) -> date | None:
    """The first day on which all that is wrong may have turned; None where something never does."""
    latest = context.as_of
    for one in wrong:
        for path, numbers, rising in _places(one, facts):
            turn = _next_turn(path, context, ruleset, numbers, rising)
            if turn is None:
                return None
            latest = max(latest, turn)
    return latest


def _places(failing: Failing, facts: Facts) -> Iterator[tuple[Path, Sequence[int], bool]]:
    """Where in the rule instance something keeps the rule from holding, each with the numbers that the fact there has
    to reach for it, and whether by rising.
    """
    rule = failing.rule
    for instance_path, schema_path in failing.failures or ():
        keyword, limit = schema_path[-1], rule.keyword(schema_path).limit
        if not _BRANCHES.isdisjoint(schema_path) and schema_path[:2] != ("properties", "application"):
            # What is asked for may be asked for no longer.
            yield ("facts",), rule.around, False
        elif keyword == "required":
            there = walk(facts.rule_instance, instance_path)
            yield from (((*instance_path, name), rule.around, False) for name in limit if name not in there)
        elif keyword in _REACHED and type(limit) is int:
            yield instance_path, (limit + _REACHED[keyword],), keyword in ("minimum", "exclusiveMinimum")
        else:
            yield instance_path, rule.around, False


def _next_turn(path: Path, context: Context, ruleset: Ruleset, numbers: Sequence[int], rising: bool) -> date | None:
    """The first day on which a fact at `path`, or below it, may pass one of `numbers`; no field ever turns."""
    place, *names = path
    if place != "facts":
        return None
    brands = context.application.brands or ()
    if len(names) > 1 and names[0] == "brands":
        # Of this brand alone.
        brands = (brands[int(names[1])],)
        names = ["brands[]", *names[2:]]
    days: list[date] = []
    for fact in ruleset.deciding_below(".".join(map(str, names))):
        for brand in brands if fact.parent == "brands[]" else (None,):
            days += fact.turns(context, brand, numbers, rising)
    return min((day for day in days if day > context.as_of), default=None)
