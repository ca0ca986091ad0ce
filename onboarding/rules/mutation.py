"""A rule file spoilt in one place at a time: whoever keeps case tables can see whether a case notices.

Pure: values in, values out. Texts (`x-reason`, titles, remedies) are left alone, since they decide nothing.
"""

import copy
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from ..pointers import Path, to_pointer

_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength")
_LISTS = ("required", "enum", "anyOf", "allOf")
_DECIDES = (
    *_NUMBERS,
    *_LISTS,
    "minItems",
    "maxItems",
    "type",
    "const",
    "pattern",
    "items",
    "not",
    "if",
    "then",
    "else",
)
_CLASS = re.compile(r"\[\^?([^\]]*)\]")
_REPEAT = re.compile(r"\{(\d+)\}")


def mutants(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every way to spoil `rule` (a rule file's content) in one place, each with words that say what was done.

    A keyword or one entry of it is dropped, a number or a day moves by one, a constant or a level is another
    one, a pattern loses an anchor, a character or a repetition. The rule given is not changed.
    """
    yield from _terms(rule)
    for path, schema in _schemas(rule, ()):
        for keyword in schema:
            if keyword in _DECIDES:
                yield _without(rule, (*path, keyword))
            for value, words in _other_values(keyword, schema[keyword]):
                yield f"{to_pointer((*path, keyword))}: {words}", _with(rule, (*path, keyword), value)
        for name in schema.get("properties", {}):
            yield _without(rule, (*path, "properties", name))


def _schemas(schema: dict[str, Any], path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from _schemas(inner, (*path, "properties", name))
    for keyword in ("items", "not", "if", "then", "else"):
        if keyword in schema:
            yield from _schemas(schema[keyword], (*path, keyword))
    for keyword in ("allOf", "anyOf"):
        for index, inner in enumerate(schema.get(keyword, [])):
            yield from _schemas(inner, (*path, keyword, index))


def _other_values(keyword: str, value: Any) -> Iterator[tuple[Any, str]]:
    if keyword in (*_NUMBERS, "minItems", "maxItems"):
        yield from (
            (value + step, f"{value} is {value + step}") for step in (1, -1) if keyword[3:] or value + step >= 0
        )
    elif keyword in _LISTS or (keyword == "type" and isinstance(value, list)):
        if len(value) > 1:
            for index in range(len(value)):
                yield value[:index] + value[index + 1 :], f"entry {index} is dropped"
    elif keyword == "const":
        yield (not value if isinstance(value, bool) else 0 if value is None else None), "another constant"
    elif keyword == "pattern":
        yield from ((weaker, f"`{value}` is `{weaker}`") for weaker in _weaker(value))


def _weaker(pattern: str) -> Iterator[str]:
    if pattern.startswith("^"):
        yield pattern[1:]
    if pattern.endswith("$"):
        yield pattern[:-1]
    for match in _CLASS.finditer(pattern):
        # Ranges stay whole; the single characters go one by one.
        singles = re.sub(r".-.", lambda found: " " * len(found[0]), match[1])
        for offset, char in enumerate(singles):
            if char != " " and len(match[1]) > 1:
                at = match.start(1) + offset
                yield pattern[:at] + pattern[at + 1 :]
    for match in _REPEAT.finditer(pattern):
        for count in (int(match[1]) - 1, int(match[1]) + 1):
            yield f"{pattern[: match.start(1)]}{count}{pattern[match.end(1) :]}"


def _terms(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    level = "advisory" if rule["x-rule"]["level"] == "required" else "required"
    yield f"/x-rule/level: {level}", _with(rule, ("x-rule", "level"), level)
    for name in ("effective_from", "effective_until"):
        if name in rule["x-rule"]:
            yield _without(rule, ("x-rule", name))
            for step in (1, -1):
                day = date.fromisoformat(rule["x-rule"][name]) + timedelta(days=step)
                yield f"/x-rule/{name}: {day}", _with(rule, ("x-rule", name), day.isoformat())


def _without(rule: dict[str, Any], path: Path) -> tuple[str, dict[str, Any]]:
    spoilt, parent = _copy(rule, path)
    del parent[path[-1]]
    return f"{to_pointer(path)}: dropped", spoilt


def _with(rule: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    spoilt, parent = _copy(rule, path)
    parent[path[-1]] = value
    return spoilt


def _copy(rule: dict[str, Any], path: Path) -> tuple[dict[str, Any], Any]:
    spoilt = copy.deepcopy(rule)
    parent: Any = spoilt
    for part in path[:-1]:
        parent = parent[part]
    return spoilt, parent
