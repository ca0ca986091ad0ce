"""What a `facts.json` declares, and whether it can be counted: names, fields, values, and what goes together.

A field that is misspelt would select nothing, and a count of nothing refuses nobody.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ...errors import Problem
from ...facts.declarations import BRAND_KEYS
from ...facts.fact import Fact
from ...messages import text
from ...models import RECORDS, WAIVER
from ...pointers import Path, to_pointer
from ...reading.own_fields import NO_FIELDS, OwnFields
from ...reading.validation import Field, did_you_mean, known_at, meant

_OF_A_DAY = ("months_since", "months_until", "days_until")


def lint_facts(content: dict[str, Any], others: Mapping[str, Fact], own: OwnFields = NO_FIELDS) -> list[Problem]:
    """The problems of one `facts.json` that already keeps to the dialect; `others` are declared elsewhere.

    `own` are the fields of the ruleset's own.
    """
    problems: list[Problem] = []
    declared = {name: fact for name, fact in content.items() if name != "$schema"}
    for name, fact in declared.items():
        problems += _name(name, [*others, *declared], name in others)
        each = name.startswith("brands[].")
        for verb, about in fact.items():
            if verb in (*_OF_A_DAY, "field") and isinstance(about, str):
                problems += _pointer(about, verb, each, (name, verb), own)
        for place, selection in _selections({name: fact}):
            problems += _selection(selection, each, place, own)
    return problems


def unread(content: dict[str, Any], read: set[str]) -> Iterator[Problem]:
    """The facts that `content` declares and that no rule reads."""
    for name in content:
        if name != "$schema" and name not in read:
            yield Problem(text("rules.fact-unread", fact=name), _place(name), hint=text("rules.fact-unread-cure"))


def lint_marks(content: dict[str, Any], kinds: Collection[str], rules: Collection[str]) -> Iterator[Problem]:
    """The marks that `content` counts and its ruleset does not know: of no kind in `kinds`, about no rule in `rules`.

    A mark of a kind that nobody declared counts nowhere, so a selection names the kinds that it is of.
    """
    for place, selection in _selections(content):
        where = selection.get("where", {})
        if selection["of"] != "mark":
            continue
        counted = list(_tested(where.get("kind", {}), (*place, "where", "kind")))
        if not counted:
            yield Problem(text("rules.mark-kind"), to_pointer(place), hint=text("rules.mark-kind-cure"))
        for path, kind in counted:
            if kind not in kinds:
                hint = meant(str(kind), kinds) if kinds else text("rules.mark-declared")
                yield Problem(text("rules.no-mark-kind", kind=kind), to_pointer(path), hint=hint)
        about = list(_tested(where.get("about", {}), (*place, "where", "about")))
        if not about and any(kind == WAIVER for _, kind in counted):
            yield Problem(text("rules.waiver-about"), to_pointer(place), hint=text("rules.waiver-about-cure"))
        for path, rule in about:
            if rule not in rules:
                yield Problem(text("rules.no-such-rule", rule=rule), to_pointer(path), hint=meant(str(rule), rules))


def _selections(content: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for name, fact in content.items():
        for verb, about in fact.items() if name != "$schema" else ():
            if verb == "count":
                yield from (((name, verb, index), selection) for index, selection in enumerate(about))
            elif verb in ("sum", "months_since") and isinstance(about, dict):
                yield (name, verb), about


def _tested(test: dict[str, Any], place: Path) -> Iterator[tuple[Path, Any]]:
    """The values that a test of a field asks for, each with its place."""
    yield from (((*place, "enum", index), value) for index, value in enumerate(test.get("enum", ())))
    if "const" in test:
        yield (*place, "const"), test["const"]


def _name(name: str, all_names: list[str], elsewhere: bool) -> Iterator[Problem]:
    if name.startswith("brands."):
        near = name.replace("brands.", "brands[].", 1)
        yield Problem(
            text("rules.name-of-brands", name=name), _place(name), hint=text("reading.did-you-mean", near=near)
        )
    if elsewhere:
        yield Problem(text("rules.fact-shared", fact=name), _place(name), hint=text("rules.fact-shared-cure"))
    parts = name.replace("[]", "").split(".")
    for other in all_names:
        theirs = other.replace("[]", "").split(".")
        # `brands` cannot be a number and hold what is counted for each brand.
        if len(parts) != len(theirs) and parts[0] == theirs[0] and (len(parts) == 1 or len(theirs) == 1):
            yield Problem(text("rules.fact-within", fact=name, other=other), _place(name))
            return


def _pointer(pointer: str, verb: str, each: bool, place: Path, own: OwnFields) -> Iterator[Problem]:
    owner: Path = ("brands", "[]") if each else ()
    found = own.field_of_application((*owner, *pointer.split("/")[1:]))
    if found is None:
        known = _known(owner, pointer, own)
        yield Problem(text("rules.no-field-there", field=pointer), to_pointer(place), hint=meant(pointer, known))
    elif verb in _OF_A_DAY and not found.day:
        words, hint = text("rules.no-day-there", field=pointer), text("rules.no-day-there-cure")
        yield Problem(words, to_pointer(place), hint=hint)
    elif verb == "field" and found.values is None and found.kind not in ("boolean", "integer"):
        words, hint = text("rules.field-is-text", field=pointer), text("rules.field-is-text-cure")
        yield Problem(words, to_pointer(place), hint=hint)


def _known(owner: Path, pointer: str, own: OwnFields) -> list[str]:
    """The pointers that `pointer` may have been meant for: those beside it, or at the nearest known place above."""
    above = pointer.rpartition("/")[0]
    while above and own.field_of_application((*owner, *above.split("/")[1:])) is None:
        above = above.rpartition("/")[0]
    return [f"{above}/{name}" for name in own.names_at((*owner, *above.split("/")[1:], ""))]


def _selection(selection: dict[str, Any], each: bool, place: Path, own: OwnFields) -> Iterator[Problem]:
    kind = selection["of"]
    for name, test in selection.get("where", {}).items():
        yield from _where(kind, name, test, (*place, "where", name), own)
        if (kind, name) == ("shop", "closed_for"):
            yield from _closed_for(selection["at"], test, (*place, "where", name))
    for index, key in enumerate(selection.get("same", ())):
        yield from _same(kind, key, each, (*place, "same", index), own)
    if "with" in selection and kind != "shop":
        yield Problem(text("rules.with-of"), to_pointer((*place, "with")))
    if "value" in selection:
        found = own.field_of_record(kind, selection["value"])
        where = (*place, "value")
        if found is None:
            yield _no_field(kind, selection["value"], where, own)
        elif found.kind != "integer":
            yield Problem(text("rules.value-is-number", field=selection["value"]), to_pointer(where))


def _where(kind: str, name: str, test: dict[str, Any], place: Path, own: OwnFields) -> Iterator[Problem]:
    found = own.field_of_record(kind, name)
    if found is None:
        yield _no_field(kind, name, place, own)
        return
    first = next((keyword for keyword in ("const", "enum") if keyword in test), None)
    for second in (keyword for keyword in test if first is not None and keyword != first):
        words, hint = text("rules.said-twice", first=first, second=second), text("rules.said-twice-cure")
        yield Problem(words, to_pointer((*place, second)), hint=hint)
    few = (False, True) if found.kind == "boolean" else found.values
    if few is not None and {*few, *([None] if found.optional else [])} <= {*test.get("enum", ())}:
        words, hint = text("rules.where-idle", field=name), text("rules.where-idle-cure")
        yield Problem(words, to_pointer((*place, "enum")), hint=hint)
    if test.get("minimum", 0) > test.get("maximum", test.get("minimum", 0)):
        words = text("rules.where-never", least=test["minimum"], most=test["maximum"])
        yield Problem(words, to_pointer(place))
    if found.day:
        words, hint = text("rules.day-in-where", field=name), text("rules.day-in-where-cure")
        yield Problem(words, to_pointer(place), hint=hint)
        return
    if {"minimum", "maximum"} & test.keys() and found.kind != "integer":
        words, hint = text("rules.where-number", field=name), text("rules.where-number-cure")
        yield Problem(words, to_pointer(place), hint=hint)
    yield from _values(found, test, place)


def _closed_for(at: str, test: dict[str, Any], place: Path) -> Iterator[Problem]:
    """Reasons for closing that no shop of that time has: a shop has one exactly when it is closed."""
    asked = {value for _, value in _tested(test, ())}
    never = asked and (asked <= {None} if at == "ended" else None not in asked and at == "current")
    if never:
        words = text("rules.closed-for-of", at=at, what=text(f"rules.closed-for-{'some' if at == 'ended' else 'none'}"))
        yield Problem(words, to_pointer(place), hint=text("rules.closed-for-cure"))


def _values(found: Field, test: dict[str, Any], place: Path) -> Iterator[Problem]:
    kinds = {"string": str, "boolean": bool, "integer": int}
    for path, value in _tested(test, place):
        if (value is None and found.optional) or value in (found.values or ()):
            continue
        if found.values is None and type(value) is kinds.get(found.kind):
            continue
        hint = meant(str(value), found.values) if found.values else text("rules.expected-type", kind=found.kind)
        given = json.dumps(value, ensure_ascii=False)
        yield Problem(text("rules.value-never", value=given), to_pointer(path), hint=hint)


def _same(kind: str, key: str, each: bool, place: Path, own: OwnFields) -> Iterator[Problem]:
    if key in BRAND_KEYS and kind != "shop":
        yield Problem(text("rules.same-brand-of"), to_pointer(place))
    elif key in BRAND_KEYS and not each:
        hint = text("rules.same-brand-whose-cure")
        yield Problem(text("rules.same-brand-whose", by=key), to_pointer(place), hint=hint)
    elif key not in BRAND_KEYS and not (own.field_of_record("shop", key) and own.at(("shop", key))):
        known = [*BRAND_KEYS, *(str(path[-1]) for path in own.application if path[:-1] == ("shop",))]
        hint = did_you_mean(key, known) or text("rules.same-known")
        yield Problem(text("rules.not-shared", field=key), to_pointer(place), hint=hint)


def _no_field(kind: str, name: str, place: Path, own: OwnFields) -> Problem:
    hint = meant(name, [*known_at(RECORDS[kind], "/"), *own.records.get(kind, {})])
    return Problem(text("rules.no-record-field", kind=kind, field=name), to_pointer(place), hint=hint)


def _place(name: str) -> str:
    return to_pointer((name,))
