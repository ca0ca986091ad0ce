"""What the kernel says where little is known, of counts that may be larger, and of applications judged together."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from builders import DAY, OTHER_USCC, USCC, application, brand, shop

from onboarding import InputError, Report, check, kernel, load_ruleset
from onboarding.facts.verbs import make_facts
from onboarding.joint_run import clashes
from onboarding.models import Application, History
from onboarding.reading.documents import read_application
from onboarding.rules.loading import make_rule
from onboarding.rules.ruleset import Ruleset

RULES = load_ruleset()


def made(*args: Any, **changes: Any) -> Application:
    return read_application(application(*args, **changes))[0]


# Counts that may be larger.


def brand_limit(limit: int) -> Ruleset:
    """The brand rule alone, with another number."""
    schema = next(rule for rule in RULES.rules if rule.id == "one-shop-per-brand").schema
    item = schema["properties"]["facts"]["properties"]["brands"]["items"]
    changed = {**item["properties"]["shops_if_admitted"], "maximum": limit}
    brands = {"type": "array", "items": {**item, "properties": {"shops_if_admitted": changed}}}
    facts = {**schema["properties"]["facts"], "properties": {"brands": brands}}
    schema = {**schema, "properties": {**schema["properties"], "facts": facts}}
    rule = make_rule("one-shop-per-brand.json", schema, RULES.facts, one_of_several=False)
    return Ruleset("one", {}, {}, (rule,), facts=RULES.facts)


@pytest.mark.parametrize(
    ("limit", "same", "unreadable", "verdict"),
    [
        (1, 0, 0, "pass"),
        (1, 1, 0, "fail"),
        (1, 0, 1, "undecided"),
        (1, 1, 1, "fail"),
        (2, 1, 0, "pass"),
        (2, 1, 2, "undecided"),
        (2, 2, 0, "fail"),
        (2, 2, 2, "fail"),
    ],
)
def test_a_shop_that_may_carry_the_brand_makes_the_count_unknown_and_never_smaller(
    limit: int, same: int, unreadable: int, verdict: str
) -> None:
    records = [shop(f"S-{i}", ("云上",)) for i in range(same)] + [shop(f"U-{i}", ("®",)) for i in range(unreadable)]
    report = check(application(), as_of=DAY, history=records, ruleset=brand_limit(limit))
    assert report.verdict == verdict
    counted = report.facts["brands"][0].get("shops_if_admitted")
    assert counted == (None if unreadable else same + 1)


# What stands where a brand's name should, and tells none: errors and roundings of spreadsheets, words for nothing.
NO_BRANDS = ("#N/A", "#REF!", "＃N／A", "1.23E+07", "无", "暂无", "无品牌", "n/a", "NULL", "None")
CLOSED = [shop(f"C-{i}", opened_on="2022-01-01", closed_on="2022-01-02", closed_for="other") for i in range(100)]


@pytest.mark.parametrize("name", NO_BRANDS)
@pytest.mark.parametrize("before", [[], CLOSED], ids=["few", "many"])
def test_a_brand_that_names_none_may_be_any_other(name: str, before: list[dict[str, Any]]) -> None:
    on_record, applied_for = [*before, shop("S-1", (name,))], application({"/brands/0/name": name})
    verdicts = [
        check(wanted, as_of=DAY, history=records, ruleset=brand_limit(1)).verdict
        for wanted, records in [
            (application(), on_record),
            (applied_for, [*before, shop("S-1", ("云上",))]),
            (applied_for, on_record),
            (applied_for, before),
        ]
    ]
    assert verdicts == ["undecided", "undecided", "fail", "pass"]


@pytest.mark.parametrize("validator", ["jsonschema", ""])
def test_what_is_done_to_a_report_changes_no_rule(validator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONBOARD_VALIDATOR", validator)
    schema = deepcopy(next(rule for rule in RULES.rules if rule.id == "no-individual-sellers").schema)
    rule = make_rule("no-individual-sellers.json", schema, RULES.facts, one_of_several=False)
    ruleset, wanted = Ruleset("one", {}, {}, (rule,), facts=RULES.facts), application({"/subject/type": "individual"})
    verdicts = []
    for _ in range(2):
        report = check(wanted, as_of=DAY, history=[], ruleset=ruleset)
        verdicts.append(report.verdict)
        for reason in (reason for outcome in report.failures for reason in outcome.reasons):
            if isinstance(reason.limit, list):
                reason.limit.append("individual")
    assert verdicts == ["fail", "fail"]


def test_a_sure_refusal_names_the_shops_that_are_sure() -> None:
    report = check(application(), as_of=DAY, history=[shop("S-1", ("云上",)), shop("U-1", ("®",))])
    (reason,) = next(outcome for outcome in report.failures if outcome.rule == "one-shop-per-brand").reasons
    assert (reason.actual, reason.limit) == (2, 1)
    assert [entry["shop_id"] for entry in reason.evidence] == ["S-1"]


def test_a_shop_that_carries_the_brand_beside_an_unreadable_one_is_counted_once() -> None:
    report = check(application(), as_of=DAY, history=[shop("S-1", ("®", "云上"))])
    assert report.facts["brands"][0]["shops_if_admitted"] == 2


def test_a_sure_refusal_is_told_where_nothing_else_is_known_of_the_object_that_the_count_stands_in() -> None:
    schema = deepcopy(next(rule for rule in RULES.rules if rule.id == "max-three-shops").schema)
    above = schema["properties"]["facts"]
    limited = above["properties"].pop("shops_if_admitted")
    below = {"type": "object", "required": ["sellers"], "properties": {"sellers": {**limited, "maximum": 2}}}
    above |= {"required": ["shops"], "properties": {"shops": below}}
    selection = {"of": "shop", "at": "current", "where": {"seller": {"const": "a"}}}
    meaning = {"en": "Shops of seller a.", "zh": "甲的店铺数。"}
    facts = make_facts({"shops.sellers": {"meaning": meaning, "count": [selection]}})
    rule = make_rule("max-three-shops.json", schema, facts, one_of_several=False)
    ruleset = Ruleset("one", {}, {}, (rule,), facts=facts)
    for sure, verdict in ((2, "undecided"), (3, "fail")):
        # Of the last one nobody knows whose it is.
        records = [{**shop(f"S-{i}"), "seller": "a"} for i in range(sure)] + [shop("S-9")]
        report = check(application(), as_of=DAY, history=records, ruleset=ruleset)
        assert (report.verdict, "shops" in report.facts) == (verdict, False)


# Waiting.


def test_of_many_terms_the_last_one_decides_from_which_day_it_passes() -> None:
    lasting = {"valid_until": None, "sealed_by_subject": True}
    begins = [str(DAY + timedelta(days=7 * number)) for number in range(200)]
    brands = [{"name": f"牌{day}", "evidence": {**lasting, "valid_from": day}} for day in begins]
    wanted = made({"/brands": brands})
    last = DAY + timedelta(days=7 * 199)
    assert kernel.check(wanted, History(), DAY, RULES).eligible_from == last
    around = (last + timedelta(days=step) for step in (-1, 0))
    assert [kernel.check(wanted, History(), day, RULES).verdict for day in around] == ["fail", "pass"]


# Applications judged together.


def together(*applications: Application, histories: Mapping[str, History] | None = None) -> list[Report]:
    return list(kernel.check_together(applications, {} if histories is None else histories, DAY, RULES))


def test_an_application_given_twice_is_judged_once() -> None:
    one = made()
    first, second = together(one, one)
    assert first.passed
    assert first is second


def test_one_id_with_two_contents_is_no_joint_run_whoever_the_subject_is() -> None:
    one = made()
    for other in (made({"/brands": [brand("另一个")]}), made({"/business_license/uscc": OTHER_USCC})):
        assert clashes([one, made({"/application_id": "A-2"}), other, one]) == {0: 2, 2: 0, 3: 2}
        with pytest.raises(InputError, match="one application id"):
            together(one, other)


def test_ids_are_compared_in_their_normal_form() -> None:
    assert clashes([made(), made({"/application_id": "Ａ-1\u200b"})]) == {0: 1, 1: 0}


def test_judged_apart_none_counts_for_the_others() -> None:
    wanted = [made({"/application_id": f"A-{number}"}) for number in range(2)]
    assert [report.verdict for report in together(*wanted)] == ["pass", "fail"]
    assert [report.verdict for report in kernel.check_apart(wanted, {}, DAY, RULES)] == ["pass", "pass"]


def test_a_report_comes_before_the_applications_of_later_subjects_are_judged() -> None:
    asked: list[str] = []

    class Watched(dict[str, History]):
        def get(self, key: str, default: Any = None) -> Any:
            asked.append(key)
            return default

    histories = Watched()
    other = made({"/application_id": "A-2", "/business_license/uscc": OTHER_USCC})
    reports = kernel.check_together([made(), other], histories, DAY, RULES)
    assert next(reports).passed
    assert asked == [USCC]
    assert next(reports).passed
    assert asked == [USCC, OTHER_USCC]


def test_a_joint_run_asks_for_each_subjects_history_once_and_copies_none_of_the_others() -> None:
    asked: list[str] = []

    class OnlyLookedUp(Mapping[str, History]):
        def __getitem__(self, key: str) -> History:
            asked.append(key)
            return History()

        def __iter__(self) -> Any:
            raise AssertionError("all histories were gone through: that is quadratic in the number of subjects")

        __len__ = __iter__

    subjects = [USCC, OTHER_USCC] * 3
    wanted = [made({"/application_id": f"A-{n}", "/business_license/uscc": uscc}) for n, uscc in enumerate(subjects)]
    assert len(together(*wanted, histories=OnlyLookedUp())) == 6
    assert asked == [USCC, OTHER_USCC]
