"""The models serve web callers as they are: in a FastAPI app, in pydantic's TypeAdapter, and in a check."""

import asyncio
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from builders import DAY, ROOT, application, ban, mark, shop, violation
from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter, ValidationError

from onboarding import (
    Application,
    ArgumentError,
    Ban,
    Decision,
    Mark,
    Problem,
    Record,
    Report,
    Shop,
    Violation,
    admit,
    check,
    load_ruleset,
    open_database,
)
from onboarding.models import read_kept, write_kept
from onboarding.reading.records import read_record

OWN_FIELDS = load_ruleset(ROOT / "tests/rules/own_fields")


@cache
def served() -> FastAPI:
    """The app, made when it is first called."""
    app = FastAPI()

    @app.post("/check")
    def judge(wanted: Application) -> Report:
        return check(wanted, as_of=DAY, history=[])

    @app.post("/check-by-own-fields")
    def judge_by_own_fields(wanted: Application) -> Report:
        return check(wanted, as_of=DAY, history=[], ruleset=OWN_FIELDS)

    @app.post("/applications")
    def decide(wanted: Application, registry: str) -> Decision:
        with open_database(registry) as database:
            return admit(wanted, registry=database, by="staff")

    @app.post("/applications/echo")
    def give_back(wanted: Application) -> Application:
        return wanted

    @app.post("/records")
    def keep(record: Record) -> Record:
        return record

    return app


def call(method: str, path: str, body: Any = None) -> httpx.Response:
    """What the app answers."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(served()), base_url="http://here") as client:
            return await client.request(method, path, json=body)

    # In a thread of its own, for a browser that other tests have opened keeps an event loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(ask())).result()


def test_an_application_is_a_request_body_and_a_report_a_response() -> None:
    answer = call("POST", "/check", application())
    assert (answer.status_code, answer.json()["verdict"]) == (200, "pass")


@pytest.mark.parametrize(
    "change",
    [
        {"/application_id": "\u200b"},
        {"/subject/type": "company"},
        {"/submitted_on": 1722816000},
        {"/submitted_on": "20240805"},
        {"/submitted_on": "2024-08-05T00:00:00"},
        {"/brands/0/evidence/sealed_by_subject": "yes"},
        {"/brands/0/evidence/sealed_by_subject": 1},
        {"/brands": "云上"},
    ],
    ids=str,
)
def test_a_web_caller_is_refused_what_a_file_is_refused(change: dict[str, Any]) -> None:
    answer = call("POST", "/check", application(change))
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert "/" + "/".join(map(str, problem["loc"][1:])) == next(iter(change))


@pytest.mark.parametrize(
    ("record", "english", "chinese"),
    [
        (shop() | {"shop_id": " "}, "expected a string that is not blank", "应为非空白的字符串"),
        (shop() | {"opened_on": "2022/1/1"}, "expected a date that exists, as `YYYY-MM-DD`", "应为实际存在的日期"),
        (shop() | {"closed_on": "2022-02-01"}, "`closed_for` goes with `closed_on`", "须同时填写"),
    ],
)
def test_what_our_models_say_to_a_web_caller_is_there_in_both_languages(
    record: dict[str, Any], english: str, chinese: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(Shop).validate_python(record)
    [error] = raised.value.errors()
    assert english in error["msg"]
    assert english in error["ctx"]["en"]
    assert chinese in error["ctx"]["zh"]


@pytest.mark.parametrize("record", [shop(), ban(), violation(), mark()], ids=lambda record: str(record["record"]))
def test_a_record_is_a_request_body_and_a_response(record: dict[str, Any]) -> None:
    answer = call("POST", "/records", record)
    assert answer.status_code == 200
    assert TypeAdapter(Record).validate_python(answer.json()) == read_record(record)


def test_a_decision_is_a_response(tmp_path: Path) -> None:
    address = str(tmp_path / "registry.db")
    with open_database(address) as database:
        database.init()
    today = {"/business_license/valid_until": None, "/brands/0/evidence/valid_until": None}
    first, again = (call("POST", f"/applications?registry={address}", application(today)) for _ in range(2))
    assert (first.status_code, first.json()["verdict"], first.json()["repeated"]) == (200, "pass", False)
    assert again.json() == first.json() | {"repeated": True}
    adapter = TypeAdapter(Decision)
    decision = adapter.validate_json(first.content)
    assert decision.admitted
    assert adapter.dump_python(decision, mode="json") == first.json()
    # What msgspec writes, it reads.
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision


OWN = {
    "/channel": "fair",
    "/shop/type": "ordinary",
    "/brands/0/trademark_status": "registered",
    "/brands/0/evidence/authorization_level": 2,
}


def test_a_body_keeps_the_fields_of_a_rulesets_own() -> None:
    answer = call("POST", "/check-by-own-fields", application(OWN)).json()
    assert answer == TypeAdapter(Report).dump_python(
        check(application(OWN), as_of=DAY, history=[], ruleset=OWN_FIELDS), mode="json"
    )
    assert answer["verdict"] == "pass"
    refused = call("POST", "/check-by-own-fields", application(OWN | {"/brands/0/evidence/authorization_level": 9}))
    assert refused.json()["verdict"] == "fail"


@pytest.mark.parametrize("change", [OWN, {"/subject/extra": {"type": "individual"}}, {"/extra": {"subject": None}}])
def test_what_nobody_declares_is_noted_of_a_body_as_of_a_file(change: dict[str, Any]) -> None:
    answer = call("POST", "/check", application(change)).json()
    noted = [note["pointer"] for note in answer["notes"]]
    assert noted == [note.pointer for note in check(application(change), as_of=DAY, history=[]).notes]
    assert len(noted) == len(change)
    assert answer["verdict"] == "pass"


def test_an_application_is_given_back_as_it_came() -> None:
    answer = call("POST", "/applications/echo", application(OWN)).json()
    assert read_again(answer) == read_again(application(OWN))
    assert answer["brands"][0]["trademark_status"] == "registered"
    assert "extra" not in answer


def read_again(plain: dict[str, Any]) -> Application:
    read: Application = TypeAdapter(Application).validate_python(plain)
    return read


def test_a_record_keeps_the_fields_that_nobody_declares() -> None:
    record = shop() | {"staff_note": "seen", "brands": [{"name": "云上", "class": 30}]}
    answer = call("POST", "/records", record).json()
    assert answer["staff_note"] == "seen"
    read = TypeAdapter(Record).validate_python(answer)
    assert read == read_record(record)
    assert read_kept(write_kept(read)) == read


def test_openapi_says_in_both_languages_what_a_field_is() -> None:
    models = call("GET", "/openapi.json").json()["components"]["schemas"]
    said = models["Application"]["properties"]["application_id"]["description"]
    assert said.startswith("The application's own id")
    assert "申请编号" in said
    assert "审核结果" in models["Report"]["description"]
    for field, about in models["Decision"]["properties"].items():
        assert re.search("[A-Za-z].*\n\n.*[\u4e00-\u9fff]", about["description"]), field


@pytest.mark.parametrize("model", [Application, Shop, Ban, Violation, Mark, Report, Problem, Decision])
def test_every_model_has_a_type_adapter(model: Any) -> None:
    assert TypeAdapter(model).json_schema()["type"] == "object"


def test_a_report_goes_through_json_and_back() -> None:
    report = check(application(), as_of=DAY, history=[])
    adapter = TypeAdapter(Report)
    assert adapter.validate_json(adapter.dump_json(report)) == report


class Own(BaseModel):
    """A caller's own model."""

    application_id: str
    subject: dict[str, str]
    submitted_on: date


