"""Boundary coverage: for whatever a rule compares, is there a case just inside and one just outside?"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

from msgspec import Struct

from ..messages import Text, text
from ..pointers import Path, to_pointer
from ..rules.domain import domain
from ..rules.rule import Rule
from ..rules.subschemas import SIZES, Subschema, subschemas
from ..rules.validator import Validate, compile_schema
from .cases import Step

_EDGE = {
    "maximum": (0, 1),
    "minimum": (0, -1),
    "exclusiveMaximum": (-1, 0),
    "exclusiveMinimum": (1, 0),
    "maxLength": (0, 1),
    "minLength": (0, -1),
    "maxItems": (0, 1),
    "minItems": (0, -1),
}


class Point(Struct, frozen=True):
    """One side of one edge: where it stands in the rule file, in words, and whether a value lies there.

    Of what stands at `at` in an instance some `values` lie there (`...`: nothing stands there), and of the days `day`.
    """

    pointer: str
    words: Text
    path: Path
    lies: Callable[[Any], bool]
    at: Path = ()
    values: tuple[Any, ...] = ()
    day: date | None = None


def uncovered(rule: Rule, steps: list[Step]) -> tuple[int, list[Point]]:
    """How many points `rule` has, and those at which no case stands."""
    days = {step.as_of for step in steps}
    values: dict[Path, list[Any]] = {}
    parts = list(subschemas(rule.schema))
    for step in (step for step in steps if rule.in_force(step.as_of)):
        for path, reached in _reached(parts, step.applied_to).items():
            values.setdefault(path, []).extend(reached)
    points = list(points_of(rule))
    missing = [p for p in points if not any(map(p.lies, days if p.day else values.get(p.path, ())))]
    return len(points), missing


def values_read(rule: Rule, step: Step) -> dict[Path, list[Any]]:
    """What each subschema of `rule`, by its path, is applied to in `step`; nothing where the rule is not in force."""
    return _reached(subschemas(rule.schema), step.applied_to) if rule.in_force(step.as_of) else {}


def points_of(rule: Rule) -> Iterator[Point]:
    """Every point of `rule`: two or more for each limit, list of values, pattern, required name and date."""
    for name, day in (("effective_from", rule.effective_from), ("effective_until", rule.effective_until)):
        if day is not None:
            for edge in (day - timedelta(days=1), day):
                path = ("x-rule", name)
                words = text("authoring.point-day", name=name, day=day, edge=edge)
                yield Point(to_pointer(path), words, path, _equals(edge), day=edge)
    for subschema in subschemas(rule.schema):
        for keyword in subschema.schema:
            for words, lies, member, values in _points(subschema, keyword, rule):
                words = text("authoring.point", keyword=keyword, point=words)
                at = (*subschema.instance_path, *([member] if member else []))
                if values and values != (...,) and all(_settled_elsewhere(subschema, value) for value in values):
                    continue
                yield Point(to_pointer((*subschema.path, keyword)), words, subschema.path, lies, at, values)


def _settled_elsewhere(subschema: Subschema, value: Any) -> bool:
    """Whether another alternative than that of `subschema` holds by `value` alone, whatever else is so."""
    while (parent := subschema.parent) is not None:
        step = subschema.path[len(parent.path) :]
        if step[0] == "properties":
            value = {step[1]: value}
        elif step[0] == "anyOf":
            others = (one for index, one in enumerate(parent.schema["anyOf"]) if index != step[1])
            return any(not _condition(json.dumps(other))(value) for other in others)
        elif step[0] == "items":
            return False
        subschema = parent
    return False


def _points(
    subschema: Subschema, keyword: str, rule: Rule
) -> Iterator[tuple[Text, Callable[[Any], bool], str | None, tuple[Any, ...]]]:
    """The words, what lies there, the member that is spoken of, and values that lie there."""
    at, limit = domain(subschema.instance_path, rule.facts, rule.own_fields), subschema.schema[keyword]
    if keyword in _EDGE:
        for step in _EDGE[keyword]:
            edge = limit + step
            if keyword in SIZES:
                yield (
                    text("authoring.point-size", limit=limit, edge=edge),
                    _has_size(edge),
                    None,
                    _of_size(keyword, edge),
                )
            else:
                yield text("authoring.point-edge", limit=limit, edge=edge), _equals(edge), None, (edge,)
        if at is not None and "null" in at.types:
            yield text("authoring.point-edge", limit=limit, edge="null"), lambda v: v is None, None, (None,)
    elif keyword in ("enum", "const"):
        listed = limit if keyword == "enum" else [limit]
        for value in listed:
            yield text("authoring.point-value", value=value), _equals(value), None, (value,)
        others = [v for v in at.values if v not in listed] if at and at.values else None
        for value in others or ():
            yield text("authoring.point-other", value=value), _equals(value), None, (value,)
        if others is None:
            yield text("authoring.point-any-other"), lambda v: v not in listed, None, (None, "x", 0)
    elif keyword == "pattern":
        yield text("authoring.point-fits"), lambda v: re.search(limit, v) is not None, None, ()
        yield text("authoring.point-does-not-fit"), lambda v: re.search(limit, v) is None, None, ("x", "X", "0")
    elif keyword == "required":
        for name in limit:
            inner = domain((*subschema.instance_path, name), rule.facts, rule.own_fields)
            yield text("authoring.point-there", name=name), _has(name), name, ()
            if inner is None or inner.optional:
                yield text("authoring.point-missing", name=name), _lacks(name), name, (...,)


def _reached(parts: Iterable[Subschema], instance: Any) -> dict[Path, list[Any]]:
    """The values in `instance` that each of `parts`, all subschemas of a rule, is applied to, by its path."""
    reached: dict[Path, list[Any]] = {}
    for subschema in parts:
        parent = subschema.parent
        reached[subschema.path] = [instance] if parent is None else list(_below(subschema, reached[parent.path]))
    return reached


def _below(subschema: Subschema, values: list[Any]) -> Iterator[Any]:
    """What `subschema` is applied to, of the values that its parent is applied to."""
    assert subschema.parent is not None
    step = subschema.path[len(subschema.parent.path) :]
    for value in values:
        match step[0]:
            case "properties":
                if isinstance(value, dict) and step[1] in value:
                    yield value[step[1]]
            case "items":
                yield from value if isinstance(value, list) else ()
            case "anyOf":
                # An alternative shows nothing where another one holds.
                others = [one for index, one in enumerate(subschema.parent.schema["anyOf"]) if index != step[1]]
                if all(_condition(json.dumps(other))(value) for other in others):
                    yield value
            case "then" | "else":
                failures = _condition(json.dumps(subschema.parent.schema["if"]))(value)
                if bool(failures) == (step[0] == "else"):
                    yield value
            case _:
                yield value


@cache
def _condition(schema: str) -> Validate:
    return compile_schema(json.loads(schema))


def _equals(wanted: Any) -> Callable[[Any], bool]:
    return lambda value: value == wanted and type(value) is type(wanted)


def _has_size(size: int) -> Callable[[Any], bool]:
    return lambda value: len(value) == size


def _of_size(keyword: str, size: int) -> tuple[Any, ...]:
    if size < 0:
        return ()
    return ("x" * size,) if keyword in ("minLength", "maxLength") else ([{"name": "样例"}] * size,)


def _has(name: str) -> Callable[[Any], bool]:
    return lambda value: name in value


def _lacks(name: str) -> Callable[[Any], bool]:
    return lambda value: name not in value
