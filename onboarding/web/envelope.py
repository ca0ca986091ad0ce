"""What every call has in common: an id, headers, a line in the log, its time, and an answer even where we fail."""

import traceback
from time import perf_counter
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import logs
from .problems import Refused, problem_answer

# Others are counted as one: whoever calls may invent any number of them.
_METHODS = frozenset(("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"))
_ALWAYS = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"))


class _HeadIsAll(Exception):
    """Ends the work on a body that comes in parts and that nobody is sent."""


class Envelope:
    """The app in its envelope; `state.ruleset` of a request names the digest of the ruleset that it was answered by."""

    def __init__(self, app: ASGIApp, access_log: bool) -> None:
        self._app = app
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        service = scope["app"].state
        state: dict[str, Any] = {**scope.get("state", {}), "request_id": str(uuid4()), "role": "anonymous"}
        state["ruleset"] = service.rulebook.default.digest
        # What is asked for its head alone is answered as if it were asked for, but for the body. The server, whose
        # scope it is, is not told otherwise.
        method, scope = scope["method"], {**scope, "state": state}
        if method == "HEAD":
            scope["method"] = "GET"
        begun, status = perf_counter(), 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                ours = ((b"x-request-id", state["request_id"].encode()), (b"ruleset-digest", state["ruleset"].encode()))
                message["headers"] = [*message["headers"], *_ALWAYS, *ours]
            elif method == "HEAD":
                await send({"type": message["type"], "body": b"", "more_body": False})
                if message.get("more_body"):
                    raise _HeadIsAll
                return
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except _HeadIsAll:
            pass
        except Exception as error:
            _tell_fault(error, state["request_id"])
            if not status:
                answer = problem_answer(Request(scope), Refused("fault"))
                await answer(scope, receive, send_on)
        finally:
            seconds = perf_counter() - begun
            counted = method if method in _METHODS else "other"
            route = getattr(scope.get("route"), "path", "none")
            service.metrics.call(counted, route, status, seconds)
            if self._access_log:
                about = {"request": state["request_id"], "method": counted, "route": route, "status": status}
                logs.access(**about, ms=round(seconds * 1000, 1), role=state["role"], ruleset=state["ruleset"])


def _tell_fault(error: Exception, request_id: str) -> None:
    """What kind of fault, and where: not its words, which may repeat what somebody sent."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-5:]]
    logs.tell("fault", request=request_id, kind=type(error).__name__, places=places)
