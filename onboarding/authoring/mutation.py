"""Which small wrong edits of a rule file do its cases let pass?

Left out are the edits that no application can bring to light: of `type`, which the lint holds to the fact's
own, and of the names in `required` of what is never missing.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..errors import RulesetError
from ..pointers import walk
from ..rules.loading import make_rule
from ..rules.mutation import mutants
from ..rules.rule import Rule
from ..rules.subschemas import Subschema, domain, subschemas
from .cases import Step, outcome_of


class Mutant(NamedTuple):
    """One edit, in words that begin with its pointer, and the rule file after it."""

    edit: str
    schema: dict[str, Any]


def survivors(rule: Rule, steps: list[Step]) -> tuple[int, list[Mutant]]:
    """How many mutants of `rule` an application could bring to light, and those that no stated expectation does."""
    made = list(noticeable(rule.schema))
    return len(made), [mutant for mutant in made if _survives(rule, mutant, steps)]


def noticeable(schema: dict[str, Any]) -> Iterator[Mutant]:
    """The mutants of a sound rule file that decide otherwise for some application."""
    at = {subschema.path: subschema for subschema in subschemas(schema)}
    for edit, mutated in mutants(schema):
        path = _path(schema, edit.partition(": ")[0])
        if path[-1] == "type" and path[:-1] in at:
            continue
        if path[-1] == "required" and path[:-1] in at and not _dropped(at[path[:-1]], _at(mutated, path)):
            continue
        yield Mutant(edit, mutated)


def _dropped(subschema: Subschema, left: list[str] | None) -> bool:
    """Whether one of the names that are gone from `required` is of something that may be missing."""
    gone = (name for name in subschema.schema["required"] if name not in (left or ()))
    return any(at is None or at.optional for at in (domain((*subschema.instance_path, name)) for name in gone))


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    """What stands at `path` in `value`; None where nothing does."""
    try:
        return walk(value, path)
    except (KeyError, IndexError):
        return None


def _path(value: Any, pointer: str) -> tuple[str | int, ...]:
    path: list[str | int] = []
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        path.append(int(name) if isinstance(value, list) else name)
        value = value[path[-1]]
    return tuple(path)


def _survives(rule: Rule, mutant: Mutant, steps: list[Step]) -> bool:
    changed = make_rule(f"{rule.edition or rule.id}.json", mutant.schema, rule.edition is not None)
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
