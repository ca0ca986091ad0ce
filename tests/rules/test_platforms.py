"""`douyin-2020`, `douyin-2024` and `jd` and a naive second opinion on each agree on random applications and records."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import naive_platforms as naive
import pytest
from builders import SOLE_TRADER_USCC, USCC, application, shop
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import mostly
from tables import told

from onboarding import check, load_ruleset

Plain = dict[str, Any]
JUDGES: dict[str, tuple[naive.Judge, date]] = {
    "douyin-2020": (naive.douyin_2020, date(2021, 3, 31)),
    "douyin-2024": (naive.douyin_2024, date(2024, 8, 5)),
    "jd": (naive.jd, date(2022, 2, 28)),
}
RULES = {name: load_ruleset(name) for name in JUDGES}
EXAMPLES = settings(max_examples=500, derandomize=True, deadline=None, database=None)


def _rarely(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """`usual` but in one of ten, or so: an application has many fields, and a single slip refuses it."""
    return st.sampled_from([usual] * 10 * len(others) + list(others))


@st.composite
def situations(draw: st.DrawFn, name: str) -> tuple[Plain, list[Plain] | None, date]:
    """An application, what is on record, and a day: near every limit of the ruleset `name`."""
    _, middle = JUDGES[name]
    day = draw(_rarely(middle, middle - timedelta(days=1), middle + timedelta(days=1), date(2020, 8, 31)))
    steps = (0, 1, 30, 31, 90, 92, 93, 180, 181, 184, 185, 364, 365, 366, 367)
    days = [(day + sign * timedelta(days=step)).isoformat() for step in steps for sign in (1, -1)]
    paper = st.fixed_dictionaries(
        {
            "type": _rarely("authorization_letter", None, "other", *["trademark_certificate"] * 10),
            "valid_from": _rarely("2015-01-01", *days[:4]),
            "valid_until": _rarely(None, *days),
            "authorization_level": _rarely(1, 0, 2, 3, None),
            "exclusive": _rarely(True, False, None),
        }
    )
    brand = st.fixed_dictionaries(
        {
            "name": mostly("云上", "山下", "海里"),
            "trademark_status": _rarely("registered", None, *["applied_for"] * 5),
            "trademark_applied_on": mostly("2015-01-01", *days, None),
            "evidence": paper | paper | paper | st.none(),
        }
    )
    types = ["ordinary", "multi_brand", "single_brand", "flagship"]
    changes = {
        "/subject/type": draw(_rarely("enterprise", "individual_business", "individual")),
        "/business_license/uscc": draw(_rarely(USCC, "110108000000016", None)),
        "/business_license/valid_from": "2015-01-01",
        "/business_license/valid_until": draw(_rarely(None, *days)),
        "/shop/type": draw(_rarely("flagship", *types, *types, None))
        if name == "douyin-2024"
        else draw(st.sampled_from(types)),
        "/shop/category": draw(_rarely("茶", None)),
        "/brands": draw(st.lists(brand, min_size=1, max_size=2) | st.lists(brand, max_size=3)),
    }
    if changes["/subject/type"] == "individual_business":
        changes["/business_license/uscc"] = draw(_rarely(SOLE_TRADER_USCC, USCC))
    records = draw(_rarely(True, None)) and draw(_records(day, days, types))
    subject = changes["/business_license/uscc"] or USCC
    for number, record in enumerate(records or ()):
        record |= {"subject_id": subject, "shop_id" if record["record"] == "shop" else "id": f"X-{number}"}
    return application(changes), records, day


def _records(day: date, days: list[str], types: list[str]) -> st.SearchStrategy[list[Plain]]:
    """Up to seven open shops of mostly one type, up to four exits, or a mixture of everything."""
    some_day, long_ago = st.sampled_from(days), (day - timedelta(days=1500)).isoformat()
    type_ = _rarely("flagship", *types, None)
    brand = _rarely("别的", "云上", "山下")

    def made(closed: str | None, why: str, brand: str, type_: str | None, opened: str = long_ago) -> Plain:
        ended = {"closed_on": closed, "closed_for": why} if closed else {}
        kind = {"type": type_} if type_ else {}
        return {**shop(brands=(brand,), opened_on=min(opened, closed or opened)), **ended, **kind}

    opened = st.builds(made, st.none(), st.just("other"), brand, type_, _rarely(long_ago, *days[:4]))
    exits = st.builds(made, some_day, _rarely("voluntary_exit", "other"), brand, type_)
    clearings = st.builds(made, some_day, st.sampled_from(["serious_violation", "application_fraud"]), brand, type_)
    held = {"on": _rarely(long_ago, *days[:4]), "until": mostly(None, *(d for d in days if d > days[2]))}
    points = {"record": st.just("mark"), "kind": _rarely("b_points", "a_points"), **held}
    marks = st.fixed_dictionaries({**points, "value": _rarely(6, None, 4, 5, 11, 12)})
    linked = st.fixed_dictionaries({**points, "kind": st.just("linked_serious_violation")})
    ban = {"record": st.just("ban"), "reason": st.sampled_from(["application_fraud", "serious_violation"])}
    bans = st.fixed_dictionaries({**ban, "on": st.just(long_ago), "revoked_on": st.none() | some_day})
    with_marks = st.tuples(st.lists(opened, max_size=2), st.lists(marks | marks | linked, max_size=3)).map(
        lambda found: [*found[0], *found[1]]
    )
    anything = st.lists(opened | exits | clearings | marks | linked | bans, max_size=6)
    return st.lists(opened, max_size=7) | st.lists(exits, max_size=4) | with_marks | anything


@pytest.mark.parametrize("name", JUDGES)
def test_verdict_rules_and_day_are_those_of_the_second_opinion(name: str) -> None:
    judge, _ = JUDGES[name]
    met: Counter[str] = Counter()

    @EXAMPLES
    @given(situations(name))
    def agree(situation: tuple[Plain, list[Plain] | None, date]) -> None:
        made, records, day = situation
        report = check(made, history=records, as_of=day, ruleset=RULES[name])
        ours, theirs = told(report.to_dict()), naive.opinion(judge, made, records, day)
        if report.eligible_from and report.eligible_from > day + timedelta(days=naive.HORIZON):
            assert theirs["eligible_from"] is None
            ours["eligible_from"] = None
        first = theirs["eligible_from"]
        assert ours == {**theirs, "warns": [], "eligible_from": first.isoformat() if first else None}
        met.update([report.verdict, *ours["fails"], *(["in time"] if first else [])])

    agree()
    assert {"pass", "fail", "in time", *(rule.id for rule in RULES[name].rules)} <= met.keys()