def test_a_callers_own_pydantic_model_is_taken_by_its_values() -> None:
    own = Own(application_id="A-1", subject={"type": "enterprise"}, submitted_on=DAY)
    report = check(own, as_of=DAY, history=[])  # type: ignore[arg-type]
    assert report.application_id == "A-1"


def test_a_day_may_be_a_text_and_a_registry_a_path(tmp_path: Path) -> None:
    path = tmp_path / "registry.jsonl"
    path.write_bytes(b"")
    for registry in (path, str(path)):
        assert check(application(), as_of="2024-08-05", registry=registry).passed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"as_of": datetime(2024, 8, 5)}, r"`\.date\(\)`"),
        ({"as_of": "5.8.2024"}, "YYYY-MM-DD"),
        ({"as_of": 20240805}, "YYYY-MM-DD"),
        ({"as_of": DAY, "registry": 5}, "path"),
    ],
    ids=str,
)
def test_an_argument_of_another_kind_is_refused_with_a_sentence(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ArgumentError, match=said) as raised:
        check(application(), **arguments)
    assert isinstance(raised.value, ValueError)
    [problem] = raised.value.problems
    assert re.search("[\u4e00-\u9fff]", problem.words("zh"))


def test_a_check_that_goes_well_imports_neither_pydantic_nor_jsonschema() -> None:
    program = (
        "import sys; from datetime import date; from onboarding import check\n"
        f"check({application()!r}, as_of=date(2024, 8, 5), history=[{shop()!r}])\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'pydantic', 'jsonschema'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
