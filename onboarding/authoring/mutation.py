"""A rule file spoilt in one place at a time, and which of these mutants its cases let pass.

Texts (`x-reason`, titles, remedies) are left alone, since they decide nothing.
"""

import copy
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from ..errors import RulesetError
from ..facts.fact import Fact
from ..messages import Text, listed, text
from ..models import KNOWN, RECORDS
from ..pointers import Path, walk
from ..rules.domain import domain
from ..rules.lint.reads import lint_reads
from ..rules.loading import make_rule
from ..rules.rule import Rule
from ..rules.subschemas import NUMBERS, SIZES, Subschema, fact_name, subschemas
from .cases import Step, outcome_of

_LISTS = ("required", "enum", "anyOf", "allOf")
_DECIDES = (*NUMBERS, *SIZES, *_LISTS, "type", "const", "pattern", "items", "not", "if", "then", "else")
_CLASS = re.compile(r"\[\^?([^\]]*)\]")
_REPEAT = re.compile(r"\{(\d+)\}")


class Mutant(NamedTuple):
    """One edit: where in the file, what was done there, and the rule file after it."""

    path: Path
    edit: Text
    schema: dict[str, Any]


def survivors(rule: Rule, steps: list[Step]) -> tuple[int, list[Mutant]]:
    """How many mutants of `rule` an application could bring to light, and those that no stated expectation does."""
    made = list(noticeable(rule))
    return len(made), [mutant for mutant in made if _survives(rule, mutant, steps)]


def noticeable(rule: Rule) -> Iterator[Mutant]:
    """The mutants of the file of a sound rule that decide otherwise for some application.

    Left out are the edits that no application can bring to light: of `type`, which the lint holds to the fact's
    own, and of the names in `required` of what is never missing, or without which the lint refuses a condition.
    """
    at = {subschema.path: subschema for subschema in subschemas(rule.schema)}
    for mutant in mutants(rule.schema):
        *place, keyword = mutant.path
        subschema = at.get(tuple(place))
        if subschema is not None and keyword == "type":
            continue
        if subschema is not None and keyword == "required" and not _shows(subschema, mutant, rule):
            continue
        yield mutant


def mutants(rule: dict[str, Any]) -> Iterator[Mutant]:
    """Every way to spoil `rule` (a rule file's content) in one place. The rule given is not changed.

    A keyword or one entry of it is dropped, a number or a day moves by one, a constant or a level is another
    one, a pattern loses an anchor, a character or a repetition.
    """
    yield from _terms(rule)
    for subschema in subschemas(rule):
        for keyword in subschema.schema:
            path = (*subschema.path, keyword)
            if keyword in _DECIDES:
                yield without(rule, path)
            for value, edit in _other_values(keyword, subschema.schema[keyword]):
                yield with_another(rule, path, value, edit)
        for name in subschema.schema.get("properties", {}):
            yield without(rule, (*subschema.path, "properties", name))


def _shows(subschema: Subschema, mutant: Mutant, rule: Rule) -> bool:
    """Whether one of the names that are gone from `required` is of something that may be missing.

    In an alternative, a fact that is unknown only together with another one that is required still does not show.
    """
    if subschema.unsound == "if" and any(lint_reads(mutant.schema, rule.facts, rule.own_fields)):
        return False
    left = walk(mutant.schema, subschema.path).get("required", ())
    gone = [name for name in subschema.schema["required"] if name not in left]
    at = subschema.instance_path
    if subschema.unsound == "anyOf":
        counted = [fact for name in left if (fact := rule.facts.get(fact_name((*at, name)))) is not None]
        together = any(fact.from_registry and not fact.advisory for fact in counted)
        if together and all(_lacks_all(rule.facts.get(fact_name((*at, name)))) for name in gone):
            return False
    places = (domain((*at, name), rule.facts, rule.own_fields) for name in gone)
    return any(place is None or place.optional for place in places)


