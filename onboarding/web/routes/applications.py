"""Applications: checked by anybody, admitted by staff, and what was decided on them."""

import hashlib
from dataclasses import replace
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from starlette.requests import Request

from ... import kernel, library
from ...decisions.admission import decisions_after, latest_decision
from ...decisions.decision import Decision
from ...errors import Problem
from ...identity import normal_text
from ...messages import text
from ...models import Day, History, to_plain
from ...reading.documents import Document
from ...report import Note, Report, Verdict
from ...rules.ruleset import Ruleset
from ..access import READERS, WRITERS, Caller, anyone, needs
from ..answers import answer
from ..dossiers import dossier_of, judge_again, waiting_after
from ..looked_up import replayed as as_answered
from ..openapi import described
from ..problems import Refused
from ..service import Service, known_id, known_subject, service, today

router = APIRouter()
RulesetId = Annotated[str | None, Query(max_length=200)]
After = Annotated[int, Query(ge=0, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.post(
    "/v1/check",
    **described("check", body="Application", answers={200: "Report"}, refusals=(404, 409), open_to_all=True),
)
async def check(
    request: Request,
    caller: Annotated[Caller, Depends(anyone)],
    service: Annotated[Service, Depends(service)],
    ruleset: RulesetId = None,
    as_of: Annotated[Day | None, Query()] = None,
) -> Response:
    """Judge; with what is on record where the caller may read that."""
    rules, data, day = service.ruleset(request, ruleset), await service.body(request), as_of or today()

    def judge() -> Report:
        document = Document("application", data, rules.own_fields)
        return document.report(_judge(document, service if caller.reads_history else None, day, rules))

    report = await (service.ask_registry(judge) if caller.reads_history else service.compute(judge))
    service.judged(request, report, rules, caller, "check", day, digest=_digest(data))
    return answer(request, report.to_dict())


@router.post(
    "/v1/applications",
    **described("admit", body="Application", answers={201: "Decision", 200: "Decision"}, refusals=(404, 409)),
)
async def admit(
    request: Request,
    caller: Annotated[Caller, Depends(needs(WRITERS))],
    service: Annotated[Service, Depends(service)],
    ruleset: RulesetId = None,
    note: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Decide, and open the shop of what passes."""
    rules, data = service.ruleset(request, ruleset), await service.body(request)
    _refuse_nul(note)

    def decide() -> Decision:
        return library.admit(data, registry=service.registry, by=caller.name, note=note, ruleset=rules)

    made = await service.ask_registry(decide)
    about = {"digest": made.digest, "revision": made.revision, "shop_id": made.shop_id, "repeated": made.repeated}
    service.judged(request, made.report, rules, caller, "admit", made.as_of, **about)
    place = f"/v1/decisions/{quote(made.application_id, safe='')}"
    return answer(request, made.to_dict(), 200 if made.repeated else 201, headers={"location": place})


@router.get("/v1/applications", **described("handed-in", answers={200: "HandedInApplications"}))
async def handed_in(
    request: Request,
    caller: Annotated[Caller, Depends(needs(READERS))],
    service: Annotated[Service, Depends(service)],
    verdict: Annotated[Verdict | None, Query()] = None,
    after: After = 0,
) -> Response:
    """A page of what waits for a decision, the oldest first, with what a check with the history says today."""
    found, following = await service.ask_registry(lambda: waiting_after(service, verdict or "", after))
    applications = [
        {
            "application_id": one.application_id,
            "handed_in_at": one.at,
            "ruleset": one.ruleset,
            "follows": one.application.follows,
            "report": report.to_dict(),
        }
        for one, report in found
    ]
    return answer(request, {"applications": applications, "next": following})


@router.get(
    "/v1/applications/{application_id:path}",
    **described("application", answers={200: "KeptApplication"}, refusals=(404,)),
)
async def application(
    request: Request,
    application_id: str,
    caller: Annotated[Caller, Depends(needs(READERS))],
    service: Annotated[Service, Depends(service)],
) -> Response:
    """An application that was handed in or decided on, and the report on it."""
    key = normal_text(known_id(application_id))
    found = await service.ask_registry(lambda: dossier_of(request, service, key))
    if found.rules and not found.is_final:
        service.judged(request, found.report, found.rules, caller, "look", today())
    about = {
        "application": to_plain(found.application),
        "ruleset": found.ruleset,
        "handed_in_at": found.handed_in.at if found.handed_in else None,
        "report": found.report.to_dict(),
        "decision": found.decision.to_dict() if found.decision else None,
    }
    return answer(request, about)


@router.get("/v1/decisions", **described("decisions", answers={200: "Decisions"}))
async def decisions(
    request: Request,
    caller: Annotated[Caller, Depends(needs(READERS))],
    service: Annotated[Service, Depends(service)],
    subject_id: Annotated[str | None, Query(max_length=200)] = None,
    after: After = 0,
    limit: Limit = 100,
) -> Response:
    """A page of all decisions, or of those on one subject."""
    _refuse_nul(subject_id)
    subject = known_subject(subject_id) if subject_id else None

    def find() -> list[tuple[int, Decision]]:
        with service.registry.reading() as session:
            return decisions_after(session, after, limit + 1, subject)

    found = await service.ask_registry(find)
    page = [decision.to_dict() for _, decision in found[:limit]]
    return answer(request, {"decisions": page, "next": found[limit - 1][0] if len(found) > limit else None})


@router.get(
    "/v1/decisions/{application_id:path}/replay",
    **described("replay", answers={200: "Replayed"}, refusals=(404,)),
)
async def replayed(
    request: Request,
    application_id: str,
    caller: Annotated[Caller, Depends(needs(READERS))],
    service: Annotated[Service, Depends(service)],
) -> Response:
    """A decision judged again: by the rules, on the record and on the day of now."""
    key = normal_text(known_id(application_id))
    again = await service.ask_registry(lambda: judge_again(request, service, key))
    return answer(request, replace(as_answered(again), decision=again.decision.to_dict()))  # type: ignore[arg-type]


@router.get("/v1/decisions/{application_id:path}", **described("decision", answers={200: "Decision"}, refusals=(404,)))
async def decision(
    request: Request,
    application_id: str,
    caller: Annotated[Caller, Depends(needs(READERS))],
    service: Annotated[Service, Depends(service)],
) -> Response:
    """The latest decision on one application."""
    key = normal_text(known_id(application_id))

    def find() -> Decision | None:
        with service.registry.reading() as session:
            return latest_decision(session, key)

    found = await service.ask_registry(find)
    if found is None:
        raise Refused("not-found")
    return answer(request, found.to_dict())


def _judge(document: Document, service: Service | None, day: date, rules: Ruleset) -> Report:
    """The report on an application; without a service nothing is known of its subject."""
    application, subject = document.application, rules.subject_id(document.application)
    notes = (Note(text("web.judged-as-of", day=day), kind="past"),) * (day < today())
    known: History | None = None
    if service:
        found = service.registry.look_up([subject] if subject else [], [normal_text(application.application_id)])
        found.refuse_other_content(application)
        known = found.histories[subject] if subject else None
        notes += (Note(text("web.registry-empty"), kind="empty_registry"),) * found.empty
    return kernel.check(application, known, day, rules).noted(notes)


def _refuse_nul(parameter: str | None) -> None:
    # No database keeps one.
    if parameter and "\0" in parameter:
        raise Refused("invalid-input", Problem(text("web.nul")))


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
