"""What those ask who run the service: does it live, can it answer, what has it done."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from starlette.requests import Request

from ...errors import Problem, RegistryError
from ..access import READERS, Caller, needs
from ..answers import Health, Readiness, RulesetStanding, answer
from ..metrics import CONTENT_TYPE
from ..openapi import described
from ..rulebook import Standing
from ..service import Service, service

router = APIRouter()


@router.get("/healthz", **described("health", answers={200: "Health"}, open_to_all=True))
async def healthz(request: Request) -> Response:
    """The process lives."""
    return answer(request, Health(True))


@router.get("/readyz", **described("readiness", answers={200: "Readiness", 503: "Readiness"}, open_to_all=True))
async def readyz(request: Request, service: Annotated[Service, Depends(service)]) -> Response:
    """Whether the registry can be read, and whether all rulesets judge as their files stand."""

    def look() -> str:
        try:
            return "empty" if service.registry.look_up(()).empty else "ok"
        except RegistryError:
            return "out_of_reach"

    registry = await service.ask_registry(look)
    ready = registry != "out_of_reach"
    standings = tuple(map(_standing, service.rulebook.standings()))
    return answer(request, Readiness(ready, registry, standings), 200 if ready else 503)


@router.get("/metrics", **described("metrics", text_answer=True))
async def metrics(request: Request, caller: Annotated[Caller, Depends(needs(READERS))]) -> Response:
    """The figures, for Prometheus."""
    return Response(request.app.state.metrics.shown(), media_type=CONTENT_TYPE)


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """What can be asked, for programs."""
    return answer(request, request.app.openapi(), public=True)


def _standing(standing: Standing) -> RulesetStanding:
    return RulesetStanding(standing.ruleset.id, standing.ruleset.digest, tuple(map(_nameless, standing.problems)))


def _nameless(problem: Problem) -> Problem:
    """Anybody may ask: of a file its name is told, and not where it lies."""
    return replace(problem, source=Path(problem.source).name) if problem.source else problem
