"""Whom a change of rules touches: each subject on record by its next application, and applications that are given.

Knows no engine: each worker goes through the rows of some subjects, and what they find is added up.
"""

from bisect import insort
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from msgspec import Struct, field, structs

from ..authoring.impact import TURNS, Turned, in_force, not_in_force, same_on_day, turned_among
from ..decisions.audit import NOTHING, TYPE, applicant
from ..errors import InputError, Problem
from ..evaluation import evaluate, statuses_of
from ..facts.context import Context
from ..facts.derivation import Facts, context_of, derive_facts
from ..messages import Text, listed, text
from ..models import BrandWanted, History, Record, history_of
from ..outputs import Invalid
from ..reading.documents import Document
from ..reading.own_fields import both
from ..report import VERDICTS, Status
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset
from .counts import count_in
from .entries import read_entry
from .judging import Terms, entry_of, newest, use_of, used
from .rows import Kind, Row, Use, by_subject

# The brand of a next application: nobody sells it.
_NEW_BRAND = BrandWanted("NEXTAPPLICATION")
# Of what cannot be read, so many are told.
_MOST_UNREAD = 10


class Tally(Struct):
    """How many were judged, with each verdict before and after; whether a subject is on record by the day;
    for how many the rules that changed are decided, and for how many subjects unknown, where the others do not refuse.

    `turns` counts who turned, `rules` by which of the rules that decide otherwise. Of those who turned alike by the
    same rules, `examples` holds the first few, each with its place.
    """

    judged: int = 0
    present: bool = False
    decided: int = 0
    unknown: int = 0
    before: dict[str, int] = field(default_factory=lambda: dict.fromkeys(map(str, VERDICTS), 0))
    after: dict[str, int] = field(default_factory=lambda: dict.fromkeys(map(str, VERDICTS), 0))
    turns: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TURNS.values(), 0))
    rules: dict[str, dict[str, int]] = field(default_factory=lambda: {turn: {} for turn in TURNS.values()})
    examples: dict[str, list[tuple[str, int, Turned]]] = field(default_factory=dict)

    def turned(self, one: Turned, place: tuple[str, int], most: int) -> None:
        """Count one that turned; of its kind, the `most` with the smallest places are kept as examples."""
        self.turns[one.turn] += 1
        for rule in one.rules:
            self.rules[one.turn][rule] = self.rules[one.turn].get(rule, 0) + 1
        self._keep(_kind(one), [(*place, one)], most)

    def add(self, other: "Tally", most: int) -> None:
        """Count in what another worker has found."""
        self.judged += other.judged
        self.present = self.present or other.present
        self.decided += other.decided
        self.unknown += other.unknown
        count_in(self.before, other.before)
        count_in(self.after, other.after)
        count_in(self.turns, other.turns)
        for turn, found in other.rules.items():
            count_in(self.rules[turn], found)
        for kind, examples in other.examples.items():
            self._keep(kind, examples, most)

    def by_rule(self) -> dict[str, dict[str, int]]:
        """How many took each turn by each rule, the most first; no turn that nobody took."""
        ordered = {t: dict(sorted(found.items(), key=lambda one: (-one[1], one[0]))) for t, found in self.rules.items()}
        return {turn: found for turn, found in ordered.items() if found}

    def shown(self) -> list[Turned]:
        """The examples: turn by turn, of each by its rules."""
        turns = list(TURNS.values())
        kept = (examples for examples in self.examples.values() if examples)
        kinds = sorted(kept, key=lambda of: (turns.index(of[0][2].turn), of[0][2].rules))
        return [one for examples in kinds for *_, one in examples]

    def _keep(self, kind: str, examples: Iterable[tuple[str, int, Turned]], most: int) -> None:
        kept = self.examples.setdefault(kind, [])
        for example in examples:
            insort(kept, example, key=lambda one: one[:2])
            del kept[most:]


