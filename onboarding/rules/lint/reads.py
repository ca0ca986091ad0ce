"""What a rule file reads, and whether it reads it soundly: facts, and fields of the application.

A fact must be known, `required` all the way down, of its own type, and out of `not`, `if` and `anyOf`: there
a fact that is unknown would not show as unknown.
"""

import json
from collections.abc import Iterator
from typing import Any

from ...errors import Problem
from ...facts.definitions import FACTS
from ...models import Application
from ...pointers import Path, to_pointer
from ...reading.validation import known_at, nearest
from ..subschemas import NUMBERS, Domain, Subschema, domain, fact_name, subschemas

_APPLIES = {
    **dict.fromkeys(NUMBERS, "integer"),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), "string"),
    **dict.fromkeys(("minItems", "maxItems", "items"), "array"),
    **dict.fromkeys(("properties", "required"), "object"),
}


def lint_reads(rule: dict[str, Any]) -> Iterator[Problem]:
    """The problems of one rule file that already keeps to the dialect."""
    found = list(subschemas(rule))
    for subschema in found:
        if subschema.instance_path[:1] not in ((), ("facts",), ("application",)):
            if len(subschema.instance_path) == 1:
                near = nearest(str(subschema.instance_path[0]), ("application", "facts"))
                hint = f"did you mean `{near}`?" if near else "there is nothing else to read"
                message = f"a rule reads `application` and `facts`, not `{subschema.instance_path[0]}`"
                yield Problem(message, to_pointer(subschema.path), hint=hint)
            continue
        at = domain(subschema.instance_path)
        if subschema.instance_path[:1] == ("facts",):
            yield from _fact(subschema, at)
        if at is None:
            # What is below something unknown is unknown for that reason.
            if domain(subschema.instance_path[:-1]) is not None:
                yield _unknown(subschema)
            continue
        yield from _missing(subschema)
        yield from _keywords(subschema, at)
        yield from _values(subschema, at)
    if not any(True for subschema in found for _ in subschema.assertions()):
        hint = "a limit, an `enum`, a `pattern` or a `required` field of the application decides something"
        yield Problem("nothing in it can fail: such a rule admits everybody", "", hint=hint)


def _fact(subschema: Subschema, at: Domain | None) -> Iterator[Problem]:
    pointer = to_pointer(subschema.path)
    if subschema.unsound is not None:
        hint = "there an unknown fact would not show as unknown; compare it outside"
        yield Problem(f"facts do not go under `{subschema.unsound}`", pointer, hint=hint)
        return
    if not subschema.required:
        hint = "or the rule holds where the fact is unknown"
        yield Problem(
            f"`{subschema.instance_path[-1]}` must be in `required` beside its `properties`", pointer, hint=hint
        )
    if (
        at is not None
        and fact_name(subschema.instance_path) in FACTS
        and not {"const", "enum"} & subschema.schema.keys()
    ):
        name, given = fact_name(subschema.instance_path), subschema.schema.get("type")
        if at.values is not None and "boolean" not in at.types:
            yield Problem(f"fact `{name}` is compared with `enum` or `const`: {_listed(at.values)}", pointer)
        elif _types(given) != at.types:
            own = json.dumps(FACTS[name].schema["type"])
            hint = f'`"type": {own}` stands beside the limit, so that a broken fact never passes'
            yield Problem(f"fact `{name}` is of type `{own}`, not `{json.dumps(given)}`", pointer, hint=hint)


def _unknown(subschema: Subschema) -> Problem:
    pointer = to_pointer(subschema.path)
    if subschema.instance_path[0] == "facts":
        name = fact_name(subschema.instance_path)
        near = nearest(name, FACTS)
        hint = f"did you mean `{near}`?" if near else "`onboard rules facts` lists the facts"
        return Problem(f"unknown fact `{name}`", pointer, hint=hint)
    known = _fields(subschema)
    near = nearest(str(subschema.instance_path[-1]), known)
    hint = f"did you mean `{near}`?" if near else f"known: {', '.join(known) or 'none here'}"
    return Problem(
        f"an application has no field `{'.'.join(map(str, subschema.instance_path[1:]))}`", pointer, hint=hint
    )


