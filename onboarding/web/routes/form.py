"""The form for sellers: filled in, checked without the history, handed in for staff to decide on.

What is typed is kept by the page itself, which comes back with every answer: nothing of it is lost by an error.
"""

import secrets
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
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
from ..typed import Typed, read_typed, typed_from, typed_in
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


@router.get("/")
async def home(request: Request) -> Response:
    """Sellers are who comes without knowing where to."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/apply{query}", 303)


@router.get("/apply")
async def form(request: Request, service: Given, ruleset: RulesetId = None, again: Receipt = None) -> Response:
    """The form with nothing in it but a number and today; or with what was handed in before, for another try."""
    rules = service.ruleset(request, ruleset)
    whole = outline(rules.own_fields)
    typed, earlier = Typed({}), await _handed_in(service, again) if again else None
    if earlier:
        typed = typed_from(to_plain(earlier.application), whole, language_of(request))
        typed = typed.with_texts(follows=earlier.application_id)
    typed = typed.with_texts(application_id=_new_id(), submitted_on=today().isoformat())
    return _page(request, service, rules, whole, typed, fresh=earlier is None)


@router.post("/apply")
async def submit(request: Request, service: Given, ruleset: RulesetId = None) -> Response:
    """What the button says that was pressed."""
    rules = service.ruleset(request, ruleset)
    whole = outline(rules.own_fields)
    fields, file = await service.form_with_file(request, _MOST_FIELDS)
    action, _, brand = fields.get("action", "check").partition(" ")
    typed = typed_in(fields, whole, without=brand)
    show = partial(_page, request, service, rules, whole)
    if action in ("stay", "remove"):
        return show(typed)
    if action == "add":
        return show(typed.with_brand())
    if action == "upload":
        return await _upload(request, service, rules, whole, typed, file)
    judged = await _judge(request, service, rules, whole, typed)
    if action == "download" and judged.application:
        return _file(judged.application)
    if action in ("hand-in", "hand-in-anyway") and judged.application and judged.told.report:
        if action == "hand-in-anyway" or judged.told.report.verdict != "fail":
            return await _hand_in(request, service, rules, whole, typed, fields.get(SIGN, ""), judged)
        return show(typed, told=judged.told, asked_to_hand_in=True)
    return show(typed, told=judged.told)


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


async def _judge(request: Request, service: Service, rules: Ruleset, whole: Part, typed: Typed) -> Judged:
    """What the rules say of what was typed, as far as it can be read, without the history."""
    day = today()

    def judge() -> tuple[Judged, Report | None]:
        plain, problems = read_typed(typed, whole)
        try:
            application, notes = read_application(plain, rules.own_fields)
        except InputError as error:
            known = {problem.pointer for problem in problems}
            problems += [problem for problem in error.problems if problem.pointer not in known]
            return Judged(None, said_of(typed, whole, problems)), None
        report = kernel.check(application, None, day, rules).noted(notes)
        said = said_of(typed, whole, problems, report, _waiting_until(application, report, day, rules))
        return Judged(None if problems else application, said), report

    judged, report = await service.compute(judge)
    if judged.application and report:
        digest = content_digest(judged.application)
        service.judged(request, report, rules, Caller(), "check", day, digest=digest)
    return judged


def _waiting_until(application: Application, report: Report, day: date, rules: Ruleset) -> date | None:
    """The day from which what is refused would pass if nothing were on record that bars it."""
    if report.verdict != "fail" or report.subject_id is None:
        return None
    return kernel.check(application, History(), day, rules).eligible_from


async def _upload(
    request: Request, service: Service, rules: Ruleset, whole: Part, typed: Typed, file: bytes | None
) -> Response:
    """The form as a file fills it in; with a file that cannot be read it stays as it is, and says why."""
    if not file:
        return _page(request, service, rules, whole, typed, notice=[text("pages.no-file")], file_open=True)

    def read() -> Document:
        return Document("application.json", file, rules.own_fields)

    try:
        document = await service.compute(read)
    except InputError as error:
        problems = [_placed(problem) for problem in error.problems]
        notice = [text("pages.bad-file", n=len(problems)), *problems]
        return _page(request, service, rules, whole, typed, notice=notice, file_open=True, status=422)
    typed = typed_from(to_plain(document.application), whole, language_of(request))
    judged = await _judge(request, service, rules, whole, typed)
    said = replace(judged.told, notes=[*document.notes, *judged.told.notes])
    return _page(request, service, rules, whole, typed, told=said)


async def _hand_in(
    request: Request, service: Service, rules: Ruleset, whole: Part, typed: Typed, sign: str, judged: Judged
) -> Response:
    application, at = judged.application, datetime.now(UTC)
    assert application is not None
    notice: list[Text | Problem]
    kind: Kind
    try:
        refuse_forged(request, visit_of(request), sign)
        kept = await service.ask_registry(lambda: hand_in(application, registry=service.registry, rules=rules, at=at))
    except Refused as error:
        if error.kind != "forged":
            raise
        kind, notice = "forged", [text("pages.again-sign")]
    except ClashError:
        old, new = application.application_id, _new_id()
        typed = typed.with_texts(application_id=new)
        kind, notice = "conflict", [text("pages.other-content", old=old, new=new)]
    except InputError as error:
        said = said_of(typed, whole, error.problems)
        return _page(request, service, rules, whole, typed, told=said, status=STATUS["invalid-input"])
    except FullError:
        kind, notice = "out-of-order", [text("pages.full")]
    except RegistryError:
        kind, notice = "registry-out-of-reach", [text("pages.out-of-reach")]
    else:
        return RedirectResponse(f"/apply/receipt/{kept.receipt}", 303, {"cache-control": "no-store"})
    return _page(request, service, rules, whole, typed, notice=notice, status=STATUS[kind])


def _page(
    request: Request,
    service: Service,
    rules: Ruleset,
    whole: Part,
    typed: Typed,
    *,
    told: Told | None = None,
    status: int = 200,
    notice: list[Any] | None = None,
    **shown: Any,
) -> Response:
    visit, said = visit_of(request), told or Told()
    needed, looked_up = needs_of(rules, today())
    made: dict[str, Any] = {
        "rules": rules,
        "whole": whole,
        "typed": typed,
        "told": said,
        "visit": visit,
        "notice": notice,
        "needed": needed,
        "looked_up": looked_up,
        "others": [one.ruleset for one in service.rulebook.standings() if one.ruleset.id != rules.id],
        "fresh": False,
        "file_open": False,
        "asked_to_hand_in": False,
        **shown_fields(rules, said, language_of(request)),
    }
    answer = page(request, "form.html.jinja", status, **made | shown)
    return keep(request, answer, visit.session) if visit.is_new else answer


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


def _placed(problem: Problem) -> Text:
    """What is wrong with a file, and in which line."""
    if problem.line is None:
        return {lang: problem.words(lang) for lang in ("en", "zh")}
    words: Text = {lang: problem.words(lang) for lang in ("en", "zh")}
    return text("pages.at-line", line=problem.line, column=problem.column, words=words)


def _new_id() -> str:
    """A number for an application, which nobody can guess another one's from."""
    return f"A-{today():%Y%m%d}-{''.join(secrets.choice(_LETTERS) for _ in range(8))}"
