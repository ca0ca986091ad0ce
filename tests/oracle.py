"""A second opinion, written from the contract alone: slow, naive, on plain values, with nothing of the program in it.

Where the program counts by arithmetic this counts day by day; where it reads rule files this has plain `if`s.
"""

import re
import unicodedata
from datetime import date, timedelta
from functools import cache
from typing import Any

HORIZON = 400  # days that `eligible_from` is looked for
ONE = timedelta(days=1)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
HISTORY_RULES = ("max-three-shops", "permanent-ban", "six-month-reentry", "violation-record")


def opinion(
    application: dict[str, Any], records: list[dict[str, Any]] | None, day: date, horizon: int = HORIZON
) -> dict[str, Any]:
    """Verdict, failing rules, undecided rules, warnings, and `eligible_from` within the horizon."""
    own = own_records(application.get("business_license") or {}, records)
    found = judged_by(application, own, day)
    eligible = None
    if found["verdict"] == "fail":
        for step in range(1, horizon + 1):
            later = day + step * ONE
            if judged_by(application, own, later)["verdict"] == "pass":
                eligible = later.isoformat()
                break
    return {**found, "eligible_from": eligible}


def judged(application: dict[str, Any], records: list[dict[str, Any]] | None, day: date) -> dict[str, Any]:
    """All but `eligible_from`."""
    return judged_by(application, own_records(application.get("business_license") or {}, records), day)


def own_records(licence: dict[str, Any], records: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """Those of the subject that count; None where its records cannot be known."""
    code = clean_code(licence.get("uscc") or "")
    if records is None or not (check_character_fits(code) or early_fujian(code)):
        return None
    return [record for record in newest(records) if clean_code(record["subject_id"]) == code]


def judged_by(application: dict[str, Any], own: list[dict[str, Any]] | None, day: date) -> dict[str, Any]:
    """All but `eligible_from`, by the subject's own records."""
    fails: set[str] = set()
    undecided: set[str] = set()
    warns: set[str] = set()
    kind = application["subject"]["type"]
    licence = application.get("business_license")
    code = clean_code((licence or {}).get("uscc") or "")

    if not licence_will_do(application, kind, licence, code, day):
        fails.add("business-license-required")
    if day >= date(2024, 8, 5) and kind not in ("enterprise", "individual_business"):
        fails.add("no-individual-sellers")
    brands = application.get("brands") or []
    if not brands or not all(evidence_will_do(brand.get("evidence"), day) for brand in brands):
        fails.add("brand-evidence")
    if code and (not check_character_fits(code) or (code.startswith("92") and kind != "individual_business")):
        warns.add("license-number-review")

    if own is None:
        undecided.update(HISTORY_RULES)
        if brands:
            undecided.add("one-shop-per-brand")
    else:
        history_rules(application, brands, own, day, fails, undecided, warns)
    # `brand-review` is never undecided: where looks cannot be compared, `one-shop-per-brand` is.
    required_undecided = undecided - {"violation-record"}
    verdict = "fail" if fails else "undecided" if required_undecided else "pass"
    return {"verdict": verdict, "fails": sorted(fails), "undecided": sorted(undecided), "warns": sorted(warns)}


def licence_will_do(
    application: dict[str, Any], kind: str, licence: dict[str, Any] | None, code: str, day: date
) -> bool:
    """P1: there, well-formed, of the right class, in the subject's name, in force."""
    if not licence or not code:
        return False
    if not check_character_fits(code) and not early_fujian(code):
        return False
    if code[:2] not in ("91", "92", "93"):
        return False
    if kind == "individual_business" and code[:2] != "92":
        return False
    one, other = clean(licence.get("name") or ""), clean(application["subject"].get("name") or "")
    if one and other and one != other:
        return False
    return in_force(licence, day)


def evidence_will_do(evidence: dict[str, Any] | None, day: date) -> bool:
    """P2, P3: there, in force, sealed or signed."""
    if not evidence:
        return False
    marked = evidence.get("sealed_by_subject") is True or evidence.get("signed_by_legal_representative") is True
    return marked and in_force(evidence, day)


def history_rules(
    application: dict[str, Any],
    brands: list[dict[str, Any]],
    own: list[dict[str, Any]],
    day: date,
    fails: set[str],
    undecided: set[str],
    warns: set[str],
) -> None:
    """P5 to P8 and the violations."""
    shops = [record for record in own if record["record"] == "shop"]
    others = [shop for shop in shops if is_open(shop, day) and not opened_by(application, shop)]
    if len(others) + 1 > 3:
        fails.add("max-three-shops")
    unknown = clash = False
    for brand in brands:
        if not core(brand.get("name")):
            unknown = True
            continue
        hits = [shop for shop in others if any(same_brand(brand, carried) for carried in shop["brands"])]
        nameless = [shop for shop in others if not all(core(b["name"]) for b in shop["brands"] or [{"name": ""}])]
        clash = clash or bool(hits)
        if any(shop not in hits and any(alike(brand["name"], b["name"]) for b in shop["brands"]) for shop in others):
            warns.add("brand-review")
        unknown = unknown or (not hits and bool(nameless))
    if clash:
        fails.add("one-shop-per-brand")
    elif unknown:
        undecided.add("one-shop-per-brand")

    gone = [shop for shop in shops if shop.get("closed_on") and as_day(shop["closed_on"]) <= day]
    exits = [as_day(shop["closed_on"]) for shop in gone if shop["closed_for"] == "voluntary_exit"]
    if exits and not six_months_over(max(exits), day):
        fails.add("six-month-reentry")
    if any(shop["closed_for"] in ("application_fraud", "serious_violation") for shop in gone):
        fails.add("permanent-ban")
    if any(on_record(record, "ban", "revoked_on", day) for record in own):
        fails.add("permanent-ban")
    if any(on_record(record, "violation", "resolved_on", day) for record in own):
        warns.add("violation-record")


@cache
def six_months_over(exit_day: date, day: date) -> bool:
    """Whether the day that ends the sixth month lies before `day`; months are found by walking from day to day."""
    ended, today, last = 0, exit_day, exit_day
    while today < day and ended < 6:
        today += ONE
        # A month has ended on the day with the exit's number, or on the last of a month that has no such day.
        if today.day == exit_day.day or (today.day < exit_day.day and (today + ONE).day == 1):
            ended, last = ended + 1, today
    return ended == 6 and last < day


def newest(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A record counts unless a later one has its id."""
    kept: list[dict[str, Any]] = []
    for record in records:
        key = identity(record)
        if key is not None:
            kept = [earlier for earlier in kept if identity(earlier) != key]
        kept.append(record)
    return kept


def identity(record: dict[str, Any]) -> tuple[str, str] | None:
    name = record.get("shop_id") if record["record"] == "shop" else record.get("id")
    return (record["record"], name) if name else None


def opened_by(application: dict[str, Any], shop: dict[str, Any]) -> bool:
    """The shop that this very application opened."""
    if clean(shop.get("application_id") or "") != clean(application["application_id"]) or not shop["brands"]:
        return False
    wanted = application.get("brands") or []
    return all(any(same_brand(brand, carried) for brand in wanted) for carried in shop["brands"])


def same_brand(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Equal trademark numbers, equal names, or an equal half of a bilingual one."""
    first, second = clean_number(one.get("trademark_no") or ""), clean_number(other.get("trademark_no") or "")
    if first and first == second:
        return True
    return bool(set(forms(one.get("name"))) & set(forms(other.get("name"))))


# A few that look alike, by hand; the names of the examples hold no others. What is read as capitals is compared so.
LOOKS = {"雲": "云", "Е": "E", "С": "C", "І": "I", "Т": "T", "Х": "X", "É": "E"}


def alike(one: str, other: str) -> bool:
    """Whether the names, or halves of them, are read alike."""
    return bool(looks(one) & looks(other))


@cache
def looks(name: str) -> frozenset[str]:
    found = set()
    for text in (name, name.replace("&", "and")):
        read = "".join(LOOKS.get(char, char) for char in core(text).upper())
        found.update(form.upper() for form in forms(read))
    return frozenset({form.removesuffix("牌") for form in found} | found)


@cache
def clean_number(text: str) -> str:
    """A trademark number without `第…号`, `No.`, `.0` and leading zeros; empty where it has no digit but 0."""
    code = clean_code(text)
    while True:
        for first in ("第", "NO.", "NO", "0"):
            code = code.removeprefix(first)
        for last in ("号", ".0"):
            code = code.removesuffix(last)
        if not code.startswith(("第", "NO", "0")) and not code.endswith(("号", ".0")):
            return code if set(code) & set("123456789") else ""


@cache
def forms(name: str | None) -> list[str]:
    whole = core(name)
    if not whole:
        return []
    chinese = "".join(char for char in whole if "\u4e00" <= char <= "\u9fff")
    rest = "".join(char for char in whole if not "\u4e00" <= char <= "\u9fff")
    letters = sum(char.isalpha() and "LATIN" in unicodedata.name(char) for char in rest)
    found = [whole]
    if len(chinese) > 1 and letters > 1:
        found.append(chinese)
        if letters > 2:
            found.append(rest)
    return found


@cache
def core(name: str | None) -> str:
    """A brand name without ®, ™, (R) and symbols, spaces and punctuation, in one case."""
    text = (name or "").replace("®", "").replace("™", "").replace("Ⓡ", "").replace("⻓", "长")
    text = re.sub(r"\((r|tm)\)", "", clean(text).casefold())
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c)[0] not in "PS")


