"""Boundary coverage of what is counted: for each part of a selection, is there a record that it takes and one not?

A record shows something of one part where all the other parts take it. Mutants (`fact_mutation`) ask whether a verdict
depends on it; this asks whether a case stands at the edge at all.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from msgspec import structs

from ..facts.context import Context, Unknown
from ..facts.declarations import Counted, Dated, Months, Selection, read_declarations
from ..facts.derivation import context_of
from ..facts.many import by_day
from ..facts.selection import chosen_day, select, value_of
from ..facts.verbs import chosen
from ..messages import Text, text
from ..models import BrandWanted
from ..pointers import Path, to_pointer
from ..rules.ruleset import Ruleset
from .cases import read_inputs

OTHER = "another value"


class _Seen(NamedTuple):
    """What a fact is counted from in one case."""

    context: Context
    brand: BrandWanted | None


_Find = Callable[[_Seen], Collection[Any]]
_Stands = Callable[[_Seen], bool]


class FactPoint(NamedTuple):
    """One side of one edge of a declaration: the fact, where in its file that stands, in words.

    What lies there differs from what `selection` takes in `part` alone, which has `value`; `stands` tells whether
    something does.
    """

    fact: str
    pointer: str
    words: Text
    selection: Selection
    part: Path
    value: Any
    stands: _Stands


def uncovered_facts(ruleset: Ruleset, cases: Sequence[tuple[str, dict[str, Any]]]) -> tuple[int, list[FactPoint]]:
    """How many points the facts have that `ruleset` counts, and those at which none of `cases` stands."""
    contexts = [context for _, case in cases for context in _contexts(case, ruleset)]
    points = list(points_of_facts(ruleset))
    return len(points), [point for point in points if not any(map(point.stands, _seen(contexts, point)))]


def points_of_facts(ruleset: Ruleset) -> Iterator[FactPoint]:
    """Every point of the facts that `ruleset` counts."""
    for fact in ruleset.counted.values():
        if fact.declared is None:
            continue
        declared = read_declarations({fact.name: fact.declared})[fact.name]
        for place, selection in declared.placed_selections:
            for part, words, value, stands in _points(selection):
                pointer = to_pointer((fact.name, *place, *part))
                yield FactPoint(fact.name, pointer, words, selection, part, value, stands)


def stands_at(point: FactPoint, case: dict[str, Any], ruleset: Ruleset) -> bool:
    """Whether `case` stands at `point`, one of those of `ruleset`."""
    return any(map(point.stands, _seen(_contexts(case, ruleset), point)))


def _seen(contexts: Iterable[Context], point: FactPoint) -> Iterator[_Seen]:
    """What the fact of `point` is counted from in each of `contexts`."""
    each = point.fact.startswith("brands[].")
    for context in contexts:
        for brand in (context.application.brands or ()) if each else (None,):
            yield _Seen(context, brand)


def _contexts(case: dict[str, Any], ruleset: Ruleset) -> Iterator[Context]:
    inputs = read_inputs(case, ruleset)
    if inputs.histories is None:
        return
    for application in inputs.applications:
        if subject := ruleset.subject_id(application):
            # One history for all of a subject's applications: what is counted of it once is kept with it.
            history = inputs.histories[subject]
            yield context_of(application, history, inputs.day, own=ruleset.own_fields, number=ruleset.subject_number)


def _points(selection: Selection) -> Iterator[tuple[Path, Text, Any, _Stands]]:
    """Each point of `selection`: its part, in words, the value there, and whether a record that is seen has it."""
    found = _finder(selection)
    for at in ("current", "ended"):
        yield ("at",), text(f"authoring.point-at-{at}"), at, _any(_finder(structs.replace(selection, at=at)))
    for name, test in selection.where.items():
        others = {other: tested for other, tested in selection.where.items() if other != name}
        among = _finder(structs.replace(selection, where=others))
        for keyword, words, value in _values(name, test):
            yield ("where", name, keyword), words, value, _has(among, name, test, value)
    for index, key in enumerate(selection.same):
        among = _finder(structs.replace(selection, same=tuple(other for other in selection.same if other != key)))
        yield ("same", index), text("authoring.point-same", field=key), key, _any(found)
        yield ("same", index), text("authoring.point-not-same", field=key), OTHER, _fewer(found, among)
    if isinstance(selection, Counted) and selection.with_:
        without = _finder(structs.replace(selection, with_=None))
        yield ("with",), text("authoring.point-own-shop"), None, _fewer(found, without)
    if isinstance(selection, Dated) and selection.nth > 1:
        yield from _of_nth(selection, found)


def _values(name: str, test: dict[str, Any]) -> Iterator[tuple[str, Text, Any]]:
    """The values of one field at which a case must stand."""
    for keyword, limit in test.items():
        if keyword in ("minimum", "maximum"):
            for edge in (limit, limit + (1 if keyword == "maximum" else -1)):
                yield keyword, text("authoring.point-record", field=name, value=edge), edge
        else:
            for value in limit if keyword == "enum" else [limit]:
                yield keyword, text("authoring.point-record", field=name, value=value), value
            yield keyword, text("authoring.point-record-other", field=name), OTHER


def _of_nth(selection: Dated, found: _Find) -> Iterator[tuple[Path, Text, Any, _Stands]]:
    nth, day_field = selection.nth, chosen_day(selection)

    def enough(seen: _Seen, within: Any) -> bool | None:
        """Whether as many lie within the span; None where there are not as many."""
        records = found(seen)
        if len(records) < nth:
            return None
        return chosen(list(by_day(records, day_field, date.max)), nth, within) is not None

    for number in (nth, nth - 1):
        yield ("nth",), text("authoring.point-so-many", n=number), number, _numbers(found, number)
    if selection.within is None:
        return
    within = selection.within
    yield ("within",), text("authoring.point-within"), nth, lambda seen: enough(seen, within) is True
    yield ("within",), text("authoring.point-not-within"), OTHER, lambda seen: enough(seen, within) is False
    if isinstance(within, Months):
        longer = Months(within.months + 1)

        def just(seen: _Seen) -> bool:
            return enough(seen, within) is False and enough(seen, longer) is True

        yield ("within", "months"), text("authoring.point-just-not-within"), OTHER, just


def _any(found: _Find) -> _Stands:
    return lambda seen: bool(found(seen))


def _numbers(found: _Find, number: int) -> _Stands:
    return lambda seen: len(found(seen)) == number


def _fewer(found: _Find, among: _Find) -> _Stands:
    return lambda seen: len(found(seen)) < len(among(seen))


def _has(among: _Find, name: str, test: dict[str, Any], wanted: Any) -> _Stands:
    """Whether a record has the value `wanted` in the field `name`; OTHER is what `test` does not list."""
    listed = test.get("enum", [test.get("const")])

    def has(seen: _Seen) -> bool:
        values = (value_of(record, name) for record in among(seen))
        return any(value not in listed if wanted is OTHER else value == wanted for value in values)

    return has


def _finder(selection: Selection) -> _Find:
    """What finds the records of `selection`: none where that is not known."""
    find = select(selection)

    def found(seen: _Seen) -> Collection[Any]:
        try:
            return find(seen.context, seen.brand).records
        except Unknown:
            return ()

    return found
