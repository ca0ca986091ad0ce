"""How the form shows fields and rules."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from ..messages import Lang, Text, same, say, text
from ..rules.outline import Asked, Part, value_label
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset
from .told import Told
from .typed import name_of, understood


class Verdict(NamedTuple):
    """What is said where nothing is wrong: in which kind of box, in words, and whether it can be handed in."""

    box: str
    title: Text
    more: Text
    may_hand_in: bool


def shown_fields(rules: Ruleset, told: Told, lang: Lang) -> dict[str, Callable[..., Any]]:
    """What the form's templates ask of a field."""
    return {
        "name_of": name_of,
        "understood": understood,
        "kept": _kept,
        "hint_of": partial(_hint, lang),
        "meaning_of": partial(_meaning, lang),
        "choices_of": partial(_choices, lang),
        "ids_beside": partial(_ids_beside, told, lang),
        "clauses_of": partial(_clauses, rules),
        "verdict_of": _verdict,
    }


def needs_of(rules: Ruleset, day: date) -> tuple[list[Rule], list[Rule]]:
    """The required rules in force on `day`: those that what is typed decides, and those that the record decides."""
    required = [rule for _, rule in rules.plan(day).required]
    looked_up = [rule for rule in required if any(fact.from_registry for fact in rule.facts.values())]
    return [rule for rule in required if rule not in looked_up], looked_up


def _kept(written: str) -> Markup:
    """What was typed, to be typed on: as it was, with characters that cannot be seen."""
    return escape(written)


def _hint(lang: Lang, asked: Asked) -> str:
    if asked.field.day:
        return say("pages.hint-last-day" if asked.ends else "pages.hint-day", lang)
    if asked.field.values or asked.field.kind == "boolean" or asked.label[lang] == asked.meaning[lang].rstrip(".。"):
        return ""
    return asked.meaning[lang]


def _meaning(lang: Lang, part: Part) -> str:
    words = part.meaning[lang]
    return "" if words.rstrip(".。") == part.label[lang] else words


def _choices(lang: Lang, asked: Asked) -> list[tuple[str, str]]:
    return [(value, (value_label(value) or same(value))[lang]) for value in asked.values]


def _ids_beside(told: Told, lang: Lang, asked: Asked, name: str, written: str) -> list[str]:
    """The ids of what stands beside a field and explains it."""
    wrong = [f"{name}.wrong{number or ''}" for number in range(len(told.beside.get(name, ())))]
    hint = [f"{name}.hint"] if _hint(lang, asked) else []
    return [*hint, *wrong, *([f"{name}.read"] if understood(asked, written) else [])]


def _verdict(told: Told) -> Verdict:
    lacking = bool(told.by_seller)
    kind = "lacking" if lacking else "passing" if told.report and told.report.passed else "looked-up"
    box = {"lacking": "undecided", "passing": "pass", "looked-up": "note"}[kind]
    return Verdict(box, text(f"pages.verdict-{kind}"), text(f"pages.verdict-{kind}-more"), not lacking)


def _clauses(rules: Ruleset, rule: Rule) -> list[Text]:
    """The words of the clauses that `rule` rests on."""
    return [rules.clauses[clause] for clause in rule.clause.split(", ") if clause in rules.clauses]
