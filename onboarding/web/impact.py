"""Whom a proposed ruleset touches, as far as can be told while somebody waits: subjects are judged a part at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from .. import __version__
from ..authoring.impact import TURNS, Turned, is_decided, rules_turned
from ..authoring.schema_diff import Change as RuleChange
from ..authoring.schema_diff import changes
from ..decisions.handed_in import handed_in_after, judge
from ..errors import OnboardingError, Problem
from ..messages import Text
from ..models import History, history_of
from ..reading.own_fields import fitted
from ..registry.iteration import count_subjects, subjects_from
from ..rules.loading import load_ruleset, read_files
from ..rules.ruleset import Ruleset
from ..screening.impact import Change, Survey, survey_next, unseen
from ..screening.judging import Terms
from .problems import Refused
from .service import Service, today

# How long subjects are looked through, and how many of them at a time.
SECONDS = 20.0
_AT_ONCE = 500
# Of what waits for a decision so many are judged, the oldest first; of each turn so many are named.
_WAITING = 500
_EXAMPLES = 20
_MANIFEST = "ruleset.json"


class Proposed(NamedTuple):
    """A ruleset that the operator has laid out to be looked at; `problems` say why it cannot be."""

    name: str
    ruleset: Ruleset | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Impact:
    """What was found: of `judged` subjects of `subjects`, fewer where time ran out, and of what waits."""

    proposed: str
    change: Change
    rules: tuple[RuleChange, ...]
    found: Survey
    subjects: int
    complete: bool
    unseen: tuple[Text, ...]


class Impacts:
    """Judges proposed rulesets: those that lie in a folder each in the folder `proposed`; one question at a time."""

    def __init__(self, proposed: Path | None) -> None:
        self._folder = proposed
        self._busy = False

    def proposals(self) -> list[Proposed]:
        """What is laid out, by the names of the folders."""
        return [_read(folder) for folder in self._folders()]

    async def find(self, service: Service, ruleset: str, proposed: str) -> Impact:
        """Whom it touches if `proposed` takes the place of the service's `ruleset`.

        Raises Refused where there is no such, where that judges nothing, or where somebody else is asking.
        """
        if self._busy:
            raise Refused("busy", headers={"retry-after": str(int(SECONDS))})
        self._busy = True
        try:
            change = await service.compute(lambda: self._change(service, ruleset, proposed))
            return await _survey(service, proposed, change)
        finally:
            self._busy = False

    def _change(self, service: Service, ruleset: str, proposed: str) -> Change:
        # A name out of a list, and never a path.
        folder = next((one for one in self._folders() if one.name == proposed), None)
        current = service.rulebook.folder(ruleset)
        if folder is None or current is None:
            raise Refused("not-found")
        try:
            before, after = (_terms(one, service.registry.source) for one in (current, folder))
        except OnboardingError as error:
            raise Refused("invalid-input", *error.problems) from None
        return Change(before, after, _EXAMPLES)

    def _folders(self) -> Iterator[Path]:
        if self._folder and self._folder.is_dir():
            yield from (one for one in sorted(self._folder.iterdir()) if (one / _MANIFEST).is_file())


def _read(folder: Path) -> Proposed:
    try:
        return Proposed(folder.name, load_ruleset(folder))
    except OnboardingError as error:
        return Proposed(folder.name, None, error.problems)


def _terms(folder: Path, source: str) -> Terms:
    """By what is judged; raises OnboardingError where the lint refuses it."""
    ruleset = load_ruleset(folder)
    return Terms(read_files(folder), ruleset.digest, __version__, today(), False, False, source)


async def _survey(service: Service, proposed: str, change: Change) -> Impact:
    found, until = Survey(), monotonic() + SECONDS
    await service.ask_registry(lambda: _survey_waiting(service, change, found))
    after: str | None = ""
    while after is not None and monotonic() < until:
        begun = after
        # Others get their turn between one part and the next.
        after = await service.ask_registry(lambda begun=begun: _survey_some(service, change, found, begun))  # type: ignore[misc]
    judged = found.subjects.judged
    subjects = await service.ask_registry(lambda: count_subjects(service.registry)) if after is not None else judged
    rules = tuple(changes(change.before.ruleset, change.after.ruleset))
    caveats = unseen(change, found, with_applications=bool(found.applications.judged))
    return Impact(proposed, change, rules, found, subjects, after is None, tuple(caveats))


def _survey_some(service: Service, change: Change, found: Survey, after: str) -> str | None:
    some = subjects_from(service.registry, after, _AT_ONCE)
    for one in some:
        history = history_of(one.id, one.records)
        if history != History():
            survey_next(one.id, history, change, found.subjects)
    return some[-1].id if len(some) == _AT_ONCE else None


def _survey_waiting(service: Service, change: Change, found: Survey) -> None:
    old, new, tally = change.before.ruleset, change.after.ruleset, found.applications
    with service.registry.reading() as session:
        waiting = [one for one in handed_in_after(session, 0, _WAITING, undecided=True) if one.ruleset == old.id]
    changed = {rule.id for rule in change.sides.changed}
    sides = []
    for rules in (old, new):
        wanted = [(fitted(one.application, rules.own_fields), rules) for one in waiting]
        sides.append(judge(service.registry, wanted, change.before.day))
    for one, was, now in zip(waiting, *sides, strict=True):
        tally.judged += 1
        tally.before[was.verdict] += 1
        tally.after[now.verdict] += 1
        tally.decided += is_decided(now, changed)
        if was.verdict != now.verdict:
            told = (TURNS[now.verdict], "", one.application_id, was.verdict, now.verdict, rules_turned(was, now))
            tally.turned(Turned(*told), ("", one.seq), change.examples)
