"""How each fact is counted: one small function a fact, with the records it was counted from.

How much is *allowed* is a rule's business and never said here.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, Literal, get_args

from msgspec import Struct

from .identity import LicenseNumber, brand_keys, brand_names, license_number, lookalikes, normal_code, normal_text
from .models import Application, BrandWanted, BusinessLicense, Evidence, History, Shop
from .months import full_months

# Why a fact is unknown; `report` says it to people.
Why = Literal["no_registry", "no_subject", "no_brand_name", "brand_on_record_unreadable"]


class Situation(Struct, frozen=True):
    """All that a fact may be counted from. `history` is None where it is unknown, and `why` says why."""

    application: Application
    history: History | None
    why: Why
    as_of: date

    @property
    def license(self) -> BusinessLicense:
        return self.application.business_license or BusinessLicense()

    @property
    def known(self) -> History:
        """The history; raises Unknown where there is none."""
        if self.history is None:
            raise Unknown(self.why)
        return self.history

    def open_shops(self) -> list[Shop]:
        """The subject's open shops but the one that this very application opened."""
        return [s for s in self.known.shops if s.is_open(self.as_of) and not opened_by(self.application, s)]

    def closed_for(self, reason: str) -> list[Shop]:
        """The subject's shops that are closed, for this reason."""
        return [s for s in self.known.shops if s.is_closed(self.as_of) and s.closed_for == reason]


class Unknown(Exception):
    """Raised by a fact that cannot be counted; carries why, and the records that stand in the way."""

    def __init__(self, why: Why, *records: dict[str, Any]) -> None:
        super().__init__(why)
        self.why, self.records = why, list(records)


Counted = tuple[Any, list[dict[str, Any]]]


class Fact(Struct, frozen=True):
    """One fact: its name (`brands[].…` is counted for each brand), its JSON Schema, where it is read from."""

    name: str
    schema: dict[str, Any]
    field: str | None
    meaning: str
    count: Callable[..., Any]

    @property
    def from_registry(self) -> bool:
        return self.field is None


FACTS: dict[str, Fact] = {}

_DAYS = {"type": ["integer", "null"]}
_COUNT = {"type": "integer", "minimum": 0}


def _fact(name: str, schema: dict[str, Any], field: str | None = None) -> Callable[..., Any]:
    def keep(count: Callable[..., Any]) -> Callable[..., Any]:
        FACTS[name] = Fact(name, schema, field, " ".join((count.__doc__ or "").split()), count)
        return count

    return keep


@_fact("license_number", {"enum": [*get_args(LicenseNumber), None]}, "/business_license/uscc")
def _license_number(s: Situation) -> Counted:
    """What kind of number the licence bears (GB 32100-2015); null where it bears none."""
    code = normal_code(s.license.uscc or "")
    return (license_number(code), lookalikes(code)) if code else (None, [])


@_fact("license_days_left", _DAYS, "/business_license/valid_until")
def _license_days_left(s: Situation) -> Counted:
    """Days to the licence's last day: 0 on it, negative after it; null with no licence or no end."""
    return _days(s.as_of, s.license.valid_until), []


@_fact("license_days_until_start", _DAYS, "/business_license/valid_from")
def _license_days_until_start(s: Situation) -> Counted:
    """Days to the licence's first day: 0 or negative once it has begun; null with no licence or no start."""
    return _days(s.as_of, s.license.valid_from), []


@_fact("license_name_matches", {"type": ["boolean", "null"]}, "/business_license/name")
def _license_name_matches(s: Situation) -> Counted:
    """Whether the licence's name is the subject's; null where either is missing."""
    on_license, own = normal_text(s.license.name or ""), normal_text(s.application.subject.name or "")
    return (on_license == own if on_license and own else None), []


@_fact("brands[].evidence_days_left", _DAYS, "/evidence/valid_until")
def _evidence_days_left(s: Situation, brand: BrandWanted) -> Counted:
    """Days to the last day of the brand's evidence, counted like `license_days_left`."""
    return _days(s.as_of, (brand.evidence or Evidence()).valid_until), []


