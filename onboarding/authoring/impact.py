"""What a change of rules does: which of a corpus of applications turn, and which cases of the ruleset's own."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, structs

from ..errors import RulesetError
from ..kernel import check_together
from ..messages import LANGS, Text, listed, text
from ..models import History
from ..reading.documents import Document
from ..reading.own_fields import fitted
from ..report import Report
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset
from ..rules.validator import bare
from .cases import Step, read_cases, run_cases, unknown_rules

Turn = Literal["newly-refused", "newly-admitted", "newly-undecided"]
# By what becomes of the verdict.
TURNS: dict[str, Turn] = {"fail": "newly-refused", "pass": "newly-admitted", "undecided": "newly-undecided"}


class Turned(Struct, frozen=True):
    """One application whose verdict changes, and the rules whose outcome does."""

    turn: Turn
    source: str
    application_id: str
    before: str
    after: str
    rules: tuple[str, ...]


class Impact(Struct, frozen=True):
    """How many were judged on `as_of`, how many of each verdict there were before and after, and who turned.

    Of so many the rules that changed are `decided`, too.
    `unseen` says why the change could not have shown: where that is so, nobody having turned proves nothing.
    """

    as_of: date
    judged: int
    before: dict[str, int]
    after: dict[str, int]
    turned: tuple[Turned, ...]
    decided: int = 0
    unseen: tuple[Text, ...] = ()

    def count(self, turn: str) -> int:
        """How many took this turn."""
        return sum(one.turn == turn for one in self.turned)

    def by_rule(self) -> dict[Turn, dict[str, int]]:
        """How many took each turn, by each rule that decides otherwise, the most first."""
        found: dict[Turn, Counter[str]] = {}
        for one in self.turned:
            found.setdefault(one.turn, Counter()).update(one.rules)
        return {turn: dict(found[turn].most_common()) for turn in TURNS.values() if turn in found}


class Moved(Struct, frozen=True):
    """A case of the ruleset's own that comes out otherwise by one rule: what that made of it before and after."""

    rule: str
    source: str
    case: str
    before: str
    after: str


def moved_cases(folder: Path, old: Ruleset, new: Ruleset) -> tuple[list[Moved], list[Text]]:
    """The cases in `folder`, which are those of `old`, that a rule of both decides otherwise in `new`, by its rules.

    Beside them, why cases could not show that: what is wrong with a table, or with a case as `new` reads it.
    """
    unseen: list[Text] = []
    both: list[tuple[Step, Step]] = []
    try:
        cases = read_cases(folder, old, known_rules=False)
    except RulesetError as error:
        return [], [text("authoring.cases-unread", problem=_said(error), n=len(error.problems))]
    if unknown := unknown_rules(cases, old):
        unseen.append(text("authoring.cases-of-no-rule", rules=listed(unknown)))
    for case in cases:
        try:
            both += zip(run_cases([case], old), run_cases([case], new), strict=True)
        except RulesetError as error:
            unseen.append(text("authoring.case-unread", problem=_said(error)))
    pairs = [(was, _by_rule(was.found), _by_rule(now.found)) for was, now in both]
    known = {rule.id for rule in old.rules} & {rule.id for rule in new.rules}
    moved = [
        Moved(rule, step.source, step.case, before[rule], after[rule])
        for rule in dict.fromkeys(rule.id for rule in new.rules if rule.id in known)
        for step, before, after in pairs
        if before[rule] != after[rule]
    ]
    return moved, unseen


def _said(error: RulesetError) -> Text:
    """The first of its problems."""
    return {lang: error.problems[0].said(lang) for lang in LANGS}


def impact(
    documents: Sequence[Document],
    histories: Mapping[str, History] | None,
    as_of: date,
    old: Ruleset,
    new: Ruleset,
) -> Impact:
    """Judge `documents` under both rulesets, those of one subject together, as `onboard-check` does."""
    changed = {rule.id for rule in (*changed_rules(old, new), *changed_rules(new, old))}
    judged = turned_among(documents, histories, as_of, old, new, changed)
    nothing_decided = not judged.decided
    return structs.replace(judged, unseen=tuple(_unseen(histories is not None, as_of, old, new, nothing_decided)))


