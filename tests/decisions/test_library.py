"""Admission and corrections as a platform's own programs call them."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import DAY, USCC, application

import onboarding
from onboarding import ArgumentError, RegistryError, SqlRegistry, admit, open_database, open_registry

AT = datetime(2024, 8, 5, 4, tzinfo=UTC)
BY = {"by": "desk", "at": AT}


@pytest.fixture
def registry(tmp_path: Path) -> SqlRegistry:
    opened = open_database(tmp_path / "registry.db")
    opened.init()
    return opened


def test_a_decision_is_made_now_where_no_instant_is_given(registry: SqlRegistry) -> None:
    wanted = application()
    wanted["brands"][0]["evidence"]["valid_until"] = None
    before = datetime.now(UTC)
    made = admit(wanted, registry=registry, by="desk")
    assert made.admitted
    assert before <= datetime.fromisoformat(made.at) <= datetime.now(UTC)


def test_what_is_put_on_record_comes_back_as_it_stands(registry: SqlRegistry) -> None:
    opened = admit(application(), registry=registry, **BY)
    assert opened.shop_id
    violation = onboarding.add_violation(USCC, "late_shipment", DAY, registry=registry, shop_id=opened.shop_id, **BY)
    assert onboarding.resolve(str(violation.id), DAY, registry=registry, **BY).resolved_on == DAY
    barred = onboarding.ban(USCC, "application_fraud", DAY, registry=registry, **BY)
    assert onboarding.revoke(str(barred.id), DAY, registry=registry, **BY).revoked_on == DAY
    marked = onboarding.mark(USCC, "b_points", DAY, registry=registry, value=6, until=DAY, **BY)
    assert (marked.value, marked.until, marked.by) == (6, DAY, "desk")
    waiver = onboarding.mark(USCC, "waiver", DAY, registry=registry, about="max-three-shops", note="ticket 4711", **BY)
    assert onboarding.unmark(str(waiver.id), DAY, registry=registry, **BY).until == DAY
    assert onboarding.close(opened.shop_id, "other", DAY, registry=registry, **BY).closed_on == DAY


@pytest.mark.parametrize("lacks", ["file", "address", "nothing"])
def test_what_cannot_be_written_to_is_refused_with_a_sentence(tmp_path: Path, lacks: str) -> None:
    file = tmp_path / "registry.jsonl"
    file.write_text("")
    registry: Any = {"file": open_registry(file), "address": str(file), "nothing": None}[lacks]
    with pytest.raises(RegistryError, match="open_database"):
        admit(application(), registry=registry, by="desk")


def test_an_instant_without_a_zone_and_an_instant_for_a_day_are_refused(registry: SqlRegistry) -> None:
    with pytest.raises(RegistryError, match="without a time zone"):
        admit(application(), registry=registry, by="desk", at=datetime(2024, 8, 5))
    with pytest.raises(ArgumentError, match="`as_of` is a day, not an instant"):
        admit(application(), registry=registry, by="desk", at=AT, as_of=AT)
    with pytest.raises(ArgumentError, match="`on` is a day, not an instant"):
        onboarding.close("S-1", "other", AT, registry=registry, by="desk")


def test_an_error_says_the_same_in_chinese(registry: SqlRegistry) -> None:
    with pytest.raises(RegistryError) as caught:
        onboarding.close("S-1", "other", date.max, registry=registry, **BY)
    (problem,) = caught.value.problems
    assert problem.said("zh") == "`9999-12-31` 尚未到来（登记库只记录已发生的事）"


def test_nothing_is_done_in_a_dry_run(registry: SqlRegistry) -> None:
    assert admit(application(), registry=registry, dry_run=True, **BY).shop_id
    assert not registry.look_up([USCC]).histories[USCC].shops
