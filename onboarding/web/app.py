"""The service, put together."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import Request

from .. import __version__
from ..errors import (
    ArgumentError,
    ClashError,
    ConflictError,
    InputError,
    NotOnRecordError,
    OnboardingError,
    Problem,
    RegistryError,
    RightsError,
)
from ..messages import listed, same, text
from ..pointers import looks_like_a_name
from ..registry import open_database
from . import openapi
from .access import Access
from .envelope import Envelope
from .impact import Impacts
from .logs import tell
from .metrics import Metrics
from .pages import STATIC_FILES
from .problems import Kind, Refused, problem_answer
from .routes import applications, desk, desk_changes, erasure, form, operations, records, rulesets, sign_in, subjects
from .rulebook import Rulebook
from .service import Service
from .sessions import Sessions, Throttle, sessions_beside
from .settings import Settings
from .visits import SignInFirst, to_sign_in

# How often the files of rulesets are looked at.
RELOAD_SECONDS = 1.0


def create_app(settings: Settings) -> FastAPI:
    """The app of a service with these settings.

    Raises RegistryError where the registry cannot be opened, RulesetError where a ruleset is unsound, TokensError
    where the tokens cannot be read, ValueError where a proxy has no address.
    """
    registry = open_database(settings.registry, connections=settings.connections)
    rulebook, metrics = Rulebook(settings.rulesets), Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        reloading = asyncio.create_task(_keep_reloading(rulebook))
        try:
            yield
        finally:
            reloading.cancel()
            with suppress(asyncio.CancelledError):
                await reloading
            registry.close()

    app = FastAPI(
        title="onboard-check",
        version=__version__,
        lifespan=lifespan,
        # Served by a route of ours; the pages that show it would load programs from elsewhere.
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(_known_and_once_each)],
    )
    app.state.service = Service(settings, registry, rulebook, metrics)
    app.state.impacts = Impacts(settings.proposed_rules)
    app.state.rulebook, app.state.metrics, app.state.access = rulebook, metrics, Access(settings)
    folder = settings.sessions or (sessions_beside(settings.tokens) if settings.tokens else None)
    app.state.sessions, app.state.throttle = Sessions(folder, settings.session_key), Throttle()
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    for module in (
        *(applications, erasure, subjects, records, rulesets, operations),
        *(form, sign_in, desk, desk_changes),
    ):
        app.include_router(module.router)
    app.mount("/static", STATIC_FILES)
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    app.add_middleware(Envelope, access_log=settings.access_log)
    return app


async def _known_and_once_each(request: Request) -> None:
    """Refuse a call with a parameter that is given twice: of two days nobody can say which is meant; or with one that
    it does not have, for it would be answered as if by another day or other rules than were meant. Pages are led to
    with parameters of other people's as well.
    """
    names = [name for name, _ in request.query_params.multi_items()]
    if len(set(names)) < len(names):
        raise Refused("invalid-input", Problem(text("web.parameter-twice")))
    route = request.scope["route"]
    if names and route.path.startswith("/v1/"):
        known = sorted(parameter.alias for parameter in route.dependant.query_params)
        if unknown := sorted({name if looks_like_a_name(name) else "…" for name in names} - {*known}):
            hint = text("reading.known", names=listed(known)) if known else text("web.parameter-none")
            raise Refused("invalid-input", Problem(text("web.parameter-unknown", names=listed(unknown)), hint=hint))


async def _keep_reloading(rulebook: Rulebook) -> None:
    while True:
        await asyncio.sleep(RELOAD_SECONDS)
        await asyncio.to_thread(rulebook.reload)


def _refused(request: Request, error: Refused) -> Response:
    return problem_answer(request, error)


def _problems(request: Request, error: OnboardingError) -> Response:
    """What the core raises, by what it means to whoever calls."""
    match error:
        case ClashError() | ConflictError():
            return problem_answer(request, Refused("conflict", *error.problems))
        case InputError() | ArgumentError():
            return problem_answer(request, Refused("invalid-input", *error.problems))
        case NotOnRecordError():
            return problem_answer(request, Refused("not-found", *error.problems))
    # What is wrong with the service itself, those who run it are told.
    kind: Kind = "out-of-order"
    if isinstance(error, RegistryError):
        kind = "no-right" if isinstance(error, RightsError) else "registry-out-of-reach"
    tell(
        kind.replace("-", "_"), request=request.state.request_id, problems=[str(problem) for problem in error.problems]
    )
    # To try again helps, but for what this role may never do.
    return problem_answer(request, Refused(kind, headers={} if kind == "no-right" else {"retry-after": "5"}))


def _parameters(request: Request, error: RequestValidationError) -> Response:
    found = [Problem(text("web.parameter", name=same(str(one["loc"][-1])))) for one in error.errors()]
    return problem_answer(request, Refused("invalid-input", *found))


def _by_status(request: Request, error: HTTPException) -> Response:
    """What the framework refuses by itself."""
    kinds: dict[int, Kind] = {404: "not-found", 405: "wrong-method"}
    kind = kinds.get(error.status_code, "invalid-input")
    return problem_answer(request, Refused(kind, headers=error.headers))


_HANDLERS: dict[type[Exception], Callable[..., Any]] = {
    Refused: _refused,
    SignInFirst: to_sign_in,
    OnboardingError: _problems,
    RequestValidationError: _parameters,
    HTTPException: _by_status,
}
