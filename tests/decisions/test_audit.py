"""What an audit says of an entry of which no papers are on record; every verdict is the kernel's."""

from typing import Any

import pytest
from builders import USCC, ban, shop

from onboarding import load_ruleset
from onboarding.decisions.audit import audit
from onboarding.models import record_id
from onboarding.reading.records import read_record
from onboarding.registry.iteration import Subject
from onboarding.rules.ruleset import Ruleset

RULES = load_ruleset()
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


def test_a_rule_not_in_force_on_the_day_says_so_whatever_it_reads() -> None:
    (report,) = audited(shop(opened_on="2020-01-01")).values()
    assert {o.rule: o.status for o in report.outcomes}["no-individual-sellers"] == "not_in_force"


def test_every_rule_says_which_fields_it_reads() -> None:
    fields = {rule.id: rule.fields for rule in RULES.rules}
    assert fields["max-three-shops"] == fields["permanent-ban"] == frozenset()
    assert fields["no-individual-sellers"] == {"/subject", "/subject/type"}
    assert "/brands/[]/evidence/sealed_by_subject" in fields["brand-evidence"]
