"""What may stand at a place in an application or its facts: JSON types, values, the least, and whether it must."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from ..facts.fact import Fact
from ..models import Application
from ..pointers import Path
from ..reading.own_fields import OwnFields
from ..reading.validation import Field, field_at
from .subschemas import fact_name


class Domain(Struct, frozen=True):
    """What may stand somewhere: its JSON types, its values where they are few, whether it may be missing, its least."""

    types: frozenset[str]
    values: tuple[Any, ...] | None = None
    optional: bool = False
    least: int | None = None


def domain(instance_path: Path, facts: Mapping[str, Fact], own: OwnFields) -> Domain | None:
    """What a rule may find at `instance_path`, `facts` and `own` fields being declared.

    None where there is no such fact or field.
    """
    if instance_path in ((), ("application",), ("facts",)):
        return Domain(frozenset({"object"}))
    if instance_path[0] == "application":
        return _of_own(instance_path[1:], own) or _of_field(instance_path[1:])
    name = fact_name(instance_path)
    if name in facts:
        return _of_fact(facts[name], instance_path, facts, own)
    below = [fact for fact in facts.values() if fact.name.startswith((f"{name}.", f"{name}[]"))]
    if instance_path[0] != "facts" or not below:
        return None
    kind = "array" if any(fact.name.startswith(f"{name}[]") for fact in below) else "object"
    # The list of brands is there, and as long as the application's, whatever is known of them.
    return Domain(frozenset({kind}), None, "brands" not in instance_path and all(fact.from_registry for fact in below))


def _may_be_missing(path: Path) -> bool:
    """Whether what stands at `path` of an application, or above it, may be left out; a list is there with its items."""
    parts = (path[:end] for end in range(1, len(path) + 1) if path[end - 1 : end] != ("[]",) and path[end:] != ("[]",))
    return any((above := _of_field(part)) is None or above.optional for part in parts)


@lru_cache(maxsize=4096)  # rule files may ask for any path
def _of_field(path: Path) -> Domain | None:
    found: Field | None = field_at(Application, path)
    return Domain(frozenset({found.kind}), found.values, found.optional) if found else None


def _of_own(path: Path, own: OwnFields) -> Domain | None:
    declared = own.at(path)
    return Domain(frozenset({declared.field.kind}), declared.field.values, True) if declared else None


def _of_fact(fact: Fact, instance_path: Path, facts: Mapping[str, Fact], own: OwnFields) -> Domain | None:
    if fact.schema is None:
        # The application's own value, and null where that is missing.
        each: Path = ("brands", "[]") if fact.name.startswith("brands[].") else ()
        path = (*each, *(fact.field or "").split("/")[1:])
        read = _of_own(path, own) or _of_field(path)
        if read is None or not (read.optional or _may_be_missing(path[:-1])):
            return read
        return Domain(read.types | {"null"}, None if read.values is None else (*read.values, None))
    kinds = fact.schema.get("type", ())
    types = frozenset([kinds] if isinstance(kinds, str) else kinds)
    values = (True, False, *([None] if "null" in types else [])) if "boolean" in types else None
    values = tuple(fact.schema["enum"]) if "enum" in fact.schema else values
    # What stands in an object of facts goes with the object: they are unknown together.
    alone = instance_path[-2] == "[]" or domain(instance_path[:-1], facts, own) == Domain(frozenset({"object"}))
    optional = fact.from_registry and not fact.advisory and alone
    return Domain(types or frozenset({"string", "null"}), values, optional, fact.schema.get("minimum"))


def type_of(fact: Fact, facts: Mapping[str, Fact], own: OwnFields) -> str:
    """The fact's type as JSON: its values where they are few, else the names of its types."""
    at = domain(("facts", *fact.name.replace("[]", ".[]").split(".")), facts, own)
    if at is None:
        return "null"
    # Only pages of rules ask.
    import json

    if at.values is not None and "boolean" not in at.types:
        return json.dumps(at.values)
    names = sorted(at.types)
    return json.dumps(names[0] if len(names) == 1 else names)
