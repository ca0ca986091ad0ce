"""Bans and waivers that need a second person: until then nothing is decided by them, and nobody is admitted."""

from collections.abc import Callable
from typing import Any

import pytest
from builders import DAY, OTHER_USCC, USCC, application, ban, mark, shop
from registry.make import AT, lines, load

import onboarding
from onboarding import InputError, Proposal, Recorded, RegistryError, SqlRegistry
from onboarding.decisions.proposals import refuse_unconfirmed
from onboarding.registry.bulk_import import add
from onboarding.registry.sql import Entry

CHEN: dict[str, Any] = {"by": "chen", "note": "forged seal", "at": AT}
LI: dict[str, Any] = {"by": "li", "at": AT}
WAIVER = mark("waiver", id="W-1", about="max-three-shops", until="2024-12-31", value=None)
ON_RECORD = (
    shop(),
    shop("S-2", ("乙",), closed_on="2024-02-05", closed_for="serious_violation", subject_id=OTHER_USCC),
    ban("serious_violation", id="B-1", subject_id=OTHER_USCC),
    WAIVER,
    mark(),
)
# Each change by one person: does it want another?
CHANGES: dict[str, tuple[Callable[[Any], Any], bool]] = {
    "a ban": (lambda about: onboarding.ban(USCC, "application_fraud", DAY, **about), True),
    "a closing for fraud": (lambda about: onboarding.close("S-1", "application_fraud", DAY, **about), True),
    "a closing": (lambda about: onboarding.close("S-1", "voluntary_exit", DAY, **about), False),
    "the end of a ban": (lambda about: onboarding.revoke("B-1", DAY, **about), True),
    "a ban taken back": (lambda about: onboarding.withdraw("ban:B-1", **about), True),
    "a ban corrected": (lambda about: onboarding.correct("ban:B-1", {"on": "2023-01-01"}, **about), True),
    "a closing for a violation taken back": (lambda about: onboarding.reopen("S-2", **about), True),
    "a closing that becomes none for a violation": (
        lambda about: onboarding.correct("shop:S-2", {"closed_for": "other"}, **about),
        True,
    ),
    "a shop corrected": (lambda about: onboarding.correct("shop:S-1", {"opened_on": "2021-01-01"}, **about), False),
    "a waiver": (lambda about: onboarding.mark(USCC, "waiver", DAY, about="six-month-reentry", **about), True),
    "a longer waiver": (lambda about: onboarding.correct("mark:W-1", {"until": None}, **about), True),
    "a mark that becomes a waiver": (
        lambda about: onboarding.correct("mark:M-1", {"kind": "waiver", "about": "max-three-shops"}, **about),
        True,
    ),
    # It lets in nobody more.
    "the end of a waiver": (lambda about: onboarding.unmark("W-1", DAY, **about), False),
    "a mark": (lambda about: onboarding.mark(USCC, "b_points", DAY, value=6, **about), False),
    "a violation": (lambda about: onboarding.add_violation(USCC, "late_shipment", DAY, **about), False),
}


@pytest.fixture
def strict(registry: SqlRegistry) -> SqlRegistry:
    """A registry that wants a second person."""
    load(registry, *ON_RECORD)
    assert onboarding.require_two(True, registry=registry, by="the head of the desk", at=AT)
    return registry


def rows(registry: SqlRegistry) -> list[Any]:
    with registry.reading() as session:
        return [tuple(row) for row in session.execute("SELECT * FROM records ORDER BY seq")]


def proposed(made: Any) -> Proposal:
    assert isinstance(made, Proposal)
    return made


@pytest.mark.parametrize(("change", "wants_two"), CHANGES.values(), ids=CHANGES.keys())
def test_what_a_second_person_is_needed_for(strict: SqlRegistry, change: Callable[[Any], Any], wants_two: bool) -> None:
    before = rows(strict)
    made = change({"registry": strict, **CHEN})
    assert isinstance(made, Proposal) == wants_two
    if not wants_two:
        assert len(rows(strict)) == len(before) + 1
        return
    assert rows(strict) == before, "a proposal puts nothing on record"
    done = onboarding.confirm(made.proposal_id, registry=strict, note="papers seen", **LI)
    assert (done.outcome, done.answered_by, done.answer_note) == ("confirmed", "li", "papers seen")
    (new,) = rows(strict)[len(before) :]
    last = [e for e in onboarding.history(made.subject_id, registry=strict) if isinstance(e, Recorded)][-1]
    assert (last.seq, last.recorded_by, last.proposed_by, last.note) == (new[0], "li", "chen", "forged seal")
    assert last.record == made.record


