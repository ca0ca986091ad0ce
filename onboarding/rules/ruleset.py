"""A ruleset: the rules of one folder, and which of their editions a day picks."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any

from msgspec import Struct

from ..facts.derivation import Facts
from ..facts.fact import Fact, FactSet
from ..messages import Text, text
from ..models import Application
from ..reading.own_fields import NO_FIELDS, OwnFields
from ..report import Outcome, Reason
from ..subject_number import BY_USCC, SubjectNumber
from .rule import Rule

MANIFEST = "ruleset.json"  # says whose rules a folder holds
FACTS_FILE = "facts.json"  # says what is counted; one beside the rulesets, and one in a folder that counts more
FIELDS_FILE = "fields.json"  # says which fields there are beside those that every application and record has


class Plan(Struct, frozen=True):
    """The rules on one day, each once: those in force and those of them that are required, with their place among all,
    and what each says where it holds.
    """

    in_force: list[tuple[int, Rule]]
    required: list[tuple[int, Rule]]
    unless_failing: tuple[Outcome, ...]
    made: dict[int, Outcome]
    open: dict[tuple[frozenset[str], int], list[tuple[int, Rule]]]

    def left_open(self, facts: Facts) -> list[tuple[int, Rule]]:
        """The rules in force without those that `facts` satisfy whatever was applied for, since nothing is on record.

        These read no others than the settled ones, which with as many brands come to the same on every application.
        """
        if not facts.settled:
            return self.in_force
        brands = facts.values["brands"]
        key = facts.settled, len(brands)
        found = self.open.get(key)
        if found is None:
            found = self.open[key] = [
                (place, rule)
                for place, rule in self.in_force
                if not (rule.reads_only(facts.settled) and rule.validate.holds(facts.rule_instance))
            ]
        return found

    def without_papers(self, place: int) -> Outcome:
        """The outcome of the rule at `place` where it reads what is not known of the application."""
        outcome = self.made.get(place)
        if outcome is None:
            why = (Reason(text("kernel.unknown-no_papers"), ""),)
            outcome = self.made[place] = replace(self.unless_failing[place], status="undecided", reasons=why)
        return outcome


class Asked(Struct, frozen=True):
    """The required rules that can be asked on a day where no more than some fields of an application are known, each
    with its place among all of the day; the facts and the fields of the application that these read; and whether others
    are in force, which stay undecided.
    """

    rules: list[tuple[int, Rule]]
    counted: FactSet
    read: dict[str, Any]
    others: bool


class Ruleset(Struct, frozen=True, dict=True):
    """A folder of rules: its id, the content of its files by name, its title, its rules in order, the words of the
    clauses they cite, the facts that a rule of it may read, the kinds of marks that it counts, with what each means,
    the fields of its own that applications and records may have, and how its subjects are known.
    """

    id: str
    content: Mapping[str, Any]
    title: Text
    rules: tuple[Rule, ...]
    clauses: dict[str, Text] = {}
    facts: Mapping[str, Fact] = {}
    marks: Mapping[str, Text] = {}
    own_fields: OwnFields = NO_FIELDS
    subject_number: SubjectNumber = BY_USCC

    @cached_property
    def digest(self) -> str:
        """Of the content, not the bytes: how a file is spaced or its lines end changes no verdict."""
        # A check that tells no digest starts sooner without it.
        import json
        from hashlib import sha256

        content = json.dumps(self.content, sort_keys=True, ensure_ascii=False)
        return "sha256:" + sha256(content.encode()).hexdigest()

    def subject_id(self, application: Application) -> str | None:
        """The number that identifies the subject of `application`; None where there is none, or it cannot be right."""
        return self.subject_number.on_record(application.at(self.subject_number.path))

    def plan(self, day: date) -> Plan:
        """The rules on `day`, as `on` gives them; made once."""
        period = bisect_right(self._changes, day)
        plan = self._plans.get(period)
        if plan is None:
            rules = list(self.on(day))
            in_force = [(place, rule) for place, rule in enumerate(rules) if rule.in_force(day)]
            unless_failing = tuple(rule.outcome_unless_failing(day) for rule in rules)
            required = [(place, rule) for place, rule in in_force if rule.level == "required"]
            plan = self._plans[period] = Plan(in_force, required, unless_failing, {}, {})
        return plan

    def asked(self, day: date, known: frozenset[str] | None) -> Asked:
        """What the required rules in force on `day` ask, where of an application the fields `known` are known; None
        says that all of it is."""
        period = bisect_right(self._changes, day)
        asked = self._asked.get((period, known))
        if asked is None:
            required = self.plan(day).required
            askable = [(place, rule) for place, rule in required if known is None or rule.fields <= known]
            rules = [rule for _, rule in askable]
            asked = Asked(askable, self._read_by(rules), _fields_read(rules), len(askable) < len(required))
            self._asked[period, known] = asked
        return asked

    @property
    def read(self) -> dict[str, Any]:
        """The fields of the application that its rules read, as a tree; `[]` stands for the items of a list."""
        return self.read_where(None)

    def read_where(self, known: frozenset[str] | None) -> dict[str, Any]:
        """Those of `read` that rules read which can be asked where of an application the fields `known` are known."""
        read = self._read.get(known)
        if read is None:
            askable = (rule for rule in self.rules if known is None or rule.fields <= known)
            read = self._read[known] = _fields_read(askable)
        return read

    @cached_property
    def counted(self) -> FactSet:
        """The facts that its rules do read: no others are counted."""
        return self._read_by(self.rules)

    @cached_property
    def deciding(self) -> FactSet:
        """Those of `counted` that its required rules read: on another day only these can tell a pass from a fail."""
        return self._read_by(rule for rule in self.rules if rule.level == "required")

    def deciding_below(self, name: str) -> tuple[Fact, ...]:
        """Those of `deciding` that `name` names, or that stand below what it names; all for an empty one."""
        found = self._deciding_below.get(name)
        if found is None:
            below = (f"{name}.", f"{name}[]")
            found = tuple(f for f in self.deciding.values() if not name or f.name == name or f.name.startswith(below))
            self._deciding_below[name] = found
        return found

    def demands_nothing(self, day: date) -> bool:
        """Whether no required rule is in force on `day`, so that whoever applies passes."""
        return not self.plan(day).required

    def on(self, day: date) -> Iterator[Rule]:
        """Each rule once: in the edition of `day`, else in its next one, else in its last."""
        editions: dict[str, list[Rule]] = {}
        for rule in self.rules:
            editions.setdefault(rule.id, []).append(rule)
        for candidates in editions.values():
            if len(candidates) == 1:
                yield candidates[0]
                continue
            by_day = sorted(candidates, key=lambda rule: rule.effective_from or date.min)
            not_over = (rule for rule in by_day if rule.effective_until is None or day < rule.effective_until)
            yield next(not_over, by_day[-1])

    def changes_after(self, day: date) -> list[date]:
        """The days after `day` on which an edition takes effect, in order."""
        return self._begins[bisect_right(self._begins, day) :]

    def next_change(self, day: date) -> date | None:
        """The first day after `day` on which an edition takes effect or ends."""
        ahead = bisect_right(self._changes, day)
        return self._changes[ahead] if ahead < len(self._changes) else None

    @cached_property
    def _begins(self) -> list[date]:
        return sorted({rule.effective_from for rule in self.rules if rule.effective_from})

    @cached_property
    def _changes(self) -> list[date]:
        return sorted({*self._begins, *(rule.effective_until for rule in self.rules if rule.effective_until)})

    @cached_property
    def _plans(self) -> dict[int, Plan]:
        """By how many of the changes have come to pass."""
        return {}

    @cached_property
    def _asked(self) -> dict[tuple[int, frozenset[str] | None], Asked]:
        """By how many of the changes have come to pass, and by what is known."""
        return {}

    @cached_property
    def _read(self) -> dict[frozenset[str] | None, dict[str, Any]]:
        """By what is known."""
        return {}

    @cached_property
    def _deciding_below(self) -> dict[str, tuple[Fact, ...]]:
        return {}

    def _read_by(self, rules: Iterable[Rule]) -> FactSet:
        read = {name for rule in rules for name in rule.facts}
        return FactSet(fact for name, fact in self.facts.items() if name in read)


def _fields_read(rules: Iterable[Rule]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in (path for rule in rules for path in rule.paths):
        place = tree
        for part in path:
            place = place.setdefault(str(part), {})
    fields: dict[str, Any] = tree.get("application", {})
    return fields
