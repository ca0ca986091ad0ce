"""The one walk through a rule file: which schema stands where, of which value it speaks, and under what."""

from collections.abc import Collection, Iterator
from typing import Any, Optional

from msgspec import Struct

from ..pointers import Path

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
    parent: Optional["Subschema"] = None
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
    """Every subschema of a rule file that keeps to the dialect, the whole file first, each after its parent."""
    reason: Path | None = () if "x-reason" in rule else None
    yield from _and_below(Subschema(rule, (), reason=reason))


def paths_read(rule: dict[str, Any]) -> set[Path]:
    """The instance paths that a rule looks at: where its subschemas speak, and the names that it requires."""
    found: set[Path] = set()
    for subschema in subschemas(rule):
        at = subschema.instance_path
        found |= {at, *((*at, name) for name in subschema.schema.get("required", ()))}
    return found


def fact_name(instance_path: Path) -> str:
    """The name of the fact at `instance_path`."""
    return ".".join(map(str, instance_path[1:])).replace(".[]", "[]")


def certain_to_be_there(found: Collection[Subschema]) -> set[Path]:
    """Where those of `found`, all subschemas of a file, stand that are applied whenever what they are in is.

    Their value is `required`: beside them, elsewhere in the branches that they are in, or, under `then`, by its `if`.
    """
    required = {(_branches(s)[0], (*s.instance_path, name)) for s in found for name in s.schema.get("required", ())}
    certain = set()
    for subschema in found:
        branches = _branches(subschema)
        branches += [(*branch[:-1], "if") for branch in branches if branch[-1:] == ("then",)]
        if subschema.required or any((branch, subschema.instance_path) in required for branch in branches):
            certain.add(subschema.path)
    return certain


def _branches(subschema: Subschema) -> list[Path]:
    """The paths of the conditions and alternatives that `subschema` is in, from the nearest to that of the file."""
    found: list[Path] = []
    while subschema.parent is not None:
        if subschema.path[len(subschema.parent.path)] in ("if", "then", "else", "not", "anyOf"):
            found.append(subschema.path)
        subschema = subschema.parent
    return [*found, ()]


def _and_below(subschema: Subschema) -> Iterator[Subschema]:
    yield subschema
    for path, inner, below, required, unsound in _inner(subschema):
        place = (*subschema.path, *path)
        reason = place if "x-reason" in inner else subschema.reason
        at = (*subschema.instance_path, *below)
        yield from _and_below(Subschema(inner, place, at, subschema, required, reason, unsound))


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
