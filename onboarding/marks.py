"""What a report notes of the marks on record: a waiver without which a rule would not hold, a kind nobody declared.

Pure, as all that the kernel calls.
"""

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from operator import itemgetter

from .evaluation import evaluate
from .facts.context import Context
from .facts.derivation import derive_facts
from .facts.many import Some
from .facts.selection import many_of
from .identity import normal_text
from .messages import Text, text
from .models import Mark
from .pointers import looks_like_a_name
from .report import Note, NoteKind, Outcome
from .rules.ruleset import Ruleset

# So many are noted one by one: a subject may have thousands, and an audit notes those of each of thousands of shops.
_MOST = 10


def mark_notes(context: Context, outcomes: tuple[Outcome, ...], ruleset: Ruleset) -> tuple[Note, ...]:
    """The notes on the marks of `context`, whose rules came to `outcomes`."""
    if context.history is None or not context.history.marks:
        return ()
    return (*_waivers(context, outcomes, ruleset), *_undeclared(context, ruleset))


def _waivers(context: Context, outcomes: tuple[Outcome, ...], ruleset: Ruleset) -> Iterator[Note]:
    """The waivers in force of each rule that holds, where it would not hold without them."""
    marks, day = many_of(context, "marks"), context.as_of
    about = marks.grouped("waiver", _waived)
    in_force = marks.until("on", day) & ~marks.until("until", day) if about else 0
    for outcome in outcomes if in_force else ():
        given = about.get(outcome.rule, 0) & in_force
        if outcome.status != "pass" or not given:
            continue
        facts = derive_facts(context.without_marks(given), ruleset.counted)
        if any(failing.rule.id == outcome.rule for failing in evaluate(facts, ruleset.plan(day).in_force)):
            told = [_waived_by(mark, outcome) for mark in islice(Some(marks, given), _MOST)]
            yield from _noted(told, given.bit_count(), "waiver")


def _waived(mark: Mark) -> tuple[str, ...]:
    return (normal_text(mark.about or ""),) if mark.is_waiver else ()


def _waived_by(mark: Mark, outcome: Outcome) -> Text:
    key = "kernel.waived" if mark.until is None else "kernel.waived-until"
    return text(key, rule=outcome.rule, title=outcome.title, by=mark.by, on=mark.on, until=mark.until)


def _undeclared(context: Context, ruleset: Ruleset) -> Iterator[Note]:
    """The kinds of the marks that have begun, where the ruleset does not declare them."""
    history, key = context.records, ("undeclared", *ruleset.marks)
    if key not in history.kept:
        kinds = many_of(context, "marks").grouped("kind", lambda mark: (normal_text(mark.kind),))
        first = {kind: min(mark.on for mark in Some(many_of(context, "marks"), bits)) for kind, bits in kinds.items()}
        history.kept[key] = sorted((day, kind) for kind, day in first.items() if kind not in ruleset.marks)
    begun = bisect_right(history.kept[key], context.as_of, key=itemgetter(0))
    told = sorted(kind for _, kind in history.kept[key][: min(begun, _MOST)])
    yield from _noted([_undeclared_kind(kind, ruleset.id) for kind in told], begun, "undeclared_mark")


@lru_cache(maxsize=64)
def _undeclared_kind(kind: str, ruleset: str) -> Text:
    if looks_like_a_name(kind):
        return text("kernel.undeclared-mark", kind=kind, ruleset=ruleset)
    return text("kernel.undeclared-mark-unnamed", ruleset=ruleset)


def _noted(told: list[Text], number: int, kind: NoteKind) -> Iterator[Note]:
    """A note of each that is `told`, and of how many more there are where those are the first of `number`."""
    yield from (Note(words, kind=kind) for words in told)
    if number > len(told):
        yield Note(text(f"kernel.more-{kind}", n=number - len(told)), kind=kind)
