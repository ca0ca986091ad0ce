"""All that a fact may be counted from, and what is said where it cannot be counted."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import chain, islice
from typing import Any, Literal

from msgspec import Struct, field, structs

from ..identity import brand_keys, is_no_id, normal_text
from ..models import Application, Brand, BrandWanted, BusinessLicense, History, Shop
from ..reading.own_fields import NO_FIELDS, OwnFields
from ..subject_number import BY_USCC, SubjectNumber
from .many import Show, shown

# Why a fact is unknown; the catalogue of messages says it to people.
Why = Literal[
    "no_registry",
    "no_subject",
    "no_number",
    "no_papers",
    "no_brand_name",
    "brand_not_told",
    "field_missing",
    "brand_on_record_unreadable",
    "record_incomplete",
]


# Of the records that a fact counts, so many are its evidence: each of 200 brands may be in thousands of shops.
MOST_SHOWN = 100
# Of the entry of a shop that is on record, fewer: each of thousands of shops of one subject may rest on all the others.
MOST_SHOWN_OF_ENTRY = 10


class Shown(Struct, frozen=True):
    """The first of the records in `parts` as evidence, brought into their form, part by part, when somebody reads it.

    They may be read again.
    """

    parts: Sequence[tuple[Collection[Any], Show]]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return islice(chain.from_iterable(shown(part, show, MOST_SHOWN) for part, show in self.parts), MOST_SHOWN)


_NO_RECORDS = Shown(())


def first(evidence: Iterable[dict[str, Any]], most: int) -> tuple[dict[str, Any], ...]:
    """At most so many records of `evidence`; what was shown before is one and the same value again."""
    if isinstance(evidence, Shown) and len(evidence.parts) == 1:
        made = shown(*evidence.parts[0], most)
        return made if isinstance(made, tuple) else tuple(made)
    return tuple(islice(evidence, most))


Counted = tuple[Any, Iterable[dict[str, Any]]]


class Context(Struct, frozen=True):
    """All that a fact may be counted from, on the day `as_of`.

    `history` is that of `subject`, None where it is unknown. `known` holds the fields of the application that are
    known, as JSON pointers; None says that all of it is. `comparable` is the application as rules read it. `own` are
    the fields of the ruleset's own, and `number` is how its subjects are known. Where it is the entry of a shop of that
    history, `entry` is that shop: neither it nor those that opened on its day and came on record later were there.
    `left_out` are the marks of the history that do not count, by their places as bits of a number. `kept` is what
    several facts count from, by whoever found it; `lasting` what stays as it is on every day.
    """

    application: Application
    subject: str | None
    history: History | None
    as_of: date
    known: frozenset[str] | None
    comparable: dict[str, Any]
    own: OwnFields = NO_FIELDS
    number: SubjectNumber = BY_USCC
    entry: Shop | None = None
    left_out: int = 0
    kept: dict[Any, Any] = field(default_factory=dict)
    lasting: dict[Any, Any] = field(default_factory=dict)

    def on(self, day: date) -> "Context":
        """The same on another day, with nothing else changed."""
        # Which records are counted stays as it is until one begins or ends.
        return structs.replace(self, as_of=day, kept=self.kept if self._past(day) == self._past(self.as_of) else {})

    def without_marks(self, bits: int) -> "Context":
        """The same without those marks of the history whose places are bits of the number `bits`."""
        return structs.replace(self, left_out=bits, kept={}, lasting={})

    @property
    def most_shown(self) -> int:
        """How many records a reason shows at the most."""
        return MOST_SHOWN if self.entry is None else MOST_SHOWN_OF_ENTRY

    @property
    def stays(self) -> bool:
        """Whether on no later day another record begins or ends."""
        return self.history is None or self._past(self.as_of) == len(self.history.days)

    def _past(self, day: date) -> int:
        """How many of the days on which a record begins or ends are over by the end of `day`."""
        return 0 if self.history is None else bisect_right(self.history.days, day)

    @property
    def license(self) -> BusinessLicense:
        return self.application.business_license or BusinessLicense()

    @property
    def records(self) -> History:
        """The history; raises Unknown where there is none."""
        if self.history is None:
            if self.subject is None:
                raise Unknown("no_subject" if self.number == BY_USCC else "no_number", field=self.number.field)
            raise Unknown("no_registry")
        return self.history


class Unknown(Exception):
    """Raised by a fact that cannot be counted: why, the records that stand in the way, and the field of the application
    that would have to be there.

    `at_least` is what is certain of a count that may be larger, with the records counted so far.
    """

    def __init__(
        self, why: Why, records: Shown = _NO_RECORDS, *, field: str | None = None, at_least: Counted | None = None
    ) -> None:
        super().__init__(why)
        self.why, self.records, self.field, self.at_least = why, records, field, at_least


def opened_by(application: Application, shops: Iterable[Shop]) -> list[Shop]:
    """Those of `shops` that this very application opened: they have its id, and no brand but its brands."""
    with_id = [s for s in shops if s.application_id and s.brands]
    if not with_id:
        return []
    own_id = normal_text(application.application_id)
    named = [s for s in with_id if normal_text(s.application_id or "") == own_id]
    # What stands on record of any shop without an application is no id of one.
    if not named or is_no_id(own_id):
        return []
    wanted = frozenset[str]().union(*keys_of_brands(application.brands or ()))
    return [s for s in named if all(keys & wanted for keys in keys_of_brands(s.brands))]


def keys_of_brands(brands: Iterable[Brand | BrandWanted]) -> list[frozenset[str]]:
    """What identifies each of `brands`."""
    return [brand_keys(brand.name, brand.trademark_no) for brand in brands]
