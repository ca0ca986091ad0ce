"""The form for sellers: filled in, checked without the history, handed in for staff to decide on.

What is typed is kept by the page itself, which comes back with every answer: nothing of it is lost by an error.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query
from fastapi.responses import RedirectResponse, Response
from starlette.requests import Request

from ... import kernel
from ...decisions.handed_in import FullError, HandedIn, find_by_receipt, hand_in
from ...errors import ClashError, InputError, Problem, RegistryError
from ...messages import Text, text
from ...models import Application, History, content_digest, to_plain
from ...outputs.json import to_json
from ...reading.documents import MAX_BRANDS, Document, read_application
from ...registry.timestamps import show_instant
from ...report import Report
from ...rules.outline import Part, outline
from ...rules.ruleset import Ruleset
from ..access import Caller
from ..form_view import needs_of, shown_fields
from ..pages import language_of, page
from ..problems import STATUS, Kind, Refused
from ..report_view import sections
from ..service import Service, service, today
from ..told import Told, said_of
from ..typed import Typed, in_our_words, read_typed, typed_from, typed_in
from ..visits import SIGN, keep, refuse_forged, visit_of
from .applications import RulesetId

router = APIRouter(include_in_schema=False)
Given = Annotated[Service, Depends(service)]
Receipt = Annotated[str | None, Query(max_length=100)]
# A brand has about ten fields.
_MOST_FIELDS = 20 * MAX_BRANDS
# Letters and digits that nobody takes for one another, read out or copied by hand.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class Judged(NamedTuple):
    """What came of what was typed: the application, where all of it could be read, and what is to be said of it."""

    application: Application | None
    told: Told

    @property
    def likely_refused(self) -> bool:
        """Whether it fails, or lacks what it cannot pass without."""
        return bool(self.told.wrong or self.told.by_seller)


@router.get("/")
async def home(request: Request) -> Response:
    """Sellers are who comes without knowing where to."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/apply{query}", 303)


@router.get("/apply")
async def form(request: Request, service: Given, ruleset: RulesetId = None, again: Receipt = None) -> Response:
    """The form with nothing in it but a number and today; or with what was handed in before, for another try."""
    shown = _Form(request, service, service.ruleset(request, ruleset))
    typed, earlier = Typed({}), await _handed_in(service, again) if again else None
    if earlier:
        typed = shown.typed_from(earlier.application).with_texts(follows=earlier.application_id)
    typed = typed.with_texts(application_id=_new_id(), submitted_on=today().isoformat())
    return shown.page(typed, fresh=earlier is None)


@router.post("/apply")
async def submit(request: Request, service: Given, ruleset: RulesetId = None) -> Response:
    """What the button says that was pressed."""
    shown = _Form(request, service, service.ruleset(request, ruleset))
    fields, file = await service.form_with_file(request, _MOST_FIELDS)
    action, _, brand = fields.get("action", "check").partition(" ")
    typed = typed_in(fields, shown.whole, without=brand)
    if action in ("stay", "remove"):
        return shown.page(typed)
    if action == "add":
        return shown.page(typed.with_brand())
    if action == "upload":
        return await shown.filled_from(file, typed)
    judged = await shown.judge(typed)
    if judged.application is None:
        return shown.page(typed, told=judged.told)
    if action == "download":
        return _file(judged.application)
    asked = action in ("hand-in", "hand-in-anyway")
    if asked and (action == "hand-in-anyway" or not judged.likely_refused):
        return await shown.hand_in(judged.application, typed, fields.get(SIGN, ""))
    return shown.page(typed, told=judged.told, asked_to_hand_in=asked)


@router.get("/apply/receipt/{receipt}")
async def receipt(request: Request, receipt: str, service: Given) -> Response:
    """What was handed in, for whoever holds its receipt; and not what was decided, which may tell of the record."""
    kept = await _handed_in(service, receipt)
    rules = service.ruleset_of(request, kept.ruleset)
    return page(
        request,
        "receipt.html.jinja",
        kept=kept,
        at=show_instant(kept.at)[:16].replace("T", " "),
        content=sections(kept.application, rules.own_fields),
    )


@router.get("/apply/receipt/{receipt}/application.json")
async def handed_in_file(receipt: str, service: Given) -> Response:
    """The file of what was handed in."""
    return _file((await _handed_in(service, receipt)).application)


