"""As a platform's developer would: what the page and `/openapi.json` say is all that is known, and it is enough.

Nothing here imports the program; addresses, bodies, answers and problems are taken from the two documents.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from builders import ROOT
from stdnum.cn import uscc
from web.calls import Server

PAGE = (ROOT / "docs/how-to/service.md").read_text("utf-8")
NUMBERS = count(101)


class Developer:
    """Somebody who has read the page, and calls what the document says there is."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.document: dict[str, Any] = http.get("/openapi.json").json()

    def example(self, path: str) -> dict[str, Any]:
        """The body that the document shows for a call."""
        content = self.document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        (shown,) = content["examples"].values()
        return dict(shown["value"])

    def call(self, method: str, path: str, body: Any = None, *, query: Any = None, **names: str) -> httpx.Response:
        """Call what stands in the page and in the document; the answer is as the document says."""
        assert (
            f"`{method} {path}" in PAGE or f"`{path}" in PAGE or path.replace("/v1/subjects/{subject_id}", "…") in PAGE
        )
        told = self.document["paths"][path][method.lower()]["responses"]
        answer = self.http.request(method, path.format(**names), json=body, params=query)
        (media_type, about), *_ = told[str(answer.status_code)]["content"].items()
        assert answer.headers["content-type"].partition(";")[0] == media_type
        whole = about["schema"] | {"components": self.document["components"]}
        jsonschema.Draft202012Validator(whole).validate(answer.json())
        return answer


@pytest.fixture(scope="module")
def developer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Developer]:
    """With a token for staff, made by the command of the page; beside the registry that it names."""
    (made,) = re.findall(r"^\$ (onboard token create .*) > secret$", PAGE, re.MULTILINE)
    (imported,) = re.findall(r"^\$ (onboard registry import .*)$", PAGE, re.MULTILINE)
    folder, secret = tmp_path_factory.mktemp("service"), ""
    for command in (imported.replace("examples/", f"{ROOT}/examples/"), made):
        program = Path(sys.executable).with_name("onboard")
        done = subprocess.run([program, *command.split()[1:]], cwd=folder, capture_output=True, text=True, check=True)
        secret = done.stdout.strip()
    server = Server("--registry", "registry.db", cwd=folder)
    server.client.headers["authorization"] = f"Bearer {secret}"
    yield Developer(server.client)
    server.close()


@pytest.fixture
def wanted(developer: Developer) -> dict[str, Any]:
    """The application of the document, under an id of its own and for a subject of whom nothing is on record."""
    shown, number = developer.example("/v1/check"), f"91999999MATEKT{next(NUMBERS)}"
    licence = shown["business_license"] | {"uscc": number + uscc.calc_check_digit(number)}
    return shown | {"application_id": number, "business_license": licence}


def test_an_application_is_checked_admitted_and_its_decision_read(developer: Developer, wanted: Any) -> None:
    report = developer.call("POST", "/v1/check", wanted).json()
    assert report["verdict"] == "pass", [o for o in report["outcomes"] if o["status"] != "pass"]
    made = developer.call("POST", "/v1/applications", wanted, query={"note": "ticket 4711"})
    assert (made.status_code, made.json()["by"], made.json()["note"]) == (201, "li.na", "ticket 4711")
    id_ = made.json()["application_id"]
    read = developer.call("GET", "/v1/decisions/{application_id}", application_id=id_).json()
    assert (read["shop_id"], read["verdict"]) == (made.json()["shop_id"], "pass")
    subject = developer.call("GET", "/v1/subjects/{subject_id}", subject_id=read["subject_id"]).text
    assert read["shop_id"] in subject


def test_the_same_again_is_answered_with_the_decision_and_another_under_its_id_refused(
    developer: Developer, wanted: Any
) -> None:
    first = developer.call("POST", "/v1/applications", wanted)
    again = developer.call("POST", "/v1/applications", wanted)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["shop_id"] == first.json()["shop_id"]
    other = developer.call("POST", "/v1/applications", wanted | {"shop": {"name": "另一家店"}})
    assert (other.status_code, other.json()["type"]) == (409, "urn:problem-type:onboard:conflict")
    assert {"en", "zh"} == set(other.json()["errors"][0]["message"])


def test_a_shop_is_closed_corrected_and_opened_again(developer: Developer, wanted: Any) -> None:
    made = developer.call("POST", "/v1/applications", wanted).json()
    shop, subject = made["shop_id"], made["subject_id"]
    closing = developer.example("/v1/shops/{shop_id}/close") | {"on": made["as_of"]}
    closed = developer.call("POST", "/v1/shops/{shop_id}/close", closing, shop_id=shop)
    assert (closed.status_code, closed.json()["closed_on"]) == (200, made["as_of"])
    twice = developer.call("POST", "/v1/shops/{shop_id}/close", closing, shop_id=shop)
    assert twice.status_code == 409
    path = "/v1/subjects/{subject_id}/records/{record_id}/correct"
    change = developer.example(path) | {"changes": {"closed_for": "other"}}
    right = developer.call("POST", path, change, subject_id=subject, record_id=f"shop:{shop}")
    assert right.json()["closed_for"] == "other"
    opened = developer.call("POST", "/v1/shops/{shop_id}/reopen", {"note": "another was meant"}, shop_id=shop)
    assert "closed_on" not in opened.json()


def test_what_is_wrong_is_told_as_problem_details_with_every_place(developer: Developer, wanted: Any) -> None:
    wrong = wanted | {"subject": {"type": "enterprize"}, "submitted_on": "2024-02-30"}
    answer = developer.call("POST", "/v1/check", wrong)
    assert answer.status_code == 422
    problems = {problem["pointer"]: problem for problem in answer.json()["errors"]}
    assert set(problems) == {"/subject/type", "/submitted_on"}
    assert all({"line", "column", "message"} <= set(problem) for problem in problems.values())
    assert answer.headers["x-request-id"] in answer.json()["instance"]


def test_without_a_token_only_a_check_is_answered_and_knows_no_history(developer: Developer, wanted: Any) -> None:
    with httpx.Client(base_url=developer.http.base_url, timeout=60, trust_env=False) as anybody:
        stranger = Developer(anybody)
        assert stranger.call("POST", "/v1/check", wanted).json()["verdict"] == "undecided"
        refused = stranger.call("POST", "/v1/applications", wanted)
    assert (refused.status_code, json.loads(refused.text)["status"]) == (401, 401)
