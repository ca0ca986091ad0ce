"""What a rule file reads, and whether it reads it soundly: facts, and fields of the application.

A fact must be known, `required` all the way down, of its own type, and out of `not` and `if`: there a fact that is
unknown would not show as unknown. Of alternatives each requires the facts that it reads.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...errors import Problem
from ...facts.fact import Fact
from ...messages import Text, listed, text
from ...pointers import Path, to_pointer
from ...reading.own_fields import NO_FIELDS, OwnFields
from ...reading.validation import did_you_mean, meant
from ..domain import Domain, domain
from ..subschemas import NUMBERS, Subschema, certain_to_be_there, fact_name, subschemas

_APPLIES = {
    **dict.fromkeys(NUMBERS, "integer"),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), "string"),
    **dict.fromkeys(("minItems", "maxItems", "items"), "array"),
    **dict.fromkeys(("properties", "required"), "object"),
}
# Which limits bound the same thing: those for the least and those for the most, with the step to the edge.
_LIMITS = (
    ({"minimum": 0, "exclusiveMinimum": 1}, {"maximum": 0, "exclusiveMaximum": -1}),
    ({"minLength": 0}, {"maxLength": 0}),
    ({"minItems": 0}, {"maxItems": 0}),
)


def lint_reads(rule: dict[str, Any], facts: Mapping[str, Fact], own: OwnFields = NO_FIELDS) -> Iterator[Problem]:
    """The problems of one rule file that already keeps to the dialect, `facts` and `own` fields being declared."""
    found = list(subschemas(rule))
    certain = certain_to_be_there(found)
    for subschema in found:
        if subschema.instance_path[:1] not in ((), ("facts",), ("application",)):
            if len(subschema.instance_path) == 1:
                name = str(subschema.instance_path[0])
                hint = did_you_mean(name, ("application", "facts")) or text("rules.nothing-else")
                yield Problem(text("rules.reads-else", name=name), to_pointer(subschema.path), hint=hint)
            continue
        at = domain(subschema.instance_path, facts, own)
        if subschema.instance_path[:1] == ("facts",):
            yield from _fact(subschema, at, facts, rule["x-rule"]["level"])
        if at is None:
            # What is below something unknown is unknown for that reason.
            if domain(subschema.instance_path[:-1], facts, own) is not None:
                yield _unknown(subschema, facts, own)
            continue
        yield from _missing(subschema, facts, own)
        yield from _keywords(subschema, at)
        yield from _values(subschema, at)
        yield from _limits(subschema, at)
        yield from _items_together(subschema)
        if rule["x-rule"]["level"] == "required" and at.optional and subschema.unsound is None:
            yield from _may_be_missing(subschema, certain)
    if not any(True for subschema in found for _ in subschema.assertions()):
        yield Problem(text("rules.cannot-fail"), "", hint=text("rules.cannot-fail-cure"))


def _may_be_missing(subschema: Subschema, certain: set[Path]) -> Iterator[Problem]:
    """A field that a rule reads and that may be missing: without it, the rule would hold."""
    own = subschema.path[-2:-1] == ("properties",) and subschema.instance_path[:1] == ("application",)
    if own and subschema.path not in certain:
        name = str(subschema.instance_path[-1])
        pointer, hint = to_pointer(subschema.path), text("rules.field-not-required-cure", name=name)
        yield Problem(text("rules.not-required", name=name), pointer, hint=hint)


def _items_together(subschema: Subschema) -> Iterator[Problem]:
    """Items of a list that an `if` or `not` above the list reads: one of another kind settles it for all."""
    if subschema.path[-1:] != ("items",):
        return
    above = subschema
    while above.parent is not None:
        keyword = above.path[len(above.parent.path)]
        if keyword in ("if", "not"):
            words = text("rules.items-together", keyword=keyword)
            yield Problem(words, to_pointer(subschema.path), hint=text("rules.items-together-cure", keyword=keyword))
            return
        above = above.parent


def _fact(subschema: Subschema, at: Domain | None, facts: Mapping[str, Fact], level: str) -> Iterator[Problem]:
    pointer = to_pointer(subschema.path)
    if subschema.unsound in ("not", "if"):
        words = text("rules.fact-under", keyword=subschema.unsound)
        yield Problem(words, pointer, hint=text("rules.fact-under-cure"))
        return
    if not subschema.required:
        words = text("rules.not-required", name=subschema.instance_path[-1])
        yield Problem(words, pointer, hint=text("rules.fact-not-required-cure"))
    name, given = fact_name(subschema.instance_path), subschema.schema.get("type")
    if at is not None and name in facts and facts[name].advisory and level == "required":
        yield Problem(text("rules.advisory-fact", fact=name), pointer, hint=text("rules.advisory-fact-cure"))
    if at is not None and name in facts and not {"const", "enum"} & subschema.schema.keys():
        if at.values is not None and "boolean" not in at.types:
            yield Problem(text("rules.fact-by-values", fact=name, values=_listed(at.values)), pointer)
        elif _types(given) != at.types:
            own = json.dumps(_own_types(facts[name], at))
            words = text("rules.fact-type", fact=name, own=own, given=json.dumps(given))
            yield Problem(words, pointer, hint=text("rules.fact-type-cure", own=own))


def _own_types(fact: Fact, at: Domain) -> Any:
    """The fact's own `type`, as a rule writes it."""
    return fact.schema["type"] if fact.schema is not None else sorted(at.types)


