"""The rules of `douyin` written by hand: what a judge in plain Python costs, and what screening is measured by.

Only for applications with a sound number and records that are in order, none of them of a later day: nothing is checked
that reading checks, no place in a file is named, and nothing is ever unknown. What a brand is compared by comes from
the program; all else is here. The same reports come out, to the byte; `compare.py` asserts it.

    python tests/benchmarks/screening/plain.py APPLICATIONS RECORDS REPORTS     (files of JSON Lines)
"""

import json
import sys
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from operator import mul
from pathlib import Path
from typing import Any

import make

from onboarding.identity import brand_keys
from onboarding.look_alikes import brand_looks

Plain = dict[str, Any]
RULES = Path(__file__).parents[3] / "schemas/douyin"
REQUIRED = (
    *("business-license-required", "brand-evidence", "no-individual-sellers", "one-shop-per-brand"),
    *("max-three-shops", "permanent-ban", "six-month-reentry"),
)
ORDER = (*REQUIRED, "license-number-review", "brand-review", "violation-record")
VALUES = {char: value for value, char in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
WEIGHTS = [*(3**place % 31 for place in range(17)), 1]


class Words:
    """A rule's words: what its outcome begins with, and the JSON of it where it holds."""

    def __init__(self, rule: str) -> None:
        self.schema = json.loads((RULES / f"{rule}.json").read_bytes())
        terms = self.schema["x-rule"]
        told = {"rule": rule, "level": terms["level"], "status": "pass", "title": terms["title"]}
        told |= {"clause": terms["clause"], "remedy": terms["remedy"], "reasons": []}
        self.held = json.dumps(told, ensure_ascii=False)
        told["status"] = "fail"
        self.failed = json.dumps(told, ensure_ascii=False).removesuffix("[]}")

    def reason(self, *path: str, when: str | None = None, actual: Any = None, limit: Any = None) -> Plain:
        """The words at `path` of the rule file, filled in."""
        words = self.schema
        for name in path:
            words = words[name]
        words = words["x-reason"]
        words = words["when"].get(when, words) if when and "when" in words else words
        return {lang: fill(words[lang], actual, limit) for lang in ("en", "zh")}


WORDS = {rule: Words(rule) for rule in ORDER}
NUMBER = ("properties", "application", "properties", "business_license", "properties", "uscc")
FACTS = ("properties", "facts", "properties")
BRAND = ("properties", "facts", "properties", "brands", "items", "properties")


def main(applications: str, records: str, reports: str) -> None:
    """Judge a file by the records in another."""
    histories: dict[str, list[Plain]] = {}
    with open(records, "rb") as lines:
        for line in lines:
            record = json.loads(line)
            histories.setdefault(record["subject_id"], []).append(record)
    with open(applications, "rb") as lines, open(reports, "w", encoding="utf-8") as written:
        written.writelines(screen(lines, histories, make.DAY, f"{Path(applications).name}:"))


def screen(
    applications: Iterable[bytes], histories: dict[str, list[Plain]], day: date, source: str = "line-"
) -> Iterator[str]:
    """A report line of each line of `applications`, judged alone; `histories` are the records by subject."""
    for number, line in enumerate(applications, start=1):
        yield report(json.loads(line), histories, day, f"{source}{number}")


def report(application: Plain, histories: dict[str, list[Plain]], day: date, source: str) -> str:
    """The report on one application, as a line of JSON."""
    subject = application["business_license"]["uscc"]
    history = histories.get(subject, [])
    failed, facts = judge(application, history, day)
    refused = any(rule in REQUIRED for rule in failed)
    waited = wait(application, history, day, failed) if refused else None
    head = {
        "source": source,
        "verdict": "fail" if refused else "pass",
        "application_id": application["application_id"],
        "subject_id": subject,
        "eligible_from": str(waited) if waited else None,
    }
    names = {
        "subject": application["subject"].get("name"),
        "shop": (application.get("shop") or {}).get("name"),
        "brands": [brand.get("name") for brand in application["brands"]],
    }
    outcomes = ", ".join(
        WORDS[rule].failed + json.dumps(failed[rule], ensure_ascii=False) + "}" if rule in failed else WORDS[rule].held
        for rule in ORDER
    )
    begin, end = json.dumps(head, ensure_ascii=False), json.dumps({"facts": facts, "names": names}, ensure_ascii=False)
    return f'{begin[:-1]}, "outcomes": [{outcomes}], {end[1:-1]}, "notes": []}}\n'


def judge(application: Plain, history: list[Plain], day: date) -> tuple[dict[str, list[Plain]], Plain]:
    """What each rule that fails has to say, and the facts."""
    licence, brands = application["business_license"], application["brands"]
    kind, code = application["subject"]["type"], licence["uscc"]
    failed: dict[str, list[Plain]] = {}

    def fail(rule: str, path: tuple[str, ...], pointer: str, actual: Any, limit: Any, evidence: Any = ()) -> None:
        told = WORDS[rule].reason(*path, when=str(actual), actual=actual, limit=limit)
        reason = {"message": told, "pointer": pointer, "actual": actual, "limit": limit, "evidence": list(evidence)}
        failed.setdefault(rule, []).append(reason)

    number = number_of(code)
    own, on_license = application["subject"].get("name"), licence.get("name")
    difference = None if not (own and on_license) else "none" if own == on_license else "letters"
    left, until_start = days(licence.get("valid_until"), day), days(licence.get("valid_from"), day)
    told = [{} for _ in brands]
    facts: Plain = {
        "brands": told,
        "license_number": number,
        "license_name_difference": difference,
        "license_days_left": left,
        "license_days_until_start": until_start,
    }
    rule = "business-license-required"
    if code[:2] not in ("91", "92", "93"):
        fail(rule, (*NUMBER, "then"), "/business_license/uscc", None, None)
    if kind == "individual_business" and code[:2] in ("91", "93"):
        path = ("properties", "application", "then", "properties", "business_license", "properties", "uscc")
        fail(rule, path, "/business_license/uscc", None, None)
    if kind != "individual_business" and code[:2] == "92":
        fail(
            "license-number-review", ("properties", "application", "then"), "/subject/type", kind, "individual_business"
        )
    if left is not None and left < 0:
        fail(rule, (*FACTS, "license_days_left"), "/business_license/valid_until", left, 0)
    if until_start is not None and until_start > 0:
        fail(rule, (*FACTS, "license_days_until_start"), "/business_license/valid_from", until_start, 0)
    if difference == "letters":
        limit = ["none", None]
        fail(rule, (*FACTS, "license_name_difference"), "/business_license/name", difference, limit)
    for at, brand in enumerate(brands):
        evidence = brand.get("evidence") or {}
        left, until_start = days(evidence.get("valid_until"), day), days(evidence.get("valid_from"), day)
        told[at].update(evidence_days_left=left, evidence_days_until_start=until_start)
        if not (evidence.get("sealed_by_subject") or evidence.get("signed_by_legal_representative")):
            path = ("properties", "application", "properties", "brands", "items", "properties", "evidence")
            fail("brand-evidence", path, f"/brands/{at}/evidence", None, None)
        if left is not None and left < 0:
            fail("brand-evidence", (*BRAND, "evidence_days_left"), f"/brands/{at}/evidence/valid_until", left, 0)
        if until_start is not None and until_start > 0:
            path = (*BRAND, "evidence_days_until_start")
            fail("brand-evidence", path, f"/brands/{at}/evidence/valid_from", until_start, 0)
    if kind not in ("enterprise", "individual_business"):
        path = ("properties", "application", "properties", "subject", "properties", "type")
        fail("no-individual-sellers", path, "/subject/type", kind, ["enterprise", "individual_business"])
    count(brands, history, day, facts, fail)
    return failed, facts


def count(brands: list[Plain], history: list[Plain], day: date, facts: Plain, fail: Any) -> None:
    """What is counted from the records, and the rules about that."""
    today = str(day)
    shops = [r for r in history if r["record"] == "shop" and r["opened_on"] <= today]
    ended = [shop for shop in shops if shop.get("closed_on") and shop["closed_on"] <= today]
    current = [shop for shop in shops if not shop.get("closed_on") or today < shop["closed_on"]]
    for at, brand in enumerate(brands):
        same, alike = [], []
        keys = brand_keys(brand["name"], brand.get("trademark_no")) if current else frozenset()
        for shop in current:
            if any(keys & brand_keys(b["name"], b.get("trademark_no")) for b in shop["brands"]):
                same.append(shop)
            elif any(brand_looks(brand["name"]) & brand_looks(b["name"]) for b in shop["brands"]):
                alike.append(shop)
        facts["brands"][at].update(shops_if_admitted=len(same) + 1, look_alike_shops=len(alike))
        if same:
            path, shown = (*BRAND, "shops_if_admitted"), opened(same)
            fail("one-shop-per-brand", path, f"/facts/brands/{at}/shops_if_admitted", len(same) + 1, 1, shown)
        if alike:
            path, shown = (*BRAND, "look_alike_shops"), opened(alike)
            fail("brand-review", path, f"/facts/brands/{at}/look_alike_shops", len(alike), 0, shown)
    facts["shops_if_admitted"] = len(current) + 1
    if len(current) + 1 > 3:
        path, shown = (*FACTS, "shops_if_admitted"), opened(current)
        fail("max-three-shops", path, "/facts/shops_if_admitted", len(current) + 1, 3, shown)
    exits = [shop for shop in ended if shop["closed_for"] == "voluntary_exit"]
    facts["months_since_voluntary_exit"] = None
    if exits:
        last = max(shop["closed_on"] for shop in exits)
        facts["months_since_voluntary_exit"] = months = months_since(date.fromisoformat(last), day)
        if months < 6:
            shown = [{"shop_id": s["shop_id"], "closed_on": last} for s in exits if s["closed_on"] == last]
            path = (*FACTS, "months_since_voluntary_exit")
            fail("six-month-reentry", path, "/facts/months_since_voluntary_exit", months, 6, shown)
    facts["bans"] = {}
    for reason in ("application_fraud", "serious_violation"):
        shown = [
            {"shop_id": shop["shop_id"], "closed_on": shop["closed_on"], "closed_for": reason}
            for shop in ended
            if shop["closed_for"] == reason
        ]
        shown += [
            {key: record[key] for key in ("id", "on", "reason") if record.get(key)}
            for record in history
            if record["record"] == "ban" and record["reason"] == reason and record["on"] <= today
            if not record.get("revoked_on") or today < record["revoked_on"]
        ]
        facts["bans"][reason] = len(shown)
        if shown:
            path = (*FACTS, "bans", "properties", reason)
            fail("permanent-ban", path, f"/facts/bans/{reason}", len(shown), 0, shown)
    shown = [
        {key: record[key] for key in ("id", "shop_id", "on", "kind") if record.get(key)}
        for record in history
        if record["record"] == "violation" and record["on"] <= today
        if not record.get("resolved_on") or today < record["resolved_on"]
    ]
    facts["unresolved_violations"] = len(shown)
    if shown:
        path = (*FACTS, "unresolved_violations")
        fail("violation-record", path, "/facts/unresolved_violations", len(shown), 0, shown)


def wait(application: Plain, history: list[Plain], day: date, failed: dict[str, list[Plain]]) -> date | None:
    """The first day on which nothing that is required fails any more; no record is of a later day."""
    latest = day
    for rule in failed:
        for reason in failed[rule] if rule in REQUIRED else ():
            field = reason["pointer"].rpartition("/")[2]
            if field == "valid_from":
                latest = max(latest, day + timedelta(days=reason["actual"]))
            elif field == "months_since_voluntary_exit":
                ended = date.fromisoformat(reason["evidence"][0]["closed_on"])
                latest = max(latest, due(ended, 6) + timedelta(days=1))
            else:
                return None
    later = judge(application, history, latest)[0]
    return None if any(rule in REQUIRED for rule in later) else latest


def number_of(code: str) -> str:
    """That the number of a licence is sound, which it is here: its characters and its check character say so."""
    assert len(code) == 18
    assert VALUES.keys() >= set(code)
    return "wrong_check_character" if sum(map(mul, WEIGHTS, map(VALUES.__getitem__, code))) % 31 else "uscc"


def days(text: str | None, day: date) -> int | None:
    """Days to the day in `text`."""
    return (date.fromisoformat(text) - day).days if text else None


def due(start: date, months: int) -> date:
    """The last day of so many months."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def months_since(start: date, day: date) -> int:
    """Whole months since `start`: over on the day after the due day."""
    months = (day.year - start.year) * 12 + day.month - start.month
    return months - 1 if months and day <= due(start, months) else months


def opened(shops: list[Plain]) -> list[Plain]:
    """Open shops as evidence."""
    return [{"shop_id": shop["shop_id"], "opened_on": shop["opened_on"]} for shop in shops]


def fill(words: str, actual: Any, limit: Any) -> str:
    """The words of a rule file with their numbers."""
    return words.replace("{actual}", str(actual)).replace("{limit}", str(limit))


if __name__ == "__main__":
    main(*sys.argv[1:])
