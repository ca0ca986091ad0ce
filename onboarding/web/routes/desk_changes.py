"""The desk: what staff put on record. A form, then what follows from it, and then it is done in their name.

Nothing is on record before it was shown what follows, and each form is told from a forged one.
"""

import re
from datetime import date
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from starlette.requests import Request

from ... import kernel, library
from ...decisions.audit import NOTHING, applicant
from ...decisions.proposals import Proposal, is_weighty
from ...errors import ConflictError, InputError, NotOnRecordError, Problem
from ...identity import normal_text
from ...messages import Text, text
from ...models import WAIVER, Mark, Record, Shop, history_of, record_id, to_record
from ...registry.sql import Row, history_from
from ...report import Report
from ..access import WRITERS
from ..desk_forms import ACTIONS, Action, Choices, Target, ask, begun, fields_of, read_form
from ..desk_pages import show
from ..dossiers import dossier_of
from ..problems import Refused
from ..record_view import describe, proposed
from ..service import Service, known_id, known_subject, service, today
from ..visits import SIGN, Visit, refuse_forged, see, visiting
from .desk import Id, show_application

router = APIRouter(include_in_schema=False)
Writer = Annotated[Visit, Depends(visiting(WRITERS))]
Given = Annotated[Service, Depends(service)]
_CONFLICT = (ConflictError, NotOnRecordError)
_SEQ = re.compile("[0-9]{1,19}")


class Matter(NamedTuple):
    """What a form is about, and all that it may be filled in by."""

    action: Action
    target: Target
    rows: list[Row]
    proposal: Proposal | None
    choices: Choices

    @property
    def back(self) -> str:
        """Where to go from here."""
        return "/desk/subject?" + urlencode({"id": self.target.subject})


class Follows(NamedTuple):
    """What would be so once a change is on record."""

    report: Report
    was: Report
    waits: bool
    bars: bool
    open_shops: list[Text]

    @property
    def newly(self) -> list[Text]:
        """The required rules that a new application would fail, and does not now."""
        known = {outcome.rule for outcome in self.was.failures}
        return [outcome.title for outcome in self.report.failures if outcome.rule not in known]

    @property
    def no_more(self) -> list[Text]:
        """The required rules that it fails now, and would not then."""
        known = {outcome.rule for outcome in self.report.failures}
        return [outcome.title for outcome in self.was.failures if outcome.rule not in known]


@router.post("/desk/application")
async def decide(request: Request, visit: Writer, service: Given, id: Id) -> Response:
    """Decide on an application that was handed in, as its report stood when it was looked at."""
    fields = await service.form(request)
    refuse_forged(request, visit, fields.get(SIGN, ""))
    note, seen = fields.get("note", ""), fields.get("verdict")
    if not normal_text(note) or len(note) > 2000 or "\0" in note:
        wrong = text("desk.missing-reason" if not normal_text(note) else "desk.wrong-reason", length=2000, most=0)
        return await show_application(request, visit, service, id, 422, wrong=wrong, note=note[:2000])
    key = normal_text(known_id(id))

    def do() -> Any:
        dossier = dossier_of(request, service, key)
        if dossier.handed_in is None or dossier.is_final:
            return None
        if dossier.rules is None or dossier.report.verdict != seen:
            return dossier.report
        return library.admit(
            dossier.application, registry=service.registry, by=visit.caller.name, note=note, ruleset=dossier.rules
        )

    try:
        made = await service.ask_registry(do)
    except (InputError, *_CONFLICT) as error:
        return await show_application(request, visit, service, id, 409, wrong=error.problems[0], note=note)
    if isinstance(made, Report):
        return await show_application(request, visit, service, id, 409, wrong=text("desk.report-changed"), note=note)
    if made and not made.repeated:
        about: dict[str, Any] = {
            "digest": made.digest,
            "revision": made.revision,
            "shop_id": made.shop_id,
            "repeated": False,
        }
        rules = service.ruleset_of(request, made.ruleset)
        service.judged(request, made.report, rules, visit.caller, "admit", made.as_of, **about)
    # Of two who decide at once, the second is shown what the first decided.
    done = "decided" if made and not made.repeated else "decided-before"
    return see("/desk/application?" + urlencode({"id": key, "done": done}))


@router.get("/desk/do/{name}")
async def form(
    request: Request, visit: Writer, service: Given, name: str, subject: Id = "", record: Id = "", proposal: Id = ""
) -> Response:
    """The form for one thing that staff do."""
    matter = await service.ask_registry(lambda: _matter(service, name, subject, record, proposal))
    return _form(request, visit, matter, begun(matter.action, matter.target, today()))


