"""What changed between two rulesets, rule by rule, in plain words."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from msgspec import Struct

from ..pointers import Path
from ..rules.rule import Rule, Ruleset
from ..rules.subschemas import Subschema, subschemas
from ..rules.validator import Difference, difference

_WORDS = {
    "maximum": "at most {}",
    "minimum": "at least {}",
    "exclusiveMaximum": "less than {}",
    "exclusiveMinimum": "more than {}",
    "maxLength": "at most {} characters",
    "minLength": "at least {} characters",
    "maxItems": "at most {} entries",
    "minItems": "at least {} entries",
    "enum": "one of {}",
    "const": "exactly {}",
    "pattern": "fitting {}",
    "required": "with {}",
}
_TERMS = {"level": "{}", "clause": "by clause {}", "effective_from": "from {}", "effective_until": "until {}"}


class Change(Struct, frozen=True):
    """What changed in one rule: what it said `before` and says `after`, of `what` where it speaks of several values.

    `edition` is the file's name where the rule has several; `difference` is that of the two schemas, where it
    can be computed.
    """

    rule: str
    clause: str
    before: str
    after: str
    what: str | None = None
    edition: str | None = None
    difference: Difference | None = None

    def __str__(self) -> str:
        name = self.edition or self.rule
        what = f"{self.what} " if self.what else ""
        return f"{name}: {what}{self.before} → {self.after} ({self.clause})"


def changes(old: Ruleset, new: Ruleset) -> Iterator[Change]:
    """What changed from `old` to `new`; a new edition is compared with the one that it follows."""
    before, after = _by_id(old), _by_id(new)
    for rule_id in dict.fromkeys([*before, *after]):
        was, now = before.get(rule_id, []), after.get(rule_id, [])
        if not was or not now:
            rule = (was or now)[0]
            said = f"one that is {rule.level}"
            yield Change(rule_id, rule.clause, said if was else "no rule", "no rule" if was else said)
            continue
        for rule in now:
            yield from _edition(rule, was, now)
        for rule in was:
            if rule.schema["$id"] not in {other.schema["$id"] for other in now}:
                yield Change(rule_id, rule.clause, "an edition", "dropped", edition=rule.edition)


def worded(keyword: str, value: Any, words: str | None = None) -> str:
    """What a keyword of a rule file says, in plain words (in `words`, with `{}` for the value, where given)."""
    if value is None and keyword != "const":
        return "without"
    shown = ", ".join(map(_plain, value)) if isinstance(value, list) else _plain(value)
    return (words or _WORDS.get(keyword) or _TERMS.get(keyword) or "{}").format(shown)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _edition(rule: Rule, was: list[Rule], now: list[Rule]) -> Iterator[Change]:
    same = next((other for other in was if other.schema["$id"] == rule.schema["$id"]), None)
    earlier = [other for other in now if _from(other) < _from(rule)]
    base = same or (earlier[-1] if earlier else was[0])
    ends = rule.effective_until is not None and any(other.effective_from == rule.effective_until for other in now)
    found = list(_differences(base.schema, rule.schema))
    # That an edition ends where the next begins, the next one says.
    found = [change for change in found if not (ends and change[1] == "effective_until")]
    apart = difference(base.schema, rule.schema) if any(change[1] != "effective_from" for change in found) else None
    for what, keyword, before, after in found:
        # From when a new edition applies is said with its numbers; and that no next one ends it is no change.
        if same is None and (keyword == "effective_from" or (keyword == "effective_until" and after is None)):
            continue
        after_words = worded(keyword, after)
        if same is None and rule.effective_from:
            after_words = f"from {rule.effective_from} {after_words}"
        yield Change(rule.id, rule.clause, worded(keyword, before), after_words, what, rule.edition, apart)


def _differences(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str | None, str, Any, Any]]:
    terms = (old["x-rule"], new["x-rule"])
    for keyword in _TERMS:
        if terms[0].get(keyword) != terms[1].get(keyword):
            yield None, keyword, terms[0].get(keyword), terms[1].get(keyword)
    were, are = _compared(old), _compared(new)
    several = len({reads for reads, _ in (*were.values(), *are.values())}) > 1
    for path in dict.fromkeys([*were, *are]):
        before, after = (found[path][1] if path in found else None for found in (were, are))
        if before != after:
            yield ((were.get(path) or are[path])[0] if several else None), str(path[-1]), before, after
    texts = (_texts(old), _texts(new))
    if texts[0] != texts[1]:
        yield None, "words", "worded one way", "worded another"


def _compared(schema: dict[str, Any]) -> dict[Path, tuple[str, Any]]:
    """Each keyword that compares something, by its path, with the name of what it compares."""
    found: dict[Path, tuple[str, Any]] = {}
    for subschema in subschemas(schema):
        for keyword in _WORDS:
            # What is `required` of the facts holds the rule together and is no limit to anybody.
            if keyword in subschema.schema and (
                keyword != "required" or subschema.instance_path[:1] == ("application",)
            ):
                found[(*subschema.path, keyword)] = (_name(subschema), subschema.schema[keyword])
    return found


def _name(subschema: Subschema) -> str:
    return ".".join(str(part) for part in subschema.instance_path[1:]).replace(".[]", "[]") or "application"


def _texts(schema: dict[str, Any]) -> list[Any]:
    return [schema["x-rule"]["title"], schema["x-rule"]["remedy"]] + [
        s.schema.get("x-reason") for s in subschemas(schema)
    ]


def _by_id(ruleset: Ruleset) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in sorted(ruleset.rules, key=_from):
        found.setdefault(rule.id, []).append(rule)
    return {rule_id: found[rule_id] for rule_id in dict.fromkeys(rule.id for rule in ruleset.rules)}


def _from(rule: Rule) -> date:
    return rule.effective_from or date.min
