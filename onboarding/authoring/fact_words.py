"""What a ruleset declares, in words: how a fact is counted, what a field of its own may be, which it counts by."""

from collections.abc import Iterator, Mapping

from ..facts.declarations import BRAND_KEYS, Counted, Dated, Declaration, Selection, Summed, read_declarations
from ..facts.fact import Fact
from ..facts.selection import shared_fields
from ..messages import LANGS, Text, joined, say, text
from ..reading.own_fields import OwnField, OwnFields
from ..rules.rule import Rule
from .requirement import limit_in_words


def counted_in_words(fact: Fact) -> Text | None:
    """How `fact` is counted; None for one that no file declares."""
    declared = _declared(fact)
    if declared is None:
        return None
    since = declared.months_since
    if declared.count:
        return _joined("plus", [_of(text("authoring.counts"), selection) for selection in declared.count])
    if declared.sum is not None:
        return _of(text("authoring.adds-up", value=declared.sum.value), declared.sum)
    if isinstance(since, Dated):
        return _of(_which(since), since)
    return text(f"authoring.reads-{_verb(declared)}", field=f"{_owner(fact)}{declared.pointer}")


def kind_in_words(own: OwnField) -> Text:
    """What the field may be."""
    if own.field.values is not None:
        return limit_in_words("enum", list(own.field.values))
    return text(f"authoring.type-{'day' if own.field.day else own.field.kind}")


def named_fields(own: OwnFields) -> Iterator[tuple[str, OwnField]]:
    """All of them, each by the name that it is declared by: `brands[].trademark_status`, `violation.points`."""
    for path, field in own.application.items():
        yield ".".join(map(str, path)).replace(".[]", "[]"), field
    for kind, fields in own.declared_of_records.items():
        yield from ((f"{kind}.{name}", field) for name, field in fields.items())


def fields_read(rule: Rule) -> Iterator[tuple[str, OwnField]]:
    """The fields of its ruleset's own that `rule` reads, itself or in a fact, each by the name it is declared by."""
    own = rule.own_fields
    paths = {path[1:] for path in rule.paths if path[:1] == ("application",)}
    of_records: set[tuple[str, str]] = set()
    for fact in rule.facts.values():
        declared = _declared(fact)
        if declared is not None and declared.pointer is not None:
            paths.add((*(("brands", "[]") if _owner(fact) else ()), *declared.pointer.split("/")[1:]))
        for selection in declared.selections if declared else ():
            paths |= {("shop", name) for name in shared_fields(selection)}
            tested = [*selection.where, *([selection.value] if isinstance(selection, Summed) else [])]
            of_records |= {(selection.of, name) for name in tested}
    names = {".".join(map(str, path)).replace(".[]", "[]") for path in paths} | {
        f"{kind}.{n}" for kind, n in of_records
    }
    yield from ((name, field) for name, field in named_fields(own) if name in names)


def marks_read(rule: Rule, marks: Mapping[str, Text]) -> Iterator[tuple[str, Text]]:
    """Of the kinds of `marks` that its ruleset declares, those that `rule` counts."""
    selections = [s for fact in rule.facts.values() if (told := _declared(fact)) for s in told.selections]
    kinds = [selection.where.get("kind", {}) for selection in selections if selection.of == "mark"]
    counted = {kind for test in kinds for kind in [*test.get("enum", ()), test.get("const")]}
    yield from ((kind, meaning) for kind, meaning in marks.items() if kind in counted)


def _declared(fact: Fact) -> Declaration | None:
    return None if fact.declared is None else read_declarations({fact.name: fact.declared})[fact.name]


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
