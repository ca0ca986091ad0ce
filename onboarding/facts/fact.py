"""A fact, ready to be counted: what it is called, of what type it is, how it is counted, when it can turn."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from msgspec import Struct, structs

from ..messages import Text
from ..models import BrandWanted
from .context import Context, Counted

Count = Callable[[Context, BrandWanted | None], Counted]
# Days of which the next one after that of the context is the first on which a fact may pass one of some numbers, or may
# have risen to one, where it only counts if it rises.
Turns = Callable[[Context, BrandWanted | None, Sequence[int], bool], Iterator[date]]


class Fact(Struct, frozen=True):
    """One fact: its name (`brands[].…` is counted for each brand), its type as JSON Schema (None: that of the field
    that it is read from), its meaning, where it is read from, how it is counted, when it can turn.

    Only advisory rules may read one that is `advisory`: it is never unknown. `declared` is how its file says it.
    `counted_in` are the parts of a history that it is counted from, and `of_none` what it comes to where there is no
    record in any of them; None where it has to be counted all the same.
    """

    name: str
    schema: dict[str, Any] | None
    meaning: Text
    field: str | None
    count: Count
    turns: Turns
    advisory: bool = False
    declared: dict[str, Any] | None = None
    counted_in: frozenset[str] | None = None
    of_none: int | None = None

    # What the name comes to: the object that the fact is in (`brands[]` for one of each brand), its name there, and its
    # JSON pointer, from the brand on for one of each brand.
    parent: str = ""
    key: str = ""
    pointer: str = ""

    def __post_init__(self) -> None:
        parent, _, key = self.name.rpartition(".")
        pointer = f"/{key}" if parent == "brands[]" else "/".join(("/facts", *self.name.split(".")))
        for name, value in (("parent", parent), ("key", key), ("pointer", pointer)):
            structs.force_setattr(self, name, value)

    @property
    def of_brand(self) -> bool:
        """Whether it is counted for each brand."""
        return self.parent == "brands[]"

    @property
    def from_registry(self) -> bool:
        """Whether records are counted: without a registry such a fact is unknown."""
        return self.field is None


class Counting(Struct, frozen=True):
    """How some facts are counted where parts of a history hold no record.

    `values` and `of_brand` have each fact in its place, those that are `settled` by that (their names) with what they
    come to; `parents` are the objects in `values`. The others are `left` to be counted, those of each brand apart.
    """

    settled: frozenset[str]
    values: dict[str, Any]
    of_brand: dict[str, Any]
    parents: tuple[str, ...]
    left: tuple[Fact, ...]
    left_of_brand: tuple[Fact, ...]


class FactSet(dict[str, Fact]):
    """The facts that are counted together, by name. How that is done is worked out once for what is empty."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        super().__init__((fact.name, fact) for fact in facts)
        self._countings: dict[frozenset[str], Counting] = {}

    def where_empty(self, parts: frozenset[str]) -> Counting:
        """How the facts are counted where these `parts` of a history hold no record."""
        found = self._countings.get(parts)
        if found is None:
            found = self._countings[parts] = self._counting(parts)
        return found

    def _counting(self, parts: frozenset[str]) -> Counting:
        settled = {fact.name: fact.of_none for fact in self.values() if fact.counted_in and fact.counted_in <= parts}
        values: dict[str, Any] = {"brands": None}
        of_brand: dict[str, Any] = {}
        for fact in self.values():
            place = of_brand if fact.of_brand else values.setdefault(fact.parent, {}) if fact.parent else values
            place[fact.key] = settled.get(fact.name)
        left = [fact for fact in self.values() if fact.name not in settled]
        return Counting(
            frozenset(settled),
            values,
            of_brand,
            tuple({fact.parent: None for fact in self.values() if fact.parent and not fact.of_brand}),
            tuple(fact for fact in left if not fact.of_brand),
            tuple(fact for fact in left if fact.of_brand),
        )
