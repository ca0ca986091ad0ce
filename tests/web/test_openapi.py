"""The OpenAPI document keeps its word: no call that it allows, or nearly allows, breaks the service."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from builders import ROOT, ban, mark, shop, violation
from hypothesis import HealthCheck, settings
from registry.make import load
from schemathesis.checks import CHECKS, load_all_checks
from web.calls import Desk

from onboarding.registry import open_database
from onboarding.web.openapi import document

CHINESE = re.compile("[\u4e00-\u9fff]")
ON_RECORD = (shop("S-1"), ban(id="B-1"), violation(id="V-1"), mark(id="M-1"))
load_all_checks()
# A token is shown with every call; that none is refused without one, `test_access` looks at.
CHECKED = [check for check in CHECKS.get_all() if check.__name__ != "ignored_auth"]


@pytest.fixture
def api(service: Desk) -> Any:
    """The document, as a caller of the service finds it."""
    load(service.app.state.service.registry, *ON_RECORD)
    found = schemathesis.openapi.from_asgi("/openapi.json", service.app)
    found.headers = {"authorization": f"Bearer {service.secret('staff')}"}
    return found


calls = schemathesis.pytest.from_fixture("api")


@calls.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_document_tells_of(case: schemathesis.Case, service: Desk) -> None:
    headers = {"authorization": f"Bearer {service.known}"}
    case.call_and_validate(headers=headers, checks=CHECKED)


def test_every_call_and_every_field_says_in_both_languages_what_it_is(service: Desk) -> None:
    made = document(service.app)
    for path, about in made["paths"].items():
        for said in about.values():
            assert CHINESE.search(said["summary"]), path
            assert CHINESE.search(said["description"]), path
    for name, model in made["components"]["schemas"].items():
        for field, about in model.get("properties", {}).items():
            assert "$ref" in about or CHINESE.search(about.get("description", "")), (name, field)


def test_every_example_is_one_that_the_service_takes(service: Desk) -> None:
    load(service.app.state.service.registry, *ON_RECORD)
    staff, taken = service.holding("staff"), 0
    for path, about in document(service.app)["paths"].items():
        for method, said in about.items():
            if "requestBody" not in said:
                continue
            (example,) = said["requestBody"]["content"]["application/json"]["examples"].values()
            ids = {"subject_id": shop()["subject_id"], "shop_id": "S-1", "ban_id": "B-1"}
            address = path.replace(":path", "").format(**ids, violation_id="V-1", mark_id="M-1")
            answer = staff(method.upper(), address, json=example["value"])
            assert answer.status_code in (200, 201), (path, answer.text)
            taken += 1
    assert taken == 9


def test_the_schemas_are_those_that_are_published(service: Desk) -> None:
    models = document(service.app)["components"]["schemas"]
    for name in ("application", "registry-record", "report"):
        published = json.loads((ROOT / f"schemas/{name}.schema.json").read_text("utf-8"))["$defs"]
        for model, schema in published.items():
            assert models[model] == json.loads(json.dumps(schema).replace("#/$defs/", "#/components/schemas/"))


def test_nothing_in_it_is_fetched_from_elsewhere(service: Desk) -> None:
    for page in ("/docs", "/redoc"):
        assert service.anonymous.get(page).status_code == 404
