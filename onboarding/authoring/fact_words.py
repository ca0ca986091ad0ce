"""How a declared fact is counted, in words: verb, records, their time, their fields, what is shared with the shop."""

from ..facts.declarations import BRAND_KEYS, Counted, Dated, Declaration, Selection, read_declarations
from ..facts.fact import Fact
from ..messages import LANGS, Text, joined, say, text
from .requirement import limit_in_words


def counted_in_words(fact: Fact) -> Text | None:
    """How `fact` is counted; None for one that no file declares."""
    if fact.declared is None:
        return None
    declared = read_declarations({fact.name: fact.declared})[fact.name]
    since = declared.months_since
    if declared.count:
        return _joined("plus", [_of(text("authoring.counts"), selection) for selection in declared.count])
    if declared.sum is not None:
        return _of(text("authoring.adds-up", value=declared.sum.value), declared.sum)
    if isinstance(since, Dated):
        return _of(_which(since), since)
    return text(f"authoring.reads-{_verb(declared)}", field=f"{_owner(fact)}{declared.pointer}")


def _verb(declared: Declaration) -> str:
    verbs = ("months_since", "months_until", "days_until", "field")
    return next(verb for verb in verbs if getattr(declared, verb) is not None)


def _owner(fact: Fact) -> str:
    return "/brands/[]" if fact.name.startswith("brands[].") else ""


def _which(dated: Dated) -> Text:
    """Which of the days counts."""
    if dated.nth == 1:
        return text("authoring.since-latest")
    if dated.within is None:
        return text("authoring.since-nth", nth=dated.nth)
    if dated.within == "calendar_year":
        return text("authoring.since-nth-in-year", nth=dated.nth)
    return text("authoring.since-nth-in-months", nth=dated.nth, months=dated.within.months)


def _of(head: Text, selection: Selection) -> Text:
    """`head`, said of the records selected."""
    tests = [
        text("authoring.field-is", field=name, limit=limit_in_words(keyword, value))
        for name, test in selection.where.items()
        for keyword, value in test.items()
    ]
    tests += [
        text(f"authoring.same-{key}") if key in BRAND_KEYS else text("authoring.same-field", field=key)
        for key in selection.same
    ]
    records = text(f"authoring.records-{selection.at}", kind=text(f"authoring.kind-{selection.of}"))
    if tests:
        records = text("authoring.records-where", records=records, tests=_joined("and", tests))
    if isinstance(selection, Counted) and selection.with_:
        records = text("authoring.with-applied-for", records=records)
    return joined("space", [head, records])


def _joined(word: str, parts: list[Text]) -> Text:
    return {lang: say(f"authoring.{word}", lang).join(part[lang] for part in parts) for lang in LANGS}
