"""What an audit says of an entry of which no papers are on record; every verdict is the kernel's."""

from typing import Any

import pytest
from builders import DAY, ROOT, USCC, application, ban, brand, mark, shop
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import histories

from onboarding import check, load_ruleset
from onboarding.decisions.audit import audit, audit_briefly
from onboarding.models import record_id
from onboarding.reading.records import read_record
from onboarding.registry.iteration import Subject
from onboarding.rules.ruleset import Ruleset

RULES = load_ruleset()
WAIVERS = ROOT / "examples/rulesets/douyin-with-waivers"
PAPERS = {"brand-evidence", "business-license-required", "license-number-review"}


def audited(*records: dict[str, Any], ruleset: Ruleset = RULES) -> dict[str, Any]:
    known = [read_record(record) for record in records]
    assert len({record_id(record) for record in known} - {None}) == len(known)
    return {str(report.source): report for report in audit([Subject(USCC, known, {})], ruleset)}


def test_a_rule_that_reads_papers_is_undecided_and_says_who_can_supply_them() -> None:
    (report,) = audited(shop(opened_on="2024-08-05")).values()
    undecided = {outcome.rule: outcome for outcome in report.outcomes if outcome.status == "undecided"}
    assert set(undecided) == PAPERS
    for outcome in undecided.values():
        assert {reason.message["en"] for reason in outcome.reasons} == {
            "The papers of this entry are not on record. Whoever keeps them can supply them."
        }


def test_what_papers_would_say_is_absent_from_the_facts() -> None:
    (report,) = audited(shop()).values()
    assert not [name for name in report.facts if name.startswith("license_")]
    assert report.facts["shops_if_admitted"] == 1


@pytest.mark.parametrize(("type_", "status"), [("enterprise", "pass"), ("individual", "fail"), (None, "undecided")])
def test_the_subjects_type_is_judged_where_the_record_tells_it(type_: str | None, status: str) -> None:
    (report,) = audited(shop(opened_on="2024-08-05", subject_type=type_)).values()
    assert {o.rule: o.status for o in report.outcomes}["no-individual-sellers"] == status


def test_what_the_history_refuses_is_refused_without_papers() -> None:
    found = audited(ban(id="B-1", on="2024-01-01"), shop(opened_on="2023-12-31"), shop("S-2", opened_on="2024-01-01"))
    assert {name: report.verdict for name, report in found.items()} == {"S-1": "undecided", "S-2": "fail"}
    assert found["S-2"].eligible_from is None


@pytest.mark.parametrize(("shops", "shown"), [(10, 9), (11, 10), (12, 10), (101, 10)])
def test_a_reason_shows_the_first_ten_records(shops: int, shown: int) -> None:
    """Each shop may rest on all others: a file of 1 MiB would become hundreds."""
    records = [shop(f"S-{n:03}", (f"品牌{n:03}",), opened_on="2022-01-01") for n in range(shops - 1)]
    found = audited(*records, shop("S-last", ("末",), opened_on="2024-08-05"))["S-last"]
    (reason,) = {o.rule: o.reasons for o in found.outcomes}["max-three-shops"]
    assert (reason.actual, len(reason.evidence)) == (shops, shown)
    assert reason.evidence[0]["shop_id"] == "S-000"


def test_a_rule_not_in_force_on_the_day_says_so_whatever_it_reads() -> None:
    (report,) = audited(shop(opened_on="2020-01-01")).values()
    assert {o.rule: o.status for o in report.outcomes}["no-individual-sellers"] == "not_in_force"


def test_every_rule_says_which_fields_it_reads() -> None:
    fields = {rule.id: rule.fields for rule in RULES.rules}
    assert fields["max-three-shops"] == fields["permanent-ban"] == frozenset()
    assert fields["no-individual-sellers"] == {"/subject", "/subject/type"}
    assert "/brands/[]/evidence/sealed_by_subject" in fields["brand-evidence"]


