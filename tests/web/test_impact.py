"""Officers ask whom a proposed ruleset would touch: who is on record, what waits; all of it, or told that it is not."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import OTHER_USCC, ROOT, USCC, ban, shop
from registry.make import load
from web.calls import Desk
from web.test_desk import give
from web.visitor import Visitor

from onboarding.registry import open_database
from onboarding.web import impact

EVIL = "<script>alert(1)<x>"


@pytest.fixture
def proposed(tmp_path: Path) -> Path:
    """Rulesets laid out: one that allows a single shop, two that are broken, and what is no ruleset."""
    folder = tmp_path / "proposed"
    for name in ("stricter", "broken", EVIL):
        shutil.copytree(ROOT / "schemas/douyin", folder / name)
    rule = folder / "stricter/max-three-shops.json"
    rule.write_text(rule.read_text("utf-8").replace('"maximum": 3', '"maximum": 1'), "utf-8")
    for name in ("broken", EVIL):
        (folder / name / "permanent-ban.json").write_text("{", "utf-8")
    (folder / "notes").mkdir()
    return folder


@pytest.fixture
def service(tmp_path: Path, proposed: Path) -> Iterator[Desk]:
    with open_database(tmp_path / "registry.db") as registry:
        registry.init()
    made = Desk(str(tmp_path / "registry.db"), tmp_path, proposed_rules=proposed)
    load(made.app.state.service.registry, shop("S-1"), ban(subject_id=OTHER_USCC))
    yield made
    made.app.state.service.registry.close()


@pytest.fixture
def officer(service: Desk) -> Visitor:
    return Visitor(service.app).sign_in(service.secret("officer"))


def ask(officer: Visitor, proposed: str = "stricter") -> str:
    officer.get("/desk/impact")
    officer.send("/desk/impact", proposed=proposed, ruleset="douyin")
    return officer.text


def test_who_is_on_record_and_who_waits_is_told_by_rule(service: Desk, officer: Visitor) -> None:
    give(service)
    said = ask(officer)
    assert "Of 2 subjects, the next application would be newly refused for 1" in said
    assert "Of 1 application, 1 newly refused" in said
    assert "A-1 newly refused Pass → Refused max-three-shops" in said
    assert f"{USCC} newly refused Pass → Refused max-three-shops" in said
    assert f"/desk/subject?id={USCC}" in officer.page.text
    assert "Time ran out" not in said


def test_the_api_tells_the_same(service: Desk) -> None:
    client = service.holding("officer")
    listed = {one["name"]: one for one in client.get("/v1/proposed-rules").json()["proposed"]}
    assert listed.keys() == {"stricter", "broken", EVIL}
    assert (listed["stricter"]["id"], listed["broken"]["id"]) == ("douyin", None)
    assert listed["broken"]["problems"]
    found = client.get("/v1/impact?proposed=stricter").json()
    assert (found["complete"], found["on_record"], found["subjects"]["counts"]["newly-refused"]) == (True, 2, 1)
    assert found["subjects"]["by_rule"] == {"newly-refused": {"max-three-shops": 1}}
    assert found["new"]["digest"] == listed["stricter"]["digest"] != found["old"]["digest"]
    assert [one["rule"] for one in found["changes"]] == ["max-three-shops"]


@pytest.mark.parametrize("name", ["", ".", "..", "../proposed/stricter", "/etc", "notes", "schemas/douyin", "douyin"])
def test_a_path_is_no_name_of_what_is_proposed(service: Desk, name: str) -> None:
    assert service.holding("officer").get("/v1/impact", params={"proposed": name}).status_code == 404


def test_what_judges_nothing_is_told_so(service: Desk, officer: Visitor) -> None:
    officer.get("/desk/impact")
    assert "It judges nothing" in officer.text
    assert "<script>alert" not in officer.page.text
    ask(officer, "broken")
    assert officer.page.status_code == 422
    assert service.holding("officer").get("/v1/impact?proposed=broken").status_code == 422


def test_where_time_runs_out_that_is_told(officer: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact, "_AT_ONCE", 1)
    monkeypatch.setattr(impact, "monotonic", iter([0.0, 1.0, 100.0]).__next__)
    assert "Time ran out: these are 1 of 2 subjects" in ask(officer)


def test_one_question_is_answered_at_a_time(service: Desk, officer: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.app.state.impacts, "_busy", True)
    assert "somebody else is asking this just now" in ask(officer)
    answer = service.holding("officer").get("/v1/impact?proposed=stricter")
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    monkeypatch.undo()
    for _ in range(2):
        assert service.holding("officer").get("/v1/impact?proposed=stricter").status_code == 200


def test_without_a_folder_nothing_is_proposed(desk: Callable[..., Any]) -> None:
    service = desk()
    officer = Visitor(service.app).sign_in(service.secret("officer"))
    assert "/desk/impact" in officer.page.text
    officer.get("/desk/impact")
    assert "No ruleset is proposed" in officer.text
    assert "/desk/impact" not in Visitor(service.app).sign_in(service.secret("staff")).page.text