def _fields(subschema: Subschema) -> list[str]:
    return known_at(Application, "/" + "/".join(map(str, subschema.instance_path[1:])))


def _missing(subschema: Subschema) -> Iterator[Problem]:
    """Names in `required` that nothing has, and fields whose absence an `if` would take for a match."""
    properties, required = subschema.schema.get("properties", {}), subschema.schema.get("required", [])
    for index, name in enumerate(required):
        pointer = to_pointer((*subschema.path, "required", index))
        if domain((*subschema.instance_path, name)) is None:
            if name not in properties:
                known = [n for n in properties if domain((*subschema.instance_path, n))]
                known += (
                    _fields(Subschema({}, (), (*subschema.instance_path, name)))
                    if "application" in subschema.instance_path
                    else []
                )
                known = known or [fact_name(("", fact)).rpartition(".")[2] for fact in FACTS]
                near = nearest(name, known)
                hint = f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"
                yield Problem(f"nothing is named `{name}` there", pointer, hint=hint)
        elif subschema.instance_path[:1] == ("facts",) and name not in properties:
            hint = "a fact that is only there to be known decides nothing; say in `properties` what it must be"
            yield Problem(f"`{name}` is required and compared with nothing", pointer, hint=hint)
    for name in properties if subschema.unsound in ("if", "not", "anyOf") else ():
        at = domain((*subschema.instance_path, name))
        if at is not None and at.optional and name not in required:
            hint = "put it in `required` beside its `properties`, unless it may be missing: then say so outside"
            place = to_pointer((*subschema.path, "properties", name))
            yield Problem(f"under `{subschema.unsound}`, a missing `{name}` counts as a match", place, hint=hint)


def _keywords(subschema: Subschema, at: Domain) -> Iterator[Problem]:
    """Keywords that do nothing to a value of this type: validators skip them without a word."""
    for keyword, kind in _APPLIES.items():
        if keyword in subschema.schema and kind not in at.types:
            own = " or ".join(sorted(at.types))
            hint = f"it speaks of values of type {kind}"
            pointer = to_pointer((*subschema.path, keyword))
            yield Problem(f"`{keyword}` does nothing here, where the value is of type {own}", pointer, hint=hint)
    given = _types(subschema.schema.get("type"))
    if subschema.instance_path[:1] == ("application",) and given and not at.types <= given:
        own = " or ".join(sorted(at.types))
        yield Problem(f"the value here is of type {own}, never `{_listed(sorted(given))}`", to_pointer(subschema.path))
    speechless = [k for k in subschema.assertions() if subschema.reason is None and subschema.unsound is None]
    if speechless:
        hint = "`x-reason` beside it says, in both languages, what is wrong"
        yield Problem(f"nothing would be said when `{speechless[0]}` fails", to_pointer(subschema.path), hint=hint)


def _values(subschema: Subschema, at: Domain) -> Iterator[Problem]:
    """Values in `const` and `enum` that never occur there."""
    listed: list[tuple[Path, Any]] = [(("enum", i), value) for i, value in enumerate(subschema.schema.get("enum", []))]
    if "const" in subschema.schema:
        listed.append((("const",), subschema.schema["const"]))
    for path, value in listed:
        if at.values is not None:
            possible = any(value is known or (value == known and type(value) is type(known)) for known in at.values)
        else:
            possible = _type_of(value) in at.types
        if not possible:
            near = nearest(value, map(str, at.values or ())) if isinstance(value, str) else None
            kinds = f"a value of type {' or '.join(sorted(at.types))}"
            hint = f"did you mean `{near}`?" if near else f"it is {_listed(at.values) if at.values else kinds}"
            yield Problem(
                f"the value here is never `{json.dumps(value)}`", to_pointer((*subschema.path, *path)), hint=hint
            )


def _listed(values: Any) -> str:
    return ", ".join(f"`{json.dumps(value)}`" for value in values)


def _types(given: Any) -> set[str]:
    return {given} if isinstance(given, str) else set(given or ())


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", str: "string"}
    return names.get(type(value), "other")
