"""What a report notes of the marks on record: a waiver without which a rule would not hold, a kind nobody declared.

Pure, as all that the kernel calls.
"""

from collections.abc import Iterator

from msgspec import structs

from .evaluation import judge
from .facts.context import Context
from .facts.derivation import derive_facts
from .identity import normal_text
from .messages import text
from .pointers import looks_like_a_name
from .report import Note, Outcome
from .rules.ruleset import Ruleset


def mark_notes(context: Context, outcomes: tuple[Outcome, ...], ruleset: Ruleset) -> tuple[Note, ...]:
    """The notes on the marks of `context`, whose rules came to `outcomes`."""
    if context.history is None or not context.history.marks:
        return ()
    return (*_waivers(context, outcomes, ruleset), *_undeclared(context, ruleset))


def _waivers(context: Context, outcomes: tuple[Outcome, ...], ruleset: Ruleset) -> Iterator[Note]:
    """The waivers in force of each rule that holds, where it would not hold without them."""
    history = context.records
    held = {outcome.rule: outcome for outcome in outcomes if outcome.status == "pass"}
    for rule, outcome in held.items():
        given = [mark for mark in history.marks if mark.waives(rule) and mark.in_force(context.as_of)]
        if not given:
            continue
        others = tuple(mark for mark in history.marks if not (mark.waives(rule) and mark.in_force(context.as_of)))
        without = structs.replace(history, marks=others)
        facts = derive_facts(context.with_history(without), ruleset.counted)
        if any(other.rule == rule and other.status == "pass" for other in judge(facts, context.as_of, ruleset)):
            continue
        for mark in given:
            key = "kernel.waived" if mark.until is None else "kernel.waived-until"
            words = text(key, rule=rule, title=outcome.title, by=mark.by, on=mark.on, until=mark.until)
            yield Note(words, kind="waiver")


def _undeclared(context: Context, ruleset: Ruleset) -> Iterator[Note]:
    begun = {normal_text(mark.kind) for mark in context.records.marks if mark.on <= context.as_of}
    for kind in sorted(begun - ruleset.marks.keys()):
        if looks_like_a_name(kind):
            words = text("kernel.undeclared-mark", kind=kind, ruleset=ruleset.id)
        else:
            words = text("kernel.undeclared-mark-unnamed", ruleset=ruleset.id)
        yield Note(words, kind="undeclared_mark")