@_fact("brands[].evidence_days_until_start", _DAYS, "/evidence/valid_from")
def _evidence_days_until_start(s: Situation, brand: BrandWanted) -> Counted:
    """Days to the first day of the brand's evidence, counted like `license_days_until_start`."""
    return _days(s.as_of, (brand.evidence or Evidence()).valid_from), []


@_fact("brands[].shops_if_admitted", _COUNT)
def _brand_shops_if_admitted(s: Situation, brand: BrandWanted) -> Counted:
    """The subject's open shops that carry this brand, plus this one."""
    shops = s.open_shops()
    if not brand_names(brand.name):
        raise Unknown("no_brand_name")
    own = brand_keys(brand.name, brand.trademark_no)
    same = [shop for shop in shops if any(own & brand_keys(b.name, b.trademark_no) for b in shop.brands)]
    unreadable = [shop for shop in shops if any(not brand_names(b.name) for b in shop.brands)]
    if not same and unreadable:
        raise Unknown("brand_on_record_unreadable", *(_shop(shop, opened_on=shop.opened_on) for shop in unreadable))
    return len(same) + 1, [_shop(shop, opened_on=shop.opened_on) for shop in same]


@_fact("shops_if_admitted", _COUNT)
def _shops_if_admitted(s: Situation) -> Counted:
    """The subject's open shops, plus this one."""
    shops = s.open_shops()
    return len(shops) + 1, [_shop(shop, opened_on=shop.opened_on) for shop in shops]


@_fact("months_since_voluntary_exit", {"type": ["integer", "null"], "minimum": 0})
def _months_since_voluntary_exit(s: Situation) -> Counted:
    """Whole months since the subject's latest voluntary exit (Civil Code, arts. 201, 202); null if none."""
    exits = s.closed_for("voluntary_exit")
    if not exits:
        return None, []
    last = max(shop.closed_on for shop in exits if shop.closed_on)
    return full_months(last, s.as_of), [_shop(s, closed_on=last) for s in exits if s.closed_on == last]


@_fact("bans.application_fraud", _COUNT)
def _bans_for_fraud(s: Situation) -> Counted:
    """Bans in force for fraud in an application, and shops closed for it."""
    return _bans(s, "application_fraud")


@_fact("bans.serious_violation", _COUNT)
def _bans_for_violation(s: Situation) -> Counted:
    """Bans in force for serious violation, and shops closed for it."""
    return _bans(s, "serious_violation")


@_fact("unresolved_violations", _COUNT)
def _unresolved_violations(s: Situation) -> Counted:
    """Violations on record, not resolved."""
    open_ = [v for v in s.known.violations if v.unresolved(s.as_of)]
    return len(open_), [_entry(id=v.id, shop_id=v.shop_id, on=v.on, kind=v.kind) for v in open_]


def opened_by(application: Application, shop: Shop) -> bool:
    """Whether `shop` is the one that this very application opened: its id, and no brand but its brands."""
    if normal_text(shop.application_id or "") != normal_text(application.application_id) or not shop.brands:
        return False
    wanted = [brand_keys(b.name, b.trademark_no) for b in application.brands or ()]
    return all(any(brand_keys(b.name, b.trademark_no) & keys for keys in wanted) for b in shop.brands)


def _days(as_of: date, day: date | None) -> int | None:
    return None if day is None else (day - as_of).days


def _bans(s: Situation, reason: str) -> Counted:
    bans = [ban for ban in s.known.bans if ban.in_force(s.as_of) and ban.reason == reason]
    closed = [_shop(shop, closed_on=shop.closed_on, closed_for=reason) for shop in s.closed_for(reason)]
    return len(closed) + len(bans), closed + [_entry(id=b.id, on=b.on, reason=b.reason) for b in bans]


def _shop(shop: Shop, **dates: Any) -> dict[str, Any]:
    # A shop that passed earlier in the same run is on no record yet and has no id.
    name = {"shop_id": shop.shop_id} if shop.shop_id else {"application_id": shop.application_id}
    return _entry(**name, **dates)


def _entry(**values: Any) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, date) else value for key, value in values.items() if value is not None}
