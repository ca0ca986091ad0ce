"""A rule as data: one edition of a rule file, and what it says of one instance.

Reads `x-reason` from the schema at the failure's path, since validators drop the annotations of a schema
that fails. A `required` failure under `/facts` is a fact that is unknown; a `type` failure there is a
broken rule or a broken fact, and raises.
"""

from collections.abc import Collection, Mapping
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from msgspec import Struct

from ..errors import Problem, RulesetError
from ..facts.fact import Fact
from ..messages import LANGS, Text, text
from ..pointers import Path, to_pointer, walk
from ..reading.own_fields import NO_FIELDS, OwnFields
from ..report import Level, Outcome, Status
from .subschemas import fact_name, subschemas
from .validator import Failure, Validate, compile_schema


class Finding(Struct, frozen=True):
    """One way in which an instance does not satisfy a rule. `reason` is None where a fact is unknown.

    `compared` is what fails in the alternatives, where none of several holds: there `pointer` names what they stand in.
    """

    pointer: str
    actual: Any
    limit: Any
    reason: Text | None
    compared: tuple[str, ...] = ()


class Keyword(Struct, frozen=True):
    """A keyword of a rule's schema: its name, what it allows, and the nearest `x-reason` around it, with its words
    where these are the same whatever was found.
    """

    name: str | int
    limit: Any
    reason: dict[str, Any] | None
    words: Text | None


