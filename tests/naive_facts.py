"""The shared facts, counted from the contract alone: slow, on plain values, with nothing of the program in it."""

from bisect import bisect_left, bisect_right
from datetime import date
from functools import cache
from typing import Any

import oracle

Plain = dict[str, Any]
UNKNOWN = "unknown"
FIRST, LAST = date(2000, 1, 1), date(2040, 1, 1)  # no day of the examples is another


def facts(application: Plain, records: list[Plain] | None, day: date) -> Plain:
    """Value and evidence of each fact, or `UNKNOWN`; of one that is counted for each brand, a list."""
    licence, brands = application.get("business_license") or {}, application.get("brands") or []
    evidences = [brand.get("evidence") or {} for brand in brands]
    return {
        "license_days_left": (days(licence.get("valid_until"), day), []),
        "license_days_until_start": (days(licence.get("valid_from"), day), []),
        "brands[].evidence_days_left": [(days(evidence.get("valid_until"), day), []) for evidence in evidences],
        "brands[].evidence_days_until_start": [(days(evidence.get("valid_from"), day), []) for evidence in evidences],
        **of_history(application, brands, oracle.own_records(licence, records), day),
    }


def of_history(application: Plain, brands: list[Plain], own: list[Plain] | None, day: date) -> Plain:
    whole = (
        *("shops_if_admitted", "months_since_voluntary_exit", "months_since_repeated_voluntary_exit", "open_shops"),
        *("bans.application_fraud", "bans.serious_violation", "unresolved_violations"),
    )
    if own is None:
        return {
            **dict.fromkeys(whole, UNKNOWN),
            "brands[].shops_if_admitted": [UNKNOWN for _ in brands],
            "brands[].look_alike_shops": [(None, []) for _ in brands],
        }
    shops = [record for record in own if record["record"] == "shop"]
    opened = [shop for shop in shops if oracle.is_open(shop, day)]
    own_shops = [shop for shop in opened if oracle.opened_by(application, shop)]
    # One application opens one shop: of two that name it, nobody can say which is its own.
    others = [shop for shop in opened if shop not in own_shops or len(own_shops) > 1]
    closed = [shop for shop in shops if shop.get("closed_on") and oracle.as_day(shop["closed_on"]) <= day]
    exits = sorted(
        (shop for shop in closed if shop["closed_for"] == "voluntary_exit"), key=lambda shop: str(shop["closed_on"])
    )
    years = [shop["closed_on"][:4] for shop in exits]
    repeated = [shop for shop in exits if years.count(shop["closed_on"][:4]) > 1]
    violations = [r for r in own if oracle.on_record(r, "violation", "resolved_on", day)]
    return {
        "brands[].shops_if_admitted": [of_brand(brand, others) for brand in brands],
        "brands[].look_alike_shops": [looking_alike(brand, others) for brand in brands],
        "shops_if_admitted": (len(others) + 1, shown(others, "opened_on")),
        "open_shops": (len(opened), shown(opened, "opened_on")),
        "months_since_voluntary_exit": since(exits, lambda last, one: one == last, day),
        "months_since_repeated_voluntary_exit": since(repeated, lambda last, one: one[:4] == last[:4], day),
        **{f"bans.{reason}": banned(own, closed, reason, day) for reason in ("application_fraud", "serious_violation")},
        "unresolved_violations": (len(violations), kept(violations, "id", "shop_id", "on", "kind")),
    }


def of_brand(brand: Plain, others: list[Plain]) -> Any:
    if not oracle.core(brand.get("name")):
        return UNKNOWN
    hits = [shop for shop in others if any(oracle.same_brand(brand, carried) for carried in shop["brands"])]
    nameless = [shop for shop in others if shop not in hits and unreadable(shop)]
    return UNKNOWN if nameless else (len(hits) + 1, shown(hits, "opened_on"))


def looking_alike(brand: Plain, others: list[Plain]) -> Any:
    if not oracle.core(brand.get("name")):
        return None, []
    alike = [
        shop
        for shop in others
        if any(oracle.alike(brand["name"], carried["name"]) for carried in shop["brands"])
        and not any(oracle.same_brand(brand, carried) for carried in shop["brands"])
    ]
    if not alike and any(unreadable(shop) for shop in others):
        return None, []
    return len(alike), shown(alike, "opened_on")


def unreadable(shop: Plain) -> bool:
    return not shop["brands"] or any(not oracle.core(carried["name"]) for carried in shop["brands"])


def since(exits: list[Plain], together: Any, day: date) -> Any:
    if not exits:
        return None, []
    last = exits[-1]["closed_on"]
    return months(oracle.as_day(last), day), shown([e for e in exits if together(last, e["closed_on"])], "closed_on")


def months(start: date, day: date) -> int:
    """How many months have ended before `day`."""
    assert min(start, day) >= FIRST
    assert max(start, day) <= LAST
    ends = month_ends(start.day)
    return max(0, bisect_left(ends, day) - bisect_right(ends, start))


@cache
def month_ends(number: int) -> list[date]:
    """The days on which a month ends that began on a day of that number; they are found by walking from day to day."""
    days = (FIRST + step * oracle.ONE for step in range((LAST - FIRST).days))
    return [day for day in days if day.day == number or (day.day < number and (day + oracle.ONE).day == 1)]


def banned(own: list[Plain], closed: list[Plain], reason: str, day: date) -> Any:
    bans = [r for r in own if oracle.on_record(r, "ban", "revoked_on", day) and r["reason"] == reason]
    shops = [shop for shop in closed if shop["closed_for"] == reason]
    evidence = shown(shops, "closed_on", "closed_for") + kept(bans, "id", "on", "reason")
    return len(evidence), evidence


def shown(shops: list[Plain], *names: str) -> list[Plain]:
    return kept(shops, "shop_id", *names)


def kept(records: list[Plain], *names: str) -> list[Plain]:
    return [{name: record[name] for name in names if record.get(name) is not None} for record in records]


def days(last: str | None, day: date) -> int | None:
    return (oracle.as_day(last) - day).days if last else None
