"""A fact, ready to be counted: what it is called, of what type it is, how it is counted, when it can turn."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from msgspec import Struct

from ..messages import Text
from ..models import BrandWanted
from .context import Context, Counted

Count = Callable[[Context, BrandWanted | None], Counted]
# Days of which the next one after that of the context is the first on which a fact may pass one of some numbers.
Turns = Callable[[Context, BrandWanted | None, Sequence[int]], Iterator[date]]


class Fact(Struct, frozen=True, dict=True):
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

    @cached_property
    def parent(self) -> str:
        """The object that the fact is in: `bans` for `bans.application_fraud`, else nothing; `brands[]` for each."""
        return self.name.rpartition(".")[0]

    @cached_property
    def pointer(self) -> str:
        """The fact's JSON pointer; for one of each brand what follows the brand in it."""
        path = [part for part in self.name.split(".") if part != "brands[]"]
        return "/" + "/".join(path if self.parent == "brands[]" else ["facts", *path])

    @cached_property
    def key(self) -> str:
        """The fact's name within its object."""
        return self.name.rpartition(".")[2]

    @property
    def from_registry(self) -> bool:
        """Whether records are counted: without a registry such a fact is unknown."""
        return self.field is None
