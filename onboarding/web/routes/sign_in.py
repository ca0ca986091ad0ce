"""How staff sign in at the desk by their token, and out again."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from starlette.requests import Request

from ..access import READERS, Access
from ..desk_pages import show
from ..problems import Refused
from ..service import Service, service
from ..sessions import COOKIE, Sessions, Throttle
from ..tokens import TokensError
from ..visits import HOME, SIGN, SIGN_IN, Visit, address_of, back_to, keep, refuse_forged, see, visit_of

router = APIRouter(include_in_schema=False)
_MINUTE = {"retry-after": "60"}


@router.get(SIGN_IN)
async def ask(
    request: Request,
    next_: Annotated[str, Query(alias="next", max_length=2000)] = HOME,
    lost: Annotated[bool, Query()] = False,
) -> Response:
    """The page to sign in on; whoever has is sent where they meant to go."""
    visit = visit_of(request)
    if visit.caller.roles & READERS:
        return see(back_to(next_))
    return _asked(request, visit, next_, lost="desk.lost" if lost else None)


@router.post(SIGN_IN)
async def sign_in(request: Request, service: Annotated[Service, Depends(service)]) -> Response:
    """Begin a session for whoever shows a token that holds."""
    visit, fields = visit_of(request), await service.form(request)
    refuse_forged(request, visit, fields.get(SIGN, ""))
    access: Access = request.app.state.access
    throttle: Throttle = request.app.state.throttle
    sessions: Sessions = request.app.state.sessions
    address, wanted = address_of(request), fields.get("next", HOME)
    if not throttle.allows(address):
        return _asked(request, visit, wanted, wrong="desk.too-many-tries", status=429, headers=_MINUTE)
    try:
        token = access.tokens and access.tokens.find(fields.get("token", "").strip(), datetime.now(UTC))
    except TokensError as error:
        raise Refused("out-of-order") from error
    if not token:
        throttle.failed(address)
        return _asked(request, visit, wanted, wrong="desk.unknown-token", status=401)
    # Another session than the one before, which somebody else may know.
    return keep(request, see(back_to(wanted)), sessions.begin(token.id))


@router.post("/desk/logout")
async def sign_out(request: Request, service: Annotated[Service, Depends(service)]) -> Response:
    """End the session, so that its cookie is of no use to whoever kept it."""
    visit, fields = visit_of(request), await service.form(request)
    refuse_forged(request, visit, fields.get(SIGN, ""))
    sessions: Sessions = request.app.state.sessions
    sessions.end(visit.session)
    answer = see(SIGN_IN)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def _asked(
    request: Request,
    visit: Visit,
    wanted: str,
    *,
    lost: str | None = None,
    wrong: str | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    shown = {"next": back_to(wanted), "lost": lost, "wrong": wrong}
    answer = show(request, visit, "desk/sign-in.html.jinja", status, **shown)
    answer.headers.update(headers or {})
    return answer