class Survey(Struct):
    """What was found of the subjects on record, and of the applications given.

    `unread` holds the first few that cannot be read, each with its place: nothing else counts then.
    """

    subjects: Tally = field(default_factory=Tally)
    applications: Tally = field(default_factory=Tally)
    unread: list[tuple[int, tuple[Problem, ...]]] = []

    def add(self, other: "Survey", most: int) -> None:
        """Count in what another worker has found."""
        self.subjects.add(other.subjects, most)
        self.applications.add(other.applications, most)
        for place, problems in other.unread:
            self.cannot_read(place, problems)

    def cannot_read(self, place: int, problems: tuple[Problem, ...]) -> None:
        """Note what is wrong with the one of that place."""
        insort(self.unread, (place, problems), key=lambda one: one[0])
        del self.unread[_MOST_UNREAD:]

    def refuse_unread(self) -> None:
        """Raise InputError where something cannot be read: what was not judged whole proves nothing."""
        if self.unread:
            raise InputError(*(problem for _, problems in self.unread for problem in problems))


class Sides(NamedTuple):
    """The required rules of two rulesets on one day: those that decide alike, and the others of each.

    `all_before` and `all_after` are what is counted and read for them, one where that is the same. Rules that read what
    no record tells are in none of these: of those that decide alike they are `unjudged`. All that do not are `changed`.
    `alike_of_unknown` is for subjects of a kind that no record tells: a rule about nothing else is taken to hold.
    `templates` keeps next applications, which are one for all subjects of a kind.
    """

    alike: Ruleset
    alike_of_unknown: Ruleset
    before: Ruleset
    after: Ruleset
    all_before: Ruleset
    all_after: Ruleset
    unjudged: tuple[Rule, ...]
    changed: tuple[Rule, ...]
    templates: dict[tuple[bool, str | None, date], Context]


class Verdicts(NamedTuple):
    """The verdicts before and after; which rules that changed are not satisfied, and what each says.

    `moot` says that a rule that decides alike refuses anyway, so that nobody asked the others.
    """

    before: str
    after: str
    said_before: dict[str, Status]
    said_after: dict[str, Status]
    moot: bool = False


class Change(Struct, frozen=True, dict=True):
    """From which terms to which: of these, the day and the registry are the same. So many examples of a kind."""

    before: Terms
    after: Terms
    examples: int = 3

    @cached_property
    def sides(self) -> Sides:
        """The rules, sorted by what has to be judged once and what twice."""
        return compare(self.before.ruleset, self.after.ruleset, self.before.day)


def compare(old: Ruleset, new: Ruleset, day: date) -> Sides:
    """The required rules of both on `day`, by whether a next application can show what changed."""
    before, after = in_force(old, day), in_force(new, day)
    alike: list[Rule] = []
    if (old.own_fields, old.subject_number) == (new.own_fields, new.subject_number):
        alike = [rule for rule in before if any(same_on_day(rule, other) for other in after)]
    same = {rule.id for rule in alike}
    of_old, of_new = ([rule for rule in rules if rule.id not in same] for rules in (before, after))
    all_before, all_after = _only(old, [*alike, *of_old]), _only(new, of_new)
    if alike and _counted_alike(old, new):
        everything = structs.replace(old, facts={**old.facts, **new.facts})
        all_before = all_after = _only(everything, [*alike, *of_old, *of_new])
    counting = [rule for rule in alike if any(fact.from_registry for fact in rule.facts.values())]
    return Sides(
        _only(old, alike),
        _only(old, counting),
        _only(old, of_old),
        _only(new, of_new),
        all_before,
        all_after,
        tuple(filter(_papers, alike)),
        tuple({rule.id: rule for rule in (*of_old, *of_new)}.values()),
        {},
    )


def survey_rows(rows: Iterable[Row], change: Change) -> Survey:
    """What is found among `rows`, which are sorted by subject, kind and order.

    Raises RegistryError where a record cannot be read.
    """
    found = Survey()
    for some in by_subject(rows):
        known = [(name := of[0].subject.decode(errors="replace"), _history(name, of, change), of) for of in some]
        for subject, history, of_subject in known:
            _survey_subject(subject, history, of_subject, change, found)
    return found


