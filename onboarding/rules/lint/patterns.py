"""Regular expressions that Python, Rust and JavaScript read alike, and that no text can make slow.

What is allowed: characters, `[...]` of characters and ranges, groups, `|`, `^`, `$`, `?`, `*`, `+`, `{n}`, `{n,m}`.
"""

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from ...errors import Problem
from ...pointers import to_pointer
from ..subschemas import subschemas

_META = r"^$\.*+?()[]{}|"
_TOKEN = re.compile(
    r"""(?P<class>\[\^?(?:\\.|[^\]\\])+\])
      | (?P<escape>\\.?)
      | (?P<odd>\(\?.?.?|[*+?}]\+|[*+?}]\?|\.|\{,)
      | (?P<repeat>[*+?]|\{[0-9]+(?:,[0-9]*)?\})
      | (?P<anchor>[\^$])
      | (?P<group>\()
      | (?P<end>\))
      | (?P<or>\|)
      | (?P<stray>[\[\]{}])
      | (?P<char>.)""",
    re.VERBOSE | re.DOTALL,
)
_ODD = {
    "(?:": "a plain group does the same",
    "(?=": "lookahead is not read alike",
    "(?!": "lookahead is not read alike",
    "(?<": "lookbehind and named groups are not read alike",
    "(?P": "named groups are not read alike",
    "(?i": "flags are not read alike",
}
_MOST_REPEATS = 100


class _Fault(NamedTuple):
    message: str
    hint: str


def lint_patterns(rule: dict[str, Any]) -> Iterator[Problem]:
    """The problems of the `pattern`s of one rule file that already keeps to the dialect."""
    for subschema in subschemas(rule):
        pattern = subschema.schema.get("pattern")
        if pattern is not None and (fault := fault_of(pattern)):
            yield Problem(fault.message, to_pointer((*subschema.path, "pattern")), hint=fault.hint)


def fault_of(pattern: str) -> _Fault | None:
    """What is wrong with `pattern`; None where all three read it alike and in time that grows with the text."""
    fault = next(_faults(pattern), None)
    if fault is not None:
        return fault
    try:
        re.compile(pattern)
    except re.error as error:
        return _Fault(f"not a regular expression: {error.msg}", "see the authoring guide, `Patterns`")
    return None


def _faults(pattern: str) -> Iterator[_Fault]:
    # For each open group, and the whole: does it hold a repetition or an alternative?
    holds: list[bool] = [False]
    closed, before, flexible = False, "start", 0
    for match in _TOKEN.finditer(pattern):
        kind, text = match.lastgroup or "", match[0]
        yield from _token(kind, text)
        if kind == "group":
            holds.append(False)
        elif kind == "or":
            holds[-1] = True
        elif kind == "end":
            if len(holds) == 1:
                return
            closed = holds.pop()
            holds[-1] = holds[-1] or closed
        elif kind == "repeat":
            if before not in ("char", "class", "escape", "end"):
                yield _Fault(f"`{text}` repeats nothing", "it goes behind a character, a `[...]` or a group")
            if before == "end" and closed:
                hint = "repeat a character or a `[...]` only, or write the alternatives out"
                yield _Fault("a repeated group with a repetition or a choice in it can take for ever", hint)
            holds[-1] = True
            flexible += _reach(text) != "fixed"
            if _reach(text) == "open" and not pattern.startswith("^"):
                hint = "begin with `^`, or give the most as in `{1,20}`"
                yield _Fault(f"`{text}` without `^` in front takes long on long texts", hint)
            if flexible > 1 and _reach(text) != "fixed":
                hint = "one is enough for a code; for lengths there are `minLength` and `maxLength`"
                yield _Fault("more than one repetition of no fixed length takes long on long texts", hint)
            if any(int(n) > _MOST_REPEATS for n in re.findall("[0-9]+", text)):
                yield _Fault(
                    f"more than {_MOST_REPEATS} repetitions", "for lengths there are `minLength` and `maxLength`"
                )
        before = kind


def _token(kind: str, text: str) -> Iterator[_Fault]:
    if kind == "odd":
        if text[0] in "*+?}":
            yield _Fault(f"`{text}`: lazy and possessive repetition are not read alike", "leave the second sign out")
        elif text == ".":
            yield _Fault(
                "`.` is not read alike: each language has its own line ends",
                "write `[^ ]`, or list what may stand",
            )
        elif text == "{,":
            yield _Fault("`{,n}` is not read alike", "write `{0,n}`")
        else:
            yield _Fault(
                f"`{text}`: {_ODD.get(text[:3], 'groups of this kind are not read alike')}",
                "use `(` and `)` only",
            )
    elif kind == "escape" and (len(text) < 2 or text[1] not in _META):
        if text[1:].isdigit():
            yield _Fault(f"`{text}`: backreferences are not read alike", "write the text out a second time")
        else:
            yield _Fault(
                f"`{text}` is not read alike: each language has its own",
                "list the characters, as in `[0-9A-Z]`",
            )
    elif kind == "stray":
        yield _Fault(f"`{text}` alone is not read alike", f"write `\\{text}`")
    elif kind == "class":
        yield from _class(text)


def _class(text: str) -> Iterator[_Fault]:
    inner = text[1:-1].removeprefix("^")
    for escaped in re.findall(r"\\(.)", inner, re.DOTALL):
        if escaped not in _META + "-":
            yield _Fault(f"`\\{escaped}` is not read alike: each language has its own", "list the characters")
    plain = re.sub(r"\\.", "x", inner, flags=re.DOTALL)
    if "[" in plain or any(pair in plain for pair in ("&&", "--", "~~", "||")):
        yield _Fault(f"`{text}` is read as a set operation by some", "write `\\[`, and no sign twice")


def _reach(repeat: str) -> Literal["fixed", "bounded", "open"]:
    if repeat in ("*", "+") or repeat.endswith(",}"):
        return "open"
    numbers = re.findall("[0-9]+", repeat)
    return "bounded" if repeat == "?" or len(set(numbers)) > 1 else "fixed"
