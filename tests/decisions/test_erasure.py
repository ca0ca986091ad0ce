"""Erasure: nothing that people wrote is left, and what was decided can still be told and explained."""

import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from builders import DAY, OTHER_USCC, USCC, application, ban, shop
from registry.make import AT, WHO, entry, load

from onboarding import Decision, RegistryError, admit, load_ruleset
from onboarding.decisions.admission import latest_decision
from onboarding.decisions.audit import audit
from onboarding.decisions.erasure import erase, erasures, purge_handed_in
from onboarding.decisions.handed_in import find, hand_in
from onboarding.decisions.replay import replay
from onboarding.errors import ArgumentError, NotOnRecordError
from onboarding.reading.documents import read_application
from onboarding.registry import open_database
from onboarding.registry.iteration import admitted_up_to, count_admitted, subjects, subjects_from
from onboarding.registry.sql import SqlRegistry

RULES = load_ruleset()
WRITTEN = {
    "/subject/name": "王小明的店",
    "/business_license/name": "王小明执照",
    "/shop/name": "小明旗舰店",
    "/brands/0/name": "明氏",
}
WORDS = tuple(WRITTEN.values())
WHY = entry(note="request of the seller")


def give(registry: SqlRegistry, changes: dict[str, Any] | None = None, **options: Any) -> None:
    wanted, _ = read_application(application(WRITTEN | (changes or {})))
    hand_in(wanted, registry=registry, rules=RULES, **{"at": AT, **options})


def decided(registry: SqlRegistry, application_id: str = "A-1") -> Decision:
    with registry.reading() as session:
        found = latest_decision(session, application_id)
    assert found is not None
    return found


def all_that_is_kept(registry: SqlRegistry) -> str:
    with registry.reading() as session:
        tables = ("decisions", "handed_in", "erasures")
        return json.dumps([list(map(tuple, session.execute(f"SELECT * FROM {t}"))) for t in tables], ensure_ascii=False)


@pytest.fixture
def refused(registry: SqlRegistry) -> Decision:
    """An application that was handed in, and refused for the shop that is there."""
    load(registry, *(shop(f"S-{n}", (f"牌{n}",)) for n in range(3)))
    give(registry)
    return admit(application(WRITTEN), registry=registry, **WHO)


def test_nothing_that_people_wrote_is_left(registry: SqlRegistry, refused: Decision) -> None:
    assert all(word in all_that_is_kept(registry) for word in WORDS)
    erase("A-1", registry=registry, entry=WHY)
    left = all_that_is_kept(registry)
    assert [word for word in WORDS if word in left] == []


def test_what_was_decided_and_why_stays(registry: SqlRegistry, refused: Decision) -> None:
    assert refused.verdict == "fail"
    made = erase("A-1", registry=registry, entry=WHY)
    kept = decided(registry)
    assert kept.erased_at == made.at
    for name in ("verdict", "subject_id", "digest", "ruleset_digest", "revision", "as_of", "at", "by"):
        assert getattr(kept, name) == getattr(refused, name)
    assert kept.report.outcomes == refused.report.outcomes
    assert kept.report.facts == refused.report.facts
    assert kept.report.names == {"subject": None, "shop": None, "brands": [None]}


def test_a_replay_says_that_the_application_was_erased(registry: SqlRegistry, refused: Decision) -> None:
    erase("A-1", registry=registry, entry=WHY)
    with pytest.raises(NotOnRecordError, match="application `A-1` was erased at 2024-08-05T12:00:00"):
        replay(registry, "A-1", as_of=DAY, ruleset=RULES)


def test_the_decision_stays_final(registry: SqlRegistry, refused: Decision) -> None:
    erase("A-1", registry=registry, entry=WHY)
    again = admit(application(WRITTEN), registry=registry, **WHO)
    assert (again.repeated, again.verdict) == (True, "fail")