def unseen(change: Change, found: Survey, *, with_applications: bool) -> list[Text]:
    """Why what changed could not show; what the applications showed counts."""
    told = list(_unseen_at_all(change, found.subjects))
    of_applications = list(_unseen_of_applications(found.applications)) if with_applications else []
    if of_applications or not with_applications:
        told += _unseen_of_subjects(change, found.subjects)
    return [*told, *of_applications]


def _unseen_at_all(change: Change, found: Tally) -> Iterator[Text]:
    """Why what changed could not show on that day, or by this registry; `found` is that of the subjects."""
    yield from not_in_force(change.before.day, change.before.ruleset, change.after.ruleset)
    if not found.judged:
        yield text("screening.impact-nobody")
    elif not found.present:
        yield text("screening.impact-nobody-yet", day=change.before.day)


def _unseen_of_subjects(change: Change, found: Tally) -> Iterator[Text]:
    """Why what changed could not show by the subjects on record, though it might by applications."""
    old, new, sides = change.before.ruleset, change.after.ruleset, change.sides
    for rule in sides.changed:
        if papers := _papers(rule):
            yield text("screening.impact-papers", rule=rule.id, fields=listed(sorted(papers)))
        elif any(fact.parent == "brands[]" for fact in rule.facts.values()):
            yield text("screening.impact-brand", rule=rule.id)
    if old.subject_number != new.subject_number:
        yield text("screening.impact-number")
    if found.unknown and not found.decided:
        yield text("screening.impact-undecided")


def _unseen_of_applications(found: Tally) -> Iterator[Text]:
    """Why what changed could not show by the applications given."""
    if not found.decided:
        yield text("authoring.unseen-undecided")


def assumed_rules(change: Change) -> list[str]:
    """The rules that read what no record tells, changed or not: a next application is taken to satisfy them."""
    return [rule.id for rule in (*change.sides.unjudged, *filter(_papers, change.sides.changed))]


def next_verdicts(subject: str, history: History, sides: Sides, day: date) -> Verdicts:
    """What becomes of the next application of `subject` on `day`, by both rulesets.

    It is sound in all that a rule reads of an application alone, for a brand that none of the subject's shops carries.
    """
    kept: tuple[Record, ...] = (*history.shops, *history.bans, *history.violations, *history.marks)
    types = {record.subject_type for record in kept if record.subject_type}
    # Where records tell of two, nobody knows.
    type_ = types.pop() if len(types) == 1 else None

    def count(rules: Ruleset) -> Facts:
        key = rules is sides.all_before, type_, day
        template = sides.templates.get(key)
        if template is None:
            application = applicant("", type_, (_NEW_BRAND,))
            own, number, known = rules.own_fields, rules.subject_number, TYPE if type_ else NOTHING
            template = sides.templates[key] = context_of(application, None, day, known, own, number, rules.read)
        context = structs.replace(template, subject=subject, history=history, kept={})
        return derive_facts(context, rules.counted)

    facts = count(sides.all_before)
    statuses = _said(sides.alike if type_ else sides.alike_of_unknown, facts).values()
    if "fail" in statuses:
        return Verdicts("fail", "fail", {}, {}, moot=True)
    before = _said(sides.before, facts)
    after = _said(sides.after, facts if sides.all_after is sides.all_before else count(sides.all_after))
    return Verdicts(_verdict([*statuses, *before.values()]), _verdict([*statuses, *after.values()]), before, after)


def _said(rules: Ruleset, facts: Facts) -> dict[str, Status]:
    """Which of `rules` do not hold, and what each says."""
    failing = evaluate(facts, rules.plan(facts.context.as_of).in_force)
    return statuses_of(failing, facts) if failing else {}


def _counted_alike(old: Ruleset, new: Ruleset) -> bool:
    """Whether whatever both rulesets may count is counted alike."""
    common = old.facts.keys() & new.facts.keys()
    return all(
        dict(old.facts[name].declared or {}, meaning=None) == dict(new.facts[name].declared or {}, meaning=None)
        for name in common
    )


