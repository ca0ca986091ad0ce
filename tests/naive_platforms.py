"""Second opinions on `douyin-2020`, `douyin-2024` and `jd`, from their clauses alone: plain `if`s, no rule files."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import naive_facts as naive
import oracle

Plain = dict[str, Any]
Opinion = tuple[set[str], set[str]]  # the rules that fail, and those that are undecided
# By an application, the records of its subject, and a day.
Judge = Callable[[Plain, list[Plain] | None, date], Opinion]
HORIZON = 400  # days that `eligible_from` is looked for


def opinion(judge: Judge, application: Plain, records: list[Plain] | None, day: date) -> Plain:
    """Verdict, failing and undecided rules, and the first later day on which all holds, within `HORIZON` days."""
    own = oracle.own_records(application.get("business_license") or {}, records)
    fails, undecided = judge(application, own, day)
    first = None
    if fails:
        days = (day + step * oracle.ONE for step in range(1, HORIZON + 1))
        first = next((later for later in days if judge(application, own, later) == (set(), set())), None)
    verdict = "fail" if fails else "undecided" if undecided else "pass"
    return {"verdict": verdict, "fails": sorted(fails), "undecided": sorted(undecided), "eligible_from": first}


def douyin_2020(application: Plain, own: list[Plain] | None, day: date) -> Opinion:
    """Clauses D1 to D8: nothing is looked up on record."""
    if day < date(2020, 9, 1):
        return set(), set()
    fails = _business(application, day, least_months=None)
    kind, wanted = application["subject"]["type"], application.get("shop") or {}
    brands = application.get("brands") or []
    type_ = wanted.get("type")
    if type_ is None or (kind == "individual_business" and type_ != "ordinary"):
        fails.add("shop-type")
    if type_ in (None, "ordinary"):
        return fails, set()
    papers = [brand.get("evidence") or {} for brand in brands]
    letters = [paper for paper in papers if paper.get("type") == "authorization_letter"]
    shown = all(p.get("type") in ("authorization_letter", "trademark_certificate") for p in papers)
    if not papers or not shown or not all(oracle.in_force(paper, day) for paper in papers):
        fails.add("brand-papers")
    if type_ == "multi_brand" and (len({brand["name"] for brand in brands}) < 2 or not wanted.get("category")):
        fails.add("multi-brand-shop")
    if type_ == "single_brand" and not len(brands) == len(letters) == 1:
        fails.add("single-brand-shop")
    exclusive = [paper for paper in letters if paper.get("exclusive") is True]
    certificates = [paper for paper in papers if paper.get("type") == "trademark_certificate"]
    if type_ == "flagship" and (not brands or len(certificates) + len(exclusive) < len(brands)):
        fails.add("flagship-shop")
    for brand, paper in zip(brands, papers, strict=True):
        status, letter = brand.get("trademark_status"), paper in letters
        if status is None or (letter and status != "registered"):
            fails.add("trademark-status")
        if letter and (paper.get("authorization_level") not in (1, 2) or not _more_than(6, day, paper)):
            fails.add("authorization-letter")
    return fails, set()


def douyin_2024(application: Plain, own: list[Plain] | None, day: date) -> Opinion:
    """Clauses E1 to E4."""
    if day < date(2024, 1, 1):
        return set(), set()
    fails, undecided = _business(application, day, least_months=3), set[str]()
    kind, type_ = application["subject"]["type"], (application.get("shop") or {}).get("type")
    enterprise, sole = kind == "enterprise", kind == "individual_business"
    if type_ is None:
        fails.add("shop-type")
    if own is None:
        undecided |= {"points-before-next-shop", "linked-subject-in-order"}
        undecided |= {"shops-of-enterprise"} if enterprise else {"shops-of-individual-business"} if sole else set()
        return fails, undecided
    others = _others(application, own, day)
    if sole and len(others) >= 3:
        fails.add("shops-of-individual-business")
    alike = [shop for shop in others if shop.get("type") == type_]
    untold = [shop for shop in others if shop.get("type") is None]
    if enterprise and type_ is not None and len(alike) >= 5:
        fails.add("shops-of-enterprise")
    elif enterprise and (type_ is None or untold):
        undecided.add("shops-of-enterprise")
    marks = [record for record in own if oracle.on_record(record, "mark", "until", day)]
    values = [mark.get("value") for mark in marks if mark["kind"] == "b_points"]
    if others and None in values:
        undecided.add("points-before-next-shop")
    elif others and sum(values) >= 12:
        fails.add("points-before-next-shop")
    if others and any(mark["kind"] == "linked_serious_violation" for mark in marks):
        fails.add("linked-subject-in-order")
    return fails, undecided


def jd(application: Plain, own: list[Plain] | None, day: date) -> Opinion:
    """Clauses J1 to J5."""
    if day < date(2021, 1, 1):
        return set(), set()
    fails, undecided = set[str](), set[str]()
    if application["subject"]["type"] != "enterprise":
        fails.add("companies-only")
    brands = application.get("brands") or []
    if not brands or not all(_trademark_will_do(brand, day) for brand in brands):
        fails.add("trademark")
    if own is None:
        undecided |= {"wait-after-two-exits", "permanent-ban", *(["no-brand-twice"] if brands else [])}
        return fails, undecided
    others = _others(application, own, day)
    if any(oracle.same_brand(wanted, b) for wanted in brands for shop in others for b in shop["brands"]):
        fails.add("no-brand-twice")
    gone = [r for r in own if r["record"] == "shop" and r.get("closed_on") and oracle.as_day(r["closed_on"]) <= day]
    cleared = any(shop["closed_for"] in ("application_fraud", "serious_violation") for shop in gone)
    if cleared or any(oracle.on_record(record, "ban", "revoked_on", day) for record in own):
        fails.add("permanent-ban")
    exits = sorted(oracle.as_day(shop["closed_on"]) for shop in gone if shop["closed_for"] == "voluntary_exit")
    # Within twelve months: on the later day they are not yet full since the earlier one.
    seconds = [b for a, b in pairwise(exits) if naive.months(a, b) < 12]
    if seconds and naive.months(seconds[-1], day) < 12:
        fails.add("wait-after-two-exits")
    return fails, undecided


def _business(application: Plain, day: date, least_months: int | None) -> set[str]:
    """The kind of subject, and its licence; with so many months left, where a number is given."""
    kind, licence = application["subject"]["type"], application.get("business_license")
    fails = set() if kind in ("enterprise", "individual_business") else {"kind-of-subject"}
    code = oracle.clean_code((licence or {}).get("uscc") or "")
    held = oracle.licence_will_do(application, kind, licence, code, day)
    if not held or (least_months is not None and not _more_than(least_months, day, licence or {})):
        fails.add("business-license-required")
    return fails


def _others(application: Plain, own: list[Plain], day: date) -> list[Plain]:
    shops = [record for record in own if record["record"] == "shop"]
    return [s for s in shops if oracle.is_open(s, day) and not oracle.opened_by(application, s)]


def _more_than(months: int, day: date, term: Plain) -> bool:
    """Whether more than so many months are left of `term`, or it has no end."""
    last = term.get("valid_until")
    return not last or naive.months(day, oracle.as_day(last)) >= months


def _trademark_will_do(brand: Plain, day: date) -> bool:
    status, applied = brand.get("trademark_status"), brand.get("trademark_applied_on")
    old = bool(applied) and naive.months(oracle.as_day(applied), day) >= 6
    return status == "registered" or (status == "applied_for" and old)
