"""What a rule file reads, and whether it reads it soundly: facts, fields of the application, reasons.

A fact must be known, `required` all the way down, of its own type, and out of `not`, `if` and `anyOf`: there
a fact that is unknown would not show as unknown.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct, structs

from .errors import Problem
from .measures import FACTS
from .models import Application
from .pointers import Path, to_pointer
from .shape import known_at, nearest

_ASSERTIONS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "const", "enum", "pattern"),
    *("minLength", "maxLength", "minItems", "maxItems", "anyOf", "not"),
)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}?|\}")


class _Spot(Struct, frozen=True):
    """A subschema: where it is in the file, which value it speaks of, and under what."""

    schema: dict[str, Any]
    path: Path
    reads: Path = ()
    required: bool = True
    reason: bool = False
    unsound: str | None = None


def lint_reads(rule: dict[str, Any]) -> Iterator[Problem]:
    """The problems of one rule file that already keeps to the dialect."""
    for spot in _spots(_Spot({k: v for k, v in rule.items() if k != "x-rule"}, ())):
        yield from _words(spot)
        yield from _patterns(spot)
        if spot.reads[:1] == ("facts",):
            yield from _fact(spot)
        elif spot.reads[:1] == ("application",):
            yield from _field(spot)
        elif spot.reads:
            yield Problem(f"a rule reads `application` and `facts`, not `{spot.reads[0]}`", to_pointer(spot.path))
        speechless = [k for k in spot.schema if k in _ASSERTIONS or (k == "required" and "application" in spot.reads)]
        if speechless and not spot.reason and spot.unsound is None:
            hint = "`x-reason` beside it says, in both languages, what is wrong"
            yield Problem(f"nothing would be said when `{speechless[0]}` fails", to_pointer(spot.path), hint=hint)


def _spots(spot: _Spot) -> Iterator[_Spot]:
    spot = structs.replace(spot, reason=spot.reason or "x-reason" in spot.schema)
    yield spot
    required = spot.schema.get("required", [])
    for name, inner in spot.schema.get("properties", {}).items():
        path = (*spot.path, "properties", name)
        yield from _spots(_Spot(inner, path, (*spot.reads, name), name in required, spot.reason, spot.unsound))
    if "items" in spot.schema:
        inner = spot.schema["items"]
        yield from _spots(_Spot(inner, (*spot.path, "items"), (*spot.reads, "[]"), True, spot.reason, spot.unsound))
    for keyword in ("not", "if", "then", "else"):
        if keyword in spot.schema:
            # What stands in `not` and `if` decides, but never fails: no reason is needed there.
            unsound = keyword if keyword in ("not", "if") else spot.unsound
            inner = spot.schema[keyword]
            yield from _spots(_Spot(inner, (*spot.path, keyword), spot.reads, True, spot.reason, unsound))
    for keyword in ("allOf", "anyOf"):
        for index, inner in enumerate(spot.schema.get(keyword, [])):
            unsound = keyword if keyword == "anyOf" else spot.unsound
            path = (*spot.path, keyword, index)
            yield from _spots(_Spot(inner, path, spot.reads, True, spot.reason, unsound))


def _fact(spot: _Spot) -> Iterator[Problem]:
    name, pointer = ".".join(map(str, spot.reads[1:])).replace(".[]", "[]"), to_pointer(spot.path)
    if spot.unsound is not None:
        hint = "there an unknown fact would not show as unknown; compare it outside"
        yield Problem(f"facts do not go under `{spot.unsound}`", pointer, hint=hint)
        return
    if not spot.required:
        hint = "or the rule holds where the fact is unknown"
        yield Problem(f"`{spot.reads[-1]}` must be in `required` beside its `properties`", pointer, hint=hint)
    if name in FACTS:
        yield from _fact_type(name, spot)
    elif name and not any(fact.startswith((f"{name}.", f"{name}[]")) for fact in FACTS):
        near = nearest(name, FACTS)
        hint = f"did you mean `{near}`?" if near else "`onboard rules facts` lists the facts"
        yield Problem(f"unknown fact `{name}`", pointer, hint=hint)


def _fact_type(name: str, spot: _Spot) -> Iterator[Problem]:
    own, pointer = FACTS[name].schema, to_pointer(spot.path)
    values = [spot.schema["const"]] if "const" in spot.schema else spot.schema.get("enum")
    if values is None:
        given = spot.schema.get("type")
        if "enum" in own:
            yield Problem(f"fact `{name}` is compared with `enum` or `const`: {_listed(own['enum'])}", pointer)
        elif _types(given) != _types(own["type"]):
            yield Problem(f"fact `{name}` is of type `{json.dumps(own['type'])}`, not `{json.dumps(given)}`", pointer)
        return
    allowed = own.get("enum")
    for value in values:
        if value not in allowed if allowed else _type_of(value) not in _types(own["type"]):
            expected = f"one of {_listed(allowed)}" if allowed else f"of type `{json.dumps(own['type'])}`"
            yield Problem(f"fact `{name}` is never `{json.dumps(value)}`: it is {expected}", pointer)


def _field(spot: _Spot) -> Iterator[Problem]:
    names = [str(part) for part in spot.reads[1:]]
    if not names or names[-1] == "[]":
        return
    known = known_at(Application, "/" + "/".join(names))
    if names[-1] not in known:
        near = nearest(names[-1], known)
        hint = f"did you mean `{near}`?" if near else f"known: {', '.join(known) or 'none here'}"
        yield Problem(f"an application has no field `{'.'.join(names)}`", to_pointer(spot.path), hint=hint)


def _words(spot: _Spot) -> Iterator[Problem]:
    reason = spot.schema.get("x-reason", {})
    for path, words in [((), reason), *((("when", value), words) for value, words in reason.get("when", {}).items())]:
        for lang in ("en", "zh"):
            for found in _PLACEHOLDER.findall(words.get(lang, "")):
                if found not in ("{actual}", "{limit}"):
                    pointer = to_pointer((*spot.path, "x-reason", *path, lang))
                    yield Problem(f"unknown placeholder `{found}`", pointer, hint="there are `{actual}` and `{limit}`")


def _patterns(spot: _Spot) -> Iterator[Problem]:
    if "pattern" in spot.schema:
        try:
            re.compile(spot.schema["pattern"])
        except re.error as error:
            yield Problem(f"not a regular expression: {error.msg}", to_pointer((*spot.path, "pattern")))


def _listed(values: list[Any]) -> str:
    return ", ".join(f"`{json.dumps(value)}`" for value in values)


def _types(given: Any) -> set[str]:
    return {given} if isinstance(given, str) else set(given or ())


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", str: "string"}
    return names.get(type(value), "other")
