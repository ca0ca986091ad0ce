"""The facts that no ruleset declares: about the number and the name on a licence, and which brands are the same."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import chain
from typing import Any, get_args

from ..identity import (
    LicenseNumber,
    NameDifference,
    brand_keys,
    license_number,
    lookalikes,
    name_difference,
    normal_code,
    normal_text,
    tells_brand,
)
from ..messages import text
from ..models import BrandWanted
from .context import Context, Counted, Unknown
from .fact import Count, Fact


@cache
def built_in() -> dict[str, Fact]:
    """These facts, by name."""
    return {
        name: Fact(name, schema, text(f"facts.{name}"), field, count, _never)
        for name, (schema, field, count) in _FACTS.items()
    }


def _license_number(context: Context, brand: BrandWanted | None = None) -> Counted:
    code = normal_code(context.license.uscc or "")
    if not code:
        return None, ()
    number = license_number(code)
    # A sound one has no character that is mistyped.
    return number, () if number == "uscc" else lookalikes(code)


def _license_name_matches(context: Context, brand: BrandWanted | None = None) -> Counted:
    difference = _difference(context)
    return (difference == "none" if difference else None), ()


def _license_name_difference(context: Context, brand: BrandWanted | None = None) -> Counted:
    return _difference(context), ()


def _difference(context: Context) -> NameDifference | None:
    on_license, own = context.license.name or "", context.application.subject.name or ""
    if not normal_text(own) or (on_license != own and not normal_text(on_license)):
        return None
    return name_difference(on_license, own)


def _distinct_brands(context: Context, brand: BrandWanted | None = None) -> Counted:
    """Brands of which two share a name or number are one, also where a third one links them.

    Unknown with one whose name does not tell which it is: it may be one of the others, or one more.
    """
    distinct: list[tuple[frozenset[str], list[int]]] = []
    brands = context.application.brands or ()
    for place, wanted in enumerate(brands):
        keys = brand_keys(wanted.name, wanted.trademark_no)
        same = [(others, places) for others, places in distinct if others & keys]
        distinct = [(others, places) for others, places in distinct if not others & keys]
        distinct.append((keys.union(*(others for others, _ in same)), [*chain(*(places for _, places in same)), place]))
    untold = [min(places) for _, places in distinct if not any(tells_brand(brands[place].name) for place in places)]
    if untold:
        certain = len(distinct) - len(untold), ()
        raise Unknown("brand_not_told", field=f"/brands/{min(untold)}/name", at_least=certain)
    return len(distinct), []


def _never(*_: Any) -> Iterator[date]:
    return iter(())


_FACTS: dict[str, tuple[dict[str, Any], str, Count]] = {
    "license_number": ({"enum": [*get_args(LicenseNumber), None]}, "/business_license/uscc", _license_number),
    "license_name_matches": ({"type": ["boolean", "null"]}, "/business_license/name", _license_name_matches),
    "license_name_difference": (
        {"enum": [*get_args(NameDifference), None]},
        "/business_license/name",
        _license_name_difference,
    ),
    "distinct_brands": ({"type": "integer", "minimum": 0}, "/brands", _distinct_brands),
}
