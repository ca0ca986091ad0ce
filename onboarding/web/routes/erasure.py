"""Erasure: what people wrote is taken away for good, of one application or of what was handed in long ago."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from starlette.requests import Request

from ...decisions import erasure
from ...decisions.erasure import Erasure
from ...errors import InputError, Problem
from ...identity import normal_text
from ...messages import Text, text
from ...reading.documents import MAX_TEXT
from ...registry.sql import Entry
from ..access import READERS, WRITERS, Caller, needs
from ..answers import answer
from ..changes import MOST_DAYS, Erasing, Purging, read_change
from ..desk_pages import show
from ..dossiers import PAGE, dossier_of
from ..looked_up import Erasures
from ..openapi import described
from ..service import Service, known_id, service
from ..visits import SIGN, Visit, refuse_forged, see, visiting
from .desk import Id, Word, address_of_application

router = APIRouter()
Given = Annotated[Service, Depends(service)]
Staff = Annotated[Caller, Depends(needs(WRITERS))]
Writer = Annotated[Visit, Depends(visiting(WRITERS))]
Before = Annotated[int, Query(ge=1, le=2**63 - 1)]
_LAST = 2**63 - 1
ERASURES = "/desk/erasures"


@router.get("/v1/erasures", **described("erasures", answers={200: "Erasures"}))
async def erasures(
    request: Request,
    caller: Annotated[Caller, Depends(needs(READERS))],
    service: Given,
    before: Before = _LAST,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """A page of what was erased: of which application, by whom, when and why."""
    return answer(request, await service.ask_registry(lambda: _before(service, before, limit)))


@router.post(
    "/v1/applications/{application_id:path}/erase",
    **described("erase", body="Erasing", answers={200: "Erasure"}, refusals=(404,)),
)
async def erase(request: Request, application_id: str, caller: Staff, service: Given) -> Response:
    """Take away what people wrote in an application; what was decided stays."""
    key, change = known_id(application_id), read_change(await service.body(request), Erasing)
    entry = Entry(datetime.now(UTC), caller.name, change.note)
    made = await service.ask_registry(lambda: erasure.erase(key, registry=service.registry, entry=entry))
    return answer(request, made)


@router.post("/v1/handed-in/purge", **described("purge", body="Purging", answers={200: "Erasures"}))
async def purge(request: Request, caller: Staff, service: Given) -> Response:
    """Take away what was handed in so long ago."""
    change = read_change(await service.body(request), Purging)
    if not 1 <= change.older_than_days <= MOST_DAYS:
        raise InputError(Problem(text("web.days-between", least=1, most=MOST_DAYS), "/older_than_days"))
    entry = Entry(datetime.now(UTC), caller.name, change.note)
    made = await service.ask_registry(lambda: _purge(service, change.older_than_days, entry))
    return answer(request, Erasures(made, None))


@router.get(ERASURES, include_in_schema=False)
async def erasures_page(
    request: Request,
    visit: Annotated[Visit, Depends(visiting(READERS))],
    service: Given,
    before: Before = _LAST,
    done: Word = "",
) -> Response:
    """What was erased, the newest first."""
    found = await service.ask_registry(lambda: _before(service, before, PAGE))
    return show(request, visit, "desk/erasures.html.jinja", e=found, done=done)


@router.get("/desk/erase", include_in_schema=False)
async def erase_form(request: Request, visit: Writer, service: Given, id: Id) -> Response:
    """What would be erased of an application, and why it is to be."""
    return await _erase_page(request, visit, service, id)


@router.post("/desk/erase", include_in_schema=False)
async def erase_now(request: Request, visit: Writer, service: Given, id: Id) -> Response:
    """See an application erased, of which its page has said what that means."""
    said = await service.form(request)
    refuse_forged(request, visit, said.get(SIGN, ""))
    note = said.get("note", "")
    if wrong := _wrong_reason(note):
        return await _erase_page(request, visit, service, id, note, wrong)
    key, entry = known_id(id), Entry(datetime.now(UTC), visit.caller.name, note)
    await service.ask_registry(lambda: erasure.erase(key, registry=service.registry, entry=entry))
    return see(f"{ERASURES}?done=erased")


@router.get("/desk/purge", include_in_schema=False)
async def purge_form(request: Request, visit: Writer) -> Response:
    """From how long ago what was handed in is to be erased."""
    return show(request, visit, "desk/purge.html.jinja", days="", note="", wrong={}, count=None)


@router.post("/desk/purge", include_in_schema=False)
async def purge_now(request: Request, visit: Writer, service: Given) -> Response:
    """How much that would be; and once that was seen, see it erased."""
    said = await service.form(request)
    refuse_forged(request, visit, said.get(SIGN, ""))
    given, note = said.get("days", "").strip(), said.get("note", "")
    days = int(given) if given.isascii() and given.isdigit() and len(given) <= len(str(MOST_DAYS)) else 0
    found = {
        "days": None if 1 <= days <= MOST_DAYS else text("desk.wrong-days", least=1, most=MOST_DAYS),
        "note": _wrong_reason(note),
    }
    shown: dict[str, Any] = {"days": given, "note": note, "wrong": {name: why for name, why in found.items() if why}}
    if shown["wrong"]:
        return show(request, visit, "desk/purge.html.jinja", 422, count=None, **shown)
    entry, sure = Entry(datetime.now(UTC), visit.caller.name, note), said.get("step") == "confirm"
    made = await service.ask_registry(lambda: _purge(service, days, entry, dry_run=not sure))
    if sure:
        return see(f"{ERASURES}?done=purged")
    return show(request, visit, "desk/purge.html.jinja", count=len(made), **shown)


async def _erase_page(
    request: Request, visit: Visit, service: Service, id_: str, note: str = "", wrong: Text | None = None
) -> Response:
    key = normal_text(known_id(id_))
    dossier = await service.ask_registry(lambda: dossier_of(request, service, key))
    shown: dict[str, Any] = {"d": dossier, "back": address_of_application(key), "note": note, "wrong": wrong}
    return show(request, visit, "desk/erase.html.jinja", 422 if wrong else 200, **shown)


def _wrong_reason(note: str) -> Text | None:
    if not normal_text(note):
        return text("desk.missing-reason")
    return text("desk.wrong-reason", length=MAX_TEXT, most=0) if len(note) > MAX_TEXT or "\0" in note else None


def _before(service: Service, before: int, limit: int) -> Erasures:
    with service.registry.reading() as session:
        found = erasure.erasures_before(session, before, limit + 1)
    following = found[limit - 1][0] if len(found) > limit else None
    return Erasures(tuple(made for _, made in found[:limit]), following)


def _purge(service: Service, days: int, entry: Entry, *, dry_run: bool = False) -> tuple[Erasure, ...]:
    before = entry.at - timedelta(days=days)
    return erasure.purge_handed_in(before, registry=service.registry, entry=entry, dry_run=dry_run)
