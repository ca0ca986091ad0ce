"""What is on record of a subject, and what staff put on record: each change a new entry, in the caller's name."""

from collections.abc import Callable
from typing import Annotated, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from starlette.requests import Request

from ... import kernel, library
from ...decisions.audit import NOTHING, applicant
from ...decisions.corrections import subject_hint
from ...decisions.proposals import Proposal, proposals
from ...errors import NotOnRecordError, Problem
from ...messages import text
from ...models import Ban, Mark, Record, Shop, Violation, to_plain
from ...registry.sql import history_from
from ...registry.timeline import timeline
from ...subject_number import normal_subject
from ..access import READERS, WRITERS, Caller, needs
from ..answers import Proposals, SubjectHistory, answer
from ..changes import (
    Answering,
    Banning,
    Closing,
    Correcting,
    Ending,
    Marking,
    Reopening,
    Violating,
    Withdrawing,
    read_change,
)
from ..openapi import described
from ..service import Service, known_id, known_subject, service, today
from .applications import After, Limit

router = APIRouter()
Staff = Annotated[Caller, Depends(needs(WRITERS))]
Given = Annotated[Service, Depends(service)]
Kind = TypeVar("Kind", bound=Record)
Change = TypeVar("Change")


@router.get("/v1/subjects/{subject_id}", **described("subject", answers={200: "SubjectHistory"}, refusals=(404,)))
async def subject(
    request: Request,
    subject_id: str,
    caller: Annotated[Caller, Depends(needs(READERS))],
    service: Given,
    after: After = 0,
    limit: Limit = 100,
) -> Response:
    """What is on record of a subject, by pages, and what by its record alone keeps it from another shop."""
    code, day, rules = known_subject(subject_id), today(), service.rulebook.default

    def find() -> SubjectHistory:
        with service.registry.reading() as session:
            rows = service.registry.rows(session, code)
            waiting = tuple(proposals(session, code, waiting=True))
            if not rows and not waiting:
                message = text("decisions.nothing-on-record", code=code)
                raise NotOnRecordError(Problem(message, hint=subject_hint(session, code)))
            entries = timeline(service.registry, session, code, after=after, limit=limit + 1)
        report = kernel.check(applicant(code), history_from(code, rows), day, rules, NOTHING)
        following = entries[limit - 1].seq if len(entries) > limit else None
        return SubjectHistory(code, day, report.eligible_from, report.failures, waiting, entries[:limit], following)

    found = await service.ask_registry(find)
    return answer(request, found)


@router.post(
    "/v1/shops/{shop_id:path}/close",
    **described("close", body="Closing", answers={200: "Shop", 202: "Proposal"}, refusals=(404, 409)),
)
async def close(request: Request, shop_id: str, caller: Staff, service: Given) -> Response:
    """Close a shop."""
    shop_id = known_id(shop_id)

    def do(change: Closing) -> Shop | Proposal:
        return library.close(
            shop_id, change.reason, change.on, registry=service.registry, by=caller.name, note=change.note
        )

    return await _changed(request, service, Closing, do)


@router.post(
    "/v1/subjects/{subject_id}/bans",
    **described("ban", body="Banning", answers={201: "Ban", 202: "Proposal"}, refusals=(409,)),
)
async def ban(request: Request, subject_id: str, caller: Staff, service: Given) -> Response:
    """Ban a subject."""
    code = known_subject(subject_id)

    def do(change: Banning) -> Ban | Proposal:
        return library.ban(code, change.reason, change.on, registry=service.registry, by=caller.name, note=change.note)

    return await _changed(request, service, Banning, do, status=201)


@router.post(
    "/v1/subjects/{subject_id}/bans/{ban_id:path}/revoke",
    **described("revoke", body="Ending", answers={200: "Ban", 202: "Proposal"}, refusals=(404, 409)),
)
async def revoke(request: Request, subject_id: str, ban_id: str, caller: Staff, service: Given) -> Response:
    """End a ban."""
    code, ban_id = known_subject(subject_id), known_id(ban_id)

    def do(change: Ending) -> Ban | Proposal:
        _refuse_of_another(service, code, ban_id, "ban")
        return library.revoke(ban_id, change.on, registry=service.registry, by=caller.name, note=change.note)

    return await _changed(request, service, Ending, do)


@router.post(
    "/v1/subjects/{subject_id}/violations",
    **described("violation", body="Violating", answers={201: "Violation"}, refusals=(404, 409)),
)
async def violation(request: Request, subject_id: str, caller: Staff, service: Given) -> Response:
    """Put a violation on record."""
    code = known_subject(subject_id)

    def do(change: Violating) -> Violation:
        return library.add_violation(
            code,
            change.kind,
            change.on,
            registry=service.registry,
            by=caller.name,
            note=change.note,
            shop_id=change.shop_id,
            again=change.again,
        )

    return await _changed(request, service, Violating, do, status=201)


@router.post(
    "/v1/subjects/{subject_id}/violations/{violation_id:path}/resolve",
    **described("resolve", body="Ending", answers={200: "Violation"}, refusals=(404, 409)),
)
async def resolve(request: Request, subject_id: str, violation_id: str, caller: Staff, service: Given) -> Response:
    """Note that a violation is resolved."""
    code, violation_id = known_subject(subject_id), known_id(violation_id)

    def do(change: Ending) -> Violation:
        _refuse_of_another(service, code, violation_id, "violation")
        return library.resolve(violation_id, change.on, registry=service.registry, by=caller.name, note=change.note)

    return await _changed(request, service, Ending, do)


