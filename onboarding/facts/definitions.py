"""How each fact is counted: one small function a fact, with the records it was counted from.

How much is *allowed* is a rule's business and never said here.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any, get_args

from ..identity import (
    LicenseNumber,
    NameDifference,
    brand_keys,
    brand_names,
    license_number,
    lookalikes,
    name_difference,
    normal_code,
    normal_text,
)
from ..look_alikes import brand_looks
from ..models import BrandWanted, Evidence, Shop
from ..months import full_months
from .context import Context, Counted, Fact, Unknown, entry, shop_entry

FACTS: dict[str, Fact] = {}

_DAYS = {"type": ["integer", "null"]}
_COUNT = {"type": "integer", "minimum": 0}


def _fact(
    name: str, schema: dict[str, Any], field: str | None = None, *, never_absent: bool = False
) -> Callable[..., Any]:
    def keep(count: Callable[..., Any]) -> Callable[..., Any]:
        FACTS[name] = Fact(name, schema, field, " ".join((count.__doc__ or "").split()), count, never_absent)
        return count

    return keep


@_fact("license_number", {"enum": [*get_args(LicenseNumber), None]}, "/business_license/uscc")
def _license_number(s: Context) -> Counted:
    """What kind of number the licence bears (GB 32100-2015); null where it bears none."""
    code = normal_code(s.license.uscc or "")
    return (license_number(code), lookalikes(code)) if code else (None, [])


@_fact("license_days_left", _DAYS, "/business_license/valid_until")
def _license_days_left(s: Context) -> Counted:
    """Days to the licence's last day: 0 on it, negative after it; null with no licence or no end."""
    return _days(s.as_of, s.license.valid_until), []


@_fact("license_days_until_start", _DAYS, "/business_license/valid_from")
def _license_days_until_start(s: Context) -> Counted:
    """Days to the licence's first day: 0 or negative once it has begun; null with no licence or no start."""
    return _days(s.as_of, s.license.valid_from), []


@_fact("license_name_matches", {"type": ["boolean", "null"]}, "/business_license/name")
def _license_name_matches(s: Context) -> Counted:
    """Whether the licence's name is the subject's; null where either is missing."""
    difference = _name_difference(s)
    return (difference == "none" if difference else None), []


@_fact("license_name_difference", {"enum": [*get_args(NameDifference), None]}, "/business_license/name")
def _license_name_difference(s: Context) -> Counted:
    """How the licence's name differs from the subject's: in nothing, only in dots, dashes or spaces, or in more;
    null where either is missing."""
    return _name_difference(s), []


@_fact("brands[].evidence_days_left", _DAYS, "/evidence/valid_until")
def _evidence_days_left(s: Context, brand: BrandWanted) -> Counted:
    """Days to the last day of the brand's evidence, counted like `license_days_left`."""
    return _days(s.as_of, (brand.evidence or Evidence()).valid_until), []


@_fact("brands[].evidence_days_until_start", _DAYS, "/evidence/valid_from")
def _evidence_days_until_start(s: Context, brand: BrandWanted) -> Counted:
    """Days to the first day of the brand's evidence, counted like `license_days_until_start`."""
    return _days(s.as_of, (brand.evidence or Evidence()).valid_from), []


@_fact("brands[].shops_if_admitted", _COUNT)
def _brand_shops_if_admitted(s: Context, brand: BrandWanted) -> Counted:
    """The subject's open shops that carry this brand, plus this one."""
    shops = s.open_shops_by_brand
    if not brand_names(brand.name):
        raise Unknown("no_brand_name")
    same: dict[int, Shop] = {}
    for key in brand_keys(brand.name, brand.trademark_no):
        same |= shops.get(key, {})
    counted = len(same) + 1, [shop_entry(same[place], opened_on=same[place].opened_on) for place in sorted(same)]
    unreadable = [shop for place, shop in shops.get("", {}).items() if place not in same]
    if unreadable:
        in_the_way = (shop_entry(shop, opened_on=shop.opened_on) for shop in unreadable)
        raise Unknown("brand_on_record_unreadable", *in_the_way, at_least=counted)
    return counted


