"""The places in a rule file: which schema stands where, of which value it speaks, and what may stand there at all."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from msgspec import Struct, structs

from ..facts.definitions import FACTS
from ..models import Application
from ..pointers import Path
from ..reading.validation import Field, field_at

# What can fail, and so needs something to say; `type` cannot: of facts and fields it is their own.
NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
SIZES = ("minLength", "maxLength", "minItems", "maxItems")
ASSERTIONS = (*NUMBERS, *SIZES, "const", "enum", "pattern", "anyOf", "not", "required")


class Subschema(Struct, frozen=True):
    """A subschema: where it is in the file, of which value it speaks (`[]` for the items of a list), under what.

    `required` says that the value is in `required` beside its `properties`; `reason` is where the nearest
    `x-reason` stands; `unsound` is the `not`, `if` or `anyOf` that it is in.
    """

    schema: dict[str, Any]
    path: Path
    instance_path: Path = ()
    required: bool = True
    reason: Path | None = None
    unsound: str | None = None

    def assertions(self) -> Iterator[str]:
        """The keywords here whose failure somebody reads, one `required` for all its names."""
        if self.unsound not in ("not", "if"):
            for keyword in ASSERTIONS:
                # A fact that is missing is unknown, and the kernel's own words say so.
                if keyword in self.schema and not (
                    keyword == "required" and self.instance_path[:1] != ("application",)
                ):
                    yield keyword


def subschemas(rule: dict[str, Any]) -> Iterator[Subschema]:
    """Every subschema of a rule file that keeps to the dialect, the whole file first."""
    yield from _subschemas(Subschema({key: value for key, value in rule.items() if key != "x-rule"}, ()))


def paths_read(rule: dict[str, Any]) -> set[Path]:
    """The instance paths that a rule looks at: where its subschemas speak, and the names that it requires."""
    found: set[Path] = set()
    for subschema in subschemas(rule):
        at = subschema.instance_path
        found |= {at, *((*at, name) for name in subschema.schema.get("required", ()))}
    return found


def _subschemas(subschema: Subschema) -> Iterator[Subschema]:
    subschema = structs.replace(
        subschema, reason=subschema.path if "x-reason" in subschema.schema else subschema.reason
    )
    yield subschema
    for path, inner, below, required, unsound in _inner(subschema):
        yield from _subschemas(
            Subschema(
                inner, (*subschema.path, *path), (*subschema.instance_path, *below), required, subschema.reason, unsound
            )
        )


def _inner(subschema: Subschema) -> Iterator[tuple[Path, dict[str, Any], Path, bool, str | None]]:
    schema, unsound = subschema.schema, subschema.unsound
    for name, inner in schema.get("properties", {}).items():
        yield ("properties", name), inner, (name,), name in schema.get("required", []), unsound
    if "items" in schema:
        yield ("items",), schema["items"], ("[]",), True, unsound
    for keyword in ("not", "if", "then", "else"):
        if keyword in schema:
            # What stands in `not` and `if` decides, but never fails: no reason is needed there.
            yield (keyword,), schema[keyword], (), True, keyword if keyword in ("not", "if") else unsound
    for keyword in ("allOf", "anyOf"):
        for index, inner in enumerate(schema.get(keyword, [])):
            yield (keyword, index), inner, (), True, unsound or (keyword if keyword == "anyOf" else None)


class Domain(Struct, frozen=True):
    """What may stand somewhere: its JSON types, its values where they are few, and whether it may be missing."""

    types: frozenset[str]
    values: tuple[Any, ...] | None = None
    optional: bool = False


@cache
def domain(instance_path: Path) -> Domain | None:
    """What a rule may find at `instance_path`; None where there is no such fact and no such field."""
    if instance_path in ((), ("application",), ("facts",)):
        return Domain(frozenset({"object"}))
    if instance_path[0] == "application":
        found: Field | None = field_at(Application, instance_path[1:])
        return Domain(frozenset({found.kind}), found.values, found.optional) if found else None
    name = fact_name(instance_path)
    if name in FACTS:
        fact = FACTS[name]
        kinds = fact.schema.get("type", ())
        types = frozenset([kinds] if isinstance(kinds, str) else kinds)
        values = (True, False, *([None] if "null" in types else [])) if "boolean" in types else None
        values = tuple(fact.schema["enum"]) if "enum" in fact.schema else values
        # What stands in an object of facts goes with the object: they are unknown together.
        alone = instance_path[-2] == "[]" or domain(instance_path[:-1]) == Domain(frozenset({"object"}))
        return Domain(
            types or frozenset({"string", "null"}), values, fact.from_registry and not fact.never_absent and alone
        )
    below = [fact for fact in FACTS.values() if fact.name.startswith((f"{name}.", f"{name}[]"))]
    if instance_path[0] != "facts" or not below:
        return None
    kind = "array" if any(fact.name.startswith(f"{name}[]") for fact in below) else "object"
    # The list of brands is there, and as long as the application's, whatever is known of them.
    return Domain(frozenset({kind}), None, "brands" not in instance_path and all(fact.from_registry for fact in below))


def fact_name(instance_path: Path) -> str:
    """The name in FACTS of the fact at `instance_path`."""
    return ".".join(map(str, instance_path[1:])).replace(".[]", "[]")