def _only(ruleset: Ruleset, rules: Iterable[Rule]) -> Ruleset:
    """`ruleset` with those of `rules` alone that read nothing but what records tell."""
    return structs.replace(ruleset, rules=tuple(rule for rule in rules if not _papers(rule)))


def _history(subject: str, rows: Iterable[Row], change: Change) -> History:
    kept = [row for row in rows if row.kind == Kind.RECORD]
    return history_of(subject, newest(kept, subject, change.before.registry or "")) if kept else History()


def _survey_subject(subject: str, history: History, rows: list[Row], change: Change, found: Survey) -> None:
    if history != History():
        survey_next(subject, history, change, found.subjects)
    applications = [row for row in rows if row.kind == Kind.APPLICATION]
    if applications:
        uses = {row.order: use_of(row.data) for row in rows if row.kind == Kind.USE}
        _survey_given(subject, history, applications, uses, change, found)


def survey_next(subject: str, history: History, change: Change, tally: Tally) -> None:
    """Count what becomes of the next application of `subject` before and after."""
    was, now, before, after, moot = next_verdicts(subject, history, change.sides, change.before.day)
    tally.judged += 1
    tally.present = tally.present or history.days[0] <= change.before.day
    if not moot:
        unknown = "undecided" in before.values() or "undecided" in after.values()
        tally.decided += not unknown
        tally.unknown += unknown
    tally.before[was] += 1
    tally.after[now] += 1
    if was != now:
        rules = tuple(rule for rule in dict.fromkeys([*before, *after]) if before.get(rule) != after.get(rule))
        tally.turned(Turned(TURNS[now], subject, "", was, now, rules), (subject, 0), change.examples)


def _survey_given(
    subject: str, history: History, rows: list[Row], uses: dict[int, Use], change: Change, found: Survey
) -> None:
    old, new = change.before.ruleset, change.after.ruleset
    own = both(old.own_fields, new.own_fields)
    documents: list[Document] = []
    places: dict[str, int] = {}
    for row in rows:
        document = read_entry(entry_of(row.data), own)
        use = uses.get(row.order)
        if use and use.how == "clash" and isinstance(document, Document):
            document = used(document, use)
        if isinstance(document, Invalid):
            found.cannot_read(row.order, document.errors)
        else:
            documents.append(document)
            places[document.source] = row.order
    tally = found.applications
    changed = {rule.id for rule in change.sides.changed}
    judged = turned_among(documents, {subject: history}, change.before.day, old, new, changed)
    tally.judged += judged.judged
    tally.decided += judged.decided
    count_in(tally.before, judged.before)
    count_in(tally.after, judged.after)
    for one in judged.turned:
        tally.turned(one, ("", places[one.source]), change.examples)


def _papers(rule: Rule) -> set[str]:
    """The fields of an application that `rule`, or a fact that it reads, is about, and that no record tells."""
    fields = set(rule.fields - TYPE)
    for fact in rule.facts.values():
        if fact.field:
            fields.add(f"/brands/[]{fact.field}" if fact.parent == "brands[]" else fact.field)
        fields |= {f"/shop/{name}" for name in _shared(fact.declared) if name not in ("brand", "look_alike_brand")}
    return {field for field in fields if not any(other.startswith(field + "/") for other in fields)}


def _shared(declared: Any) -> Iterator[str]:
    """The fields that a fact's declaration has records share with the application."""
    if isinstance(declared, dict):
        yield from declared.get("same", ())
    for inner in declared.values() if isinstance(declared, dict) else declared if isinstance(declared, list) else ():
        yield from _shared(inner) if not isinstance(inner, str) else ()


def _verdict(statuses: Collection[str]) -> str:
    return next((status for status in ("fail", "undecided") if status in statuses), "pass")


def _kind(one: Turned) -> str:
    return " ".join((one.turn, *one.rules))
