"""`douyin-2020`, `douyin-2024` and `jd` and a naive second opinion on each agree on random applications and records."""

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import naive_platforms as naive
import pytest
from builders import SOLE_TRADER_USCC, USCC, application, ban, mark, shop
from tables import told

from onboarding import check, load_ruleset

Plain = dict[str, Any]
JUDGES: dict[str, tuple[naive.Judge, date]] = {
    "douyin-2020": (naive.douyin_2020, date(2021, 3, 31)),
    "douyin-2024": (naive.douyin_2024, date(2024, 8, 5)),
    "jd": (naive.jd, date(2022, 2, 28)),
}
SITUATIONS = 1200
LONG_AGO = "2015-01-01"
TYPES = ("ordinary", "multi_brand", "single_brand", "flagship")


class Dice(random.Random):
    """Random applications and records about `day`, near every limit of a ruleset."""

    def __init__(self, seed: int, day: date) -> None:
        super().__init__(seed)
        self.day = day

    def rarely(self, usual: Any, *others: Any) -> Any:
        """`usual`, nine times of ten: an application has many fields, and a single slip refuses it."""
        return usual if self.random() < 0.9 else self.choice(others)

    def near(self, earliest: str = "") -> str:
        """A day to or from which it is about so many months, not before `earliest`."""
        step = self.choice((0, 1, 2, 30, 31, 90, 92, 93, 180, 181, 184, 185, 364, 365, 366, 367))
        return max(earliest, (self.day + self.choice((1, -1)) * timedelta(days=step)).isoformat())

    def application(self) -> Plain:
        subject = self.rarely("enterprise", "individual_business", "individual")
        own = SOLE_TRADER_USCC if subject == "individual_business" else USCC
        changes = {
            "/subject/type": subject,
            "/business_license/uscc": self.rarely(own, USCC, "999999000000019", None),
            "/business_license/valid_from": LONG_AGO,
            "/business_license/valid_until": self.rarely(None, self.near()),
            "/shop/type": self.rarely(self.choice(TYPES), None),
            "/shop/category": self.rarely("茶", None),
            "/brands": [self.brand(name) for name in self.choices(("云上", "山下", "海里"), k=self.rarely(2, 0, 1, 3))],
        }
        if changes["/shop/type"] == "single_brand":
            changes["/brands"] = changes["/brands"][: self.rarely(1, 2)]
        return application(changes)

    def brand(self, name: str) -> Plain:
        paper = {
            "type": self.rarely(self.choice(("authorization_letter", "trademark_certificate")), "other", None),
            "valid_from": self.rarely(LONG_AGO, self.near()),
            "valid_until": self.choice((None, "2030-12-31", self.near())),
            "authorization_level": self.rarely(1, 0, 2, 3, None),
            "exclusive": self.rarely(True, False, None),
        }
        status = self.rarely(self.choice(("registered", "registered", "applied_for")), None)
        applied = self.choice((LONG_AGO, self.near(), None))
        return {
            "name": name,
            "trademark_status": status,
            "trademark_applied_on": applied,
            "evidence": self.rarely(paper, None),
        }

    def records(self, made: Plain) -> list[Plain] | None:
        """Nothing, open shops of mostly one type, exits, marks, clearings, or a mixture."""
        few = [self.shop() for _ in range(self.randrange(3))]
        kind = self.choice(("none", "open", "exits", "marks", "marks", "anything"))
        if kind == "open":
            type_ = (made.get("shop") or {}).get("type") or "flagship"
            found = [self.shop(type=self.rarely(type_, *TYPES, None)) for _ in range(self.randrange(3, 7))]
        elif kind == "exits":
            found = [self.closed(self.rarely("voluntary_exit", "other")) for _ in range(self.randrange(1, 4))]
        elif kind == "marks":
            found = [*few, *(self.mark() for _ in range(self.randrange(1, 3)))]
        elif kind == "anything":
            reason = self.choice(("serious_violation", "application_fraud"))
            barred = ban(reason, on=LONG_AGO, revoked_on=self.choice((None, self.near())))
            found = [*few, self.mark(), self.choice((self.closed(reason), barred))]
        else:
            found = few
        subject = made["business_license"]["uscc"] or USCC
        for number, record in enumerate(found):
            record |= {"subject_id": subject, "shop_id" if record["record"] == "shop" else "id": f"X-{number}"}
        return self.rarely(found, None)

    def shop(self, **more: Any) -> Plain:
        made = shop(brands=(self.rarely("别的", "云上"),), opened_on=self.rarely(LONG_AGO, self.near()))
        return made | {"type": self.rarely(self.choice(TYPES), None)} | more

    def closed(self, why: str) -> Plain:
        return self.shop(opened_on=LONG_AGO, closed_on=self.near(), closed_for=why)

    def mark(self) -> Plain:
        kind, on = self.choice(("b_points", "b_points", "linked_serious_violation", "a_points")), LONG_AGO
        on = self.rarely(on, self.near())
        return mark(kind, on=on, until=self.choice((None, self.near(on))), value=self.choice((6, 6, 5, 11, 12, None)))


@pytest.mark.parametrize("name", JUDGES)
def test_verdict_rules_and_day_are_those_of_the_second_opinion(name: str) -> None:
    (judge, usual), ruleset, met = JUDGES[name], load_ruleset(name), Counter[str]()
    for seed in range(SITUATIONS):
        day = random.Random(seed).choice([usual] * 8 + [usual + timedelta(days=1), date(2020, 8, 31)])
        dice = Dice(seed, day)
        made = dice.application()
        records = dice.records(made)
        report = check(made, history=records, as_of=day, ruleset=ruleset)
        ours, theirs = told(report.to_dict()), naive.opinion(judge, made, records, day)
        if report.eligible_from and report.eligible_from > day + timedelta(days=naive.HORIZON):
            assert theirs["eligible_from"] is None
            ours["eligible_from"] = None
        first = theirs["eligible_from"]
        assert ours == {**theirs, "warns": [], "eligible_from": first.isoformat() if first else None}, seed
        met.update([report.verdict, *ours["fails"], *ours["undecided"], *(["in time"] if first else [])])
    assert {"pass", "fail", "in time", *(rule.id for rule in ruleset.rules)} <= met.keys()
