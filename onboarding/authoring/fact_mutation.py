"""A declared fact counted a little otherwise, one place at a time, and which of these mutants the cases let pass."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import structs

from ..facts.declarations import BRAND_KEYS
from ..facts.verbs import make_facts
from ..messages import text
from ..pointers import Path, walk
from ..rules.ruleset import Ruleset
from .cases import holds, read_inputs
from .mutation import Mutant, with_another, without

_TIMES = ("current", "ended", "begun")


def surviving_facts(ruleset: Ruleset, cases: Sequence[tuple[str, dict[str, Any]]]) -> tuple[int, list[Mutant]]:
    """How many mutants there are of the facts that `ruleset` counts, and those with which every case holds still."""
    declarations = ((name, fact.declared) for name, fact in ruleset.counted.items() if fact.declared)
    made = [(name, mutant) for name, declared in declarations for mutant in mutants(declared)]
    read = [(source, case, read_inputs(case, ruleset)) for source, case in cases]
    alive = []
    for name, (path, edit, declared) in made:
        # The tables of the rules that read a fact come first: they notice most.
        readers = {rule.id for rule in ruleset.rules if name in rule.facts}
        in_order = sorted(read, key=lambda case: not any(reader in case[0] for reader in readers))
        otherwise = with_fact(ruleset, name, declared)
        if all(holds(case, inputs, otherwise) for _, case, inputs in in_order):
            alive.append(Mutant((name, *path), edit, declared))
    return len(made), alive


def mutants(declared: dict[str, Any]) -> Iterator[Mutant]:
    """Every way to count otherwise: another time, key, value, number or span, or one of them or a selection dropped."""
    selections: list[Path] = [("count", index) for index in range(len(declared.get("count", ())))]
    selections += [(verb,) for verb in ("sum", "months_since") if isinstance(declared.get(verb), dict)]
    for path in selections:
        if len(declared.get("count", ())) > 1:
            yield without(declared, path)
        yield from _of_selection(declared, path, walk(declared, path))


def _of_selection(declared: dict[str, Any], path: Path, selection: dict[str, Any]) -> Iterator[Mutant]:
    for at in _TIMES:
        if at != selection["at"]:
            yield _with(declared, (*path, "at"), at)
    for name, test in selection.get("where", {}).items():
        yield without(declared, (*path, "where", name))
        for keyword in ("minimum", "maximum"):
            if keyword in test:
                for step in (1, -1):
                    yield _with(declared, (*path, "where", name, keyword), test[keyword] + step)
        for index in range(len(test.get("enum", ()))):
            if len(test["enum"]) > 1:
                yield without(declared, (*path, "where", name, "enum", index))
    for index, key in enumerate(selection.get("same", ())):
        yield without(declared, (*path, "same", index))
        if key in BRAND_KEYS:
            yield _with(declared, (*path, "same", index), BRAND_KEYS[1 - BRAND_KEYS.index(key)])
    if "with" in selection:
        yield without(declared, (*path, "with"))
    yield from _of_span(declared, path, selection)


def _of_span(declared: dict[str, Any], path: Path, selection: dict[str, Any]) -> Iterator[Mutant]:
    if "nth" in selection:
        for nth in (selection["nth"] - 1, selection["nth"] + 1):
            yield _with(declared, (*path, "nth"), nth)
    if "within" in selection:
        yield without(declared, (*path, "within"))
        if selection["within"] == "calendar_year":
            yield _with(declared, (*path, "within"), {"months": 12})
        else:
            for step in (1, -1):
                months = selection["within"]["months"] + step
                yield _with(declared, (*path, "within", "months"), months)


def with_fact(ruleset: Ruleset, name: str, declared: dict[str, Any]) -> Ruleset:
    """`ruleset` with its fact `name` counted as `declared`."""
    changed = make_facts({name: declared})
    rules = tuple(
        structs.replace(rule, facts={**rule.facts, **changed}) if name in rule.facts else rule for rule in ruleset.rules
    )
    return structs.replace(ruleset, rules=rules, facts={**ruleset.facts, **changed})


def _with(declared: dict[str, Any], path: Path, value: Any) -> Mutant:
    words = text("authoring.edit-value", old=_said(walk(declared, path)), new=_said(value))
    return with_another(declared, path, value, words)


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
