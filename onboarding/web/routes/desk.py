"""The desk: what staff look at: applications handed in, subjects and what happened to them, decisions, audits."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, NamedTuple, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse
from starlette.requests import Request

from ... import kernel, library
from ...decisions.admission import decisions_before
from ...decisions.audit import NOTHING, applicant
from ...decisions.corrections import subject_hint
from ...decisions.decision import Decision
from ...decisions.handed_in import HandedIn, handed_in_after
from ...decisions.proposals import Proposal
from ...identity import normal_text
from ...messages import Text
from ...models import Record
from ...registry.listing import Listed, names_of
from ...registry.listing import Wanted as State
from ...registry.sql import Row, history_from
from ...report import Report
from ..access import READERS
from ..answers import terms_of
from ..audits import Said, Wanted, audit_some, audit_table
from ..desk_forms import NEW, actions_on
from ..desk_pages import show
from ..dossiers import PAGE, dossier_of, found_some, judge_again, waiting_after
from ..pages import language_of
from ..record_view import Line, describe, lines
from ..report_view import report_view, sections
from ..service import Service, known_id, known_subject, service, today
from ..visits import HOME, Visit, see, visiting

router = APIRouter(include_in_schema=False)
Reader = Annotated[Visit, Depends(visiting(READERS))]
Given = Annotated[Service, Depends(service)]
Id = Annotated[str, Query(max_length=2000)]
Word = Annotated[str, Query(max_length=50)]
Number = Annotated[int, Query(ge=0, le=2**63 - 1)]


class Entry(NamedTuple):
    """One record of a subject as it stands, and what staff can do to it."""

    key: str
    record: Record
    words: Text
    actions: list[str]


class Standing(NamedTuple):
    """All that a page shows of one subject."""

    code: str
    name: str | None
    shop_names: dict[str, str]
    entries: list[Entry]
    lines: list[Line]
    report: Report
    handed_in: list[HandedIn]
    more_handed_in: bool
    proposals: list[Proposal]
    hint: Text | None

    def of(self, kind: str) -> list[Entry]:
        """The records of one kind."""
        return [entry for entry in self.entries if entry.record.record == kind]


@router.get(HOME)
async def queue(request: Request, visit: Reader, service: Given, verdict: Word = "", after: Number = 0) -> Response:
    """What waits for a decision, the oldest first; of one verdict where it is named."""
    found, following = await service.ask_registry(lambda: waiting_after(service, verdict, after))
    return show(request, visit, "desk/queue.html.jinja", waiting=found, verdict=verdict, following=following)


@router.get("/desk/search")
async def search(
    request: Request, visit: Reader, service: Given, q: Id = "", state: Word = "", after: Id = ""
) -> Response:
    """What is on record and was applied for, by number, id, name or brand, or all of it; what alone can be meant is
    shown at once.
    """
    found = await service.ask_registry(lambda: found_some(service, q, state, after))
    places = {_address(one) for one in found.found}
    # That a brand only looks alike has to be read.
    sure = all(one.matched != ("look_alike",) for one in found.found)
    if normal_text(q) and len(places) == 1 and sure and found.after is None and not after:
        return see(places.pop())
    matches = [(one, _address(one)) for one in found.found]
    about: dict[str, Any] = {"matches": matches, "states": get_args(State), "following": found.after}
    return show(request, visit, "desk/search.html.jinja", q=q, state=state, first=not after, **about)


@router.get("/desk/application")
async def application(request: Request, visit: Reader, service: Given, id: Id, done: Word = "") -> Response:
    """An application, the report on it, what it follows, and what was decided."""
    return await show_application(request, visit, service, id, done=done)


@router.get("/desk/subject")
async def subject(request: Request, visit: Reader, service: Given, id: Id, done: Word = "") -> Response:
    """A subject: what is on record of it, what that means for another shop, and all that happened, as a timeline."""
    code = known_subject(id)
    standing = await service.ask_registry(lambda: standing_of(service, code))
    view = report_view(standing.report)
    return show(request, visit, "desk/subject.html.jinja", done=done, day=today(), s=standing, view=view, new=NEW)


@router.get("/desk/decisions")
async def decisions(
    request: Request, visit: Reader, service: Given, before: Annotated[int, Query(ge=1, le=2**63 - 1)] = 2**63 - 1
) -> Response:
    """What was decided, the newest first."""

    def look() -> list[tuple[int, Decision]]:
        with service.registry.reading() as session:
            return decisions_before(session, before, PAGE + 1)

    found = await service.ask_registry(look)
    following = found[PAGE - 1][0] if len(found) > PAGE else None
    page = [decision for _, decision in found[:PAGE]]
    return show(request, visit, "desk/decisions.html.jinja", decisions=page, following=following)


@router.get("/desk/replay")
async def replayed(request: Request, visit: Reader, service: Given, id: Id) -> Response:
    """A decision judged again: by the rules, on the record and on the day of now."""
    key = normal_text(known_id(id))

    again = await service.ask_registry(lambda: judge_again(request, service, key))
    return show(request, visit, "desk/replay.html.jinja", replay=again)


@router.get("/desk/audit")
async def audited(
    request: Request,
    visit: Reader,
    service: Given,
    after: Id = "",
    id: Id = "",
    verdict: Said = "fail",
    rule: Word = "",
) -> Response:
    """Shops that should not have been opened, by the rules of that day; of one subject, or by pages."""
    wanted, begin, rules = _wanted(id, verdict, rule), known_id(after) if after else "", service.rulebook.default
    part = await service.ask_registry(lambda: audit_some(service, rules, wanted, begin))
    reports = [(one, report_view(report)) for one, report in part.reports]
    shown: dict[str, Any] = {"reports": reports, "part": part, "wanted": wanted, "rules": rules}
    return show(request, visit, "desk/audit.html.jinja", **shown)


@router.get("/desk/audit.csv")
async def audit_file(
    request: Request, visit: Reader, service: Given, id: Id = "", verdict: Said = "fail", rule: Word = ""
) -> Response:
    """The same of everybody, as a table."""
    table = audit_table(service, service.rulebook.default, _wanted(id, verdict, rule), language_of(request))
    # A registry that cannot be read is told as that, which it cannot be once the answer has begun.
    first = await anext(table)
    headers = {"content-disposition": 'attachment; filename="audit.csv"', "cache-control": "no-store"}
    return StreamingResponse(_from(first, table), headers=headers, media_type="text/csv")


@router.get("/desk/proposals")
async def proposals(request: Request, visit: Reader, service: Given, done: Word = "") -> Response:
    """What waits for a second person."""
    found = await service.ask_registry(lambda: library.proposals(registry=service.registry))
    return show(request, visit, "desk/proposals.html.jinja", proposals=found, done=done)


@router.get("/desk/rules")
async def rules(request: Request, visit: Reader, service: Given) -> Response:
    """The rules that this service judges by."""
    terms = [terms_of(standing.ruleset) for standing in service.rulebook.standings()]
    return show(request, visit, "desk/rules.html.jinja", rulesets=terms)


async def show_application(
    request: Request, visit: Visit, service: Service, id_: str, status: int = 200, **shown: Any
) -> Response:
    """The page of an application; raises Refused where there is none."""
    key = normal_text(known_id(id_))
    dossier = await service.ask_registry(lambda: dossier_of(request, service, key))
    if dossier.rules and not dossier.is_final:
        service.judged(request, dossier.report, dossier.rules, visit.caller, "look", today())
    rules = dossier.rules or service.rulebook.default
    parts = sections(dossier.application, rules.own_fields, dossier.earlier)
    about: dict[str, Any] = {"d": dossier, "view": report_view(dossier.report), "sections": parts, "day": today()}
    told: dict[str, Any] = {"done": "", "wrong": None, "note": ""}
    return show(request, visit, "desk/application.html.jinja", status, **about | told | shown)


def standing_of(service: Service, code: str) -> Standing:
    """All there is of a subject (a normal subject id), be it nothing."""
    rules, day = service.rulebook.default, today()
    with service.registry.reading() as session:
        rows = service.registry.rows(session, code)
        handed_in = handed_in_after(session, 0, PAGE + 1, subject=code, undecided=True)
        names = names_of(session, code)
        hint = None if rows else subject_hint(session, code)
    report = kernel.check(applicant(code), history_from(code, rows), day, rules, NOTHING)
    happened = lines(library.history(code, registry=service.registry))
    name = names.subject or next((one.application.subject.name for one in handed_in), None)
    waiting = list(library.proposals(code, registry=service.registry))
    more = len(handed_in) > PAGE
    return Standing(code, name, names.shops, entries_of(rows), happened, report, handed_in[:PAGE], more, waiting, hint)


def entries_of(rows: list[Row]) -> list[Entry]:
    """The records that `rows` leave standing."""
    newest = {row.key: row.record for row in rows}
    standing = [(key, record) for key, record in newest.items() if record is not None]
    return [Entry(key, record, describe(record), actions_on(record)) for key, record in standing]


async def _from(first: str, others: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for part in others:
        yield part


def _wanted(id_: str, verdict: Said, rule: str) -> Wanted:
    return Wanted(verdict, rule, known_subject(id_) if id_ else "")


def address_of_application(id_: str) -> str:
    """Where the page of an application is."""
    return "/desk/application?" + urlencode({"id": id_})


def _address(one: Listed) -> str:
    decided_here = one.verdict is not None and "application_id" in one.matched
    if one.application_id is not None and (one.shop_id is None or decided_here):
        return address_of_application(one.application_id)
    return "/desk/subject?" + urlencode({"id": one.subject_id or ""})
