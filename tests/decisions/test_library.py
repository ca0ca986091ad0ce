"""Admission and corrections as a platform's own programs call them."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import DAY, OTHER_USCC, USCC, application, shop
from registry.make import load

import onboarding
from onboarding import (
    ArgumentError,
    InputError,
    RegistryError,
    SqlRegistry,
    admit,
    check,
    open_database,
    open_registry,
)
from onboarding.decisions.proposals import Proposal
from onboarding.models import Application, Ban, History, Shop, Subject, write_kept
from onboarding.reading.records import read_line

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


def test_a_reason_that_there_is_not_is_refused_before_it_makes_the_record_unreadable(registry: SqlRegistry) -> None:
    shop_id = admit(application(), registry=registry, **BY).shop_id
    unknown: Any = "spite"
    for use in (
        lambda: onboarding.ban(USCC, unknown, DAY, registry=registry, **BY),
        lambda: onboarding.close(str(shop_id), unknown, DAY, registry=registry, **BY),
        lambda: onboarding.add_violation(USCC, unknown, DAY, registry=registry, **BY),
    ):
        with pytest.raises(InputError, match="expected one of"):
            use()
    assert registry.look_up([USCC]).histories[USCC].shops[0].closed_on is None


def test_what_is_put_on_record_of_an_individual_can_be_read_again_from_an_export(registry: SqlRegistry) -> None:
    load(registry, shop(subject_id="P-123", subject_type="individual"))
    made = (
        onboarding.ban("P-123", "application_fraud", DAY, registry=registry, **BY),
        onboarding.add_violation("P-123", "other", DAY, registry=registry, **BY),
        onboarding.mark("P-123", "b_points", DAY, registry=registry, **BY),
    )
    assert [read_line(write_kept(record).encode())[0] for record in made if not isinstance(record, Proposal)] == [
        "P123"
    ] * 3


@pytest.mark.parametrize("at", ["2024-08-05T00:00:00Z", DAY, 0, False, datetime.max.replace(tzinfo=UTC)])
def test_what_is_no_instant_is_not_taken_for_now(registry: SqlRegistry, at: Any) -> None:
    with pytest.raises(ArgumentError, match="`at` is"):
        admit(application(), registry=registry, by="desk", at=at)


@pytest.mark.parametrize("given", [None, 5, ["x"]])
def test_what_is_no_text_is_refused_with_a_sentence(registry: SqlRegistry, given: Any) -> None:
    for use in (
        lambda: onboarding.ban(given, "application_fraud", DAY, registry=registry, **BY),
        lambda: onboarding.revoke(given, DAY, registry=registry, **BY),
        lambda: onboarding.correct(given, {}, registry=registry, note="slip", **BY),
        lambda: onboarding.history(given, registry=registry),
        lambda: onboarding.confirm(given, registry=registry, **BY),
        lambda: admit(application(), registry=registry, by=given),
    ):
        with pytest.raises(ArgumentError, match="is a text, not a"):
            use()


NOTHING: list[Any] = ["", b"", {}, 5, History()]


@pytest.mark.parametrize("history", NOTHING)
def test_what_is_no_list_of_records_is_no_clean_history(history: Any) -> None:
    with pytest.raises(ArgumentError, match="`history` is a list of records"):
        check(application(), as_of=DAY, history=history)


def test_of_a_registry_and_a_history_neither_is_left_unread(registry: SqlRegistry, address: str) -> None:
    onboarding.ban(USCC, "application_fraud", DAY, registry=registry, **BY)
    for known in (registry, address):
        with pytest.raises(ArgumentError, match="`registry` or `history`"):
            check(application(), as_of=DAY, registry=known, history=[])


def test_no_field_of_a_record_is_hidden_by_another_in_extra() -> None:
    banned: dict[str, Any] = {"subject_id": USCC, "on": DAY, "reason": "application_fraud"}
    for extra in ({"revoked_on": "2024-08-05"}, {"subject_id": OTHER_USCC}):
        with pytest.raises(InputError, match="cannot stand in `extra`"):
            check(application(), as_of=DAY, history=[Ban(**banned, extra=extra)])


def test_values_that_are_no_json_are_refused_with_a_sentence() -> None:
    with pytest.raises(InputError, match="/brands: expected an array"):
        check(application({"/brands": {1}}), as_of=DAY, history=[])
    unknown: Any = object()
    with pytest.raises(InputError, match="no form in JSON"):
        check(application(), as_of=DAY, history=[Ban(USCC, unknown, "application_fraud")])


CIRCLE: dict[str, Any] = {}
CIRCLE["again"] = CIRCLE


# Of bytes, the text that JSON makes would be a brand on no record.
OTHER_VALUES: list[Any] = [("云上",), [["云上"]], (None,), (5,), ({"name": CIRCLE},), ({"name": "云上".encode()},)]


@pytest.mark.parametrize("brands", OTHER_VALUES, ids=str)
def test_what_a_program_made_of_other_values_is_refused_with_a_sentence(brands: Any) -> None:
    with pytest.raises(InputError):
        check(Application("A-1", Subject("enterprise"), brands=brands), as_of=DAY, history=[])
    with pytest.raises(InputError, match="/history/0"):
        check(application(), as_of=DAY, history=[Shop("S-1", USCC, DAY, brands)])


@pytest.mark.parametrize("name", ["云上".encode(), bytearray(b"x"), memoryview(b"x"), 5, None])
def test_what_is_no_text_corrects_no_text(registry: SqlRegistry, name: Any) -> None:
    load(registry, shop("S-1", ("云上",)))
    with pytest.raises(InputError, match="/brands/0/name"):
        onboarding.correct("shop:S-1", {"brands": [{"name": name}]}, registry=registry, note="slip", **BY)
    assert check(application(), registry=registry, as_of=DAY).verdict == "fail"


def test_an_error_says_the_same_in_chinese(registry: SqlRegistry) -> None:
    with pytest.raises(RegistryError) as caught:
        onboarding.close("S-1", "other", date.max, registry=registry, **BY)
    (problem,) = caught.value.problems
    assert problem.said("zh") == "`9999-12-31` 尚未到来（登记库只记录已发生的事）"


def test_nothing_is_done_in_a_dry_run(registry: SqlRegistry) -> None:
    assert admit(application(), registry=registry, dry_run=True, **BY).shop_id
    assert not registry.look_up([USCC]).histories[USCC].shops
