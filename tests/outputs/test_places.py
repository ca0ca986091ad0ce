"""Where each reason points: at the field, at the object that lacks it, or at records."""

import json
from datetime import date
from typing import Any

import builders
import pytest

from onboarding import check
from onboarding.reading.documents import Document
from onboarding.report import Reason

U, NAME, DAY = "/business_license/uscc", "/business_license/name", date(2024, 8, 5)

# rule, what is changed, what is left out, records (None: no registry), pointer, the text of the region (None: no
# region), the records named. `…` at the end of a text: the object or list that begins so.
PLACES: list[tuple[str, dict[str, Any], tuple[str, ...], Any, str, str | None, list[dict[str, Any]]]] = [
    ("business-license-required", {}, ("/business_license",), [], "/business_license", '{\n  "application_id"…', []),
    ("business-license-required", {}, (U,), [], U, '{\n    "name": "云上茶业有限公司"…', []),
    ("business-license-required", {U: "  "}, (), [], U, '"  "', []),
    ("business-license-required", {U: "91999999MATEKT019X"}, (), [], U, '"91999999MATEKT019X"', []),
    ("business-license-required", {U: "123"}, (), [], U, '"123"', []),
    ("business-license-required", {U: "999999000000019"}, (), [], U, '"999999000000019"', []),
    ("business-license-required", {U: "91999999MATEKTO19L"}, (), [], U, '"91999999MATEKTO19L"',
     [{"position": 15, "typed": "O", "likely": "0"}]),
    ("business-license-required", {"/subject/type": "individual_business"}, (), [], U, f'"{builders.USCC}"', []),
    ("business-license-required", {NAME: "别家"}, (), [], NAME, '"别家"', []),
    ("business-license-required", {"/business_license/valid_until": "2024-08-04"}, (), [],
     "/business_license/valid_until", '"2024-08-04"', []),
    ("business-license-required", {"/business_license/valid_from": "2024-08-06"}, (), [],
     "/business_license/valid_from", '"2024-08-06"', []),
    ("no-individual-sellers", {"/subject/type": "individual"}, (), [], "/subject/type", '"individual"', []),
    ("brand-evidence", {}, ("/brands",), [], "/brands", '{\n  "application_id"…', []),
    ("brand-evidence", {"/brands": []}, (), [], "/brands", "[]", []),
    ("brand-evidence", {}, ("/brands/0/evidence",), [], "/brands/0/evidence", '{\n      "name": "云上"…', []),
    ("brand-evidence", {"/brands/0/evidence/sealed_by_subject": False}, (), [], "/brands/0/evidence",
     '{\n        "type": "authorization_letter"…', []),
    ("brand-evidence", {"/brands/0/evidence/valid_until": "2024-08-04"}, (), [],
     "/brands/0/evidence/valid_until", '"2024-08-04"', []),
    ("brand-evidence", {"/brands/0/evidence/valid_from": "2024-08-06"}, (), [],
     "/brands/0/evidence/valid_from", '"2024-08-06"', []),
    ("license-number-review", {U: builders.FUJIAN_USCC}, (), [], U, f'"{builders.FUJIAN_USCC}"', []),
    ("license-number-review", {U: builders.SOLE_TRADER_USCC}, (), [], "/subject/type", '"enterprise"', []),
    # What is on record is no place in the file: the reason names the record.
    ("one-shop-per-brand", {}, (), [builders.shop(brands=("云上",))], "/facts/brands/0/shops_if_admitted", None,
     [{"shop_id": "S-1", "opened_on": "2022-01-01"}]),
    ("max-three-shops", {}, (), [builders.shop(f"S-{n}") for n in (1, 2, 3)], "/facts/shops_if_admitted", None,
     [{"shop_id": f"S-{n}", "opened_on": "2022-01-01"} for n in (1, 2, 3)]),
    ("six-month-reentry", {}, (), [builders.shop(closed_on="2024-03-01", closed_for="voluntary_exit")],
     "/facts/months_since_voluntary_exit", None, [{"shop_id": "S-1", "closed_on": "2024-03-01"}]),
    ("permanent-ban", {}, (), [builders.ban(id="B-1")], "/facts/bans/application_fraud", None,
     [{"id": "B-1", "on": "2023-05-01", "reason": "application_fraud"}]),
    ("permanent-ban", {}, (), [builders.shop(closed_on="2024-01-01", closed_for="serious_violation")],
     "/facts/bans/serious_violation", None,
     [{"shop_id": "S-1", "closed_on": "2024-01-01", "closed_for": "serious_violation"}]),
    ("violation-record", {}, (), [builders.violation(id="V-1")], "/facts/unresolved_violations", None,
     [{"id": "V-1", "shop_id": "S-1", "on": "2024-03-01", "kind": "late_shipment"}]),
    # What is unknown points at what the applicant can supply, or names the record that the platform can correct.
    ("one-shop-per-brand", {}, ("/brands/0/name",), [], "/brands/0/name", '{\n      "evidence"…', []),
    ("one-shop-per-brand", {"/brands/0/name": "®"}, (), [], "/brands/0/name", '"®"', []),
    ("one-shop-per-brand", {}, (), [builders.shop(brands=("™",))], "/facts/brands/0/shops_if_admitted", None,
     [{"shop_id": "S-1", "opened_on": "2022-01-01"}]),
    ("permanent-ban", {U: "123"}, (), [], U, '"123"', []),
    ("max-three-shops", {}, ("/business_license",), [], U, '{\n  "application_id"…', []),
    ("six-month-reentry", {}, (), None, "/facts/months_since_voluntary_exit", None, []),
    ("permanent-ban", {}, (), None, "/facts/bans", None, []),
]  # fmt: skip


