"""The rules, as sellers and programs may read them; and whom others would touch, for officers."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from starlette.requests import Request

from ...messages import Lang
from ...screening.impact_words import caveats_section, changes_section, tally_section
from ..access import OFFICERS, Caller, needs
from ..answers import RulesetName, RulesetNames, answer, terms_of
from ..desk_pages import show
from ..impact import Impact, Impacts
from ..looked_up import ProposedRules, ProposedRulesets, touched
from ..openapi import described
from ..pages import language_of
from ..problems import STATUS, Refused
from ..service import Service, service
from ..visits import SIGN, Visit, refuse_forged, visiting

router = APIRouter()
Officer = Annotated[Caller, Depends(needs(OFFICERS))]
Visitor = Annotated[Visit, Depends(visiting(OFFICERS))]
Given = Annotated[Service, Depends(service)]


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


@router.get("/v1/proposed-rules", **described("proposed-rules", answers={200: "ProposedRulesets"}))
async def proposed_rules(request: Request, caller: Officer, service: Given) -> Response:
    """The rulesets that may be asked about."""
    found = await service.compute(_impacts(request).proposals)
    told = [(one.name, one.ruleset, one.problems) for one in found]
    proposed = (ProposedRules(name, of.id if of else None, of.digest if of else None, why) for name, of, why in told)
    return answer(request, ProposedRulesets(tuple(proposed)))


@router.get("/v1/impact", **described("impact", answers={200: "Touched"}, refusals=(404,)))
async def impact(
    request: Request,
    caller: Officer,
    service: Given,
    proposed: Annotated[str, Query(max_length=200)],
    ruleset: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Whom a proposed ruleset touches, as far as can be told in the time there is."""
    rules = service.ruleset(request, ruleset)
    return answer(request, touched(await _impacts(request).find(service, rules.id, proposed)))


@router.get("/desk/impact", include_in_schema=False)
async def impact_form(request: Request, visit: Visitor, service: Given) -> Response:
    """What is proposed, to be asked about."""
    return await _impact_page(request, visit, service)


@router.post("/desk/impact", include_in_schema=False)
async def impact_found(request: Request, visit: Visitor, service: Given) -> Response:
    """Whom it touches."""
    said = await service.form(request)
    refuse_forged(request, visit, said.get(SIGN, ""))
    rules, proposed = service.ruleset(request, said.get("ruleset")), said.get("proposed", "")
    try:
        found = await _impacts(request).find(service, rules.id, proposed)
    except Refused as error:
        if error.kind not in ("busy", "invalid-input"):
            raise
        return await _impact_page(request, visit, service, said, wrong=error)
    return await _impact_page(request, visit, service, said, found=found)


def _impacts(request: Request) -> Impacts:
    found: Impacts = request.app.state.impacts
    return found


async def _impact_page(
    request: Request,
    visit: Visit,
    service: Service,
    said: dict[str, str] | None = None,
    *,
    found: Impact | None = None,
    wrong: Refused | None = None,
) -> Response:
    laid_out = await service.compute(_impacts(request).proposals)
    served = [standing.ruleset for standing in service.rulebook.standings()]
    status = STATUS[wrong.kind] if wrong else 200
    shown: dict[str, Any] = {"laid_out": laid_out, "served": served, "said": said or {}, "found": found, "wrong": wrong}
    if found:
        shown |= _sections(found, language_of(request))
    return show(request, visit, "desk/impact.html.jinja", status, **shown)


def _sections(found: Impact, lang: Lang) -> dict[str, Any]:
    survey, change = found.found, found.change
    return {
        "parts": [*([caveats_section(found.unseen, lang)] if found.unseen else []), changes_section(found.rules, lang)],
        "of_subjects": tally_section("subjects", survey.subjects, change, lang, examples=False),
        "of_waiting": tally_section("applications", survey.applications, change, lang, examples=False),
    }