@router.post("/desk/do/{name}")
async def do(
    request: Request, visit: Writer, service: Given, name: str, subject: Id = "", record: Id = "", proposal: Id = ""
) -> Response:
    """What follows from what a form says; and once that was seen, see it done."""
    said = await service.form(request)
    refuse_forged(request, visit, said.get(SIGN, ""))
    matter = await service.ask_registry(lambda: _matter(service, name, subject, record, proposal))
    target, fields = matter.target, fields_of(matter.action, matter.target, matter.choices)
    seen = said.get("seq", "")
    if _SEQ.fullmatch(seen):
        # The version that was looked at, however often a form comes back: what came since is not changed unseen.
        target = target._replace(seq=int(seen))
        matter = matter._replace(target=target)
    elif target.record and said.get("step") == "confirm":
        return _form(request, visit, matter, said, told_by=(Problem(text("desk.no-version")),), status=422)
    if said.get("step") == "change":
        return _form(request, visit, matter, said)
    values, problems = read_form(fields, said, matter.choices)
    if problems:
        return _form(request, visit, matter, said, problems, status=422)
    # A day is shown as it was understood before it is put on record.
    said |= {name: value.isoformat() for name, value in values.items() if isinstance(value, date)}
    confirmed = said.get("step") == "confirm"
    about = {"registry": service.registry, "by": visit.caller.name, "note": values["note"]}

    def change() -> Any:
        return matter.action.do(target, values, about | {"dry_run": not confirmed})

    try:
        made = await service.ask_registry(change)
    except InputError as error:
        return _form(request, visit, matter, said, told_by=error.problems, status=422)
    except _CONFLICT as error:
        return _form(request, visit, matter, said, told_by=error.problems, status=409)
    if confirmed:
        waits = isinstance(made, Proposal) and made.outcome is None
        return see(f"{matter.back}&" + urlencode({"done": "proposed" if waits else matter.action.name}))
    follows = await service.ask_registry(lambda: _follows(service, matter, made))
    asked = ask(matter.action, fields, said, matter.choices, {})
    shown: dict[str, Any] = {
        "m": matter,
        "asked": asked,
        "what": _what(matter),
        "seq": target.seq,
        "f": follows,
        "day": today(),
    }
    return show(request, visit, "desk/confirm.html.jinja", **shown)


def _matter(service: Service, name: str, subject: str, key: str, proposal_id: str) -> Matter:
    """What a form is about; raises Refused where there is no such thing."""
    action = ACTIONS.get(name)
    if action is None:
        raise Refused("not-found")
    proposal = None
    if name in ("confirm", "reject"):
        found = library.proposals(registry=service.registry, waiting=False)
        proposal = next((one for one in found if one.proposal_id == proposal_id), None)
        if proposal is None:
            raise Refused("not-found")
        subject = proposal.subject_id
    code = known_subject(subject)
    with service.registry.reading() as session:
        rows = service.registry.rows(session, code)
    newest = {row.key: row for row in rows}
    target = Target(code, proposal.proposal_id if proposal else "")
    if action.fits:
        row = newest.get(key)
        if row is None or row.record is None:
            raise Refused("not-found")
        target = Target(code, key, row.record, row.seq)
    return Matter(action, target, rows, proposal, _choices(service, action, rows))


def _choices(service: Service, action: Action, rows: list[Row]) -> Choices:
    """What may be chosen of this subject and by these rules."""
    rules = service.rulebook.default
    newest = {row.key: row.record for row in rows}
    shops = tuple((one.shop_id, describe(one)) for one in newest.values() if isinstance(one, Shop))
    if action.name == "mark":
        return {"kind": tuple((kind, meaning) for kind, meaning in rules.marks.items() if kind != WAIVER)}
    required = {rule.id: rule.title for rule in rules.rules if rule.level == "required"}
    return {"shop_id": shops, "about": tuple(required.items())}


def _form(
    request: Request,
    visit: Visit,
    matter: Matter,
    said: dict[str, str],
    problems: dict[str, Text] | None = None,
    *,
    told_by: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:
    fields = fields_of(matter.action, matter.target, matter.choices)
    asked = ask(matter.action, fields, said, matter.choices, problems or {})
    what = _what(matter)
    shown: dict[str, Any] = {"m": matter, "asked": asked, "told_by": told_by, "what": what, "seq": matter.target.seq}
    return show(request, visit, "desk/form.html.jinja", status, **shown)


def _what(matter: Matter) -> Text | None:
    """The record or the proposal that a form is about."""
    if matter.proposal:
        return proposed(matter.proposal)
    return describe(matter.target.record) if matter.target.record else None


def _follows(service: Service, matter: Matter, made: Any) -> Follows:
    """What would be so with what `made` is: a record, or a proposal of one."""
    code, rules, day = matter.target.subject, service.rulebook.default, today()
    records = {row.key: row.record for row in matter.rows}
    was = kernel.check(applicant(code), history_from(code, matter.rows), day, rules, NOTHING)
    key, new = _outcome(matter, made)
    old = records.get(key)
    if matter.action.name != "reject":
        records[key] = None
        records[record_id(new) or key if new else key] = new
    history = history_of(code, [record for record in records.values() if record is not None])
    report = kernel.check(applicant(code), history, day, rules, NOTHING)
    bars = _bars(new) and not _bars(old) and matter.action.name != "reject"
    shops = [record for record in history.shops if record.closed_on is None] if bars else []
    waits = isinstance(made, Proposal) and made.outcome is None
    return Follows(report, was, waits, bars, [describe(shop) for shop in shops])


def _outcome(matter: Matter, made: Any) -> tuple[str, Record | None]:
    """Which record would be what."""
    if isinstance(made, Proposal):
        return made.record_id, to_record(made.record) if made.record else None
    return matter.target.key, None if matter.action.name == "withdraw" else made


def _bars(record: Record | None) -> bool:
    """Whether it keeps its subject out for good."""
    return is_weighty(record) and not isinstance(record, Mark) and getattr(record, "revoked_on", None) is None
