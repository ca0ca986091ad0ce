"""What a rule file reads, and whether it reads it soundly: facts, and fields of the application.

A fact must be known, `required` all the way down, of its own type, and out of `not`, `if` and `anyOf`: there
a fact that is unknown would not show as unknown.
"""

import json
from collections.abc import Iterator
from typing import Any

from .errors import Problem
from .measures import FACTS
from .models import Application
from .pointers import Path, to_pointer
from .shape import known_at, nearest
from .spots import NUMBERS, Domain, Spot, domain, fact_name, spots

_APPLIES = {
    **dict.fromkeys(NUMBERS, "integer"),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), "string"),
    **dict.fromkeys(("minItems", "maxItems", "items"), "array"),
    **dict.fromkeys(("properties", "required"), "object"),
}


def lint_reads(rule: dict[str, Any]) -> Iterator[Problem]:
    """The problems of one rule file that already keeps to the dialect."""
    found = list(spots(rule))
    for spot in found:
        if spot.reads[:1] not in ((), ("facts",), ("application",)):
            if len(spot.reads) == 1:
                near = nearest(str(spot.reads[0]), ("application", "facts"))
                hint = f"did you mean `{near}`?" if near else "there is nothing else to read"
                message = f"a rule reads `application` and `facts`, not `{spot.reads[0]}`"
                yield Problem(message, to_pointer(spot.path), hint=hint)
            continue
        at = domain(spot.reads)
        if spot.reads[:1] == ("facts",):
            yield from _fact(spot, at)
        if at is None:
            # What is below something unknown is unknown for that reason.
            if domain(spot.reads[:-1]) is not None:
                yield _unknown(spot)
            continue
        yield from _missing(spot)
        yield from _keywords(spot, at)
        yield from _values(spot, at)
    if not any(True for spot in found for _ in spot.speaking()):
        hint = "a limit, an `enum`, a `pattern` or a `required` field of the application decides something"
        yield Problem("nothing in it can fail: such a rule admits everybody", "", hint=hint)


def _fact(spot: Spot, at: Domain | None) -> Iterator[Problem]:
    pointer = to_pointer(spot.path)
    if spot.unsound is not None:
        hint = "there an unknown fact would not show as unknown; compare it outside"
        yield Problem(f"facts do not go under `{spot.unsound}`", pointer, hint=hint)
        return
    if not spot.required:
        hint = "or the rule holds where the fact is unknown"
        yield Problem(f"`{spot.reads[-1]}` must be in `required` beside its `properties`", pointer, hint=hint)
    if at is not None and fact_name(spot.reads) in FACTS and not {"const", "enum"} & spot.schema.keys():
        name, given = fact_name(spot.reads), spot.schema.get("type")
        if at.values is not None and "boolean" not in at.types:
            yield Problem(f"fact `{name}` is compared with `enum` or `const`: {_listed(at.values)}", pointer)
        elif _types(given) != at.types:
            own = json.dumps(FACTS[name].schema["type"])
            hint = f'`"type": {own}` stands beside the limit, so that a broken fact never passes'
            yield Problem(f"fact `{name}` is of type `{own}`, not `{json.dumps(given)}`", pointer, hint=hint)


def _unknown(spot: Spot) -> Problem:
    pointer = to_pointer(spot.path)
    if spot.reads[0] == "facts":
        name = fact_name(spot.reads)
        near = nearest(name, FACTS)
        hint = f"did you mean `{near}`?" if near else "`onboard rules facts` lists the facts"
        return Problem(f"unknown fact `{name}`", pointer, hint=hint)
    known = _fields(spot)
    near = nearest(str(spot.reads[-1]), known)
    hint = f"did you mean `{near}`?" if near else f"known: {', '.join(known) or 'none here'}"
    return Problem(f"an application has no field `{'.'.join(map(str, spot.reads[1:]))}`", pointer, hint=hint)


