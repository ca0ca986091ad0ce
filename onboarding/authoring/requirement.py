"""What a rule file demands, as a tree: comparisons, joined by all of, one of, not, if, and for each.

The tree says what a validator does, no less and no more: a page is this tree in words, and so is a condition in a diff.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from ..facts.fact import Fact
from ..messages import LANGS, Lang, Text, aside, joined, labelled, same, say, text
from ..pointers import Path, walk
from ..rules.subschemas import Subschema, certain_to_be_there, fact_name, subschemas

# The keywords that compare something with a limit, in the order in which they are told.
COMPARES = (
    *("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "maxLength", "minLength", "maxItems", "minItems"),
    *("enum", "const", "pattern", "required"),
)


class Comparison(Struct, frozen=True, tag=True):
    """What stands at `path` (below the value that the node above is applied to) is held to one keyword.

    `name` is the fact or field, with its meaning where it is a fact. Where nothing stands there it holds if `optional`;
    where null stands there, if `or_null`.
    """

    path: Path
    optional: bool
    name: str
    meaning: Text | None
    keyword: str
    value: Any
    or_null: bool = False


class Compound(Struct, frozen=True, tag=True):
    """Several nodes about what stands at `path`: `all` or `any` of them, `not` all of them, or all for `each` entry.

    Of an `if` the parts are three: the condition, what holds then, what holds otherwise. `name` is that of what stands
    there; where nothing does it holds if `optional`.
    """

    kind: Literal["all", "any", "not", "each", "if"]
    path: Path
    optional: bool
    name: str
    parts: "tuple[Node, ...]"


Node = Comparison | Compound


def requirement_of(schema: dict[str, Any], facts: Mapping[str, Fact]) -> Compound:
    """The tree of a sound rule file, which reads `facts`."""
    certain = certain_to_be_there(list(subschemas(schema)))
    return Compound("all", (), False, "", tuple(_parts(schema, (), (), (), False, _Rule(facts, certain))))


def lines(node: Node, lang: Lang, depth: int = 0) -> Iterator[tuple[int, str]]:
    """`node` in words: lines, each with how deep it stands in a list of lists."""
    if isinstance(node, Comparison):
        yield depth, _labelled(node, lang) + _limit(node, lang)
    elif node.kind in ("all", "each"):
        for part in node.parts:
            yield from lines(part, lang, depth)
    elif node.kind == "any":
        yield depth, _labelled(node, lang) + say("authoring.one-of-these", lang) + _or_missing(node, lang)
        yield from ((depth + 1, in_one_line(part, lang)) for part in node.parts)
    elif node.kind == "not":
        yield depth, _labelled(node, lang) + _negated(node, lang)
    else:
        for key, branch in zip(("if", "if-not"), node.parts[1:], strict=True):
            if told := list(lines(branch, lang, depth + 1)):
                yield depth, say(f"authoring.{key}", lang, what=_condition(node, lang))
                yield from told


def in_one_line(node: Node, lang: Lang) -> str:
    """`node` in words that fit into a sentence."""
    if isinstance(node, Comparison):
        return f"`{node.name}` {_limit(node, lang)}"
    if node.kind == "not":
        return f"`{node.name}` {_negated(node, lang)}"
    if node.kind == "if":
        told = zip(("if-then", "if-not-then"), (in_one_line(part, lang) for part in node.parts[1:]), strict=True)
        condition = _condition(node, lang)
        said = [say(f"authoring.{key}", lang, condition=condition, what=what) for key, what in told if what]
        return say("authoring.and", lang).join(said)
    joined = say("authoring.or" if node.kind == "any" else "authoring.and", lang)
    words = joined.join(_grouped(part, lang) for part in node.parts)
    if node.kind == "each":
        return say("authoring.for-each", lang, name=node.name, what=words)
    return words + (_or_missing(node, lang) if node.kind == "any" else "")


def circumstances(subschema: Subschema, facts: Mapping[str, Fact]) -> Text | None:
    """Under what condition, or as what alternative, `subschema` demands what it says; None where it always does."""
    found: list[Text] = []
    while (parent := subschema.parent) is not None:
        keyword = subschema.path[len(parent.path)]
        if keyword in ("then", "else"):
            at = parent.instance_path
            alone = _Rule(facts, frozenset())
            condition = Compound("all", (), False, "", tuple(_parts(parent.schema["if"], (), at, (), False, alone)))
            key = "circumstance-if" if keyword == "then" else "circumstance-if-not"
            found.append({lang: say(f"authoring.{key}", lang, what=in_one_line(condition, lang)) for lang in LANGS})
        elif keyword in ("if", "not"):
            found.append(text(f"authoring.circumstance-in-{keyword}"))
        elif keyword == "anyOf":
            number = int(subschema.path[len(parent.path) + 1]) + 1
            found.append(text("authoring.circumstance-alternative", number=number))
        subschema = parent
    return joined("comma", found[::-1]) if found else None


def limit_in_words(keyword: str, value: Any) -> Text:
    """What a keyword of a rule file holds a value to."""
    shown = joined("list-separator", [same(_plain(one)) for one in (value if isinstance(value, list) else [value])])
    return text(f"authoring.limit-{keyword}", value=shown, n=value)


def name_of(instance_path: Path) -> str:
    """The name of the fact or field at `instance_path`."""
    return fact_name(instance_path) or str(instance_path[0])


class _Rule(NamedTuple):
    """What is asked of a rule file as a whole: its facts, and where what it speaks of is certain to be there."""

    facts: Mapping[str, Fact]
    certain: Collection[Path]


def _parts(schema: dict[str, Any], place: Path, at: Path, path: Path, optional: bool, rule: _Rule) -> Iterator[Node]:
    """The nodes of `schema`, which stands at `place` of the file, speaks of what is at `at` of the instance, and at
    `path` below the node above.
    """
    name, fact = name_of(at or ("application",)), rule.facts.get(fact_name(at)) if at[:1] == ("facts",) else None
    or_null = "null" in schema.get("type", ())
    for keyword in COMPARES:
        value = schema.get(keyword, ...)
        # Whether a fact is known goes with what it is compared with.
        value = _unsaid(schema) if keyword == "required" and not optional else value
        if value not in (..., []) and (keyword != "required" or at[:1] == ("application",)):
            own = or_null and keyword not in ("enum", "const")
            meaning = fact.meaning if fact else None
            yield Comparison(path, optional, name, meaning, keyword, value, own)
    for inner_name, inner in schema.get("properties", {}).items():
        below = (*place, "properties", inner_name)
        missing = optional or not (inner_name in schema.get("required", ()) or below in rule.certain)
        yield from _parts(inner, below, (*at, inner_name), (*path, inner_name), missing, rule)
    if "items" in schema and (each := tuple(_parts(schema["items"], (*place, "items"), (*at, "[]"), (), False, rule))):
        yield Compound("each", path, optional, fact_name((*at, "[]")), each)
    for index, inner in enumerate(schema.get("allOf", ())):
        yield from _parts(inner, (*place, "allOf", index), at, path, optional, rule)

    def nested(*keyword: Any) -> Compound:
        inner = walk(schema, keyword)
        return Compound("all", (), False, name, tuple(_parts(inner, (*place, *keyword), at, (), False, rule)))

    if "anyOf" in schema:
        alternatives = (nested("anyOf", index) for index in range(len(schema["anyOf"])))
        yield Compound("any", path, optional, name, tuple(alternatives))
    if "not" in schema:
        yield Compound("not", path, optional, name, nested("not").parts)
    if "if" in schema:
        nothing = Compound("all", (), False, name, ())
        branches = (nested(keyword) if keyword in schema else nothing for keyword in ("if", "then", "else"))
        yield Compound("if", path, optional, name, tuple(branches))


def _unsaid(schema: dict[str, Any]) -> list[str]:
    """The names in `required` but those in which something is compared anyway: that fails where it is missing."""
    properties = schema.get("properties", {})
    return [name for name in schema.get("required", ()) if not _compares(properties.get(name, {}))]


def _compares(schema: dict[str, Any]) -> bool:
    inner = schema.get("properties", {})
    required = (inner[name] for name in schema.get("required", ()) if name in inner)
    return bool(set(COMPARES[:-1]) & schema.keys()) or any(map(_compares, required))


def _negated(node: Compound, lang: Lang) -> str:
    """What must not be so; of the very value that the line speaks of its name is not said again."""
    part = node.parts[0]
    alone = len(node.parts) == 1 and isinstance(part, Comparison) and part.name == node.name
    joined = say("authoring.and", lang).join(_grouped(part, lang) for part in node.parts)
    what = _limit(part, lang) if alone and isinstance(part, Comparison) else joined
    return say("authoring.not", lang, what=what) + _or_missing(node, lang)


def _condition(node: Compound, lang: Lang) -> str:
    """When an `if` applies: nothing is asked of what may be missing and is."""
    condition = in_one_line(node.parts[0], lang)
    return say("authoring.there-and", lang, name=node.name, what=condition) if node.optional else condition


def _grouped(node: Node, lang: Lang) -> str:
    told = in_one_line(node, lang)
    single = isinstance(node, Comparison) or (node.kind == "all" and len(node.parts) == 1)
    return told if single else say("punctuation.brackets", lang, words=told)


def _labelled(node: Node, lang: Lang) -> str:
    """The name of `node`, with what it means where that is told, as what follows is to be read."""
    meaning = node.meaning if isinstance(node, Comparison) else None
    about = aside(meaning[lang].rstrip(".。"), lang) if meaning else ""
    return labelled(f"`{node.name}`{about}", lang)


def _limit(comparison: Comparison, lang: Lang) -> str:
    words = limit_in_words(comparison.keyword, comparison.value)[lang]
    words += say("authoring.or-null", lang) if comparison.or_null else ""
    return words + _or_missing(comparison, lang)


def _or_missing(node: Node, lang: Lang) -> str:
    return say("authoring.or-missing", lang) if node.optional else ""


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