def _unknown(subschema: Subschema, facts: Mapping[str, Fact], own: OwnFields) -> Problem:
    pointer = to_pointer(subschema.path)
    if subschema.instance_path[0] == "facts":
        name = fact_name(subschema.instance_path)
        hint = did_you_mean(name, facts) or text("rules.list-facts")
        return Problem(text("rules.unknown-fact", fact=name), pointer, hint=hint)
    hint = _meant(str(subschema.instance_path[-1]), own.names_at(subschema.instance_path[1:]))
    name = ".".join(map(str, subschema.instance_path[1:]))
    return Problem(text("rules.unknown-field", field=name), pointer, hint=hint)


def _meant(name: str, known: Iterable[str]) -> Text:
    known = list(known)
    return meant(name, known) if known else text("rules.none-here")


def _missing(subschema: Subschema, facts: Mapping[str, Fact], own: OwnFields) -> Iterator[Problem]:
    """Names in `required` that nothing has, and fields whose absence an `if` would take for a match."""
    properties, required = subschema.schema.get("properties", {}), subschema.schema.get("required", [])
    for index, name in enumerate(required):
        pointer = to_pointer((*subschema.path, "required", index))
        if domain((*subschema.instance_path, name), facts, own) is None:
            if name not in properties:
                known = [n for n in properties if domain((*subschema.instance_path, n), facts, own)]
                at_application = subschema.instance_path[:1] == ("application",)
                known += own.names_at((*subschema.instance_path[1:], name)) if at_application else []
                known = known or [fact.rpartition(".")[2] for fact in facts]
                yield Problem(text("rules.no-such-name", name=name), pointer, hint=_meant(name, known))
        elif subschema.instance_path[:1] == ("facts",) and name not in properties:
            yield Problem(text("rules.not-compared", name=name), pointer, hint=text("rules.not-compared-cure"))
    for name in properties if subschema.unsound in ("if", "not", "anyOf") else ():
        at = domain((*subschema.instance_path, name), facts, own)
        if at is not None and at.optional and name not in required:
            words = text("rules.missing-matches", keyword=subschema.unsound, name=name)
            place = to_pointer((*subschema.path, "properties", name))
            yield Problem(words, place, hint=text("rules.missing-matches-cure"))


