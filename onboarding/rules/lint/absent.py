"""Facts that are null where the application does not say what they are read from: null keeps to every limit.

Whoever hands in no letter has no day on which it ends. So where a rule sets such a fact a limit, some rule must ask for
what it is read from: for a field of a ruleset's own; for a day of the core, which may be open, for what has that day.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...errors import Problem
from ...facts.fact import Fact
from ...messages import text
from ...pointers import Path, to_pointer
from ...reading.own_fields import OwnFields
from ..subschemas import NUMBERS, Subschema, fact_name, subschemas


def lint_absent(
    rules: Mapping[str, dict[str, Any]], facts: Mapping[str, Fact], own: OwnFields
) -> Iterator[tuple[str, Problem]]:
    """The problems of the sound rule files `rules` taken together, each with its file."""
    required = {name: list(subschemas(rule)) for name, rule in rules.items() if rule["x-rule"]["level"] == "required"}
    asked = [
        (name, path, _alternatives(subschema), _where_asked(subschema, found))
        for name, found in required.items()
        for subschema in found
        for path in _asked_for(subschema, facts)
    ]
    for name, found in required.items():
        for subschema in found:
            fact = facts.get(fact_name(subschema.instance_path))
            limits = [keyword for keyword in NUMBERS if keyword in subschema.schema]
            if fact is None or not limits or subschema.instance_path[:1] != ("facts",):
                continue
            needed, among = _needed(fact, own), _alternatives(subschema)
            stated = _stated(among, found, facts)
            if needed is None or any(
                path[: len(needed)] == needed
                and (not alternatives or (file == name and alternatives <= among))
                and all(_meet(values, stated.get(field, values)) for field, values in where.items())
                for file, path, alternatives, where in asked
            ):
                continue
            field = ".".join(map(str, needed[1:])).replace(".[]", "[]")
            words = text("rules.null-passes", fact=fact.name, field=field, keyword=limits[0])
            place = to_pointer((*subschema.path, limits[0]))
            own_field = own.at(needed[1:])
            cure = "null-passes-day-cure" if own_field is not None and own_field.field.day else "null-passes-cure"
            yield name, Problem(words, place, hint=text(f"rules.{cure}", field=field))


def _needed(fact: Fact, own: OwnFields) -> Path | None:
    """What must be there for `fact` not to be null for want of it; None where it is read from no field."""
    if fact.field is None or fact.declared is None:
        return None
    path = _field(fact)
    may_be_open = own.at(path[1:]) is None and path[:-1] not in (("application",), ("application", "brands", "[]"))
    return path[:-1] if may_be_open else path


def _asked_for(subschema: Subschema, facts: Mapping[str, Fact]) -> Iterator[Path]:
    """The places in the application that must be there for `subschema` to hold."""
    if subschema.unsound in ("not", "if"):
        return
    at, schema = subschema.instance_path, subschema.schema
    if at[:1] == ("application",):
        yield from ((*at, name) for name in schema.get("required", ()))
    fact = facts.get(fact_name(at)) if at[:1] == ("facts",) else None
    if fact is not None and "field" in (fact.declared or {}) and None not in _values(schema):
        yield _field(fact)


def _where_asked(subschema: Subschema, found: Iterable[Subschema]) -> dict[Path, list[Any]]:
    """The values of fields that each `if` above a `then` in which `subschema` stands asks for."""
    where = {}
    while subschema.parent is not None:
        if subschema.path[len(subschema.parent.path)] == "then":
            condition = (*subschema.parent.path, "if")
            for one in found:
                below = one.path[len(condition) :]
                inside = one.path[: len(condition)] == condition and not {"not", "anyOf"}.intersection(below)
                if inside and {"const", "enum"} & one.schema.keys():
                    where[one.instance_path] = _values(one.schema)
        subschema = subschema.parent
    return where


def _stated(among: frozenset[Path], found: Iterable[Subschema], facts: Mapping[str, Fact]) -> dict[Path, list[Any]]:
    """The values of fields that hold wherever the alternatives `among` do."""
    stated = {}
    for one in found:
        fact = facts.get(fact_name(one.instance_path)) if one.instance_path[:1] == ("facts",) else None
        inside = one.unsound == "anyOf" and _alternatives(one) <= among
        if inside and fact is not None and "field" in (fact.declared or {}) and {"const", "enum"} & one.schema.keys():
            stated[_field(fact)] = _values(one.schema)
    return stated


def _meet(values: list[Any], others: list[Any]) -> bool:
    return any(value in others for value in values)


def _field(fact: Fact) -> Path:
    """Where in an instance what `fact` is read from stands."""
    each: Path = ("brands", "[]") if fact.name.startswith("brands[].") else ()
    return ("application", *each, *(fact.field or "").split("/")[1:])


def _values(schema: dict[str, Any]) -> list[Any]:
    """The values that `schema` allows; null may be any that is not listed."""
    listed: list[Any] = schema.get("enum", [schema["const"]] if "const" in schema else [None])
    return listed


def _alternatives(subschema: Subschema) -> frozenset[Path]:
    """The alternatives that `subschema` is in, each by its path: what they ask for is asked for in them alone."""
    found = set()
    while subschema.parent is not None:
        if subschema.path[len(subschema.parent.path)] == "anyOf":
            found.add(subschema.path)
        subschema = subschema.parent
    return frozenset(found)