@pytest.mark.parametrize(("change", "wants_two"), CHANGES.values(), ids=CHANGES.keys())
def test_where_nobody_asked_for_two_one_is_enough(
    registry: SqlRegistry, change: Callable[[Any], Any], wants_two: bool
) -> None:
    load(registry, *ON_RECORD)
    assert not isinstance(change({"registry": registry, **CHEN}), Proposal)


@pytest.mark.parametrize(
    ("proposer", "name"),
    [
        *(
            ("chen", name)
            for name in ("chen", "Chen", " chen", "ｃｈｅｎ", "c.hen", "chèn", "сhеn", "chen.", "chen\u3164")
        ),
        *(("Chen Li", name) for name in ("Chen  Li", "chen.li", "chen_li", "ChenLi", "Chen\u00a0Li")),
        *(("陈力", name) for name in ("陳力", "陈 力", "陈力 (Chen Li)", "陈·力")),
        ("★", "★ "),
        ("", ""),
    ],
)
def test_nobody_confirms_what_they_proposed_themselves(strict: SqlRegistry, proposer: str, name: str) -> None:
    made = proposed(onboarding.ban(USCC, "application_fraud", DAY, registry=strict, **CHEN | {"by": proposer}))
    with pytest.raises(RegistryError, match="cannot confirm it"):
        onboarding.confirm(made.proposal_id, registry=strict, by=name)
    assert onboarding.proposals(USCC, registry=strict) == (made,)


@pytest.mark.parametrize(("proposer", "name"), [("chen", "chen2"), ("陈力", "陈莉"), ("desk-1", "desk-2"), ("★", "☆")])
def test_whoever_has_another_name_is_a_second_person(strict: SqlRegistry, proposer: str, name: str) -> None:
    made = proposed(onboarding.ban(USCC, "application_fraud", DAY, registry=strict, **CHEN | {"by": proposer}))
    assert onboarding.confirm(made.proposal_id, registry=strict, by=name).answered_by == name


def test_while_a_ban_is_proposed_its_subject_is_not_admitted_and_nothing_else_changes(strict: SqlRegistry) -> None:
    made = proposed(onboarding.ban(USCC, "application_fraud", DAY, registry=strict, **CHEN))
    assert onboarding.check(application(), as_of=DAY, registry=strict).passed
    with pytest.raises(InputError, match=f"waits for a second person.*{made.proposal_id}"):
        onboarding.admit(application(), registry=strict, **LI)
    assert not [event for event in onboarding.history(USCC, registry=strict) if hasattr(event, "verdict")]
    onboarding.reject(made.proposal_id, registry=strict, note="another subject was meant", **LI)
    assert onboarding.admit(application(), registry=strict, **LI).admitted


def test_while_a_waiver_is_proposed_it_lets_nobody_in_and_keeps_nobody_out(strict: SqlRegistry) -> None:
    proposed(onboarding.mark(USCC, "waiver", DAY, about="six-month-reentry", registry=strict, **CHEN))
    assert onboarding.admit(application(), registry=strict, **LI).admitted


def test_who_proposed_it_may_take_it_back(strict: SqlRegistry) -> None:
    made = proposed(onboarding.ban(USCC, "application_fraud", DAY, registry=strict, **CHEN))
    assert onboarding.reject(made.proposal_id, registry=strict, **CHEN).outcome == "rejected"
    assert onboarding.proposals(registry=strict) == ()
    assert [p.outcome for p in onboarding.proposals(registry=strict, waiting=False)] == ["rejected"]


@pytest.mark.parametrize("answer", [onboarding.confirm, onboarding.reject], ids=["confirmed", "rejected"])
def test_a_proposal_is_answered_once(strict: SqlRegistry, answer: Callable[..., Proposal]) -> None:
    made = proposed(onboarding.ban(USCC, "application_fraud", DAY, registry=strict, **CHEN))
    outcome = answer(made.proposal_id, registry=strict, **LI).outcome
    for again in (onboarding.confirm, onboarding.reject):
        with pytest.raises(RegistryError, match=f"was {outcome} by `li`"):
            again(made.proposal_id, registry=strict, **LI)


def test_one_thing_is_proposed_once(strict: SqlRegistry) -> None:
    made = proposed(onboarding.ban(USCC, "application_fraud", DAY, registry=strict, **CHEN))
    with pytest.raises(RegistryError, match=f"has proposed that already.*{made.proposal_id}"):
        onboarding.ban(USCC, "application_fraud", DAY, registry=strict, **LI)
    proposed(onboarding.ban(USCC, "serious_violation", DAY, registry=strict, **LI))