def _fields(spot: Spot) -> list[str]:
    return known_at(Application, "/" + "/".join(map(str, spot.reads[1:])))


def _missing(spot: Spot) -> Iterator[Problem]:
    """Names in `required` that nothing has, and fields whose absence an `if` would take for a match."""
    properties, required = spot.schema.get("properties", {}), spot.schema.get("required", [])
    for index, name in enumerate(required):
        pointer = to_pointer((*spot.path, "required", index))
        if domain((*spot.reads, name)) is None:
            if name not in properties:
                known = [n for n in properties if domain((*spot.reads, n))]
                known += _fields(Spot({}, (), (*spot.reads, name))) if "application" in spot.reads else []
                known = known or [fact_name(("", fact)).rpartition(".")[2] for fact in FACTS]
                near = nearest(name, known)
                hint = f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"
                yield Problem(f"nothing is named `{name}` there", pointer, hint=hint)
        elif spot.reads[:1] == ("facts",) and name not in properties:
            hint = "a fact that is only there to be known decides nothing; say in `properties` what it must be"
            yield Problem(f"`{name}` is required and compared with nothing", pointer, hint=hint)
    for name in properties if spot.unsound in ("if", "not", "anyOf") else ():
        at = domain((*spot.reads, name))
        if at is not None and at.optional and name not in required:
            hint = "put it in `required` beside its `properties`, unless it may be missing: then say so outside"
            place = to_pointer((*spot.path, "properties", name))
            yield Problem(f"under `{spot.unsound}`, a missing `{name}` counts as a match", place, hint=hint)


def _keywords(spot: Spot, at: Domain) -> Iterator[Problem]:
    """Keywords that do nothing to a value of this type: validators skip them without a word."""
    for keyword, kind in _APPLIES.items():
        if keyword in spot.schema and kind not in at.types:
            own = " or ".join(sorted(at.types))
            hint = f"it speaks of values of type {kind}"
            pointer = to_pointer((*spot.path, keyword))
            yield Problem(f"`{keyword}` does nothing here, where the value is of type {own}", pointer, hint=hint)
    given = _types(spot.schema.get("type"))
    if spot.reads[:1] == ("application",) and given and not at.types <= given:
        own = " or ".join(sorted(at.types))
        yield Problem(f"the value here is of type {own}, never `{_listed(sorted(given))}`", to_pointer(spot.path))
    speechless = [k for k in spot.speaking() if spot.reason is None and spot.unsound is None]
    if speechless:
        hint = "`x-reason` beside it says, in both languages, what is wrong"
        yield Problem(f"nothing would be said when `{speechless[0]}` fails", to_pointer(spot.path), hint=hint)


def _values(spot: Spot, at: Domain) -> Iterator[Problem]:
    """Values in `const` and `enum` that never occur there."""
    listed: list[tuple[Path, Any]] = [(("enum", i), value) for i, value in enumerate(spot.schema.get("enum", []))]
    if "const" in spot.schema:
        listed.append((("const",), spot.schema["const"]))
    for path, value in listed:
        if at.values is not None:
            possible = any(value is known or (value == known and type(value) is type(known)) for known in at.values)
        else:
            possible = _type_of(value) in at.types
        if not possible:
            near = nearest(value, map(str, at.values or ())) if isinstance(value, str) else None
            kinds = f"a value of type {' or '.join(sorted(at.types))}"
            hint = f"did you mean `{near}`?" if near else f"it is {_listed(at.values) if at.values else kinds}"
            yield Problem(f"the value here is never `{json.dumps(value)}`", to_pointer((*spot.path, *path)), hint=hint)


def _listed(values: Any) -> str:
    return ", ".join(f"`{json.dumps(value)}`" for value in values)


def _types(given: Any) -> set[str]:
    return {given} if isinstance(given, str) else set(given or ())


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", str: "string"}
    return names.get(type(value), "other")