@cache
def clean(text: str) -> str:
    """NFKC, trimmed, zero-width characters dropped."""
    for zero_width in "\u200b\u200c\u200d\u2060\ufeff\u00ad":
        text = text.replace(zero_width, "")
    return unicodedata.normalize("NFKC", text).strip()


@cache
def clean_code(text: str) -> str:
    return "".join(char for char in clean(text) if not char.isspace() and char not in "-‐–—").upper()


@cache
def check_character_fits(code: str) -> bool:
    """GB 32100-2015: the weighted sum of all eighteen characters is a multiple of 31."""
    if len(code) != 18 or any(char not in ALPHABET for char in code) or not code[2:8].isdigit():
        return False
    weight, total = 1, 0
    for char in code[:17]:
        total += ALPHABET.index(char) * weight
        weight = weight * 3 % 31
    return (total + ALPHABET.index(code[17])) % 31 == 0


def early_fujian(code: str) -> bool:
    well_made = len(code) == 18 and all(char in ALPHABET for char in code) and code[2:8].isdigit()
    return well_made and code[2:4] == "35" and code[8:12] == "M000"


def is_open(shop: dict[str, Any], day: date) -> bool:
    closed = shop.get("closed_on")
    return as_day(shop["opened_on"]) <= day and (closed is None or day < as_day(closed))


def on_record(record: dict[str, Any], kind: str, end: str, day: date) -> bool:
    """Begun, and not ended."""
    if record["record"] != kind or as_day(record["on"]) > day:
        return False
    return record.get(end) is None or day < as_day(record[end])


def in_force(term: dict[str, Any], day: date) -> bool:
    first, last = term.get("valid_from"), term.get("valid_until")
    return not (first and day < as_day(first)) and not (last and day > as_day(last))


@cache
def as_day(text: str) -> date:
    return date.fromisoformat(text)