def test_many_reasons_of_a_rule_show_as_many_records_as_one_may() -> None:
    brands = tuple(f"B{n}" for n in range(20))
    last = audited(*(shop(f"S-{n:03}", brands) for n in range(100)))["S-099"]
    shown = {o.rule: [len(reason.evidence) for reason in o.reasons] for o in last.outcomes if o.status == "fail"}
    assert (shown["max-three-shops"], shown["one-shop-per-brand"]) == ([10], [1] * 20)


def test_of_an_application_a_rule_shows_a_hundred_records() -> None:
    brands = [f"B{n}" for n in range(20)]
    wanted = application({"/brands": [brand(name) for name in brands]})
    report = check(wanted, history=[shop(f"S-{n:03}", tuple(brands)) for n in range(120)], as_of=DAY, ruleset=RULES)
    shown = {o.rule: [len(reason.evidence) for reason in o.reasons] for o in report.failures}
    assert (shown["max-three-shops"], shown["one-shop-per-brand"]) == ([100], [5] * 20)


def test_of_very_many_kinds_of_marks_those_that_began_first_are_noted_and_the_rest_counted() -> None:
    marks = [mark(f"kind_{n:03}", id=f"M-{n}", on="2023-01-01") for n in range(99)]
    early = mark("zebra", id="M-early", on="2022-12-31")
    (report,) = audited(*marks, early, shop(opened_on="2024-08-05")).values()
    noted = [note.message["en"] for note in report.notes if note.kind == "undeclared_mark"]
    assert ["`kind_000`" in noted[0], "`zebra`" in noted[9], len(noted)] == [True, True, 11]
    assert noted[10] == "On record are marks of 90 more kinds that the ruleset does not declare."


WAIVED = load_ruleset(str(WAIVERS))


@pytest.mark.parametrize("count", [12, 90])  # few are looked at one by one, many are not
def test_of_very_many_waivers_that_let_a_shop_in_the_first_are_noted_and_the_rest_counted(count: int) -> None:
    about = {"about": "max-three-shops", "on": "2020-01-01"}
    waivers = [mark("waiver", id=f"M-{n}", by=f"clerk {n}", **about) for n in range(count)]
    shops = [shop(f"S-{n}", (f"B{n}",), opened_on=f"2021-01-0{n}") for n in range(1, 5)]
    reports = audited(*waivers, *shops, ruleset=WAIVED)
    noted = {name: [n.message["en"] for n in one.notes if n.kind == "waiver"] for name, one in reports.items()}
    assert [noted[f"S-{n}"] for n in range(1, 4)] == [[], [], []]
    assert [len(noted["S-4"]), "clerk 0" in noted["S-4"][0]] == [11, True]
    assert noted["S-4"][10] == f"{count - 10} more waivers of this rule are in force."


RULESETS = {name: load_ruleset(name) for name in ("douyin", "tmall-2019", str(WAIVERS))}
TYPES = ("enterprise", "individual", None)


@pytest.mark.parametrize("name", RULESETS)
@settings(max_examples=200, deadline=None)
@given(records=histories, types=st.lists(st.sampled_from(TYPES), min_size=7, max_size=7))
def test_a_shop_that_is_in_order_gets_the_verdict_that_its_report_has(
    name: str, records: list[dict[str, Any]], types: list[str | None]
) -> None:
    rules, found = RULESETS[name], {}
    for record, type_ in zip(records, types, strict=False):
        told = read_record({**record, "subject_type": type_} if record["record"] == "shop" else record)
        found.setdefault(told.subject_id.upper(), {})[record_id(told) or len(found)] = told
    subjects = [Subject(number, list(own.values()), {}) for number, own in found.items()]
    reports = list(audit(subjects, rules))
    briefly = list(audit_briefly(subjects, rules))
    assert [(one.shop.shop_id, one.verdict) for one in briefly] == [(one.source, one.verdict) for one in reports]
    assert [one.report for one in briefly if one.report] == [
        report for one, report in zip(briefly, reports, strict=True) if one.report
    ]
    assert all(one.report for one in briefly if one.verdict == "fail")