@_fact("brands[].look_alike_shops", {"type": ["integer", "null"], "minimum": 0}, never_absent=True)
def _look_alike_shops(s: Context, brand: BrandWanted) -> Counted:
    """The subject's open shops that carry a brand that looks like this one and is not equal to it; null where that
    cannot be seen (then it cannot be seen either whether they carry this brand)."""
    if s.history is None or not brand_names(brand.name):
        return None, []
    shops = s.open_shops_by_look
    alike = [shop for look in (brand_looks(brand.name) if shops else ()) for shop in shops.get(look, ())]
    keys = brand_keys(brand.name, brand.trademark_no) if alike else ()
    equal = {id(shop) for key in keys for shop in s.open_shops_by_brand.get(key, {}).values()}
    found = [shop for shop in {id(shop): shop for shop in alike}.values() if id(shop) not in equal]
    if not found and "" in shops:
        return None, []
    return len(found), [shop_entry(shop, opened_on=shop.opened_on) for shop in found]


@_fact("shops_if_admitted", _COUNT)
def _shops_if_admitted(s: Context) -> Counted:
    """The subject's open shops, plus this one."""
    shops = s.open_shops()
    return len(shops) + 1, [shop_entry(shop, opened_on=shop.opened_on) for shop in shops]


@_fact("months_since_voluntary_exit", {"type": ["integer", "null"], "minimum": 0})
def _months_since_voluntary_exit(s: Context) -> Counted:
    """Whole months since the subject's latest voluntary exit (Civil Code, arts. 201, 202); null if none."""
    exits = s.closed_for("voluntary_exit")
    if not exits:
        return None, []
    last = max(shop.closed_on for shop in exits if shop.closed_on)
    return full_months(last, s.as_of), [shop_entry(s, closed_on=last) for s in exits if s.closed_on == last]


@_fact("months_since_repeated_voluntary_exit", {"type": ["integer", "null"], "minimum": 0})
def _months_since_repeated_voluntary_exit(s: Context) -> Counted:
    """Whole months since the latest voluntary exit that was not the first of its calendar year; null if none."""
    exits = sorted(
        ((day, shop) for shop in s.closed_for("voluntary_exit") if (day := shop.closed_on)), key=lambda exit_: exit_[0]
    )
    years = Counter(day.year for day, _ in exits)
    repeated = [(day, shop) for day, shop in exits if years[day.year] > 1]
    if not repeated:
        return None, []
    last = repeated[-1][0]
    together = [shop_entry(shop, closed_on=day) for day, shop in repeated if day.year == last.year]
    return full_months(last, s.as_of), together


@_fact("open_shops", _COUNT)
def _open_shops(s: Context) -> Counted:
    """The subject's open shops, whichever applications opened them."""
    shops = [shop for shop in s.records.shops if shop.is_open(s.as_of)]
    return len(shops), [shop_entry(shop, opened_on=shop.opened_on) for shop in shops]


@_fact("bans.application_fraud", _COUNT)
def _bans_for_fraud(s: Context) -> Counted:
    """Bans in force for fraud in an application, and shops closed for it."""
    return _bans(s, "application_fraud")


@_fact("bans.serious_violation", _COUNT)
def _bans_for_violation(s: Context) -> Counted:
    """Bans in force for serious violation, and shops closed for it."""
    return _bans(s, "serious_violation")


@_fact("unresolved_violations", _COUNT)
def _unresolved_violations(s: Context) -> Counted:
    """Violations on record, not resolved."""
    open_ = [v for v in s.records.violations if v.unresolved(s.as_of)]
    return len(open_), [entry(id=v.id, shop_id=v.shop_id, on=v.on, kind=v.kind) for v in open_]


def _name_difference(s: Context) -> NameDifference | None:
    on_license, own = normal_text(s.license.name or ""), normal_text(s.application.subject.name or "")
    return name_difference(on_license, own) if on_license and own else None


def _days(as_of: date, day: date | None) -> int | None:
    return None if day is None else (day - as_of).days


def _bans(s: Context, reason: str) -> Counted:
    bans = [ban for ban in s.records.bans if ban.in_force(s.as_of) and ban.reason == reason]
    closed = [shop_entry(shop, closed_on=shop.closed_on, closed_for=reason) for shop in s.closed_for(reason)]
    entries = closed + [entry(id=b.id, on=b.on, reason=b.reason) for b in bans]
    return len(entries), entries
