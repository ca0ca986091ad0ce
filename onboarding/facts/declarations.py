"""Declared facts as values: what a `facts.json` says is to be counted. `schemas/facts.dialect.json` is its grammar."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from ..messages import Text

Kind = Literal["shop", "ban", "violation", "mark"]
Verb = Literal["count", "sum", "months_since", "months_until", "days_until", "field"]
BRAND_KEYS = ("brand", "look_alike_brand")


class Selection(Struct, frozen=True, forbid_unknown_fields=True):
    """Which records: of what kind, at what point of their time, with which values, and sharing what with the
    application.
    """

    of: Kind
    at: Literal["current", "ended", "begun"]
    where: dict[str, dict[str, Any]] = {}
    same: tuple[str, ...] = ()


class Counted(Selection, frozen=True):
    """The records of a `count`; with the shop applied for, or without."""

    with_: Literal["applied_for"] | None = msgspec.field(name="with", default=None)


class Summed(Selection, frozen=True, kw_only=True):
    """The records of a `sum`, and which of their fields is added up."""

    value: str


class Months(Struct, frozen=True, forbid_unknown_fields=True):
    """A span of so many months."""

    months: int


class Dated(Selection, frozen=True):
    """The records of a `months_since`, and which of their days counts: the latest, or one that is the `nth`."""

    nth: int = 1
    within: Literal["calendar_year"] | Months | None = None


class Declaration(Struct, frozen=True, forbid_unknown_fields=True):
    """One declared fact: its meaning, and one verb with what it is about.

    `advisory`: only advisory rules may read it. It is never unknown: it says what is certain, and null where that
    is nothing.
    """

    meaning: Text
    count: tuple[Counted, ...] = ()
    sum: Summed | None = None
    months_since: Dated | str | None = None
    months_until: str | None = None
    days_until: str | None = None
    field: str | None = None
    advisory: bool = False

    @property
    def selections(self) -> tuple[Selection, ...]:
        """The selections of records; none for a fact that is read from the application alone."""
        return tuple(selection for _, selection in self.placed_selections)

    @property
    def placed_selections(self) -> tuple[tuple[tuple[str | int, ...], Selection], ...]:
        """The same, each with its place in the declaration."""
        single = ((("sum",), self.sum), (("months_since",), self.months_since))
        counted = ((("count", index), selection) for index, selection in enumerate(self.count))
        return (*counted, *((place, s) for place, s in single if isinstance(s, Selection)))

    @property
    def pointer(self) -> str | None:
        """The field of the application (of the brand, for a fact of each brand) that it is read from."""
        pointers = (self.months_since, self.months_until, self.days_until, self.field)
        return next((pointer for pointer in pointers if isinstance(pointer, str)), None)


# msgspec learns a class when it is first asked for one: here, since threads that teach it at once end the process.
msgspec.json.Decoder(Declaration)


def read_declarations(content: Mapping[str, Any]) -> dict[str, Declaration]:
    """The declarations in a sound `facts.json`, by the fact's name; raises msgspec.ValidationError otherwise."""
    return dict(_declarations(content))


def _declarations(content: Mapping[str, Any]) -> Iterator[tuple[str, Declaration]]:
    for name, declared in content.items():
        if name != "$schema":
            yield name, msgspec.convert(declared, Declaration)
