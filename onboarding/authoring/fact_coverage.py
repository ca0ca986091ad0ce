"""Boundary coverage of what is counted: for each part of a selection, is there a record that it takes and one not?

A record shows something of one part where all the other parts take it. Mutants (`fact_mutation`) ask whether a verdict
depends on it; this asks whether a case stands at the edge at all.
"""

from collections.abc import Iterator, Sequence
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
from ..models import BrandWanted, history_of
from ..pointers import Path, to_pointer
from ..reading.documents import read_application
from ..reading.records import read_record
from ..rules.ruleset import Ruleset

OTHER = "another value"


class FactPoint(NamedTuple):
    """One side of one edge of a declaration: the fact, where in its file that stands, in words.

    What lies there differs from what `selection` takes in `part` alone, which has `value`.
    """

    fact: str
    pointer: str
    words: Text
    selection: Selection
    part: Path
    value: Any


class _Seen(NamedTuple):
    """What a fact is counted from in one case."""

    context: Context
    brand: BrandWanted | None


def uncovered_facts(ruleset: Ruleset, cases: Sequence[tuple[str, dict[str, Any]]]) -> tuple[int, list[FactPoint]]:
    """How many points the facts have that `ruleset` counts, and those at which none of `cases` stands."""
    points = list(_reached(ruleset, cases))
    return len(points), [point for point, reached in points if not reached]


def points_of_facts(ruleset: Ruleset) -> list[FactPoint]:
    """Every point of the facts that `ruleset` counts."""
    return [point for point, _ in _reached(ruleset, ())]


def stands_at(point: FactPoint, case: dict[str, Any], ruleset: Ruleset) -> bool:
    """Whether `case` stands at `point`, one of those of `ruleset`."""
    return all(reached for other, reached in _reached(ruleset, [("", case)], point.fact) if other == point)


def _reached(
    ruleset: Ruleset, cases: Sequence[tuple[str, dict[str, Any]]], only: str | None = None
) -> Iterator[tuple[FactPoint, bool]]:
    """Every point, or those of the fact `only`, and whether one of `cases` stands there."""
    contexts = [context for _, case in cases for context in _contexts(case, ruleset)]
    for fact in ruleset.counted.values():
        if fact.declared is None or only not in (None, fact.name):
            continue
        declared = read_declarations({fact.name: fact.declared})[fact.name]
        each = fact.name.startswith("brands[].")
        seen = [_Seen(c, brand) for c in contexts for brand in ((c.application.brands or ()) if each else (None,))]
        for place, selection in declared.placed_selections:
            for part, words, value, reached in _points(selection, seen):
                pointer = to_pointer((fact.name, *place, *part))
                yield FactPoint(fact.name, pointer, words, selection, part, value), reached


def _contexts(case: dict[str, Any], ruleset: Ruleset) -> Iterator[Context]:
    if case["registry"] is None:
        return
    records = [read_record(value) for value in case["registry"]]
    for value in case["applications"]:
        application, _ = read_application(value, ruleset.own_fields)
        if subject := ruleset.subject_id(application):
            history, day = history_of(subject, records), date.fromisoformat(case["as_of"])
            yield context_of(application, history, day, own=ruleset.own_fields, number=ruleset.subject_number)


def _points(selection: Selection, seen: list[_Seen]) -> Iterator[tuple[Path, Text, Any, bool]]:
    """Each point of `selection`: its part, in words, the value there, and whether a record of those `seen` has it."""
    for at in ("current", "ended"):
        reached = any(_found(structs.replace(selection, at=at), one) for one in seen)
        yield ("at",), text(f"authoring.point-at-{at}"), at, reached
    for name, test in selection.where.items():
        others = {other: tested for other, tested in selection.where.items() if other != name}
        among = structs.replace(selection, where=others)
        values = [value_of(record, name) for one in seen for record in _found(among, one)]
        for part, words, value in _values(name, test):
            listed = test.get("enum", [test.get("const")])
            reached = any(v not in listed for v in values) if value is OTHER else value in values
            yield ("where", name, part), words, value, reached
    for index, key in enumerate(selection.same):
        among = structs.replace(selection, same=tuple(other for other in selection.same if other != key))
        shares = [len(_found(selection, one)) for one in seen]
        others_too = [len(_found(among, one)) for one in seen]
        yield ("same", index), text("authoring.point-same", field=key), key, any(shares)
        differ = any(fewer < more for fewer, more in zip(shares, others_too, strict=True))
        yield ("same", index), text("authoring.point-not-same", field=key), OTHER, differ
    if isinstance(selection, Counted) and selection.with_:
        without = structs.replace(selection, with_=None)
        own = any(len(_found(without, one)) > len(_found(selection, one)) for one in seen)
        yield ("with",), text("authoring.point-own-shop"), None, own
    if isinstance(selection, Dated) and selection.nth > 1:
        yield from _of_nth(selection, [_found(selection, one) for one in seen])


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


def _of_nth(selection: Dated, found: list[list[Any]]) -> Iterator[tuple[Path, Text, Any, bool]]:
    nth, day_field = selection.nth, chosen_day(selection)
    for number in (nth, nth - 1):
        yield (
            ("nth",),
            text("authoring.point-so-many", n=number),
            number,
            any(len(records) == number for records in found),
        )
    if selection.within is not None:
        enough = [list(by_day(records, day_field, date.max)) for records in found if len(records) >= nth]
        within = [chosen(each, nth, selection.within) is not None for each in enough]
        yield ("within",), text("authoring.point-within"), nth, any(within)
        yield ("within",), text("authoring.point-not-within"), OTHER, not all(within)
    if isinstance(selection.within, Months):
        longer = Months(selection.within.months + 1)
        just = [e for e, inside in zip(enough, within, strict=True) if not inside and chosen(e, nth, longer)]
        yield ("within", "months"), text("authoring.point-just-not-within"), OTHER, bool(just)


def _found(selection: Selection, seen: _Seen) -> list[Any]:
    try:
        return list(select(selection)(seen.context, seen.brand).records)
    except Unknown:
        return []
