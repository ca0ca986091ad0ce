"""What was entered wrongly is put right by a later entry, and what it replaced stays to be seen."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from builders import DAY, OTHER_USCC, USCC, application, ban, mark, shop, violation
from registry.make import AT, lines, load

import onboarding
from onboarding import ArgumentError, Decision, InputError, Proposal, Recorded, RegistryError, SqlRegistry
from onboarding.decisions import corrections
from onboarding.models import Ban, History, to_plain
from onboarding.registry.bulk_import import add
from onboarding.registry.sql import Entry

WHY: dict[str, Any] = {"by": "li", "note": "typed wrongly", "at": AT}
CLOSED = {"closed_on": "2024-02-05", "closed_for": "application_fraud"}
# Of each kind: what is on record, its id, what is corrected, and what it then says.
CORRECTED: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "the day a shop opened": (shop(), "shop:S-1", {"opened_on": "2021-12-01"}),
    "why it closed": (shop(**CLOSED), "shop:S-1", {"closed_for": "voluntary_exit"}),
    "its brands": (shop(), "shop:S-1", {"brands": [{"name": "云上", "trademark_no": "12345678"}]}),
    "the day of a ban": (ban(id="B-1"), "ban:B-1", {"on": "2023-04-30"}),
    "why it was banned": (ban(id="B-1"), "ban:B-1", {"reason": "serious_violation"}),
    "what was done": (violation(id="V-1", shop_id=None), "violation:V-1", {"kind": "false_advertising"}),
    "the value of a mark": (mark(), "mark:M-1", {"value": 4}),
    "a field that we do not know": (shop(region="福建"), "shop:S-1", {"region": "浙江"}),
}
# What is on record, the record corrected, how, and what is said of it.
REFUSED: dict[str, tuple[dict[str, Any], str, dict[str, Any], str]] = {
    "its subject": (shop(), "shop:S-1", {"subject_id": OTHER_USCC}, "says which record this is"),
    "its id": (shop(), "shop:S-1", {"shop_id": "S-2"}, "says which record this is"),
    "a day to come": (shop(), "shop:S-1", {"opened_on": "2024-08-06"}, "has not come"),
    "the same again": (shop(), "shop:S-1", {"opened_on": "2022-01-01"}, "says that already"),
    "another shop": (violation(id="V-1", shop_id=None), "violation:V-1", {"shop_id": "S-9"}, "has no shop `S-9`"),
    "no such record": (shop(), "shop:S-2", {"opened_on": "2021-01-01"}, "no shop `shop:S-2`"),
    "no kind of record": (shop(), "S-1", {"opened_on": "2021-01-01"}, "no record `S-1`"),
    "an end before the beginning": (shop(**CLOSED), "shop:S-1", {"closed_on": "2021-01-01"}, "ends before it begins"),
    "no such day": (shop(), "shop:S-1", {"opened_on": "2024-02-30"}, "/opened_on"),
    "a closing without a cause": (shop(), "shop:S-1", {"closed_on": "2024-02-05"}, "closed_for"),
    "a misspelt field": (shop(), "shop:S-1", {"opned_on": "2021-01-01"}, "did you mean `opened_on`?"),
    "a needed field taken away": (ban(id="B-1"), "ban:B-1", {"reason": None}, "/reason"),
}


def history(registry: SqlRegistry, subject: str = USCC) -> History:
    return registry.look_up([subject]).histories[subject]


def entries(registry: SqlRegistry, subject: str = USCC) -> list[Recorded]:
    return [event for event in onboarding.history(subject, registry=registry) if isinstance(event, Recorded)]


@pytest.mark.parametrize(("record", "key", "changes"), CORRECTED.values(), ids=CORRECTED.keys())
def test_a_correction_replaces_what_was_entered_and_keeps_it(
    registry: SqlRegistry, record: dict[str, Any], key: str, changes: dict[str, Any]
) -> None:
    load(registry, record)
    made = onboarding.correct(key, changes, registry=registry, **WHY)
    assert not isinstance(made, Proposal)
    assert to_plain(made).items() >= changes.items()
    first, second = entries(registry)
    assert (first.action, second.action, second.replaces) == ("added", "corrected", first.seq)
    assert (second.recorded_by, second.note, second.record) == ("li", "typed wrongly", to_plain(made))
    assert second.changes == {name: (record.get(name), value) for name, value in changes.items()}
    assert first.record is not None
    assert first.record.items() >= {name: record[name] for name in changes}.items()


@pytest.mark.parametrize(("record", "key", "changes", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_correction_is_refused_as_a_file_with_it_would_be(
    registry: SqlRegistry, record: dict[str, Any], key: str, changes: dict[str, Any], words: str
) -> None:
    load(registry, record)
    with pytest.raises((RegistryError, InputError), match=words):
        onboarding.correct(key, changes, registry=registry, **WHY)
    assert len(entries(registry)) == 1


def test_a_record_without_an_id_is_given_one_when_it_is_corrected(registry: SqlRegistry) -> None:
    load(registry, ban())
    (key,) = (entry.record_id for entry in entries(registry))
    made = onboarding.correct(key, {"reason": "serious_violation"}, registry=registry, **WHY)
    assert [b.reason for b in history(registry).bans] == ["serious_violation"]
    _, gone, new = entries(registry)
    assert (gone.action, gone.record, gone.became) == ("given_id", None, new.record_id)
    assert new.record_id == f"ban:{getattr(made, 'id', None)}"
    assert load(registry, ban()) == 0


def test_a_closing_that_was_entered_wrongly_is_taken_back_with_the_ban_that_it_was(registry: SqlRegistry) -> None:
    load(registry, shop())
    onboarding.close("S-1", "application_fraud", DAY, registry=registry, by="chen", at=AT)
    barred = onboarding.check(application(), as_of=DAY, registry=registry)
    assert "permanent-ban" in {outcome.rule for outcome in barred.failures}
    onboarding.reopen("S-1", registry=registry, **WHY)
    assert onboarding.check(application(), as_of=DAY, registry=registry).passed
    assert [(entry.action, entry.recorded_by) for entry in entries(registry)] == [
        ("added", "tester"),
        ("ended", "chen"),
        ("reopened", "li"),
    ]
    with pytest.raises(RegistryError, match="shop `S-1` is open"):
        onboarding.reopen("S-1", registry=registry, **WHY)


def test_what_was_withdrawn_never_counted_and_a_ban_that_was_revoked_did(registry: SqlRegistry) -> None:
    load(registry, ban(id="B-1"), violation(id="V-1"), mark(), shop())
    for key in ("ban:B-1", "violation:V-1", "mark:M-1"):
        onboarding.withdraw(key, registry=registry, **WHY)
    found = history(registry)
    assert (found.bans, found.violations, found.marks) == ((), (), ())
    assert [entry.action for entry in entries(registry)][-3:] == ["withdrawn"] * 3
    # What was known before is still what was known.
    assert entries(registry)[0].record is not None
    with pytest.raises(RegistryError, match="no ban `B-1` is on record"):
        onboarding.revoke("B-1", DAY, registry=registry, **WHY)
    with pytest.raises(RegistryError, match="no ban `ban:B-1` is on record"):
        onboarding.withdraw("ban:B-1", registry=registry, **WHY)


def test_a_shop_is_reopened_or_corrected_and_not_withdrawn(registry: SqlRegistry) -> None:
    load(registry, shop())
    with pytest.raises(RegistryError, match="a shop cannot be withdrawn"):
        onboarding.withdraw("shop:S-1", registry=registry, **WHY)


def test_what_was_withdrawn_can_be_entered_for_the_subject_that_was_meant(registry: SqlRegistry) -> None:
    load(registry, ban(id="B-1"))
    onboarding.withdraw("ban:B-1", registry=registry, **WHY)
    assert load(registry, ban(id="B-1", subject_id=OTHER_USCC)) == 1
    assert (history(registry).bans, len(history(registry, OTHER_USCC).bans)) == ((), 1)


def test_an_import_of_what_was_withdrawn_says_so_and_one_with_other_content_counts_again(registry: SqlRegistry) -> None:
    load(registry, ban(id="B-1"), shop())
    onboarding.withdraw("ban:B-1", registry=registry, **WHY)
    same = add(registry, lines(ban(id="B-1"), shop()), Entry(AT, "tester"))
    assert (same.new, same.put_back, same.withdrawn) == (0, (), ("ban:B-1",))
    other = add(registry, lines(ban(id="B-1", on="2023-05-02")), Entry(AT, "tester"))
    assert (other.new, other.put_back, other.withdrawn) == (1, ("ban:B-1",), ())
    assert len(history(registry).bans) == 1


def test_an_import_of_what_had_no_id_says_what_was_withdrawn_and_nothing_of_what_has_an_id_now(
    registry: SqlRegistry,
) -> None:
    load(registry, ban(), ban(on="2023-06-01"), ban(on="2023-07-01"))
    withdrawn, revoked, both = [entry.record_id for entry in entries(registry)]
    onboarding.withdraw(withdrawn, registry=registry, **WHY)
    onboarding.revoke(revoked, date(2023, 8, 1), registry=registry, by="li", note="an appeal")
    given = onboarding.revoke(both, date(2023, 8, 1), registry=registry, by="li", note="an appeal")
    assert isinstance(given, Ban)
    onboarding.withdraw(f"ban:{given.id}", registry=registry, by="li", note="another subject was meant")
    again = add(registry, lines(ban(), ban(on="2023-06-01"), ban(on="2023-07-01")), Entry(AT, "tester"))
    assert (again.new, again.put_back, again.withdrawn) == (0, (), tuple(sorted((withdrawn, both))))


@pytest.mark.parametrize("note", ["", "  ", "\u200b"])
def test_a_correction_needs_a_reason(registry: SqlRegistry, note: str) -> None:
    load(registry, shop(**CLOSED), ban(id="B-1"))
    about: dict[str, Any] = {"registry": registry, "by": "li", "note": note}
    for call in (
        lambda: onboarding.correct("shop:S-1", {"opened_on": "2021-01-01"}, **about),
        lambda: onboarding.reopen("S-1", **about),
        lambda: onboarding.withdraw("ban:B-1", **about),
    ):
        with pytest.raises(ArgumentError, match="needs a reason"):
            call()


def test_what_somebody_else_has_changed_meanwhile_is_not_corrected_unseen(registry: SqlRegistry) -> None:
    load(registry, shop())
    (seen,) = (entry.seq for entry in entries(registry))
    onboarding.correct("shop:S-1", {"opened_on": "2021-12-01"}, registry=registry, replaces=seen, **WHY)
    with pytest.raises(RegistryError, match="somebody else has just changed"):
        onboarding.correct("shop:S-1", {"opened_on": "2021-11-01"}, registry=registry, replaces=seen, **WHY)


def test_of_two_who_correct_what_they_both_see_one_comes_first_and_the_other_is_told(registry: SqlRegistry) -> None:
    load(registry, shop())
    (seen,) = (entry.seq for entry in entries(registry))
    start, told = Barrier(8), []

    def correct(day: date) -> None:
        start.wait()
        try:
            onboarding.correct("shop:S-1", {"opened_on": day}, registry=registry, replaces=seen, **WHY)
        except RegistryError as error:
            told.append(str(error))

    threads = [Thread(target=correct, args=(date(2021, 1, 1) + timedelta(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entries(registry)) == 2
    assert len(told) == 7
    assert all("somebody else" in words for words in told)


def test_a_dry_run_corrects_nothing(registry: SqlRegistry) -> None:
    load(registry, shop(**CLOSED), ban(id="B-1"))
    onboarding.correct("shop:S-1", {"opened_on": "2021-12-01"}, registry=registry, dry_run=True, **WHY)
    onboarding.reopen("S-1", registry=registry, dry_run=True, **WHY)
    onboarding.withdraw("ban:B-1", registry=registry, dry_run=True, **WHY)
    assert len(entries(registry)) == 2


def test_an_equal_violation_is_noticed_and_one_that_happened_again_is_told_as_that(registry: SqlRegistry) -> None:
    load(registry, shop())
    about: dict[str, Any] = {"registry": registry, "shop_id": "S-1", "by": "li", "at": AT}
    first = onboarding.add_violation(USCC, "late_shipment", DAY, **about)
    with pytest.raises(RegistryError, match=f"equal violation.*{first.id}"):
        onboarding.add_violation(USCC, "late_shipment", DAY, **about)
    onboarding.add_violation(USCC, "late_shipment", DAY, again=True, **about)
    onboarding.add_violation(USCC, "false_advertising", DAY, **about)
    assert len(history(registry).violations) == 3


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("B-2024", "ban:B-2024"),
        ("B-2024-0", "ban:B-2024-01"),
        ("shop:S", "shop:S-2024"),
        ("ban:B-2024", "ban:B-2024"),
    ],
)
def test_staff_name_a_record_by_its_id_or_by_how_it_alone_begins(registry: SqlRegistry, given: str, meant: str) -> None:
    load(registry, ban(id="B-2024"), ban("serious_violation", id="B-2024-01"), shop("S-2024"), shop("X"), mark(id="X"))
    assert corrections.full_record_id(registry, given) == meant


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("B-2024-", "several ids begin with `B-2024-`.*`ban:B-2024-01`.*`ban:B-2024-02`"),
        ("X", "several ids begin.*`shop:X`.*`mark:X`"),
        # So few characters are sooner a slip.
        ("S-20", "no record `S-20` is on record"),
        # What was withdrawn is no longer meant.
        ("B-2023", "no record `B-2023`"),
    ],
)
def test_what_several_records_or_none_may_be_meant_by_is_an_error(
    registry: SqlRegistry, given: str, words: str
) -> None:
    load(registry, ban(id="B-2024-01"), ban("serious_violation", id="B-2024-02"), ban(id="B-2023", on="2023-01-01"))
    load(registry, shop("S-2024"), shop("X"), mark(id="X"))
    onboarding.withdraw("ban:B-2023", registry=registry, **WHY)
    with pytest.raises(RegistryError, match=words):
        corrections.full_record_id(registry, given)


def test_the_very_thing_that_was_typed_is_never_meant(registry: SqlRegistry) -> None:
    load(registry, ban(id="B-1"), ban("serious_violation", id="B-2"))
    onboarding.withdraw("ban:B-1", registry=registry, **WHY)
    with pytest.raises(RegistryError) as refused:
        onboarding.revoke("B-1", DAY, registry=registry, **WHY)
    assert "did you mean `B-1`" not in str(refused.value)


def test_a_history_has_records_and_decisions_in_the_order_of_time(registry: SqlRegistry) -> None:
    at = datetime(2024, 8, 5, 4, tzinfo=UTC)
    opened = onboarding.admit(application(), registry=registry, by="desk", at=at)
    assert opened.shop_id
    later = at + timedelta(minutes=1)
    onboarding.close(opened.shop_id, "other", DAY, registry=registry, by="desk", note="ticket 1", at=later)
    refused = application({"/application_id": "A-2", "/follows": "A-1", "/brands": []})
    onboarding.admit(refused, registry=registry, by="desk", at=later + timedelta(minutes=1))
    told = onboarding.history(USCC, registry=registry)
    assert [type(event) for event in told] == [Decision, Recorded, Recorded, Decision]
    last = told[-1]
    assert isinstance(last, Decision)
    assert (last.follows, last.to_dict()["follows"]) == ("A-1", "A-1")


def test_what_an_application_follows_decides_nothing() -> None:
    one, other = application(), application({"/follows": "A-0"})
    first, second = (onboarding.check(wanted, as_of=DAY, history=[]) for wanted in (one, other))
    assert first == second
    assert not second.notes


def test_an_application_cannot_follow_itself() -> None:
    with pytest.raises(InputError, match="cannot follow itself"):
        onboarding.check(application({"/follows": " A-1\u200b"}), as_of=DAY, history=[])
