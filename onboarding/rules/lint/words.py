"""What a rule file says: every reason can be spoken, is filled with something, and repeats no number of the rule."""

import re
from collections.abc import Iterator
from typing import Any

from ...errors import Problem
from ...pointers import Path, to_pointer
from ...reading.validation import nearest
from ..subschemas import NUMBERS, SIZES, Subschema, domain, subschemas

_PLACEHOLDER = re.compile(r"\{[^{}]*\}?|\}")
_LIMITS = (*NUMBERS, "minItems", "maxItems")


def lint_words(rule: dict[str, Any]) -> Iterator[Problem]:
    """The problems of the texts of one rule file that already keeps to the dialect."""
    found = list(subschemas(rule))
    limits = {str(s.schema[key]) for s in found for key in _LIMITS if key in s.schema}
    for name in ("title", "remedy"):
        for lang, text in rule["x-rule"][name].items():
            if again := limits & _numbers(text):
                hint = "a title and a remedy hold whatever the number is; only a reason can say it, as `{limit}`"
                yield _repeated(again, ("x-rule", name, lang), hint)
    for subschema in found:
        if "x-reason" in subschema.schema:
            yield from _reason(
                subschema, [(s, key) for s in found if s.reason == subschema.path for key in s.assertions()]
            )


def _reason(subschema: Subschema, speaks_for: list[tuple[Subschema, str]]) -> Iterator[Problem]:
    """`speaks_for`: the keywords whose failure brings up this reason."""
    reason, place = subschema.schema["x-reason"], (*subschema.path, "x-reason")
    if not speaks_for:
        yield Problem("this is never said: nothing that can fail stands under it", to_pointer(place))
        return
    limits = {str(s.schema[key]) for s, key in speaks_for if key in _LIMITS}
    texts: list[tuple[Path, dict[str, Any]]] = [((), reason)]
    texts += ((("when", value), words) for value, words in reason.get("when", {}).items())
    for path, words in texts:
        for lang in ("en", "zh"):
            where = (*place, *path, lang)
            yield from _placeholders(words[lang], where, speaks_for)
            if again := limits & _numbers(words[lang]):
                yield _repeated(again, where, "write `{limit}`, which follows the number when it changes")
    for value in reason.get("when", {}):
        known = {str(v) for s, _ in speaks_for if (at := domain(s.instance_path)) and at.values for v in at.values}
        if known and value not in known:
            near = nearest(value, known)
            hint = f"did you mean `{near}`?" if near else f"it may be {', '.join(sorted(known))}"
            yield Problem(f"the value here is never `{value}`", to_pointer((*place, "when", value)), hint=hint)


def _placeholders(text: str, where: Path, speaks_for: list[tuple[Subschema, str]]) -> Iterator[Problem]:
    for found in _PLACEHOLDER.findall(text):
        if found not in ("{actual}", "{limit}"):
            hint = "there are `{actual}` and `{limit}`"
            yield Problem(f"unknown placeholder `{found}`", to_pointer(where), hint=hint)
        for subschema, key in speaks_for:
            filled = _has_limit(key) if found == "{limit}" else _has_actual(subschema, key)
            if found in ("{actual}", "{limit}") and not filled:
                hint = f"give `{key}` a reason of its own, without `{found}`"
                yield Problem(f"`{found}` would be empty when `{key}` fails", to_pointer(where), hint=hint)
                break


def _has_limit(keyword: str) -> bool:
    return keyword in (*NUMBERS, *SIZES, "const")


def _has_actual(subschema: Subschema, keyword: str) -> bool:
    """Whether a report may repeat the value: facts, sizes of lists, names of types; never a text of the applicant's."""
    at = domain(subschema.instance_path)
    named = (
        subschema.instance_path[0] == "facts"
        or subschema.instance_path[-1] == "type"
        or (at is not None and at.types == {"boolean"})
    )
    return keyword in ("minItems", "maxItems") or (named and keyword not in ("required", "anyOf", "not"))


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"[0-9]+", text))


def _repeated(numbers: set[str], where: Path, hint: str) -> Problem:
    listed = ", ".join(f"`{number}`" for number in sorted(numbers))
    return Problem(f"{listed} is said here a second time", to_pointer(where), hint=hint)
