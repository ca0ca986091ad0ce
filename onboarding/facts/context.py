"""All that a fact may be counted from, what a fact is, and how the records behind it are named."""

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct, structs

from ..identity import brand_keys, brand_names, normal_text
from ..look_alikes import brand_looks
from ..models import Application, BusinessLicense, History, Shop

# Why a fact is unknown; the catalogue of messages says it to people.
Why = Literal["no_registry", "no_subject", "no_brand_name", "brand_on_record_unreadable", "no_papers"]
Counted = tuple[Any, list[dict[str, Any]]]


class Context(Struct, frozen=True, dict=True):
    """All that a fact may be counted from, on the day `as_of`.

    `history` is that of `subject`, None where it is unknown. `known` holds the fields of the application that are
    known, as JSON pointers; None says that all of it is. `comparable` is the application as rules read it.
    """

    application: Application
    subject: str | None
    history: History | None
    as_of: date
    known: frozenset[str] | None
    comparable: dict[str, Any]

    def on(self, day: date) -> "Context":
        """The same on another day, with nothing else changed."""
        return structs.replace(self, as_of=day)

    @property
    def license(self) -> BusinessLicense:
        return self.application.business_license or BusinessLicense()

    @property
    def records(self) -> History:
        """The history; raises Unknown where there is none."""
        if self.history is None:
            raise Unknown("no_subject" if self.subject is None else "no_registry")
        return self.history

    def open_shops(self) -> list[Shop]:
        """The subject's open shops but the one that this very application opened."""
        return [s for s in self.records.shops if s.is_open(self.as_of) and not self._opened(s)]

    @cached_property
    def open_shops_by_look(self) -> dict[str, list[Shop]]:
        """The `open_shops` by what their brands look like; by "" those with a brand of which nothing can be compared.

        Kept, so that many brands of an application and many on record take no more than the sum of both.
        """
        shops: dict[str, list[Shop]] = {}
        for shop in self.open_shops():
            for look in {look for brand in shop.brands for look in brand_looks(brand.name) or {""}}:
                shops.setdefault(look, []).append(shop)
        return shops

    @cached_property
    def open_shops_by_brand(self) -> dict[str, dict[int, Shop]]:
        """The `open_shops` by what identifies their brands, each by its place among them; by "" those with a brand that
        has no name to compare.

        Kept, so that many brands of an application and many on record take no more than the sum of both.
        """
        shops: dict[str, dict[int, Shop]] = {}
        for place, shop in enumerate(self.open_shops()):
            for brand in shop.brands:
                for key in brand_keys(brand.name, brand.trademark_no) | (
                    {""} if not brand_names(brand.name) else set()
                ):
                    shops.setdefault(key, {})[place] = shop
        return shops

    def closed_for(self, reason: str) -> list[Shop]:
        """The subject's shops that are closed, for this reason."""
        return [s for s in self.records.shops if s.is_closed(self.as_of) and s.closed_for == reason]

    @cached_property
    def _wanted(self) -> frozenset[str]:
        """What identifies the brands of the application; kept for the same reason."""
        keys = (brand_keys(brand.name, brand.trademark_no) for brand in self.application.brands or ())
        return frozenset[str]().union(*keys)

    def _opened(self, shop: Shop) -> bool:
        """Whether `shop` is the one that this very application opened: its id, and no brand but its brands."""
        if normal_text(shop.application_id or "") != normal_text(self.application.application_id) or not shop.brands:
            return False
        return all(brand_keys(brand.name, brand.trademark_no) & self._wanted for brand in shop.brands)


class Unknown(Exception):
    """Raised by a fact that cannot be counted; carries why, and the records that stand in the way.

    `at_least` is what is certain of a count that may be larger, with the records counted so far.
    """

    def __init__(self, why: Why, *records: dict[str, Any], at_least: Counted | None = None) -> None:
        super().__init__(why)
        self.why, self.records, self.at_least = why, list(records), at_least


class Fact(Struct, frozen=True):
    """One fact: its name (`brands[].…` is counted for each brand), its JSON Schema, where it is read from.

    One that is `never_absent` is null where it cannot be counted.
    """

    name: str
    schema: dict[str, Any]
    field: str | None
    meaning: str
    count: Callable[..., Any]
    never_absent: bool = False

    @property
    def from_registry(self) -> bool:
        return self.field is None


def shop_entry(shop: Shop, **dates: Any) -> dict[str, Any]:
    """The shop as evidence: its id, or its application's, and `dates`."""
    # A shop that passed earlier in the same run is on no record yet and has no id.
    name = {"shop_id": shop.shop_id} if shop.shop_id else {"application_id": shop.application_id}
    return entry(**name, **dates)


def entry(**values: Any) -> dict[str, Any]:
    """A record as evidence: those of `values` that it has, days as `YYYY-MM-DD`."""
    return {key: str(value) if isinstance(value, date) else value for key, value in values.items() if value is not None}
