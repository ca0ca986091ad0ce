"""What is written down: no personal data of calls, and all that explains a judgement."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from builders import USCC, application, ban
from prometheus_client.parser import text_string_to_metric_families
from registry.make import load
from web.calls import Client, Desk

from onboarding.decisions.replay import replay
from onboarding.web import routes
from onboarding.web.app import create_app
from onboarding.web.service import today

LASTING = {"/brands/0/evidence/valid_until": None}


def lines(written: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.splitlines()]


def test_each_call_is_a_line_without_names_numbers_or_addresses(
    service: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    staff = service.holding("staff", name="李娜")
    staff.post("/v1/applications?note=4711", application(LASTING))
    staff.get(f"/v1/subjects/{USCC}?limit=3")
    service.anonymous.post("/v1/check", application())
    written = capsys.readouterr().out
    assert [(one["route"], one["status"], one["role"]) for one in lines(written)] == [
        ("/v1/applications", 201, "staff"),
        ("/v1/subjects/{subject_id}", 200, "staff"),
        ("/v1/check", 200, "anonymous"),
    ]
    for private in (USCC, "李娜", "4711", "A-1", "云上", "127.0.0.1", "onboard_"):
        assert private not in written
        assert json.dumps(private).strip('"') not in written


def test_no_caller_writes_a_line_of_its_own(service: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    forged = quote('\r\n{"route": "/v1/applications", "status": 201}\x1b[31m\u2028')
    for path in (f"/v1/subjects/{forged}", f"/{forged}", f"/v1/rulesets/{forged}", f"/v1/check?ruleset={forged}"):
        service.anonymous.get(path, headers={"user-agent": "x\t{}", "x-request-id": "mine"})
    service.anonymous("FORGED", "/healthz")
    written = capsys.readouterr().out
    assert len(lines(written)) == 5
    assert 201 not in [one["status"] for one in lines(written)]  # an id of a request may hold these digits
    assert "\x1b" not in written
    assert "mine" not in written
    assert [one["method"] for one in lines(written)] == ["GET"] * 4 + ["other"]


def test_an_answer_and_its_line_have_one_id_which_nobody_else_chooses(
    service: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = service.anonymous.get("/nowhere", headers={"x-request-id": "mine"})
    (line,) = lines(capsys.readouterr().out)
    assert answer.headers["x-request-id"] == line["request"] != "mine"
    assert answer.json()["instance"] == f"urn:uuid:{line['request']}"


def test_a_fault_says_where_and_repeats_nothing(
    service: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise KeyError(USCC)

    monkeypatch.setattr(routes.rulesets, "terms_of", fail)
    answer = service.anonymous.get("/v1/rulesets/douyin")
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:problem-type:onboard:fault")
    written = capsys.readouterr()
    (told,) = lines(written.err)
    assert told["kind"] == "KeyError"
    assert "rulesets.py" in told["places"][-2]
    assert USCC not in written.err + answer.text


@pytest.fixture
def logged(service: Desk, tmp_path: Path) -> Desk:
    """The service with an evaluation log."""
    service.settings = replace(service.settings, evaluation_log=tmp_path / "evaluations.jsonl")
    service.app = create_app(service.settings)
    service.anonymous = Client(service.app)
    return service


def test_every_judgement_is_written_down_with_what_it_rests_on(logged: Desk) -> None:
    load(logged.app.state.service.registry, ban())
    staff = logged.holding("staff", name="李娜")
    answers = [
        logged.anonymous.post("/v1/check", application(LASTING)),
        staff.post("/v1/check", application(LASTING)),
        staff.post("/v1/applications", application(LASTING)),
    ]
    path = logged.settings.evaluation_log
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o600
    written = lines(path.read_text("utf-8"))
    assert [(one["action"], one["by"], one["verdict"]) for one in written] == [
        ("check", None, "undecided"),
        ("check", "李娜", "fail"),
        ("admit", "李娜", "fail"),
    ]
    for one, answer in zip(written, answers, strict=True):
        assert one["request"] == answer.headers["x-request-id"]
        assert one["ruleset_digest"] == answer.headers["ruleset-digest"]
        report = answer.json().get("report", answer.json())
        assert one["facts"] == report["facts"]
        assert [(o["rule"], o["status"]) for o in one["outcomes"]] == [
            (o["rule"], o["status"]) for o in report["outcomes"]
        ]
    # By the revision of the record that was read, the judgement can be made again.
    again = replay(logged.app.state.service.registry, "A-1", as_of=today())
    assert again.decision.revision == written[-1]["revision"]
    assert again.same


def test_the_evaluation_log_holds_nothing_that_was_typed_but_ids(logged: Desk) -> None:
    logged.anonymous.post("/v1/check", application({"/shop/name": "甲乙丙", "/brands/0/name": "丁戊己"}))
    assert logged.settings.evaluation_log is not None
    written = json.loads(logged.settings.evaluation_log.read_text("utf-8"))
    assert not any(name in json.dumps(written, ensure_ascii=False) for name in ("甲乙丙", "丁戊己", "云上"))


def test_a_judgement_that_cannot_be_written_down_is_not_given(logged: Desk) -> None:
    assert logged.settings.evaluation_log is not None
    logged.settings.evaluation_log.unlink()
    logged.settings.evaluation_log.mkdir()
    assert logged.anonymous.post("/v1/check", application()).status_code == 503
    staff = logged.holding("staff")
    assert staff.post("/v1/applications", application()).status_code == 503
    logged.settings.evaluation_log.rmdir()
    # It was decided all the same, which asking again tells.
    assert staff.post("/v1/applications", application()).status_code == 200


def test_the_figures_count_verdicts_and_rules(service: Desk) -> None:
    staff = service.holding("staff")
    for number in range(3):
        staff.post("/v1/check", application({"/application_id": f"A-{number}"} | LASTING))
    service.anonymous.post("/v1/check", application({"/brands": []}))
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(staff.get("/metrics").text)
        for sample in family.samples
    }
    check, ruleset = ("action", "check"), ("ruleset", "douyin")
    assert samples["onboard_verdicts_total", check, ruleset, ("verdict", "pass")] == 3
    assert samples["onboard_verdicts_total", check, ruleset, ("verdict", "fail")] == 1
    refused = ("onboard_outcomes_total", check, ("rule", "brand-evidence"), ruleset, ("status", "fail"))
    assert samples[refused] == 1
    calls = (("method", "POST"), ("route", "/v1/check"), ("status", "200"))
    assert samples["onboard_request_seconds_count", *calls] == 4