@router.post(
    "/v1/subjects/{subject_id}/marks",
    **described("mark", body="Marking", answers={201: "Mark", 202: "Proposal"}, refusals=(409,)),
)
async def mark(request: Request, subject_id: str, caller: Staff, service: Given) -> Response:
    """Put a mark on a subject."""
    code = known_subject(subject_id)

    def do(change: Marking) -> Mark | Proposal:
        return library.mark(
            code,
            change.kind,
            change.on,
            registry=service.registry,
            by=caller.name,
            note=change.note,
            until=change.until,
            value=change.value,
            about=change.about,
        )

    return await _changed(request, service, Marking, do, status=201)


@router.post(
    "/v1/subjects/{subject_id}/marks/{mark_id:path}/end",
    **described("unmark", body="Ending", answers={200: "Mark"}, refusals=(404, 409)),
)
async def unmark(request: Request, subject_id: str, mark_id: str, caller: Staff, service: Given) -> Response:
    """End a mark."""
    code, mark_id = known_subject(subject_id), known_id(mark_id)

    def do(change: Ending) -> Mark:
        _refuse_of_another(service, code, mark_id, "mark")
        return library.unmark(mark_id, change.on, registry=service.registry, by=caller.name, note=change.note)

    return await _changed(request, service, Ending, do)


@router.post(
    "/v1/shops/{shop_id:path}/reopen",
    **described("reopen", body="Reopening", answers={200: "Shop", 202: "Proposal"}, refusals=(404, 409)),
)
async def reopen(request: Request, shop_id: str, caller: Staff, service: Given) -> Response:
    """Take a closing back that was entered wrongly."""
    shop_id = known_id(shop_id)

    def do(change: Reopening) -> Shop | Proposal:
        return library.reopen(shop_id, registry=service.registry, by=caller.name, note=change.note)

    return await _changed(request, service, Reopening, do)


@router.post(
    "/v1/subjects/{subject_id}/records/{record_id:path}/correct",
    **described("correct", body="Correcting", answers={200: "Record", 202: "Proposal"}, refusals=(404, 409)),
)
async def correct(request: Request, subject_id: str, record_id: str, caller: Staff, service: Given) -> Response:
    """Correct what was entered wrongly."""
    code, record_id = known_subject(subject_id), known_id(record_id)

    def do(change: Correcting) -> Record | Proposal:
        _refuse_of_another(service, code, record_id, "record")
        about = {"registry": service.registry, "by": caller.name, "note": change.note, "replaces": change.replaces}
        return library.correct(record_id, change.changes, **about)  # type: ignore[arg-type]

    return await _changed(request, service, Correcting, do)


@router.post(
    "/v1/subjects/{subject_id}/records/{record_id:path}/withdraw",
    **described("withdraw", body="Withdrawing", answers={200: "Record", 202: "Proposal"}, refusals=(404, 409)),
)
async def withdraw(request: Request, subject_id: str, record_id: str, caller: Staff, service: Given) -> Response:
    """Take back what was entered in error."""
    code, record_id = known_subject(subject_id), known_id(record_id)

    def do(change: Withdrawing) -> Record | Proposal:
        _refuse_of_another(service, code, record_id, "record")
        about = {"registry": service.registry, "by": caller.name, "note": change.note, "replaces": change.replaces}
        return library.withdraw(record_id, **about)  # type: ignore[arg-type]

    return await _changed(request, service, Withdrawing, do)


@router.get("/v1/proposals", **described("proposals", answers={200: "Proposals"}))
async def waiting(request: Request, caller: Annotated[Caller, Depends(needs(READERS))], service: Given) -> Response:
    """What waits for a second person."""
    found = await service.ask_registry(lambda: library.proposals(registry=service.registry))
    return answer(request, Proposals(found))


@router.post(
    "/v1/proposals/{proposal_id}/confirm",
    **described("confirm", body="Answering", answers={200: "Proposal"}, refusals=(404, 409)),
)
async def confirm(request: Request, proposal_id: str, caller: Staff, service: Given) -> Response:
    """Put on record what somebody else proposed."""
    change, proposal_id = read_change(await service.body(request), Answering), known_id(proposal_id)
    about = {"registry": service.registry, "by": caller.name, "note": change.note}
    return answer(request, await service.ask_registry(lambda: library.confirm(proposal_id, **about)))  # type: ignore[arg-type]


@router.post(
    "/v1/proposals/{proposal_id}/reject",
    **described("reject", body="Answering", answers={200: "Proposal"}, refusals=(404, 409)),
)
async def reject(request: Request, proposal_id: str, caller: Staff, service: Given) -> Response:
    """Put aside what was proposed."""
    change, proposal_id = read_change(await service.body(request), Answering), known_id(proposal_id)
    about = {"registry": service.registry, "by": caller.name, "note": change.note}
    return answer(request, await service.ask_registry(lambda: library.reject(proposal_id, **about)))  # type: ignore[arg-type]


async def _changed(
    request: Request, service: Service, model: type[Change], do: Callable[[Change], Kind | Proposal], status: int = 200
) -> Response:
    """What `do` puts on record for the change that the body tells, or proposes, and the answer that shows it."""
    change = read_change(await service.body(request), model)
    record = await service.ask_registry(lambda: do(change))
    if isinstance(record, Proposal):
        return answer(request, record, 202)
    place = f"/v1/subjects/{quote(normal_subject(record.subject_id), safe='')}"
    return answer(request, to_plain(record), status, headers={"location": place} if status == 201 else None)


def _refuse_of_another(service: Service, code: str, id_: str, kind: str) -> None:
    """Raise NotOnRecordError where the record with this id is none of the subject's."""
    with service.registry.reading() as session:
        rows = service.registry.rows(session, code)
    if not any(row.record and row.key in (id_, f"{kind}:{id_}") for row in {row.key: row for row in rows}.values()):
        raise NotOnRecordError(Problem(text(f"web.no-{kind}-of-subject")))
