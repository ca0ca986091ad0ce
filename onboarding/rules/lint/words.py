"""What a rule file says: every reason can be spoken, is filled with something, and repeats no number of the rule."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import Problem
from ...facts.fact import Fact
from ...identity import unseen
from ...messages import LANGS, listed, text
from ...pointers import Path, to_pointer
from ...reading.own_fields import OwnFields
from ...reading.validation import did_you_mean
from ..domain import domain
from ..subschemas import NUMBERS, SIZES, Subschema, subschemas

_PLACEHOLDER = re.compile(r"\{[^{}]*\}?|\}")
# A tag, or a link that leads elsewhere than to a page: on a page of a rule they would be what they are.
_MARKUP = re.compile(r"<[A-Za-z/!?][^\s>]{0,30}|\]\((?!https?://)")
_LIMITS = (*NUMBERS, "minItems", "maxItems")


def lint_words(rule: dict[str, Any], facts: Mapping[str, Fact], own: OwnFields) -> Iterator[Problem]:
    """The problems of the texts of one rule file that already keeps to the dialect."""
    found = list(subschemas(rule))
    limits = {str(s.schema[key]) for s in found for key in _LIMITS if key in s.schema}
    for name in ("title", "remedy"):
        for lang, words in rule["x-rule"][name].items():
            if again := limits & _numbers(words):
                yield _repeated(again, ("x-rule", name, lang), "second-time-title")
    speaks_for: dict[Path | None, list[tuple[Subschema, str]]] = {}
    for subschema in found:
        speaks_for.setdefault(subschema.reason, []).extend((subschema, key) for key in subschema.assertions())
    for subschema in found:
        if "x-reason" in subschema.schema:
            yield from _reason(subschema, speaks_for[subschema.path], facts, own)


def lint_characters(value: Any) -> list[Problem]:
    """Texts of a file that hold characters which steer a terminal or do not show: they reach people as they are."""
    found: list[Problem] = []
    pending: list[tuple[Path, Any]] = [((), value)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            pending += (((*path, key), inner) for key, inner in reversed(value.items()))
            texts = list(value)
        elif isinstance(value, list):
            pending += (((*path, index), inner) for index, inner in reversed(list(enumerate(value))))
            continue
        else:
            texts = [value] if isinstance(value, str) else []
            found += _markup(value, path) if texts and path[-1:] in (("en",), ("zh",), ("case",)) else ()
        if unseen_here := unseen("".join(texts)):
            words = text("rules.control-character", code=f"U+{ord(unseen_here[0]):04X}")
            found.append(Problem(words, to_pointer(path), hint=text("rules.control-character-cure")))
    return found


def _markup(words: str, path: Path) -> Iterator[Problem]:
    """What in `words`, which stand at `path`, would be HTML or a link of its own on a page."""
    if found := _MARKUP.search(words):
        yield Problem(text("rules.markup", found=found[0]), to_pointer(path), hint=text("rules.markup-cure"))


def _reason(
    subschema: Subschema, speaks_for: list[tuple[Subschema, str]], facts: Mapping[str, Fact], own: OwnFields
) -> Iterator[Problem]:
    """`speaks_for`: the keywords whose failure brings up this reason."""
    reason, place = subschema.schema["x-reason"], (*subschema.path, "x-reason")
    if not speaks_for:
        yield Problem(text("rules.never-said"), to_pointer(place), hint=text("rules.never-said-cure"))
        return
    limits = {str(s.schema[key]) for s, key in speaks_for if key in _LIMITS}
    said: list[tuple[Path, dict[str, Any]]] = [((), reason)]
    said += ((("when", value), words) for value, words in reason.get("when", {}).items())
    for path, words in said:
        for lang in LANGS:
            where = (*place, *path, lang)
            yield from _placeholders(words[lang], where, speaks_for, facts, own)
            if again := limits & _numbers(words[lang]):
                yield _repeated(again, where, "second-time-reason")
    known = {
        str(v) for s, _ in speaks_for if (at := domain(s.instance_path, facts, own)) and at.values for v in at.values
    }
    for value in reason.get("when", {}):
        if known and value not in known:
            hint = did_you_mean(value, known) or text("rules.may-be", names=listed(sorted(known)))
            yield Problem(text("rules.value-never", value=value), to_pointer((*place, "when", value)), hint=hint)


def _placeholders(
    words: str,
    where: Path,
    speaks_for: list[tuple[Subschema, str]],
    facts: Mapping[str, Fact],
    own: OwnFields,
) -> Iterator[Problem]:
    for found in _PLACEHOLDER.findall(words):
        if found not in ("{actual}", "{limit}"):
            unknown = text("rules.unknown-placeholder", name=found)
            yield Problem(
                unknown, to_pointer(where), hint=text("rules.placeholders", actual="{actual}", limit="{limit}")
            )
            continue
        for subschema, key in speaks_for:
            if not (_has_limit(key) if found == "{limit}" else _has_actual(subschema, key, facts, own)):
                hint = text("rules.empty-placeholder-cure", keyword=key, name=found)
                yield Problem(text("rules.empty-placeholder", keyword=key, name=found), to_pointer(where), hint=hint)
                break


def _has_limit(keyword: str) -> bool:
    return keyword in (*NUMBERS, *SIZES, "const")


def _has_actual(subschema: Subschema, keyword: str, facts: Mapping[str, Fact], own: OwnFields) -> bool:
    """Whether a report may repeat the value: facts, sizes of lists, names of types; never a text of the applicant's."""
    at = domain(subschema.instance_path, facts, own)
    named = (
        subschema.instance_path[0] == "facts"
        or subschema.instance_path[-1] == "type"
        or (at is not None and at.types == {"boolean"})
    )
    return keyword in ("minItems", "maxItems") or (named and keyword not in ("required", "anyOf", "not"))


def _numbers(words: str) -> set[str]:
    return set(re.findall(r"[0-9]+", words))


def _repeated(numbers: set[str], where: Path, hint: str) -> Problem:
    words = text("rules.second-time", numbers=listed(sorted(numbers)))
    return Problem(words, to_pointer(where), hint=text(f"rules.{hint}", limit="{limit}"))
