"""Boundary coverage: for whatever a rule compares, is there a case just inside and one just outside?"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from msgspec import Struct

from ..pointers import Path, to_pointer
from ..rules.rule import Rule
from ..rules.subschemas import Subschema, domain, subschemas
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
    """One side of one edge: where it stands in the rule file, in words, and whether a value lies there."""

    pointer: str
    words: str
    path: Path
    lies: Callable[[Any], bool]


def uncovered(rule: Rule, steps: list[Step]) -> tuple[int, list[Point]]:
    """How many points `rule` has, and those at which no case stands."""
    days = {step.as_of for step in steps}
    values: dict[Path, list[Any]] = {}
    for step in steps:
        if rule.in_force(step.as_of):
            for path, value in _reached(rule.schema, step.applied_to, ()):
                values.setdefault(path, []).append(value)
    points = list(points_of(rule))
    missing = [p for p in points if not any(map(p.lies, days if p.path[:1] == ("x-rule",) else values.get(p.path, ())))]
    return len(points), missing


def points_of(rule: Rule) -> Iterator[Point]:
    """Every point of `rule`: two or more for each limit, list of values, pattern, required name and date."""
    for name, day in (("effective_from", rule.effective_from), ("effective_until", rule.effective_until)):
        if day is not None:
            for edge in (day - timedelta(days=1), day):
                path = ("x-rule", name)
                yield Point(to_pointer(path), f"`{name}` {day}: judged on {edge}", path, _equals(edge))
    for subschema in subschemas(rule.schema):
        for keyword in subschema.schema:
            for words, lies in _points(subschema, keyword):
                yield Point(to_pointer((*subschema.path, keyword)), f"`{keyword}` {words}", subschema.path, lies)


def _points(subschema: Subschema, keyword: str) -> Iterator[tuple[str, Callable[[Any], bool]]]:
    at, limit = domain(subschema.instance_path), subschema.schema[keyword]
    if keyword in _EDGE:
        for step in _EDGE[keyword]:
            edge = limit + step
            if keyword.endswith(("Length", "Items")):
                yield f"{limit}: a length of {edge}", _has_size(edge)
            else:
                yield f"{limit}: the value {edge}", _equals(edge)
        if at is not None and "null" in at.types:
            yield f"{limit}: the value null", lambda v: v is None
    elif keyword in ("enum", "const"):
        listed = limit if keyword == "enum" else [limit]
        for value in listed:
            yield f"the value {value}", _equals(value)
        others = [v for v in at.values if v not in listed] if at and at.values else None
        for value in others or ():
            yield f"another value, {value}", _equals(value)
        if others is None:
            yield "another value", lambda v: v not in listed
    elif keyword == "pattern":
        yield "a text that fits", lambda v: re.search(limit, v) is not None
        yield "a text that does not fit", lambda v: re.search(limit, v) is None
    elif keyword == "required":
        for name in limit:
            inner = domain((*subschema.instance_path, name))
            yield f"`{name}` there", _has(name)
            if inner is None or inner.optional:
                yield f"`{name}` missing", _lacks(name)


def _reached(schema: dict[str, Any], value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every subschema that is applied to something in `value`, with what it is applied to."""
    yield path, value
    if isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from _reached(inner, value[name], (*path, "properties", name))
    if isinstance(value, list) and "items" in schema:
        for item in value:
            yield from _reached(schema["items"], item, (*path, "items"))
    for keyword in ("allOf", "anyOf"):
        for index, inner in enumerate(schema.get(keyword, [])):
            yield from _reached(inner, value, (*path, keyword, index))
    for keyword in ("not", "if"):
        if keyword in schema:
            yield from _reached(schema[keyword], value, (*path, keyword))
    if "if" in schema:
        branch = "else" if _condition(json.dumps(schema["if"]))(value) else "then"
        if branch in schema:
            yield from _reached(schema[branch], value, (*path, branch))


@cache
def _condition(schema: str) -> Validate:
    return compile_schema(json.loads(schema))


def _equals(wanted: Any) -> Callable[[Any], bool]:
    return lambda value: value == wanted and type(value) is type(wanted)


def _has_size(size: int) -> Callable[[Any], bool]:
    return lambda value: len(value) == size


def _has(name: str) -> Callable[[Any], bool]:
    return lambda value: name in value


def _lacks(name: str) -> Callable[[Any], bool]:
    return lambda value: name not in value
