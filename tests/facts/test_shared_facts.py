"""The facts that rulesets share are counted as the contract says, by a naive second opinion."""

import json
from datetime import date
from typing import Any

import naive_facts as naive
import pytest
from builders import DAY, ROOT, application, shop
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import applications, brands_wanted, few_records, histories, judged_on

from onboarding.facts.context import Unknown
from onboarding.facts.declarations import read_declarations
from onboarding.facts.derivation import context_of
from onboarding.facts.verbs import make_fact
from onboarding.models import history_of
from onboarding.reading.documents import read_application
from onboarding.reading.records import read_record
from onboarding.subject_number import BY_USCC

COMPARED = settings(max_examples=1000, derandomize=True, deadline=None, database=None)
CONTENT = json.loads((ROOT / "schemas/facts.json").read_text(encoding="utf-8"))
FACTS = {name: make_fact(name, declared) for name, declared in read_declarations(CONTENT).items()}


def _counted(made: dict[str, Any], records: list[dict[str, Any]] | None, day: date) -> dict[str, Any]:
    wanted, _ = read_application(made)
    subject = BY_USCC.on_record(wanted.at(BY_USCC.path))
    history = history_of(subject, map(read_record, records)) if subject and records is not None else None
    context = context_of(wanted, history, day)

    def outcome(count: Any, *brand: Any) -> Any:
        try:
            value, shown = count(context, *brand)
            return value, list(shown)
        except Unknown:
            return naive.UNKNOWN

    return {
        name: [outcome(fact.count, brand) for brand in wanted.brands or ()]
        if name.startswith("brands[].")
        else outcome(fact.count)
        for name, fact in FACTS.items()
    }


def _unordered(value: Any) -> Any:
    """Facts with the records behind each in one order: which of two versions lends its place is nobody's business."""
    if isinstance(value, dict):
        return {name: _unordered(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return value[0], sorted(value[1], key=str)
    return [_unordered(inner) for inner in value] if isinstance(value, list) else value


@COMPARED
@given(applications, st.none() | histories, judged_on)
def test_values_and_evidence_are_those_of_the_second_opinion(
    made: dict[str, Any], records: list[dict[str, Any]] | None, day: date
) -> None:
    assert _unordered(_counted(made, records, day)) == _unordered(naive.facts(made, records, day))


@COMPARED
@given(brands_wanted.filter(len), few_records, judged_on)
def test_they_agree_on_subjects_with_a_number(
    brands: list[dict[str, Any]], records: list[dict[str, Any]], day: date
) -> None:
    made = application({"/brands": brands})
    own = [{**record, "subject_id": made["business_license"]["uscc"]} for record in records]
    assert _unordered(_counted(made, own, day)) == _unordered(naive.facts(made, own, day))


def test_a_brand_that_cannot_be_read_makes_the_count_unknown_and_never_smaller() -> None:
    records = [shop("S-1", ("®",)), shop("S-2", ("™",)), shop("S-3", ("云上",))]
    assert _counted(application(), records, DAY)["brands[].shops_if_admitted"] == [naive.UNKNOWN]
    assert _counted(application(), records[2:], DAY)["brands[].shops_if_admitted"] == [
        (2, [{"shop_id": "S-3", "opened_on": "2022-01-01"}])
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_says_what_it_means(lang: str) -> None:
    assert all(fact.meaning[lang].endswith("." if lang == "en" else "。") for fact in FACTS.values())
