"""The program and a naive second opinion agree on random applications and histories; and what must always be so.

All examples are derived from fixed seeds: what fails once fails again.
"""

from datetime import date, timedelta
from typing import Any

import oracle
from builders import DAY, OTHER_USCC, USCC, application, shop
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import applications, brands_wanted, day_of, few_records, histories, judged_on, shops, violations
from tables import told

from onboarding import Report, check
from onboarding.subject_number import BY_USCC

COMPARED = settings(max_examples=1050, derandomize=True, deadline=None, database=None)
SOME = settings(max_examples=300, derandomize=True, deadline=None, database=None)

Records = list[dict[str, Any]]


def _report(made: dict[str, Any], records: Records | None, day: date) -> Report:
    return check(made, history=records, as_of=day)


def _compare(made: dict[str, Any], records: Records | None, day: date) -> dict[str, Any]:
    report = _report(made, records, day)
    ours, theirs = told(report.to_dict()), oracle.opinion(made, records, day)
    if report.eligible_from and report.eligible_from > day + timedelta(days=oracle.HORIZON):
        assert theirs["eligible_from"] is None
        ours["eligible_from"] = None
    assert ours == theirs
    return ours


def test_verdict_rules_and_day_are_those_of_the_second_opinion() -> None:
    """And the random examples meet every verdict and every rule."""
    verdicts: set[str] = set()
    rules: set[str] = set()

    @COMPARED
    @given(applications, st.none() | histories, judged_on)
    def compare(made: dict[str, Any], records: Records | None, day: date) -> None:
        found = _compare(made, records, day)
        verdicts.add(found["verdict"])
        rules.update(found["fails"], found["warns"])

    compare()
    assert verdicts == {"pass", "fail", "undecided"}
    assert len(rules) == 10


@COMPARED
@given(brands_wanted.filter(len), few_records, judged_on)
def test_they_agree_on_subjects_that_are_in_order_but_for_their_records(
    brands: list[dict[str, Any]], records: Records, day: date
) -> None:
    sealed = [{**b, "evidence": {"sealed_by_subject": True}} for b in brands]
    _compare(application({"/brands": sealed}), [{**r, "subject_id": USCC} for r in records], day)


@SOME
@given(applications, histories, judged_on, st.randoms(use_true_random=False))
def test_the_order_of_records_with_ids_of_their_own_changes_nothing(
    made: dict[str, Any], records: Records, day: date, random: Any
) -> None:
    own = list({oracle.identity(record) or id(record): record for record in records}.values())
    shuffled = own.copy()
    random.shuffle(shuffled)
    one, other = _report(made, own, day), _report(made, shuffled, day)
    assert told(one.to_dict()) == told(other.to_dict())
    assert one.facts == other.facts


@SOME
@given(histories, judged_on)
def test_other_subjects_records_change_nothing(records: Records, day: date) -> None:
    others = [
        {**record, "subject_id": OTHER_USCC, "shop_id": f"T-{n}"}
        | ({"id": f"T-{n}"} if record["record"] != "shop" else {})
        for n, record in enumerate(records)
    ]
    own = [shop("S-1", ("云上",))]
    made = application()
    assert _report(made, [*others, *own, *others], day) == _report(made, own, day)


@SOME
@given(applications, histories, judged_on)
def test_records_of_later_days_change_nothing_today(made: dict[str, Any], records: Records, day: date) -> None:
    # A later version of a record replaces it whatever its days; these stand alone.
    named = [record for record in records if oracle.identity(record) is None or record["record"] == "shop"]
    own = list({oracle.identity(record) or id(record): record for record in named}.values())
    known = [record for record in own if day_of(record) <= day]
    one, other = _report(made, own, day), _report(made, known, day)
    assert (one.outcomes, one.facts, one.verdict) == (other.outcomes, other.facts, other.verdict)


@SOME
@given(applications, histories, judged_on, st.sampled_from(["云上", "山下", "nike", "®"]))
def test_one_more_open_shop_never_cures(made: dict[str, Any], records: Records, day: date, name: str) -> None:
    subject = BY_USCC.on_record((made["business_license"] or {}).get("uscc")) or USCC
    one_more = shop("S-more", (name,), subject_id=subject, opened_on="2020-01-01")
    before, after = _report(made, records, day), _report(made, [*records, one_more], day)
    if not before.passed:
        assert not after.passed
    failed = {outcome.rule for outcome in before.failures}
    assert failed <= {outcome.rule for outcome in after.failures}


@SOME
@given(applications, histories, judged_on)
def test_on_eligible_from_it_passes_and_the_day_before_it_does_not(
    made: dict[str, Any], records: Records, day: date
) -> None:
    report = _report(made, records, day)
    if report.eligible_from:
        assert report.verdict == "fail"
        assert report.eligible_from > day
        assert _report(made, records, report.eligible_from).passed
        assert not _report(made, records, report.eligible_from - timedelta(days=1)).passed


@SOME
@given(applications, histories, judged_on)
def test_nothing_known_is_never_better_than_any_history(made: dict[str, Any], records: Records, day: date) -> None:
    assert not _report(made, None, day).passed
    unknown = {outcome.rule for outcome in _report(made, None, day).failures}
    assert unknown <= {outcome.rule for outcome in _report(made, records, day).failures}


@SOME
@given(st.lists(violations, max_size=4), judged_on)
def test_violations_warn_and_never_refuse(records: Records, day: date) -> None:
    own = [{**record, "subject_id": USCC} for record in records]
    assert _report(application(), own, day).verdict == _report(application(), [], day).verdict


@SOME
@given(shops)
def test_the_builders_make_records_that_are_read(record: dict[str, Any]) -> None:
    assert _report(application(), [record], DAY).verdict in ("pass", "fail", "undecided")
