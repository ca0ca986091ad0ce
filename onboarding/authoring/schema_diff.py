"""What changed between two rulesets, rule by rule, and in what they declare, in plain words."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from ..facts.fact import Fact
from ..messages import Lang, Text, same, say, text
from ..pointers import Path
from ..rules.rule import Rule
from ..rules.ruleset import FACTS_FILE, FIELDS_FILE, MANIFEST, Ruleset
from ..rules.subschemas import Subschema, subschemas
from ..rules.validator import Difference, difference
from .fact_words import counted_in_words, kind_in_words, named_fields
from .requirement import COMPARES, circumstances, limit_in_words, name_of

_TERMS = ("level", "clause", "effective_from", "effective_until")


class Change(Struct, frozen=True):
    """What changed in one rule: what it said `before` and says `after`, of `what` where it speaks of several values.

    What a ruleset declares goes by its file in place of a rule, and cites no clause.
    `edition` is the file's name where the rule has several; `circumstances` say under what condition, or as what
    alternative, that is demanded; `difference` is that of the two schemas, where it can be computed.
    """

    rule: str
    clause: str
    before: Text
    after: Text
    what: str | None = None
    edition: str | None = None
    difference: Difference | None = None
    circumstances: Text | None = None

    def words(self, lang: Lang) -> str:
        """The change in one line."""
        name = self.edition or self.rule
        what = text("authoring.change-what", what=self.what) if self.what else ""
        values = {"name": name, "what": what, "before": self.before, "after": self.after}
        where = text("authoring.change-where", words=self.circumstances) if self.circumstances else ""
        cited = text("authoring.change-cited", clause=self.clause) if self.clause else ""
        return say("authoring.change", lang, circumstances=where, cited=cited, **values)


def changes(old: Ruleset, new: Ruleset) -> Iterator[Change]:
    """What changed from `old` to `new`; a new edition is compared with the one that it follows.

    How subjects are known is no rule, and comes first, as `subject_number`.
    """
    if old.subject_number != new.subject_number:
        known_by = [
            same(f"`{number.field}` (`{number.scheme}`)") for number in (old.subject_number, new.subject_number)
        ]
        yield Change("subject_number", MANIFEST, known_by[0], known_by[1])
    before, after = _by_id(old), _by_id(new)
    for rule_id in dict.fromkeys([*before, *after]):
        was, now = before.get(rule_id, []), after.get(rule_id, [])
        if not was or not now:
            rule = (was or now)[0]
            one = text("authoring.a-rule", level=text(f"authoring.term-level-{rule.level}"))
            none = text("authoring.no-rule")
            yield Change(rule_id, rule.clause, one if was else none, none if was else one)
            continue
        for rule in now:
            yield from _edition(rule, was, now)
        for rule in was:
            if _name(rule) not in map(_name, now):
                gone = (text("authoring.an-edition"), text("authoring.dropped"))
                yield Change(rule_id, rule.clause, *gone, edition=rule.edition)
    yield from _declared(old, new)


def _declared(old: Ruleset, new: Ruleset) -> Iterator[Change]:
    """The facts, the fields and the kinds of marks that are declared in one of them alone, or as something else.

    That a fact is counted otherwise, the rules say that read it.
    """
    facts = (
        {n: words for n, fact in r.facts.items() if n not in other.facts and (words := counted_in_words(fact))}
        for r, other in ((old, new), (new, old))
    )
    fields = ({name: kind_in_words(own) for name, own in named_fields(r.own_fields)} for r in (old, new))
    marks = (dict.fromkeys(r.marks, text("authoring.declared-mark")) for r in (old, new))
    for file, key, (were, are) in (
        (FACTS_FILE, "fact", facts),
        (FIELDS_FILE, "field", fields),
        (MANIFEST, "mark", marks),
    ):
        for name in dict.fromkeys([*were, *are]):
            if were.get(name) != are.get(name):
                nothing = text(f"authoring.no-{key}")
                yield Change(file, "", were.get(name, nothing), are.get(name, nothing), f"`{name}`")


def _in_words(keyword: str, value: Any) -> Text:
    if keyword == "words":
        return text(f"authoring.{value}")
    if value is None and keyword != "const":
        return text("authoring.without")
    if keyword == "level":
        return text(f"authoring.term-level-{value}")
    return text(f"authoring.term-{keyword}", value=value) if keyword in _TERMS else limit_in_words(keyword, value)


def _edition(rule: Rule, was: list[Rule], now: list[Rule]) -> Iterator[Change]:
    alike = next((other for other in was if _name(other) == _name(rule)), None)
    earlier = [other for other in now if _from(other) < _from(rule)]
    base = alike or (earlier[-1] if earlier else was[0])
    ends = rule.effective_until is not None and any(other.effective_from == rule.effective_until for other in now)
    found = list(_differences(base, rule))
    # That an edition ends where the next begins, the next one says.
    found = [change for change in found if not (ends and change[1] == "effective_until")]
    known = _all_known({**base.facts, **rule.facts})
    apart = (
        difference(base.schema, rule.schema, known) if any(change[1] != "effective_from" for change in found) else None
    )
    for what, keyword, before, after, where in found:
        # From when a new edition applies is said with its numbers; and that no next one ends it is no change.
        if alike is None and (keyword == "effective_from" or (keyword == "effective_until" and after is None)):
            continue
        now_said = _in_words(keyword, after)
        if alike is None and rule.effective_from:
            now_said = text("authoring.from-then-on", day=rule.effective_from, after=now_said)
        yield Change(rule.id, rule.clause, _in_words(keyword, before), now_said, what, rule.edition, apart, where)
    for name in _counted_otherwise(base, rule):
        one, other = (counted_in_words(r.facts[name]) or text("authoring.counted-here") for r in (base, rule))
        yield Change(rule.id, rule.clause, one, other, f"`{name}`", rule.edition)


def _all_known(facts: Mapping[str, Fact]) -> dict[str, Any]:
    """A schema that holds where each of `facts` is known, and is what it may be: to read one more is not stricter."""
    known: dict[str, Any] = {"properties": {}}
    for name, fact in facts.items():
        place = known
        for part in ("facts", *name.replace("[]", ".[]").split(".")):
            if part == "[]":
                place = place.setdefault("items", {})
                continue
            required = place.setdefault("required", [])
            required += [] if part in required else [part]
            place = place.setdefault("properties", {}).setdefault(part, {})
        place.update(fact.schema or {})
    return known


def _counted_otherwise(old: Rule, new: Rule) -> Iterator[str]:
    """The facts that both read and that are counted otherwise; how a meaning is worded counts nothing."""
    for name in sorted(old.facts.keys() & new.facts.keys()):
        ways = [dict(fact.declared or {}, meaning=None) for fact in (old.facts[name], new.facts[name])]
        if ways[0] != ways[1]:
            yield name


def _differences(old: Rule, new: Rule) -> Iterator[tuple[str | None, str, Any, Any, Text | None]]:
    terms = (old.schema["x-rule"], new.schema["x-rule"])
    for keyword in _TERMS:
        if terms[0].get(keyword) != terms[1].get(keyword):
            yield None, keyword, terms[0].get(keyword), terms[1].get(keyword), None
    were, are = _compared(old.schema), _compared(new.schema)
    several = len({name_of(one.instance_path) for one in (*were.values(), *are.values())}) > 1
    for path in dict.fromkeys([*were, *are]):
        before, after = (found[path].schema[str(path[-1])] if path in found else None for found in (were, are))
        if before != after:
            rule, subschema = (new, are[path]) if path in are else (old, were[path])
            what = name_of(subschema.instance_path) if several else None
            yield what, str(path[-1]), before, after, circumstances(subschema, rule.facts)
    texts = (_texts(old.schema), _texts(new.schema))
    if texts[0] != texts[1]:
        yield None, "words", "worded-one-way", "worded-another", None


def _compared(schema: dict[str, Any]) -> dict[Path, Subschema]:
    """Each keyword that compares something, by its path, with the subschema that it is in."""
    return {
        (*subschema.path, keyword): subschema
        for subschema in subschemas(schema)
        for keyword in COMPARES
        # What is `required` of the facts holds the rule together and is no limit to anybody.
        if keyword in subschema.schema and (keyword != "required" or subschema.instance_path[:1] == ("application",))
    }


def _texts(schema: dict[str, Any]) -> list[Any]:
    return [schema["x-rule"]["title"], schema["x-rule"]["remedy"]] + [
        s.schema.get("x-reason") for s in subschemas(schema)
    ]


def _by_id(ruleset: Ruleset) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in sorted(ruleset.rules, key=_from):
        found.setdefault(rule.id, []).append(rule)
    return {rule_id: found[rule_id] for rule_id in dict.fromkeys(rule.id for rule in ruleset.rules)}


def _name(rule: Rule) -> str:
    """The rule and its edition, whichever ruleset it stands in: a copy has another id."""
    return str(rule.schema["$id"]).split(":", 3)[-1]


def _from(rule: Rule) -> date:
    return rule.effective_from or date.min
