"""How the form shows fields, rules and what was handed in."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from ..messages import Lang, Text, same, say, text
from ..models import Application, to_plain
from ..rules.outline import Asked, Part, value_label
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset
from .told import Told
from .typed import name_of, understood

Rows = list[tuple[Text, Text]]


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
    required = [rule for _, rule in rules.plan(day).in_force if rule.level == "required"]
    looked_up = [rule for rule in required if any(fact.from_registry for fact in rule.facts.values())]
    return [rule for rule in required if rule not in looked_up], looked_up


def content_of(application: Application, whole: Part) -> list[tuple[Text, Rows]]:
    """What an application says, by its parts, in the order of the form."""
    found = _sections(to_plain(application), whole, whole.label)
    own, *others = found
    return [section for section in (*others, own) if section[1]]


def _sections(plain: dict[str, Any], part: Part, title: Text) -> Iterator[tuple[Text, Rows]]:
    yield title, _rows(plain, part)
    for inner in part.parts:
        found = plain.get(inner.name)
        if inner.several:
            for index, item in enumerate(found or ()):
                yield from _merged(_sections(item, inner, text("pages.brand", n=index + 1)))
        elif found:
            yield from _sections(found, inner, inner.label)


def _merged(sections: Iterator[tuple[Text, Rows]]) -> Iterator[tuple[Text, Rows]]:
    """A brand with its evidence, as one."""
    title, rows = next(sections)
    yield title, rows + [row for _, more in sections for row in more]


def _rows(plain: dict[str, Any], part: Part) -> Rows:
    said = any(plain.get(asked.name) is not None for asked in part.fields)
    return [
        (asked.label, _value(plain.get(asked.name), asked))
        for asked in part.fields
        if plain.get(asked.name) is not None or (asked.ends and said)
    ]


def _value(value: Any, asked: Asked) -> Text:
    if value is None:
        return text("pages.no-end")
    if isinstance(value, bool):
        return text("pages.yes" if value else "pages.no")
    return (value_label(value) if asked.field.values else None) or same(str(value))


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