def turned_among(
    documents: Sequence[Document],
    histories: Mapping[str, History] | None,
    as_of: date,
    old: Ruleset,
    new: Ruleset,
    changed: AbstractSet[str],
) -> Impact:
    """The same, for who asks once for all of many which rules `changed`, and whether that could have shown."""
    reports = []
    for ruleset in (old, new):
        applications = [fitted(document.application, ruleset.own_fields) for document in documents]
        reports.append(check_together(applications, histories, as_of, ruleset))
    before, after = (dict.fromkeys(("pass", "fail", "undecided"), 0) for _ in range(2))
    decided = 0
    turned: list[Turned] = []
    for document, was, now in zip(documents, *reports, strict=True):
        before[was.verdict] += 1
        after[now.verdict] += 1
        decided += is_decided(now, changed)
        if was.verdict != now.verdict:
            turn = TURNS[now.verdict]
            told = (turn, document.source, now.application_id, was.verdict, now.verdict, rules_turned(was, now))
            turned.append(Turned(*told))
    return Impact(as_of, len(documents), before, after, tuple(turned), decided)


def is_decided(now: Report, changed: AbstractSet[str]) -> bool:
    """Whether an application is decided, and by the rules that `changed`, too, which others that refuse it can hide."""
    return now.verdict != "undecided" and changed.isdisjoint(outcome.rule for outcome in now.undecided)


def _unseen(on_record: bool, as_of: date, old: Ruleset, new: Ruleset, nothing_decided: bool) -> Iterator[Text]:
    """Why what changed from `old` to `new` could not show on that day and by what is known."""
    changed = [*changed_rules(old, new), *changed_rules(new, old)]
    read = [fact for rule in changed for fact in rule.facts.values()]
    if old.subject_number != new.subject_number:
        read += [*old.deciding.values(), *new.deciding.values()]
    counted = sorted({fact.name for fact in read if fact.from_registry})
    if counted and not on_record:
        yield text("authoring.unseen-no-registry", facts=listed(counted))
    yield from not_in_force(as_of, old, new)
    if nothing_decided:
        yield text("authoring.unseen-undecided")


def not_in_force(as_of: date, old: Ruleset, new: Ruleset) -> Iterator[Text]:
    """Of each rule that changed: that it does not apply on that day, or says what it said, where that is so."""
    now, gone = changed_rules(new, old), changed_rules(old, new)
    before, after = (dict(map(_said_on_day, in_force(ruleset, as_of))) for ruleset in (old, new))
    for id_ in dict.fromkeys(rule.id for rule in (*now, *gone)):
        applies = id_ in after or id_ not in {rule.id for rule in now}
        if before.get(id_) != after.get(id_) and applies:
            continue
        editions = [rule for rule in (*now, *gone) if rule.id == id_]
        ahead = [(d, r) for r in editions for d in (r.effective_from, r.effective_until) if d and d > as_of]
        if ahead:
            start, rule = min(ahead, key=itemgetter(0))
            yield text("authoring.unseen-not-yet", rule=rule.edition or id_, day=as_of, start=start)
        else:
            yield text("authoring.unseen-no-longer", rule=editions[0].edition or id_, day=as_of)


def in_force(ruleset: Ruleset, day: date) -> list[Rule]:
    """The required rules of `ruleset` that apply on `day`, each in the edition of that day."""
    return [rule for _, rule in ruleset.plan(day).in_force if rule.level == "required"]


def same_on_day(one: Rule, other: Rule) -> bool:
    """Whether two rules that are both in force decide alike."""
    return _said_on_day(one) == _said_on_day(other)


def changed_rules(new: Ruleset, old: Ruleset) -> list[Rule]:
    """The required rules of `new` that decide otherwise than any of `old`; how they are worded is no matter."""
    known = [_decides(rule) for rule in old.rules]
    return [rule for rule in new.rules if rule.level == "required" and _decides(rule) not in known]


def _decides(rule: Rule) -> tuple[Any, ...]:
    return rule.level, rule.effective_from, rule.effective_until, _said_on_day(rule)


def _said_on_day(rule: Rule) -> tuple[str, tuple[Any, ...]]:
    counted = {name: dict(fact.declared or {}, meaning=None) for name, fact in rule.facts.items()}
    return rule.id, (bare(rule.schema), counted)


def _by_rule(report: Report) -> dict[str, str]:
    return {outcome.rule: outcome.status for outcome in report.outcomes}


def rules_turned(was: Report, now: Report) -> tuple[str, ...]:
    """The required rules that decide otherwise, one that does not apply deciding nothing."""

    def decided(report: Report) -> dict[str, str]:
        required = (outcome for outcome in report.outcomes if outcome.level == "required")
        return {o.rule: o.status for o in required if o.status not in ("pass", "not_in_force")}

    one, other = decided(was), decided(now)
    return tuple(rule for rule in dict.fromkeys([*one, *other]) if one.get(rule) != other.get(rule))
