"""Who visits a page: by a proxy's word, or signed in by a token, which a session's cookie then stands for.

A cookie counts on pages and never on the API. Every form of a page carries a sign that no page elsewhere can know, and
whatever a browser says comes from elsewhere is refused before that.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple
from urllib.parse import quote

from fastapi.responses import RedirectResponse, Response
from starlette.requests import Request

from ..errors import Problem
from ..messages import listed, text
from .access import Access, Caller
from .problems import Refused
from .sessions import COOKIE, HOLDS_SECONDS, Session, Sessions
from .tokens import Role, Token, TokensError

SIGN = "sign"
HOME = "/desk"
SIGN_IN = "/desk/login"


class Visit(NamedTuple):
    """Who looks at a page, in which session; `sign` is what the page's forms carry."""

    caller: Caller
    session: Session
    sign: str
    is_new: bool

    @property
    def signed_in(self) -> bool:
        """Whether it is a session of ours that says who visits: such a one can be ended."""
        return bool(self.session.token_id)

    @property
    def writes(self) -> bool:
        return "staff" in self.caller.roles

    @property
    def makes_rules(self) -> bool:
        return "officer" in self.caller.roles


class SignInFirst(Exception):
    """A page for those who have signed in; `lost` says that a form was sent, of which nothing was done."""

    def __init__(self, back_to: str, *, lost: bool) -> None:
        super().__init__(back_to)
        self.back_to = back_to
        self.lost = lost


def visiting(roles: frozenset[Role]) -> Callable[[Request], Awaitable[Visit]]:
    """What a page depends on that is for visitors in one of `roles`; it gives the visit."""

    async def check(request: Request) -> Visit:
        visit = visit_of(request)
        if not visit.caller.roles:
            sent = request.method == "POST"
            raise SignInFirst(HOME if sent else _address(request), lost=sent)
        if not visit.caller.roles & roles:
            raise Refused("wrong-role", Problem(text("web.needs-role", roles=listed(sorted(roles)))))
        return visit

    return check


def visit_of(request: Request) -> Visit:
    """Who visits, be it anybody; raises Refused where credentials are shown that are not sound."""
    access: Access = request.app.state.access
    sessions: Sessions = request.app.state.sessions
    kept = sessions.read(request.cookies.get(COOKIE, ""))
    caller = access.caller(request)
    if caller.roles:
        # Somebody else vouches for them: no session of ours does.
        session = kept if kept and not kept.token_id else None
    else:
        token = _token(access, kept)
        session = kept if token or (kept and not kept.token_id) else None
        caller = Caller(token.name, frozenset(token.roles)) if token else caller
    request.state.role = "+".join(sorted(caller.roles)) or "anonymous"
    made = session or sessions.begin()
    return Visit(caller, made, sessions.sign(made, caller.name), session is None)


def _token(access: Access, session: Session | None) -> Token | None:
    if not session or not session.token_id or access.tokens is None:
        return None
    try:
        return access.tokens.holding(session.token_id, datetime.now(UTC))
    except TokensError as error:
        raise Refused("out-of-order") from error


def refuse_forged(request: Request, visit: Visit, sign: str) -> None:
    """Raise Refused where a form was not sent from a page that was shown in this visit."""
    sessions: Sessions = request.app.state.sessions
    if _is_from_elsewhere(request) or not sessions.is_signed(visit.session, visit.caller.name, sign):
        raise Refused("forged")


def keep(request: Request, answer: Response, session: Session) -> Response:
    """`answer`, by which the browser is given the session to keep."""
    sessions: Sessions = request.app.state.sessions
    # Whoever forges one of these shuts out nobody but themselves.
    said = (request.url.scheme, request.headers.get("x-forwarded-proto"), request.headers.get("origin", "")[:5])
    answer.set_cookie(
        COOKIE,
        sessions.cookie(session),
        max_age=HOLDS_SECONDS,
        secure="https" in said,
        httponly=True,
        samesite="lax",
    )
    return answer


def see(address: str) -> Response:
    """The way on, after a form was sent."""
    return RedirectResponse(address, 303, {"cache-control": "no-store"})


def to_sign_in(request: Request, error: SignInFirst) -> Response:
    """The way to the page to sign in on, and from there back."""
    lost = "&lost=1" if error.lost else ""
    return RedirectResponse(f"{SIGN_IN}?next={quote(error.back_to, safe='')}{lost}", 303, {"cache-control": "no-store"})


def back_to(given: str) -> str:
    """The page of the desk that `given` names; its first one where it names none."""
    path = given.partition("?")[0]
    inside = path == HOME or path.startswith(f"{HOME}/")
    return given if inside and "\\" not in given and given.isprintable() else HOME


def address_of(request: Request) -> str:
    """Where a try to sign in comes from, as far as tries are counted: of IPv6, the network that one customer has."""
    access: Access = request.app.state.access
    given = request.client.host if request.client else ""
    if access.is_proxy(request):
        # What the proxy itself has added comes last.
        given = request.headers.get("x-forwarded-for", given).rpartition(",")[2].strip()
    try:
        address = ip_address(given)
    except ValueError:
        return given[:100]
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return address.exploded[:19]
    return str(address)


def _is_from_elsewhere(request: Request) -> bool:
    """Whether the browser says that another site's page sent this; programs that are no browsers say nothing."""
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