class Rule(Struct, frozen=True, dict=True):
    """One edition of one rule: its terms (`x-rule`), its schema, and that schema compiled.

    `paths` are the instance paths that the schema looks at, `facts` the facts that it reads, `own_fields` all those of
    its ruleset. `edition` names it where the ruleset holds several of the rule: its file's name without `.json`.
    """

    id: str
    level: Level
    clause: str
    title: Text
    remedy: Text
    effective_from: date | None
    effective_until: date | None
    schema: dict[str, Any]
    validate: Validate
    paths: set[Path]
    facts: Mapping[str, Fact]
    own_fields: OwnFields = NO_FIELDS
    edition: str | None = None

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields of the application that the schema speaks of, as JSON pointers; `[]` stands for each brand."""
        return frozenset(to_pointer(path[1:]) for path in self.paths if path[:1] == ("application",) and len(path) > 1)

    def reads_only(self, facts: Collection[str]) -> bool:
        """Whether all that the schema looks at are these `facts` (their names), and what they stand in."""
        inside = {"", "brands", "brands[]", *(name.rpartition(".")[0] for name in facts)}
        # Where something is compared as a whole, so is all that stands in it.
        whole = (s.instance_path for s in subschemas(self.schema) if "const" in s.schema or "enum" in s.schema)
        read = inside.difference(map(fact_name, whole)).union(facts)
        return all(path[:1] != ("application",) and fact_name(path) in read for path in self.paths)

    @cached_property
    def numbers(self) -> frozenset[int]:
        """The whole numbers that stand in the schema: where an outcome can turn as a count grows."""
        stated = (value for subschema in subschemas(self.schema) for value in subschema.schema.values())
        listed = (value if isinstance(value, list) else (value,) for value in stated)
        return frozenset(number for values in listed for number in values if type(number) is int)

    @cached_property
    def around(self) -> list[int]:
        """The whole numbers that stand in the schema, and 0, with those right beside them, in order."""
        return sorted({number + step for number in {0, *self.numbers} for step in (-1, 0, 1)})

    @property
    def clauses(self) -> list[str]:
        """The clauses that the rule cites, one by one."""
        return cited(self.clause)

    def in_force(self, day: date) -> bool:
        """In force from `effective_from` on, and until the day before `effective_until`."""
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_until is None or day < self.effective_until
        )

    def outcome_unless_failing(self, day: date) -> Outcome:
        """What the rule says on `day` where nothing fails."""
        status: Status = "pass" if self.in_force(day) else "not_in_force"
        return Outcome(self.id, self.level, status, self.title, self.clause, self.remedy, (), self.edition)

    def findings(self, instance: dict[str, Any], failures: list[Failure] | None = None) -> list[Finding]:
        """Every way in which `instance` (`{"application": …, "facts": …}`) does not satisfy the rule.

        `failures` are what `validate` says of it, where that is known. Raises RulesetError where a fact is not of the
        type that the rule expects.
        """
        return self._found(self.validate(instance) if failures is None else failures, (), instance, ())

    def _found(self, failures: list[Failure], schema_base: Path, instance: Any, base: Path) -> list[Finding]:
        """The findings of the subschema at `schema_base` in what stands at `base`."""
        found: list[Finding] = []
        told: dict[tuple[Path, str], Text] = {}  # of many brands in the same words
        for below, failing in failures:
            instance_path, schema_path = base + below, schema_base + failing
            keyword, value = self.keyword(schema_path), walk(instance, below)
            name, limit, at_fact = keyword.name, keyword.limit, instance_path[:1] == ("facts",)
            if name == "type" and at_fact:
                place = _pointer(instance_path)
                raise RulesetError(Problem(text("rules.fact-of-another-type", place=place, rule=self.id), place))
            if name == "required":
                for missing in (missing for missing in limit if missing not in value):
                    reason = None if at_fact else self._reason(schema_path, None, None)
                    found.append(Finding(_pointer((*instance_path, missing)), None, None, reason))
                continue
            alternatives = self._of_each(schema_path, value, instance_path) if name == "anyOf" else None
            if alternatives and (unknown := _undecided(alternatives)):
                found += unknown
                continue
            # Of the application's texts only the names of types are repeated, never what somebody typed.
            actual = value if at_fact or isinstance(value, bool) or instance_path[-1:] == ("type",) else None
            actual = len(value) if name in ("minItems", "maxItems") else actual
            actual = None if name in ("not", "anyOf") else actual
            limit = limit if name not in ("pattern", "not", "anyOf") else None
            reason = keyword.words
            if reason is None:
                said = (schema_path, str(actual))
                reason = told[said] = told.get(said) or self._reason(schema_path, actual, limit)
            compared = _compared(alternatives) if alternatives else ()
            found.append(Finding(_pointer(instance_path), actual, limit, reason, compared))
        return found

    def _of_each(self, schema_path: Path, value: Any, instance_path: Path) -> list[list[Finding]]:
        """The findings of each alternative, of which none holds."""
        return [
            self._found(validate(value), (*schema_path, index), value, instance_path)
            for index, validate in enumerate(self._alternatives[schema_path])
        ]

    @cached_property
    def _alternatives(self) -> dict[Path, list[Validate]]:
        """By the path of each `anyOf`: its alternatives, each compiled."""
        return {
            (*subschema.path, "anyOf"): [compile_schema(alternative) for alternative in subschema.schema["anyOf"]]
            for subschema in subschemas(self.schema)
            if "anyOf" in subschema.schema
        }

    def _reason(self, schema_path: Path, actual: Any, limit: Any) -> Text:
        """The words at the failing keyword, filled in."""
        reason = self.keyword(schema_path).reason
        if reason is None:
            place = to_pointer(schema_path)
            raise RulesetError(Problem(text("rules.rule-without-words", rule=self.id, place=place), place))
        words = reason.get("when", {}).get(str(actual), reason)
        return {lang: _fill(words[lang], actual, limit) for lang in LANGS}

    def keyword(self, schema_path: Path) -> Keyword:
        """The keyword that stands at `schema_path`."""
        found = self._keywords.get(schema_path)
        if found is None:
            around = [walk(self.schema, schema_path[:depth]) for depth in range(len(schema_path))]
            reasons = [above["x-reason"] for above in around if isinstance(above, dict) and "x-reason" in above]
            limit, reason = walk(self.schema, schema_path), reasons[-1] if reasons else None
            found = self._keywords[schema_path] = Keyword(schema_path[-1], limit, reason, _constant_words(reason))
        return found

    @cached_property
    def _keywords(self) -> dict[Path, Keyword]:
        """Those that have failed before, by their paths."""
        return {}


# An audit finds the same places with each of thousands of shops.
_pointer = lru_cache(maxsize=1024)(to_pointer)


def _undecided(alternatives: list[list[Finding]]) -> list[Finding]:
    """What is unknown of alternatives none of which holds; nothing where each of them is certain to fail.

    Three-valued: true beats unknown, and unknown beats false. Within one alternative false beats unknown.
    """
    unknown: dict[str, Finding] = {}
    for findings in alternatives:
        if all(finding.reason is None for finding in findings):
            unknown.update((finding.pointer, finding) for finding in findings)
    return list(unknown.values())


def _compared(alternatives: list[list[Finding]]) -> tuple[str, ...]:
    """What fails in `alternatives`, each once."""
    failing = (finding for findings in alternatives for finding in findings if finding.reason is not None)
    return tuple(dict.fromkeys(place for finding in failing for place in (finding.compared or (finding.pointer,))))


def _constant_words(reason: dict[str, Any] | None) -> Text | None:
    """The words of an `x-reason` that says the same of whatever was found; None where it does not."""
    if reason is None or "when" in reason or any("{" in reason[lang] for lang in LANGS):
        return None
    return {lang: reason[lang] for lang in LANGS}


def cited(clause: str) -> list[str]:
    """The clauses that a rule file names in one text: `P2, P3`."""
    return clause.split(", ")


def _fill(words: str, actual: Any, limit: Any) -> str:
    # Not `str.format`: a rule file must not reach into Python objects.
    if "{" not in words:
        return words
    return words.replace("{actual}", str(actual)).replace("{limit}", str(limit))
