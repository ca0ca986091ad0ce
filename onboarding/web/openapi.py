"""The OpenAPI document: the published schemas, what a route says of itself in both languages, and examples."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from .. import __version__
from ..decisions.decision import Decision
from ..decisions.erasure import Erasure
from ..decisions.proposals import Proposal
from ..messages import text
from ..rules.loading import schemas_folder
from . import answers, changes, looked_up
from .problems import MEDIA_TYPE, ProblemDetails

_PUBLISHED = ("application", "registry-record", "report")
_PLACE = "#/components/schemas/"
_ANSWERS = (
    Decision,
    Proposal,
    answers.Decisions,
    answers.Proposals,
    answers.SubjectHistory,
    answers.RulesetNames,
    answers.RulesetTerms,
    answers.Readiness,
    answers.Health,
    *(looked_up.Found, looked_up.HandedInApplications, looked_up.KeptApplication, looked_up.Replayed),
    *(looked_up.Audited, looked_up.Erasures, Erasure, looked_up.Touched, looked_up.ProposedRulesets),
    ProblemDetails,
)
_CHANGES = (
    *(changes.Closing, changes.Banning, changes.Violating, changes.Marking, changes.Ending),
    *(changes.Reopening, changes.Correcting, changes.Withdrawing, changes.Answering),
    *(changes.Erasing, changes.Purging),
)
_EXAMPLES: dict[str, Any] = {
    "Application": {
        "application_id": "A-2024-0001",
        "submitted_on": "2024-08-05",
        "subject": {"type": "enterprise", "name": "云上茶业有限公司"},
        "business_license": {
            "uscc": "91999999MATEKT019L",
            "name": "云上茶业有限公司",
            "valid_from": "2019-03-12",
            "valid_until": None,
        },
        "shop": {"name": "云上茶业旗舰店"},
        "brands": [
            {
                "name": "云上/CLOUDTEA",
                "evidence": {
                    "type": "authorization_letter",
                    "valid_from": "2024-01-01",
                    "valid_until": None,
                    "sealed_by_subject": True,
                },
            }
        ],
    },
    "Closing": {"on": "2024-08-05", "reason": "voluntary_exit", "note": "ticket 4711"},
    "Banning": {"on": "2024-08-05", "reason": "application_fraud", "note": "ticket 4712"},
    "Violating": {"on": "2024-08-05", "kind": "late_shipment", "note": "ticket 4713"},
    "Marking": {"on": "2024-08-05", "kind": "b_points", "value": 6, "note": "ticket 4714"},
    "Ending": {"on": "2024-08-06", "note": "appeal 17"},
    "Reopening": {"note": "closed by mistake: S-2 was meant"},
    "Correcting": {"changes": {"on": "2024-08-04"}, "note": "the letter is of the day before"},
    "Withdrawing": {"note": "another subject was meant"},
    "Answering": {"note": "papers seen"},
    "Erasing": {"note": "request of the seller of 2024-08-05"},
    "Purging": {"older_than_days": 90, "note": "as we promise"},
}


def described(
    key: str,
    *,
    answers: Mapping[int, str] | None = None,
    body: str | None = None,
    refusals: tuple[int, ...] = (),
    open_to_all: bool = False,
    text_answer: bool = False,
) -> dict[str, Any]:
    """What a route says of itself: the words of `web.api-KEY`, its body and answers by the names of their schemas.

    All that can be refused is answered with a problem: `refusals`, and what can be wrong with any call of its kind.
    """
    refused = {422, *refusals, *(() if open_to_all else (401, 403)), *((408, 413, 415) if body else ()), 503}
    told: dict[int | str, dict[str, Any]] = {
        status: _content(status, ProblemDetails.__name__, MEDIA_TYPE) for status in sorted(refused)
    }
    told |= {status: _content(status, name, "application/json") for status, name in (answers or {}).items()}
    if text_answer:
        told[200] = {"description": _both("web.status-200"), "content": {"text/plain": {"schema": {"type": "string"}}}}
    extra: dict[str, Any] = {"security": [{"token": []}, *([{}] if open_to_all else [])]}
    if body:
        example = {"summary": _both("web.example"), "value": _EXAMPLES[body]}
        content = {"schema": {"$ref": _PLACE + body}, "examples": {"example": example}}
        extra["requestBody"] = {"required": True, "content": {"application/json": content}}
    summary, description = text(f"web.api-{key}"), text(f"web.api-{key}-more")
    return {
        "operation_id": key,
        "summary": f"{summary['en']} {summary['zh']}",
        "description": f"{description['en']}\n\n{description['zh']}",
        "responses": told,
        "openapi_extra": extra,
    }


def document(app: FastAPI) -> dict[str, Any]:
    """The document of `app`; made once."""
    if not app.openapi_schema:
        made = get_openapi(
            title="onboard-check",
            version=__version__,
            description=_both("web.api-about"),
            routes=app.routes,
        )
        token = {"type": "http", "scheme": "bearer", "description": _both("web.api-token")}
        made["components"] = {"schemas": _schemas(), "securitySchemes": {"token": token}}
        app.openapi_schema = made
    return app.openapi_schema


@cache
def _schemas() -> dict[str, Any]:
    """Every schema by its name: those that are published say what the core's values are."""
    adapters: list[tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]] = [
        *((model.__name__, "serialization", TypeAdapter(model)) for model in _ANSWERS),
        *((model.__name__, "validation", TypeAdapter(model)) for model in _CHANGES),
    ]
    found: dict[str, Any] = TypeAdapter.json_schemas(adapters, ref_template=_PLACE + "{model}")[1]["$defs"]
    for name in _PUBLISHED:
        content = (schemas_folder() / f"{name}.schema.json").read_text("utf-8").replace("#/$defs/", _PLACE)
        published = json.loads(content)
        found |= published["$defs"]
        if name == "registry-record":
            found["Record"] = {part: published[part] for part in ("title", "oneOf", "discriminator")}
    for model in _CHANGES:
        # What is misspelt is refused.
        found[model.__name__]["additionalProperties"] = False
    # Of a decision all is told but the application, which its registry keeps.
    decision = found[Decision.__name__]
    del decision["properties"]["application"]
    decision["required"] = list(decision["properties"])
    return found


def _content(status: int, schema: str, media_type: str) -> dict[str, Any]:
    return {
        "description": _both(f"web.status-{status}"),
        "content": {media_type: {"schema": {"$ref": _PLACE + schema}}},
    }


def _both(key: str) -> str:
    words = text(key)
    return f"{words['en']}\n{words['zh']}"