def _reasons(rule: str, text: str, records: list[dict[str, Any]] | None) -> dict[str, Reason]:
    report = check(text, as_of=DAY, history=records)
    outcome = next(outcome for outcome in report.outcomes if outcome.rule == rule)
    return {reason.pointer: reason for reason in outcome.reasons}


@pytest.mark.parametrize(("rule", "changes", "without", "records", "pointer", "region", "evidence"), PLACES)
def test_reason_points_at_what_is_wrong_or_missing(
    rule: str,
    changes: dict[str, Any],
    without: tuple[str, ...],
    records: list[dict[str, Any]] | None,
    pointer: str,
    region: str | None,
    evidence: list[dict[str, Any]],
) -> None:
    text = json.dumps(builders.application(changes, without=without), ensure_ascii=False, indent=2)
    reasons = _reasons(rule, text, records)
    assert pointer in reasons
    reason = reasons[pointer]
    assert list(reason.evidence) == evidence
    if region is None:
        assert not isinstance(reason.line, int)
    else:
        found = cut(text, reason)
        assert found.startswith(region[:-1]) if region.endswith("…") else found == region
        assert found[-1] == {"{": "}", "[": "]"}.get(found[0], found[0])


def cut(text: str, item: Any) -> str:
    """The piece of `text` between line and column, and the end, one past the last character."""
    lines = text.split("\n")[item.line - 1 : item.end_line]
    lines[-1] = lines[-1][: item.end_column - 1]
    lines[0] = lines[0][item.column - 1 :]
    return "\n".join(lines)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["茶", "𠮷野家", "é", "\\ud83c\\udf75", 'a\\"b'])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_columns_count_characters_whatever_stands_before(newline: str, name: str, mark: str) -> None:
    text = mark + newline.join(
        ['{"application_id": "A-1",', f' "shop": {{"name": "{name}"}}, "subject": {{"type": "individual"}}}}']
    )
    reason = _reasons("no-individual-sellers", text, None)["/subject/type"]
    assert cut(text.removeprefix(mark), reason) == '"individual"'


def test_problem_of_an_invalid_file_has_a_region() -> None:
    text = json.dumps(builders.application({"/subject/type": "enterprize"}), ensure_ascii=False, indent=2)
    with pytest.raises(Exception, match="enterprise") as caught:
        Document("a.json", text)
    (problem,) = caught.value.problems
    assert cut(text, problem) == '"enterprize"'


def test_unknown_field_has_a_region() -> None:
    text = json.dumps(builders.application({"/shop_nmae": [1, 2]}), indent=1)
    (note,) = check(text, as_of=DAY).notes
    assert cut(text, note) == "[\n  1,\n  2\n ]"


def test_of_alternatives_that_are_counted_the_records_are_named_and_no_place_in_the_file() -> None:
    text = json.dumps(builders.application({"/shop/type": "ordinary"}), indent=2)
    points = builders.mark(kind="b_points", value=12, id="M-1", on="2024-03-01")
    report = check(text, ruleset="douyin-2024", as_of=DAY, history=[builders.shop(type="ordinary"), points])
    (reason,) = next(o for o in report.outcomes if o.rule == "points-before-next-shop").reasons
    assert (reason.pointer, reason.line) == ("/facts", None)
    shop, mark = reason.evidence
    assert (shop["shop_id"], mark["id"]) == ("S-1", "M-1")
