"""Whom a change of rules touches, said to people and as plain values."""

from collections.abc import Sequence
from typing import Any, Literal

from ..authoring.impact import Turned
from ..authoring.schema_diff import Change as RuleChange
from ..messages import Lang, Text, listed, say, text
from ..outputs.interface import Section
from .impact import Change, Tally, assumed_rules

Of = Literal["subjects", "applications"]


def changes_section(rules: Sequence[RuleChange], lang: Lang) -> Section:
    """What changed in the rules."""
    changed = tuple(change.words(lang) for change in rules)
    nothing = () if changed else (say("authoring.no-change", lang),)
    return Section(say("screening.impact-changes", lang), nothing, changed)


def caveats_section(unseen: Sequence[Text], lang: Lang) -> Section:
    """What of the change could not show, and why."""
    items = tuple(say("authoring.unseen", lang, why=why) for why in unseen)
    return Section(say("screening.impact-caveats", lang), items=items)


def tally_section(of: Of, tally: Tally, change: Change, lang: Lang, *, examples: bool = True) -> Section:
    """How many turned, by which rule; with examples of each turn where they are wanted."""
    counts = {turn.removeprefix("newly-"): _number(count) for turn, count in tally.turns.items()}
    lines = [say(f"screening.impact-of-{of}", lang, n=tally.judged, all=_number(tally.judged), **counts)]
    items = [
        say(
            "screening.impact-before-after",
            lang,
            verdict=text(f"authoring.verdict-{verdict}"),
            before=_number(tally.before[verdict]),
            after=_number(tally.after[verdict]),
        )
        for verdict in ("pass", "fail", "undecided")
    ]
    for turn, rules in tally.by_rule().items():
        words = text(f"screening.impact-turn-{turn}")
        items += [say("screening.impact-by-rule", lang, turn=words, rule=r, n=_number(n)) for r, n in rules.items()]
    items += [_example(of, one, lang) for one in tally.shown() if examples]
    assumed = [_assumed(change, lang)] if of == "subjects" else []
    return Section(say(f"screening.impact-{of}", lang), (*lines, *assumed), tuple(items))


def plain_tally(tally: Tally, name: Literal["subject", "source"]) -> dict[str, Any]:
    """What was counted, as JSON; `name` is what an example's place is called."""
    examples = [
        {"turn": one.turn, name: one.source}
        | ({"application_id": one.application_id} if one.application_id else {})
        | {"before": one.before, "after": one.after, "rules": list(one.rules)}
        for one in tally.shown()
    ]
    counts = {"judged": tally.judged, "before": tally.before, "after": tally.after, "counts": tally.turns}
    return {**counts, "by_rule": tally.by_rule(), "examples": examples}


def _assumed(change: Change, lang: Lang) -> str:
    rules = assumed_rules(change)
    return say(f"screening.impact-assumed{'' if rules else '-brand'}", lang, rules=listed(rules))


def _example(of: Of, one: Turned, lang: Lang) -> str:
    values: dict[str, Any] = {
        "turn": text(f"screening.impact-turn-{one.turn}"),
        "before": text(f"authoring.verdict-{one.before}"),
        "after": text(f"authoring.verdict-{one.after}"),
        "rules": listed(one.rules),
    }
    if of == "subjects":
        return say("screening.impact-subject", lang, subject=one.source, **values)
    return say("screening.impact-application", lang, source=one.source, application=one.application_id, **values)


def _number(count: int) -> str:
    return f"{count:,}"
