"""What pages and calls tell of applications, and of what is on record: one answer for both."""

from typing import NamedTuple, cast, get_args

from starlette.requests import Request

from .. import library
from ..decisions.admission import latest_decision
from ..decisions.decision import Decision
from ..decisions.handed_in import HandedIn, Waiting, find, handed_in_after, judge_waiting, note_other_content
from ..decisions.proposals import Proposal
from ..decisions.replay import Replay, replay
from ..identity import normal_text
from ..models import Application
from ..registry.listing import Page, Wanted, find_some
from ..registry.sql import Session
from ..report import Report
from ..rules.ruleset import Ruleset
from .problems import Refused
from .service import Service, today

PAGE = 25
# How many are judged at most for a page of those with one verdict.
_JUDGED = 500


class Dossier(NamedTuple):
    """All that a page shows of one application. `report` is the decision's, or else what a check says today; `rules`
    are those that it was handed in for or decided by, None where the service has no `ruleset` of that id.
    """

    application: Application
    report: Report
    rules: Ruleset | None
    ruleset: str
    handed_in: HandedIn | None
    decision: Decision | None
    earlier: Application | None
    proposals: list[Proposal]

    @property
    def is_final(self) -> bool:
        return self.decision is not None and self.decision.verdict != "undecided"


def dossier_of(request: Request, service: Service, key: str) -> Dossier:
    """All there is of the application with this id (in normal form); raises Refused where there is none."""
    with service.registry.reading() as session:
        handed_in, decision = find(session, key), latest_decision(session, key)
        kept = handed_in or decision
        if kept is None:
            raise Refused("not-found")
        wanted = decision.application if decision and decision.verdict != "undecided" else kept.application
        earlier = _earlier(session, wanted)
    rules = service.rulebook.get(kept.ruleset)
    if rules:
        request.state.ruleset = rules.digest
    if decision and (decision.verdict != "undecided" or handed_in is None):
        report = note_other_content(decision.report, handed_in, decision.digest)
    else:
        assert handed_in is not None
        (judged,) = judge_waiting(service.registry, [handed_in], lambda _: rules, today())
        report = judged.report
    waiting = library.proposals(report.subject_id, registry=service.registry) if report.subject_id else ()
    return Dossier(wanted, report, rules, kept.ruleset, handed_in, decision, earlier, list(waiting))


def waiting_after(service: Service, verdict: str, after: int) -> tuple[list[Waiting], int | None]:
    """A page of the queue, and where the next one begins."""

    def rules_of(one: HandedIn) -> Ruleset | None:
        return service.rulebook.get(one.ruleset)

    found: list[Waiting] = []
    seen = 0
    while len(found) <= PAGE and seen < _JUDGED:
        with service.registry.reading() as session:
            some = handed_in_after(session, after, PAGE * 2, undecided=True)
        judged = judge_waiting(service.registry, some, rules_of, today())
        found += [one for one in judged if verdict in ("", one.report.verdict)]
        seen += len(some)
        if len(some) < PAGE * 2:
            break
        after = some[-1].seq
    else:
        return found[:PAGE], found[PAGE - 1].handed_in.seq if len(found) > PAGE else after
    return found[:PAGE], found[PAGE - 1].handed_in.seq if len(found) > PAGE else None


def judge_again(request: Request, service: Service, key: str) -> Replay:
    """The decision on the application with this id (in normal form) judged again today; raises Refused where there is
    none, or the service does not have its ruleset.
    """
    with service.registry.reading() as session:
        decision = latest_decision(session, key)
    if decision is None:
        raise Refused("not-found")
    rules = service.ruleset(request, decision.ruleset)
    return replay(service.registry, key, as_of=today(), ruleset=rules)


def found_some(service: Service, given: str, state: str, after: str) -> Page:
    """A page of what may be meant by what was `given`, of all where nothing is; of one `state` where it names one."""
    wanted = cast(Wanted, state) if state in get_args(Wanted) else None
    # No database keeps a text with NUL.
    if "\0" in given or "\0" in after:
        return Page([], None)
    return find_some(service.registry, given, today(), wanted, after=after)


def _earlier(session: Session, wanted: Application) -> Application | None:
    """The application that this one says it follows."""
    if not wanted.follows or "\0" in wanted.follows:
        return None
    key = normal_text(wanted.follows)
    kept = find(session, key) or latest_decision(session, key)
    return kept.application if kept else None