def test_what_has_changed_since_it_was_proposed_is_not_confirmed(strict: SqlRegistry) -> None:
    made = proposed(onboarding.close("S-1", "application_fraud", DAY, registry=strict, **CHEN))
    onboarding.close("S-1", "voluntary_exit", DAY, registry=strict, **LI)
    with pytest.raises(RegistryError, match="has changed since"):
        onboarding.confirm(made.proposal_id, registry=strict, **LI)


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (ban("serious_violation", id="B-1", subject_id=OTHER_USCC, revoked_on="2024-01-01"), "ban:B-1"),
        (shop("S-2", ("乙",), subject_id=OTHER_USCC), "shop:S-2"),
        ({**WAIVER, "until": "2030-01-01"}, "mark:W-1"),
        ({**WAIVER, "id": "W-2"}, "mark:W-2"),
        (mark("waiver", id="M-1", about="max-three-shops", value=None), "mark:M-1"),
    ],
    ids=["a ban ends", "a closing for a violation is gone", "a longer waiver", "a waiver", "a mark becomes one"],
)
def test_an_import_by_one_person_lets_in_nobody_more(strict: SqlRegistry, record: dict[str, Any], key: str) -> None:
    before = rows(strict)
    entry = Entry(AT, "chen")
    with pytest.raises(RegistryError, match=f"`{key}` is a ban or a waiver"):
        add(strict, lines(shop("S-3"), record), entry, refuse=refuse_unconfirmed)
    assert rows(strict) == before
    again = add(strict, lines(*ON_RECORD, ban(id="B-9"), shop("S-3")), entry, refuse=refuse_unconfirmed)
    assert again.new == 2, "what is on record, a new ban, and a shop may come"


def test_a_ban_that_has_come_in_by_an_import_meanwhile_is_not_put_there_twice(strict: SqlRegistry) -> None:
    made = proposed(onboarding.ban(USCC, "application_fraud", DAY, registry=strict, **CHEN))
    load(strict, ban(id="B-9"))
    with pytest.raises(RegistryError, match="has changed since"):
        onboarding.confirm(made.proposal_id, registry=strict, **LI)


def test_a_record_without_an_id_is_given_one_when_its_change_is_confirmed(registry: SqlRegistry) -> None:
    load(registry, ban())
    onboarding.require_two(True, registry=registry, by="boss")
    (key,) = (e.record_id for e in onboarding.history(USCC, registry=registry) if isinstance(e, Recorded))
    made = proposed(onboarding.revoke(key, DAY, registry=registry, **CHEN))
    onboarding.confirm(made.proposal_id, registry=registry, **LI)
    assert [b.revoked_on for b in registry.look_up([USCC]).histories[USCC].bans] == [DAY]


def test_whether_two_are_needed_is_kept_with_who_said_so(strict: SqlRegistry) -> None:
    assert not onboarding.require_two(True, registry=strict, by="boss")
    assert onboarding.require_two(False, registry=strict, by="boss", note="two are ill")
    assert not isinstance(onboarding.ban(USCC, "application_fraud", DAY, registry=strict, **CHEN), Proposal)
    with strict.reading() as session:
        found = session.execute("SELECT value, made_by, note FROM settings ORDER BY seq").fetchall()
    assert [tuple(row) for row in found] == [("on", "the head of the desk", None), ("off", "boss", "two are ill")]


def test_the_first_import_brings_no_waiver_either(registry: SqlRegistry) -> None:
    onboarding.require_two(True, registry=registry, by="the head of the desk", at=AT)
    with pytest.raises(RegistryError, match="`mark:W-1` is a ban or a waiver"):
        add(registry, lines(shop(), WAIVER), Entry(AT, "chen"), refuse=refuse_unconfirmed)
    assert rows(registry) == []
    assert add(registry, lines(shop(), ban(id="B-9")), Entry(AT, "chen"), refuse=refuse_unconfirmed).new == 2


def test_a_dry_run_proposes_and_confirms_nothing(strict: SqlRegistry) -> None:
    proposed(onboarding.ban(USCC, "application_fraud", DAY, registry=strict, dry_run=True, **CHEN))
    assert onboarding.proposals(registry=strict) == ()
    made = proposed(onboarding.ban(USCC, "application_fraud", DAY, registry=strict, **CHEN))
    onboarding.confirm(made.proposal_id, registry=strict, dry_run=True, **LI)
    assert onboarding.proposals(registry=strict) == (made,)


def test_there_is_no_such_proposal(strict: SqlRegistry) -> None:
    for answer in (onboarding.confirm, onboarding.reject):
        with pytest.raises(RegistryError, match="no proposal `P-1`"):
            answer("P-1", registry=strict, **LI)