def test_a_shop_that_was_opened_stays_on_record(registry: SqlRegistry) -> None:
    made = admit(application({"/brands/0/evidence/valid_until": None}), registry=registry, **WHO)
    erase("A-1", registry=registry, entry=WHY)
    assert [one.shop_id for one in registry.look_up([USCC]).histories[USCC].shops] == [made.shop_id]


def test_a_shop_whose_application_is_erased_is_judged_by_its_record(registry: SqlRegistry) -> None:
    """Else it would be refused for papers that were there, and what the history says of it left undecided."""
    made = admit(application({"/brands/0/evidence/valid_until": None}), registry=registry, **WHO)
    load(registry, ban(on="2024-08-01"))
    assert admitted(registry) == {made.shop_id}
    erase("A-1", registry=registry, entry=WHY)
    assert admitted(registry) == set()
    (report,) = audit(subjects(registry), RULES)
    told = {outcome.rule: outcome.status for outcome in report.outcomes}
    assert (told["permanent-ban"], told["business-license-required"]) == ("fail", "undecided")


def admitted(registry: SqlRegistry) -> set[str]:
    """The shops that are judged by an application; each way of going through a registry has to say the same."""
    count, last = count_admitted(registry)
    split = {shop for _, _, shop, _ in admitted_up_to(registry, last)}
    assert len(split) == count
    for found in (subjects(registry), subjects(registry, USCC), subjects_from(registry, "", 100)):
        assert {shop for subject in found for shop in subject.applications} == split
    return split


def test_what_only_was_handed_in_is_gone(registry: SqlRegistry) -> None:
    give(registry)
    erase("A-1", registry=registry, entry=WHY)
    with registry.reading() as session:
        assert find(session, "A-1") is None
        assert [(one.application_id, one.what, one.by, one.note) for one in erasures(session)] == [
            ("A-1", "application", "tester", "request of the seller")
        ]


def test_one_that_comes_later_under_the_same_id_is_not_erased(registry: SqlRegistry) -> None:
    give(registry)
    erase("A-1", registry=registry, entry=WHY)
    made = admit(application(WRITTEN), registry=registry, **WHO | {"at": AT + timedelta(seconds=1)})
    assert made.erased_at is decided(registry).erased_at is None


def test_what_was_handed_in_long_ago_is_purged_and_decisions_keep_theirs(registry: SqlRegistry) -> None:
    give(registry)
    admit(application(WRITTEN), registry=registry, **WHO)
    give(registry, {"/application_id": "A-2", "/business_license/uscc": OTHER_USCC}, at=AT + timedelta(days=1))
    before = AT + timedelta(days=1)
    tried = purge_handed_in(before, registry=registry, entry=WHY, dry_run=True)
    assert [one.application_id for one in tried] == ["A-1"]
    assert [one.what for one in purge_handed_in(before, registry=registry, entry=WHY)] == ["handed_in"]
    assert purge_handed_in(before, registry=registry, entry=WHY) == ()
    with registry.reading() as session:
        assert (find(session, "A-1"), find(session, "A-2") is None) == (None, False)
    kept = decided(registry)
    assert (kept.erased_at, kept.application.subject.name) == (None, "王小明的店")


@pytest.mark.parametrize("note", [None, "", "  "])
def test_nothing_is_erased_without_a_reason(registry: SqlRegistry, refused: Decision, note: str | None) -> None:
    with pytest.raises(ArgumentError):
        erase("A-1", registry=registry, entry=entry(note=note))
    with pytest.raises(ArgumentError):
        purge_handed_in(AT, registry=registry, entry=entry(note=note))


def test_nothing_is_erased_of_an_application_that_is_not_there(registry: SqlRegistry) -> None:
    with pytest.raises(NotOnRecordError, match="no application `A-1`"):
        erase("A-1", registry=registry, entry=WHY)
    assert all_that_is_kept(registry) == "[[], [], []]"


