"""The OpenAPI document keeps its word: no call that it allows, or nearly allows, breaks the service."""

import json
import re

from builders import DAY, ROOT, USCC, ban, mark, shop, violation
from hypothesis import HealthCheck, given, settings
from registry.make import load
from web.calls import Desk

from onboarding import Proposal, library, require_two
from onboarding.web.openapi import document

CHINESE = re.compile("[\u4e00-\u9fff]")
ON_RECORD = (shop("S-1"), ban(id="B-1"), violation(id="V-1"), mark(id="M-1"))


def test_every_answer_is_one_that_the_document_tells_of(service: Desk) -> None:
    import schemathesis  # which takes a second
    from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

    # That no call is let in without a token, `test_access` looks at; and what fits a schema may still be no day to
    # come, or a whole number that is written `6.0`.
    left_out = [ignored_auth, positive_data_acceptance]
    load(service.app.state.service.registry, *ON_RECORD)
    api = schemathesis.openapi.from_asgi("/openapi.json", service.app)
    operations = [found.ok() for found in api.get_all_operations()]
    assert len(operations) == 33
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(
            max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
        )
        def call(case: schemathesis.Case) -> None:
            case.call_and_validate(headers=service.headers, excluded_checks=left_out)

        call()


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
    load(service.app.state.service.registry, shop("S-1"), ban("serious_violation", id="B-1"), *ON_RECORD[2:])
    staff, taken = service.holding("staff"), 0
    for path, about in document(service.app)["paths"].items():
        for method, said in about.items():
            if "requestBody" not in said:
                continue
            (example,) = said["requestBody"]["content"]["application/json"]["examples"].values()
            ids = {
                "subject_id": USCC,
                "shop_id": "S-1",
                "ban_id": "B-1",
                "record_id": "mark:M-1",
                "application_id": "A-2024-0001",
            }
            if "{proposal_id}" in path:
                ids["proposal_id"] = _proposed(service)
            address = path.replace(":path", "").format(**ids, violation_id="V-1", mark_id="M-1")
            answer = staff(method.upper(), address, json=example["value"])
            assert answer.status_code in (200, 201), (path, answer.text)
            taken += 1
    assert taken == 16


def _proposed(service: Desk) -> str:
    """The id of a waiver that somebody else proposed; the registry wants no second person afterwards."""
    registry = service.app.state.service.registry
    require_two(True, registry=registry, by="the head of the desk")
    made = library.mark(USCC, "waiver", DAY, registry=registry, by="chen", about="max-three-shops")
    require_two(False, registry=registry, by="the head of the desk")
    assert isinstance(made, Proposal)
    return made.proposal_id


def test_the_schemas_are_those_that_are_published(service: Desk) -> None:
    models = document(service.app)["components"]["schemas"]
    for name in ("application", "registry-record", "report"):
        published = json.loads((ROOT / f"schemas/{name}.schema.json").read_text("utf-8"))["$defs"]
        for model, schema in published.items():
            assert models[model] == json.loads(json.dumps(schema).replace("#/$defs/", "#/components/schemas/"))


def test_nothing_in_it_is_fetched_from_elsewhere(service: Desk) -> None:
    for page in ("/docs", "/redoc"):
        assert service.anonymous.get(page).status_code == 404