def _keywords(subschema: Subschema, at: Domain) -> Iterator[Problem]:
    """Keywords that do nothing to a value of this type: validators skip them without a word."""
    own = _types_of(at)
    for keyword, kind in _APPLIES.items():
        if keyword in subschema.schema and kind not in at.types:
            words = text("rules.no-effect", keyword=keyword, types=own)
            hint = text("rules.no-effect-cure", kind=kind)
            yield Problem(words, to_pointer((*subschema.path, keyword)), hint=hint)
    given = _types(subschema.schema.get("type"))
    if subschema.instance_path[:1] == ("application",) and given and not at.types <= given:
        words = text("rules.never-of-type", types=own, given=listed(sorted(given)))
        yield Problem(words, to_pointer(subschema.path))
    speechless = [k for k in subschema.assertions() if subschema.reason is None and subschema.unsound is None]
    if speechless:
        words = text("rules.nothing-said", keyword=speechless[0])
        yield Problem(words, to_pointer(subschema.path), hint=text("rules.nothing-said-cure"))


def _values(subschema: Subschema, at: Domain) -> Iterator[Problem]:
    """Values in `const` and `enum` that never occur there, and lists that leave none out."""
    values: list[tuple[Path, Any]] = [(("enum", i), value) for i, value in enumerate(subschema.schema.get("enum", []))]
    if "const" in subschema.schema:
        values.append((("const",), subschema.schema["const"]))
    possible = [value for _, value in values if _possible(value, at)]
    for path, value in values:
        if not _possible(value, at):
            hint = text("rules.it-is-of-type", types=_types_of(at))
            hint = text("rules.it-is", values=_listed(at.values)) if at.values else hint
            hint = (
                text("rules.at-least-anyway", least=at.least) if type(value) is int and at.least is not None else hint
            )
            hint = (did_you_mean(value, map(str, at.values or ())) if isinstance(value, str) else None) or hint
            place = to_pointer((*subschema.path, *path))
            yield Problem(text("rules.value-never", value=json.dumps(value)), place, hint=hint)
    if at.values and "enum" in subschema.schema and all(_among(value, possible) for value in at.values):
        place = to_pointer((*subschema.path, "enum"))
        yield Problem(text("rules.never-fails", keyword="enum"), place, hint=text("rules.every-value-listed"))


def _limits(subschema: Subschema, at: Domain) -> Iterator[Problem]:
    """Limits that whatever may stand there keeps to, and limits that nothing can keep to."""
    schema = subschema.schema
    listing = next((keyword for keyword in ("const", "enum") if keyword in schema), None)
    for keyword in (name for name in NUMBERS if name in schema and listing is not None):
        words, place = text("rules.said-twice", first=listing, second=keyword), to_pointer((*subschema.path, keyword))
        yield Problem(words, place, hint=text("rules.said-twice-cure"))
    for lower, upper in _LIMITS:
        lows = {keyword: schema[keyword] + step for keyword, step in lower.items() if keyword in schema}
        highs = {keyword: schema[keyword] + step for keyword, step in upper.items() if keyword in schema}
        least = at.least if "minimum" in lower else 0
        for keyword, edge in lows.items() if least is not None else ():
            if edge <= least:
                yield _idle("never-fails", keyword, subschema, text("rules.at-least-anyway", least=least))
        for keyword, edge in highs.items():
            if least is not None and edge < least:
                yield _idle("never-holds", keyword, subschema, text("rules.at-least-anyway", least=least))
            for other in (name for name, low in lows.items() if low > edge):
                yield _idle("never-holds", keyword, subschema, text("rules.limits-cross", keyword=other))


def _idle(what: str, keyword: str, subschema: Subschema, hint: Text) -> Problem:
    return Problem(text(f"rules.{what}", keyword=keyword), to_pointer((*subschema.path, keyword)), hint=hint)


def _possible(value: Any, at: Domain) -> bool:
    too_small = type(value) is int and at.least is not None and value < at.least
    return _among(value, at.values) if at.values is not None else _type_of(value) in at.types and not too_small


def _among(value: Any, known: Iterable[Any]) -> bool:
    return any(value is one or (value == one and type(value) is type(one)) for one in known)


def _types_of(at: Domain) -> Text:
    names = sorted(at.types)
    return {"en": " or ".join(names), "zh": " 或 ".join(names)}


def _listed(values: Any) -> Text:
    return listed(json.dumps(value, ensure_ascii=False) for value in values)


def _types(given: Any) -> set[str]:
    return {given} if isinstance(given, str) else set(given or ())


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", str: "string"}
    return names.get(type(value), "other")
