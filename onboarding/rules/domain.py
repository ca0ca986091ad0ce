"""What may stand at a place in an application or its facts: JSON types, values, the least, and whether it must."""

from functools import lru_cache
from typing import Any

from msgspec import Struct

from ..facts.definitions import FACTS
from ..models import Application
from ..pointers import Path
from ..reading.validation import Field, field_at


class Domain(Struct, frozen=True):
    """What may stand somewhere: its JSON types, its values where they are few, whether it may be missing, its least."""

    types: frozenset[str]
    values: tuple[Any, ...] | None = None
    optional: bool = False
    least: int | None = None


@lru_cache(maxsize=4096)  # rule files may ask for any path
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
        least = fact.schema.get("minimum")
        return Domain(
            types or frozenset({"string", "null"}),
            values,
            fact.from_registry and not fact.never_absent and alone,
            least,
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