class _Form:
    """The form by one ruleset, as one call asks for it."""

    def __init__(self, request: Request, service: Service, rules: Ruleset) -> None:
        self._request, self._service, self._rules = request, service, rules
        self.whole = outline(rules.own_fields)

    def typed_from(self, application: Application) -> Typed:
        return typed_from(to_plain(application), self.whole, language_of(self._request))

    async def judge(self, typed: Typed) -> Judged:
        """What the rules say of what was typed, as far as it can be read, without the history."""
        rules, day = self._rules, today()

        def judge() -> tuple[Judged, Report | None]:
            plain, problems = read_typed(typed, self.whole)
            try:
                application, notes = read_application(plain, rules.own_fields)
            except InputError as error:
                known = {problem.pointer for problem in problems}
                problems += [_by_label(one, self.whole) for one in error.problems if one.pointer not in known]
                return Judged(None, said_of(typed, self.whole, problems)), None
            report = kernel.check(application, None, day, rules).noted(notes)
            said = said_of(typed, self.whole, problems, report, _waiting_until(application, report, day, rules))
            return Judged(None if problems else application, said), report

        judged, report = await self._service.compute(judge)
        if judged.application and report:
            digest = content_digest(judged.application)
            self._service.judged(self._request, report, rules, Caller(), "check", day, digest=digest)
        return judged

    async def filled_from(self, file: bytes | None, typed: Typed) -> Response:
        """The form as `file` fills it in; where that cannot be read it stays as it was `typed`, and says why."""
        if not file:
            return self.page(typed, notice=[text("pages.no-file")], file_open=True)

        def read() -> Document:
            return Document("application.json", file, self._rules.own_fields)

        try:
            document = await self._service.compute(read)
        except InputError as error:
            problems = [_placed(problem, self.whole) for problem in error.problems]
            notice = [text("pages.bad-file", n=len(problems)), *problems, text("pages.bad-file-way")]
            return self.page(typed, notice=notice, file_open=True, status=STATUS["invalid-input"])
        typed = self.typed_from(document.application)
        told = (await self.judge(typed)).told
        return self.page(typed, told=replace(told, notes=[*document.notes, *told.notes]))

    async def hand_in(self, application: Application, typed: Typed, sign: str) -> Response:
        """The way to the receipt; or the form again, where the application was not kept, with the reason."""
        service, rules, at = self._service, self._rules, datetime.now(UTC)
        try:
            refuse_forged(self._request, visit_of(self._request), sign)
            kept = await service.ask_registry(
                lambda: hand_in(application, registry=service.registry, rules=rules, at=at)
            )
        except Refused as error:
            if error.kind != "forged":
                raise
            return self._not_done(typed, "forged", text("pages.again-sign"))
        except ClashError:
            old, new = application.application_id, _new_id()
            words = text("pages.other-content", old=old, new=new)
            return self._not_done(typed.with_texts(application_id=new), "conflict", words)
        except InputError as error:
            told = said_of(typed, self.whole, [_by_label(problem, self.whole) for problem in error.problems])
            return self.page(typed, told=told, status=STATUS["invalid-input"])
        except FullError:
            return self._not_done(typed, "out-of-order", text("pages.full"))
        except RegistryError:
            return self._not_done(typed, "registry-out-of-reach", text("pages.out-of-reach"))
        return RedirectResponse(f"/apply/receipt/{kept.receipt}", 303, {"cache-control": "no-store"})

    def _not_done(self, typed: Typed, kind: Kind, why: Text) -> Response:
        return self.page(typed, notice=[why], status=STATUS[kind])

    def page(
        self,
        typed: Typed,
        *,
        told: Told | None = None,
        notice: Sequence[Text] = (),
        status: int = 200,
        fresh: bool = False,
        file_open: bool = False,
        asked_to_hand_in: bool = False,
    ) -> Response:
        """The page with all that was typed, and what is to be said of it."""
        request, rules = self._request, self._rules
        visit, said = visit_of(request), told or Told()
        needed, looked_up = needs_of(rules, today())
        standings = self._service.rulebook.standings()
        shown: dict[str, Any] = {
            "rules": rules,
            "whole": self.whole,
            "typed": typed,
            "told": said,
            "visit": visit,
            "notice": notice,
            "needed": needed,
            "looked_up": looked_up,
            "others": [standing.ruleset for standing in standings if standing.ruleset.id != rules.id],
            "fresh": fresh,
            "file_open": file_open,
            "asked_to_hand_in": asked_to_hand_in,
            **shown_fields(rules, said, language_of(request)),
        }
        answer = page(request, "form.html.jinja", status, **shown)
        return keep(request, answer, visit.session) if visit.is_new else answer


def _waiting_until(application: Application, report: Report, day: date, rules: Ruleset) -> date | None:
    """The day from which what is refused would pass if nothing were on record that bars it."""
    if report.verdict != "fail" or report.subject_id is None:
        return None
    return kernel.check(application, History(), day, rules).eligible_from


async def _handed_in(service: Service, receipt: str) -> HandedIn:
    def find() -> HandedIn | None:
        with service.registry.reading() as session:
            return find_by_receipt(session, receipt)

    found = await service.ask_registry(find) if "\0" not in receipt else None
    if found is None:
        raise Refused("not-found")
    return found


def _file(application: Application) -> Response:
    headers = {"content-disposition": 'attachment; filename="application.json"', "cache-control": "no-store"}
    content = to_json(to_plain(application), indent=2) + "\n"
    return Response(content, headers=headers, media_type="application/json")


def _by_label(problem: Problem, whole: Part) -> Problem:
    """What the core says of what was typed, by the label of its field."""
    return Problem(in_our_words(problem, whole), problem.pointer)


def _placed(problem: Problem, whole: Part) -> Text:
    """What is wrong with a file, and in which line."""
    words = in_our_words(problem, whole)
    if problem.line is None:
        return words
    return text("pages.at-line", line=problem.line, column=problem.column, words=words)


def _new_id() -> str:
    """A number for an application, which nobody can guess another one's from."""
    return f"A-{today():%Y%m%d}-{''.join(secrets.choice(_LETTERS) for _ in range(8))}"
