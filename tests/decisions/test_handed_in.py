"""What sellers hand in is kept once, as it was, apart from the record, and no more of it than a disk can hold."""

from datetime import timedelta
from typing import Any

import pytest
from builders import DAY, OTHER_USCC, USCC, application
from registry.make import AT, WHO

from onboarding import admit, load_ruleset
from onboarding.decisions import handed_in
from onboarding.decisions.handed_in import (
    FullError,
    HandedIn,
    find,
    find_by_receipt,
    hand_in,
    handed_in_after,
    judge_waiting,
    note_other_content,
)
from onboarding.errors import ClashError
from onboarding.reading.documents import read_application
from onboarding.registry.listing import find_some
from onboarding.registry.sql import SqlRegistry

RULES = load_ruleset()


def given(registry: SqlRegistry, changes: dict[str, Any] | None = None, **options: Any) -> HandedIn:
    wanted, _ = read_application(application(changes))
    return hand_in(wanted, registry=registry, rules=RULES, **{"at": AT, **options})


def ids(registry: SqlRegistry, after: int = 0, limit: int = 10, **of: Any) -> list[str]:
    with registry.reading() as session:
        return [one.application_id for one in handed_in_after(session, after, limit, **of)]


def test_what_is_handed_in_is_found_by_its_id_and_by_its_receipt(registry: SqlRegistry) -> None:
    kept = given(registry)
    assert (kept.application_id, kept.subject_id, kept.ruleset) == ("A-1", USCC, "douyin")
    with registry.reading() as session:
        assert find(session, "A-1") == find_by_receipt(session, kept.receipt) == kept
        assert find(session, "A-2") is find_by_receipt(session, "A-1") is None


def test_the_same_again_is_kept_once(registry: SqlRegistry) -> None:
    first = given(registry)
    assert given(registry, at=AT + timedelta(hours=1)) == first


def test_an_id_with_other_content_is_refused_and_nothing_changes(registry: SqlRegistry) -> None:
    kept = given(registry)
    with pytest.raises(ClashError) as refused:
        given(registry, {"/business_license/uscc": OTHER_USCC})
    assert [problem.pointer for problem in refused.value.problems] == ["/application_id"]
    assert given(registry) == kept


def test_what_was_decided_for_good_waits_no_longer(registry: SqlRegistry) -> None:
    given(registry)
    given(registry, {"/application_id": "A-2", "/business_license/uscc": OTHER_USCC})
    given(registry, {"/application_id": "A-3", "/business_license/uscc": "1"})
    assert ids(registry) == ["A-1", "A-2", "A-3"]
    assert ids(registry, after=1, limit=1) == ["A-2"]
    assert ids(registry, subject=USCC) == ["A-1"]
    admit(application(), registry=registry, **WHO)
    assert ids(registry, undecided=True) == ["A-2", "A-3"]


def test_what_was_handed_in_waits_though_other_content_was_decided_on_under_its_id(registry: SqlRegistry) -> None:
    """Else whoever hands in with an id that is taken, or comes to be, is seen by nobody."""
    kept = given(registry, {"/shop/name": "另一家店", "/business_license/uscc": OTHER_USCC})
    made = admit(application(), registry=registry, **WHO)
    assert ids(registry, undecided=True) == ids(registry, undecided=True, subject=OTHER_USCC) == ["A-1"]
    (waiting,) = judge_waiting(registry, [kept], lambda _: RULES, DAY)
    assert (waiting.report.verdict, waiting.report.outcomes) == ("undecided", ())
    assert "was decided on with other content" in waiting.report.notes[0].message["en"]
    assert "other content was handed in" in note_other_content(made.report, kept, made.digest).notes[-1].message["en"]
    assert (
        note_other_content(made.report, kept, kept.digest) == note_other_content(made.report, None, "") == made.report
    )
    assert {one.subject_id for one in find_some(registry, "A-1", DAY).found} == {USCC, OTHER_USCC}


def test_no_more_is_kept_of_one_day_than_may_be(registry: SqlRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_in, "MOST_A_DAY", 2)
    first = given(registry)
    given(registry, {"/application_id": "A-2"}, at=AT + timedelta(hours=1))
    with pytest.raises(FullError):
        given(registry, {"/application_id": "A-3"}, at=AT + timedelta(hours=23))
    assert given(registry, at=AT + timedelta(hours=23)) == first
    assert given(registry, {"/application_id": "A-3"}, at=AT + timedelta(hours=24)).seq > first.seq
