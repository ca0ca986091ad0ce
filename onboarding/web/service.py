"""What the routes share: the registry, the rules, who may what, and how a call is read."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from anyio import CapacityLimiter, to_thread
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from ..decisions.corrections import named_subject
from ..errors import ConflictError, Problem
from ..messages import listed, text
from ..reading.encoding import MAX_BYTES
from ..registry.sql import SqlRegistry
from ..registry.timestamps import day_of
from ..report import Report
from ..rules.ruleset import Ruleset
from .access import Caller
from .logs import EvaluationLog
from .metrics import Metrics
from .problems import Refused
from .rulebook import Rulebook
from .settings import Settings

Found = TypeVar("Found")
MOST_FIELDS = 100


class Service:
    """All that outlives a call."""

    def __init__(self, settings: Settings, registry: SqlRegistry, rulebook: Rulebook, metrics: Metrics) -> None:
        self.registry = registry
        self.rulebook = rulebook
        self._metrics = metrics
        self._evaluations = EvaluationLog(settings.evaluation_log) if settings.evaluation_log else None
        self._body_seconds = settings.body_seconds
        # Who waits for the registry must not keep those waiting who ask it nothing.
        self._turns = CapacityLimiter(settings.connections)

    def ruleset(self, request: Request, id_: str | None) -> Ruleset:
        """The ruleset that a call names; raises Refused where there is no such."""
        ruleset = self.rulebook.get(id_)
        if ruleset is None:
            known = listed(standing.ruleset.id for standing in self.rulebook.standings())
            raise Refused("not-found", Problem(text("web.no-ruleset"), hint=text("web.rulesets-are", names=known)))
        request.state.ruleset = ruleset.digest
        return ruleset

    def ruleset_of(self, request: Request, id_: str) -> Ruleset:
        """The ruleset that something on record names; the default one where the service has it no more."""
        return self.ruleset(request, id_ if self.rulebook.get(id_) else None)

    async def body(self, request: Request) -> bytes:
        """The body of a call, which is JSON; raises Refused where it says otherwise or does not come."""
        # A page elsewhere can send a browser here with a form, but not with this type.
        if (
            _media_type(request) != "application/json"
            or request.headers.get("content-encoding", "identity") != "identity"
        ):
            raise Refused("not-json")
        return await self._body(request)

    async def form(self, request: Request, most_fields: int = MOST_FIELDS) -> dict[str, str]:
        """The fields of a page's form, the last of each name; raises Refused where they are no such or do not come."""
        if _media_type(request) != "application/x-www-form-urlencoded":
            raise Refused("not-form")
        data = await self._body(request)
        try:
            return dict(parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=most_fields))
        except ValueError:
            raise Refused("not-form") from None

    async def form_with_file(self, request: Request, most_fields: int) -> tuple[dict[str, str], bytes | None]:
        """The fields of a page's form that may come with a file, and what is in that; raises Refused as `form` does."""
        if _media_type(request) != "multipart/form-data":
            return await self.form(request, most_fields), None
        # By another one texts could be made that are none, and some take long to be read.
        charset = parse_options_header(request.headers["content-type"])[1].get(b"charset", b"utf-8")
        if charset.lower() != b"utf-8":
            raise Refused("not-form")
        data = await self._body(request, 2 * MAX_BYTES)

        async def body() -> AsyncGenerator[bytes, None]:
            yield data

        parser = MultiPartParser(request.headers, body(), max_files=1, max_fields=most_fields, max_part_size=MAX_BYTES)
        try:
            found = await parser.parse()
        except (MultiPartException, KeyError, ValueError):
            raise Refused("not-form") from None
        fields = {name: value for name, value in found.multi_items() if isinstance(value, str)}
        files = [value for _, value in found.multi_items() if isinstance(value, UploadFile)]
        content = [await file.read() for file in files]
        await found.close()
        return fields, content[0] if content else None

    async def _body(self, request: Request, most: int = MAX_BYTES) -> bytes:
        try:
            async with asyncio.timeout(self._body_seconds):
                return await _whole(request, most)
        except (TimeoutError, ClientDisconnect):  # who has gone is no fault of ours, and hears nothing of it
            raise Refused("too-slow", headers={"connection": "close"}) from None

    async def ask_registry(self, do: Callable[[], Found]) -> Found:
        """What `do` gives, which asks the registry."""
        return await to_thread.run_sync(do, limiter=self._turns)

    async def compute(self, do: Callable[[], Found]) -> Found:
        """What `do` gives, which asks the registry nothing."""
        return await to_thread.run_sync(do)

    def judged(
        self, request: Request, report: Report, ruleset: Ruleset, caller: Caller, action: str, as_of: date, **about: Any
    ) -> None:
        """Count a judgement and write down how it came about; raises LogError where that cannot be done."""
        self._metrics.judgement(action, report, ruleset)
        if self._evaluations:
            told = {"request": request.state.request_id, "action": action, "by": caller.name or None}
            told |= {"role": request.state.role, "as_of": as_of.isoformat()}
            self._evaluations.write(report, ruleset, told | about)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _whole(request: Request, most: int) -> bytes:
    """The body, unless it is larger than `most`; of such a one no more than that is read."""
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > most:
            raise Refused("too-large", headers={"connection": "close"})
    return b"".join(parts)


def service(request: Request) -> Service:
    """What a route depends on to do anything."""
    found: Service = request.app.state.service
    return found


def today() -> date:
    """Today in Asia/Shanghai."""
    return day_of(datetime.now(UTC))


def known_id(given: str) -> str:
    """An id out of an address; raises Refused where nothing on record can have it."""
    if "\0" in given or not given.strip():
        raise Refused("not-found")
    return given


def known_subject(given: str) -> str:
    """The id of the subject that an address names; raises Refused where it can be none."""
    try:
        return named_subject(known_id(given))
    except ConflictError as error:
        raise Refused("invalid-input", *error.problems) from None
