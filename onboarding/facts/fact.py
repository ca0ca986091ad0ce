"""A fact, ready to be counted: what it is called, of what type it is, how it is counted, when it can turn."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from msgspec import Struct

from ..messages import Text
from ..models import Application, BrandWanted, History
from .context import Context, Counted

Count = Callable[[Context, BrandWanted | None], Counted]
# The days on which a fact may pass one of some numbers, of an application and its history.
Turns = Callable[[Application, History | None, Iterable[int]], Iterator[date]]


class Fact(Struct, frozen=True):
    """One fact: its name (`brands[].…` is counted for each brand), its type as JSON Schema (None: that of the field
    that it is read from), its meaning, where it is read from, how it is counted, when it can turn.

    Only advisory rules may read one that is `advisory`: it is never unknown. `declared` is how its file says it.
    """

    name: str
    schema: dict[str, Any] | None
    meaning: Text
    field: str | None
    count: Count
    turns: Turns
    advisory: bool = False
    declared: dict[str, Any] | None = None

    @property
    def from_registry(self) -> bool:
        """Whether records are counted: without a registry such a fact is unknown."""
        return self.field is None