def _lacks_all(fact: Fact | None) -> bool:
    """Whether `fact` is unknown only where nothing is known of the subject's records: none of them can be doubtful."""
    counted = (fact.declared or {}).get("count", ()) if fact is not None else ()
    return bool(counted) and all(
        "same" not in selection and selection.get("where", {}).keys() <= KNOWN[RECORDS[selection["of"]]]
        for selection in counted
    )


def spoilt(rule: Rule, mutant: Mutant) -> Rule:
    """`rule` as it is after the edit of `mutant`."""
    file, several = f"{rule.edition or rule.id}.json", rule.edition is not None
    return make_rule(file, mutant.schema, rule.facts, several, rule.own_fields)


def _survives(rule: Rule, mutant: Mutant, steps: list[Step]) -> bool:
    changed = spoilt(rule, mutant)
    for step in steps:
        stated = step.stated(rule.id)
        if stated is None or not (rule.in_force(step.as_of) or changed.in_force(step.as_of)):
            continue
        try:
            found, pointers = outcome_of(changed, step)
        except RulesetError:
            return False
        reasons = step.expected.get("reasons", {}).get(rule.id)
        if found != stated or (reasons is not None and pointers != sorted(reasons)):
            return False
    return True


def _other_values(keyword: str, value: Any) -> Iterator[tuple[Any, Text]]:
    if keyword in (*NUMBERS, *SIZES):
        for other in (value + 1, value - 1):
            # A size below nothing is no schema.
            if keyword in NUMBERS or other >= 0:
                yield other, text("authoring.edit-value", old=value, new=other)
    elif keyword in _LISTS or (keyword == "type" and isinstance(value, list)):
        if len(value) > 1:
            for index in range(len(value)):
                yield value[:index] + value[index + 1 :], text("authoring.edit-entry", index=index)
    elif keyword == "const":
        other = not value if isinstance(value, bool) else 0 if value is None else None
        yield other, text("authoring.edit-constant")
    elif keyword == "pattern":
        for weaker in _weaker(value):
            yield weaker, text("authoring.edit-value", old=listed([value]), new=listed([weaker]))


def _weaker(pattern: str) -> Iterator[str]:
    if pattern.startswith("^"):
        yield pattern[1:]
    if pattern.endswith("$"):
        yield pattern[:-1]
    for match in _CLASS.finditer(pattern):
        # Ranges stay whole; the single characters go one by one.
        singles = re.sub(r".-.", lambda found: " " * len(found[0]), match[1])
        for offset, char in enumerate(singles):
            if char != " " and len(match[1]) > 1:
                at = match.start(1) + offset
                yield pattern[:at] + pattern[at + 1 :]
    for match in _REPEAT.finditer(pattern):
        for count in (int(match[1]) - 1, int(match[1]) + 1):
            yield f"{pattern[: match.start(1)]}{count}{pattern[match.end(1) :]}"


def _terms(rule: dict[str, Any]) -> Iterator[Mutant]:
    level = "advisory" if rule["x-rule"]["level"] == "required" else "required"
    yield with_another(rule, ("x-rule", "level"), level, text("authoring.edit-term", value=level))
    for name in ("effective_from", "effective_until"):
        if name in rule["x-rule"]:
            yield without(rule, ("x-rule", name))
            for step in (1, -1):
                day = (date.fromisoformat(rule["x-rule"][name]) + timedelta(days=step)).isoformat()
                yield with_another(rule, ("x-rule", name), day, text("authoring.edit-term", value=day))


def without(content: dict[str, Any], path: Path) -> Mutant:
    """`content`, a rule file's or a declaration's, with what stands at `path` dropped."""
    spoilt = copy.deepcopy(content)
    del walk(spoilt, path[:-1])[path[-1]]
    return Mutant(path, text("authoring.edit-dropped"), spoilt)


def with_another(content: dict[str, Any], path: Path, value: Any, edit: Text) -> Mutant:
    """`content` with `value` at `path`; `edit` says so."""
    spoilt = copy.deepcopy(content)
    walk(spoilt, path[:-1])[path[-1]] = value
    return Mutant(path, edit, spoilt)
