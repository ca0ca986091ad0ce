"""The rules, as sellers and programs may read them."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from starlette.requests import Request

from ..answers import RulesetName, RulesetNames, answer, terms_of
from ..openapi import described
from ..service import Service, service

router = APIRouter()


@router.get("/v1/rulesets", **described("rulesets", answers={200: "RulesetNames"}, open_to_all=True))
async def rulesets(request: Request, service: Annotated[Service, Depends(service)]) -> Response:
    """The rulesets that the service judges by."""
    found = [standing.ruleset for standing in service.rulebook.standings()]
    names = tuple(RulesetName(ruleset.id, ruleset.digest, ruleset.title) for ruleset in found)
    return answer(request, RulesetNames(names), public=True)


@router.get(
    "/v1/rulesets/{ruleset_id}",
    **described("ruleset", answers={200: "RulesetTerms"}, refusals=(404,), open_to_all=True),
)
async def ruleset(request: Request, ruleset_id: str, service: Annotated[Service, Depends(service)]) -> Response:
    """The rules of one ruleset."""
    return answer(request, terms_of(service.ruleset(request, ruleset_id)), public=True)
