"""What is on record, looked through: searched, listed, audited; by pages, so that no call reads a whole registry."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from starlette.requests import Request

from ...registry.listing import Wanted as State
from ..access import READERS, Caller, needs
from ..answers import answer
from ..audits import Said, Wanted, audit_some
from ..dossiers import found_some
from ..looked_up import Found
from ..openapi import described
from ..service import Service, known_id, known_subject, service, today
from .applications import RulesetId

router = APIRouter()
Reader = Annotated[Caller, Depends(needs(READERS))]
Given = Annotated[Service, Depends(service)]
Begin = Annotated[str, Query(max_length=200)]


@router.get("/v1/search", **described("search", answers={200: "Found"}))
async def search(
    request: Request,
    caller: Reader,
    service: Given,
    q: Annotated[str, Query(max_length=2000)] = "",
    state: State | None = None,
    after: Begin = "",
) -> Response:
    """A page of what may be meant by a number, an id, a name or a brand; of everything where none is given."""
    found = await service.ask_registry(lambda: found_some(service, q, state or "", after))
    return answer(request, Found(today(), tuple(found.found), found.after))


@router.get("/v1/audit", **described("audit", answers={200: "Audited"}, refusals=(404,)))
async def audited(
    request: Request,
    caller: Reader,
    service: Given,
    verdict: Said = "fail",
    rule: Annotated[str, Query(max_length=200)] = "",
    subject_id: Begin = "",
    after: Begin = "",
    ruleset: RulesetId = None,
) -> Response:
    """A page of the shops that should not have been opened, or cannot be told, by the rules of the day they opened."""
    rules = service.ruleset(request, ruleset)
    wanted = Wanted(verdict, rule, known_subject(subject_id) if subject_id else "")
    begin = known_id(after) if after else ""
    part = await service.ask_registry(lambda: audit_some(service, rules, wanted, begin))
    results = [report.to_dict() for _, report in part.reports]
    return answer(request, {"subjects": part.subjects, "results": results, "next": part.after})
