"""Applications and records in order, the same for the same size: three in ten are refused, for every reason there is.

Three records for each application, of half as many subjects; of those who apply two in five are on record.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from operator import mul
from random import Random
from typing import Any

Plain = dict[str, Any]
DAY = date(2024, 8, 5)
CHARS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = [3**place % 31 for place in range(17)]
NAMES = ("云上", "山下", "林间", "海边", "晴川", "知味", "听雨", "长风", "NIKE/耐克", "ALPHA", "BETA茶", "南山")
REFUSED = (
    *("expired", "not yet", "other name", "no seal", "evidence over", "evidence not yet", "individual"),
    *("same brand", "same brand", "four shops", "exit", "exit", "exit", "fraud", "ban"),
)


def subject(number: int, kind: str = "91") -> str:
    """The invented number of the subject with this number."""
    digits = ""
    for _ in range(9):
        number, digit = divmod(number, 31)
        digits = CHARS[digit] + digits
    code = f"{kind}999999{digits}"
    return code + CHARS[-sum(map(mul, map(CHARS.index, code), WEIGHTS)) % 31]


def applications(size: int) -> Iterator[Plain]:
    """So many applications, each of a subject of its own."""
    return map(_application, range(size))


def records(size: int) -> Iterator[Plain]:
    """The records for so many applications, subject by subject."""
    made = 0
    for number in range(size):
        trouble = _trouble(number)
        if number % 5 in (1, 3) or trouble in ("same brand", "four shops", "exit", "fraud", "ban"):
            for record in _of_applicant(number, trouble, _application(number)):
                made += 1
                yield record
    for number in range(size, size * 50):
        random = Random(number)
        for at in range(random.randrange(1, 6)):
            if made == 3 * size:
                return
            made += 1
            yield _shop(random, subject(number), f"S-{number}-{at}", random.choice(NAMES))


def _application(number: int) -> Plain:
    random = Random(number)
    trouble = _trouble(number)
    sole = random.random() < 0.3
    code = subject(number, "92" if sole else "91")
    name = f"{random.choice(NAMES)}商贸第{number}号有限公司"
    ends = {"not yet": None, "expired": -random.randrange(1, 400)}.get(trouble, random.choice((None, 900)))
    begins = random.randrange(1, 200) if trouble == "not yet" else -1500
    made: Plain = {
        "application_id": f"A-{number:07}",
        "submitted_on": _day(-random.randrange(60)),
        "subject": {"type": "individual_business" if sole else "enterprise", "name": name},
        "business_license": {"uscc": code, "name": name, "valid_from": _day(begins), "valid_until": _day(ends)},
        "shop": {"name": f"{name[:2]}旗舰店"},
        "brands": [_brand(random, chosen) for chosen in random.sample(NAMES, random.choice((1, 1, 1, 2)))],
    }
    evidence = made["brands"][0]["evidence"]
    if trouble == "individual":
        made["subject"]["type"] = "individual"
    elif trouble == "other name":
        made["business_license"]["name"] = "别家商贸有限公司"
    elif trouble == "no seal":
        evidence["sealed_by_subject"] = False
    elif trouble in ("evidence over", "evidence not yet"):
        evidence["valid_until" if trouble == "evidence over" else "valid_from"] = _day(
            random.randrange(1, 99) * (-1 if trouble == "evidence over" else 1)
        )
    return made


def _of_applicant(number: int, trouble: str | None, wanted: Plain) -> Iterator[Plain]:
    random = Random(-number - 1)
    owner = wanted["business_license"]["uscc"]
    own = [brand["name"] for brand in wanted["brands"]]
    others = [name for name in NAMES if name not in own]
    random.shuffle(others)
    for at in range(3 if trouble == "four shops" else random.randrange(0, 3)):
        yield _shop(random, owner, f"S-{number}-{at}", others[at], open_=True)
    if trouble == "same brand":
        yield _shop(random, owner, f"S-{number}-5", own[0], open_=True)
    if trouble in ("exit", "fraud"):
        closed = {"exit": "voluntary_exit", "fraud": "application_fraud"}[trouble]
        made = _shop(random, owner, f"S-{number}-6", random.choice(own), open_=True)
        yield {**made, "closed_on": _day(-random.randrange(1, 170)), "closed_for": closed}
    elif random.random() < 0.4:
        yield _shop(random, owner, f"S-{number}-7", random.choice(own))
    if trouble == "ban":
        yield {
            "record": "ban",
            "subject_id": owner,
            "on": _day(-300),
            "reason": "serious_violation",
            "id": f"B-{number}",
        }
    if random.random() < 0.2:
        late = {
            "record": "violation",
            "subject_id": owner,
            "on": _day(-90),
            "kind": "late_shipment",
            "id": f"V-{number}",
        }
        yield {**late, "resolved_on": random.choice((None, _day(-30)))}


def _shop(random: Random, owner: str, shop_id: str, brand: str, open_: bool = False) -> Plain:
    """A shop of two years ago, open or left long ago."""
    made = {"record": "shop", "shop_id": shop_id, "subject_id": owner, "brands": [{"name": brand}]}
    made["opened_on"] = _day(-700 - random.randrange(100))
    left = {} if open_ else {"closed_on": _day(-random.randrange(200, 600)), "closed_for": "voluntary_exit"}
    return {**made, **left}


def _trouble(number: int) -> str | None:
    return Random(number + 7).choice(REFUSED) if number * 7 % 10 < 3 else None


def _brand(random: Random, name: str) -> Plain:
    evidence = {
        "type": "authorization_letter",
        "valid_from": _day(-200),
        "valid_until": _day(random.randrange(100, 500)),
    }
    evidence |= {"sealed_by_subject": True, "signed_by_legal_representative": random.random() < 0.5}
    return {"name": name, "trademark_no": str(random.randrange(10**7, 10**8)), "evidence": evidence}


def _day(days: int | None) -> str | None:
    return None if days is None else str(DAY + timedelta(days=days))


def lines(values: Iterator[Plain]) -> Iterator[bytes]:
    """`values` as JSON lines."""
    for value in values:
        yield json.dumps(value, ensure_ascii=False).encode() + b"\n"