def test_a_text_of_a_rulesets_own_goes_from_what_was_counted_and_said(registry: SqlRegistry, refused: Decision) -> None:
    """No fact of ours is a text that people wrote; one of a ruleset's own may be."""
    with registry.writing() as session:
        content, report = session.execute("SELECT application, report FROM decisions").fetchone()
        plain, told = json.loads(content), json.loads(report)
        plain["shop"]["city"] = "小明家 3 号"
        told["facts"]["city"] = "小明家 3 号"
        reason = next(r for outcome in told["outcomes"] for r in outcome["reasons"])
        reason |= {"actual": "小明家 3 号", "message": {"en": "not 小明家 3 号", "zh": "小明家 3 号不行"}}
        session.execute("UPDATE decisions SET application = ?, report = ?", (json.dumps(plain), json.dumps(told)))
    erase("A-1", registry=registry, entry=WHY)
    kept = decided(registry).report
    assert kept.facts["city"] == "…"
    assert [r.message["en"] for o in kept.outcomes for r in o.reasons if r.actual == "…"] == ["not …"]
    assert "小明家" not in all_that_is_kept(registry)


_KEEPS = """
CREATE FUNCTION keeps() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN {1}; END';
CREATE TRIGGER keeps BEFORE {0} FOR EACH ROW EXECUTE FUNCTION keeps()
"""
_BACK = "SET application = OLD.application, report = OLD.report WHERE seq = OLD.seq"
KEEPS_SQLITE = {
    "the decision": "CREATE TRIGGER t BEFORE UPDATE ON decisions BEGIN SELECT RAISE(IGNORE); END",
    "the decision, put back": f"CREATE TRIGGER t AFTER UPDATE ON decisions BEGIN UPDATE decisions {_BACK}; END",
    "what was handed in": "CREATE TRIGGER t BEFORE DELETE ON handed_in BEGIN SELECT RAISE(IGNORE); END",
}
KEEPS_POSTGRES = {
    "the decision": _KEEPS.format("UPDATE ON decisions", "NULL"),
    "the decision, put back": _KEEPS.format("UPDATE ON decisions", "OLD"),
    "what was handed in": _KEEPS.format("DELETE ON handed_in", "NULL"),
}


def refuses_to_erase(registry: SqlRegistry, what: str) -> None:
    """Assert that an erasure says that `what` was kept, and puts none on record."""
    with pytest.raises(RegistryError, match="written in `A-1` is still there"):
        erase("A-1", registry=registry, entry=WHY)
    if what == "what was handed in":
        with pytest.raises(RegistryError, match="written in `A-1` is still there"):
            purge_handed_in(AT + timedelta(days=1), registry=registry, entry=WHY)
    with registry.reading() as session:
        assert list(erasures(session)) == []


@pytest.mark.parametrize(("what", "change"), KEEPS_SQLITE.items(), ids=KEEPS_SQLITE)
def test_what_a_trigger_in_sqlite_keeps_is_not_told_as_erased(tmp_path: Path, what: str, change: str) -> None:
    path = tmp_path / "registry.db"
    with open_database(path) as registry:
        registry.init()
        give(registry)
        admit(application(WRITTEN), registry=registry, **WHO)
        connection = sqlite3.connect(path)
        connection.execute(change)
        connection.close()
        refuses_to_erase(registry, what)


@pytest.mark.parametrize(("what", "change"), KEEPS_POSTGRES.items(), ids=KEEPS_POSTGRES)
def test_what_a_trigger_on_postgresql_keeps_is_not_told_as_erased(
    new_database: Callable[[], str], what: str, change: str
) -> None:
    address = new_database()
    with open_database(address) as registry:
        registry.init()
        give(registry)
        admit(application(WRITTEN), registry=registry, **WHO)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(change)
        refuses_to_erase(registry, what)


def test_no_byte_of_it_is_left_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "registry.db"
    with open_database(str(file)) as registry:
        registry.init()
        give(registry)
        admit(application(WRITTEN), registry=registry, **WHO)
        erase("A-1", registry=registry, entry=WHY)
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    left = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert [word for word in WORDS if word.encode() in left] == []
