"""Regular expressions that Python, Rust and JavaScript read alike, and that no text can make slow.

What is allowed: characters, `[...]` of characters and ranges, groups, `|`, `^`, `$`, `?`, `*`, `+`, `{n}`, `{n,m}`.
Two of the three try one way after the other. So a pattern must be deterministic, as content models in XML are: at
every choice the next character of the text leaves one way at most, and no way is tried twice.
"""

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from ...errors import Problem
from ...messages import Text, same, text
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
_GROUPS = {
    "(?:": "plain-group",
    "(?=": "lookahead",
    "(?!": "lookahead",
    "(?<": "lookbehind",
    "(?P": "named-group",
    "(?i": "flags",
}
_MOST_REPEATS = 100
_LONGEST = 200
_DEEPEST = 5
# That a match without a beginning may have: it is looked for from each character of a text.
_LONGEST_ANYWHERE = 32


class _Fault(NamedTuple):
    message: Text
    hint: Text


def lint_patterns(rule: dict[str, Any]) -> Iterator[Problem]:
    """The problems of the `pattern`s of one rule file that already keeps to the dialect."""
    for subschema in subschemas(rule):
        pattern = subschema.schema.get("pattern")
        if pattern is not None and (fault := fault_of(pattern)):
            yield Problem(fault.message, to_pointer((*subschema.path, "pattern")), hint=fault.hint)


def fault_of(pattern: str) -> _Fault | None:
    """What is wrong with `pattern`; None where all three read it alike and in time that grows with the text."""
    if len(pattern) > _LONGEST:
        return _fault("pattern-too-long", "pattern-lengths", most=_LONGEST)
    fault = next(_faults(pattern), None)
    if fault is not None:
        return fault
    try:
        re.compile(pattern)
    except re.error as error:
        return _fault("pattern-none", "pattern-guide", error=same(error.msg))
    return _of_ways(pattern)


def _fault(message: str, hint: str, **values: object) -> _Fault:
    return _Fault(text(f"rules.{message}", **values), text(f"rules.{hint}", **values))


def _faults(pattern: str) -> Iterator[_Fault]:
    # For each open group, and the whole: does it hold a repetition or an alternative?
    holds: list[bool] = [False]
    closed, before, flexible, anchored = False, "start", 0, False
    for match in _TOKEN.finditer(pattern):
        kind, sign = match.lastgroup or "", match[0]
        yield from _token(kind, sign)
        if kind == "group":
            holds.append(False)
            if len(holds) > _DEEPEST + 1:
                yield _fault("pattern-too-deep", "pattern-write-out", most=_DEEPEST)
        elif kind == "or":
            holds[-1] = True
        elif kind == "end":
            if len(holds) == 1:
                return
            closed = holds.pop()
            holds[-1] = holds[-1] or closed
        elif kind == "anchor":
            anchored = anchored or sign == "^"
            following = pattern[match.end() :]
            outer = len(holds) == 1 and (before in ("start", "or") if sign == "^" else following[:1] in ("", "|"))
            if not outer:
                yield _fault("pattern-anchor", "pattern-anchor-place", sign=sign)
        elif kind == "repeat":
            if before not in ("char", "class", "escape", "end"):
                yield _fault("pattern-repeats-nothing", "pattern-repeat-place", sign=sign)
            if before == "end" and closed:
                yield _fault("pattern-nested", "pattern-write-out")
            holds[-1] = True
            flexible += _reach(sign) != "fixed"
            if _reach(sign) == "open" and not anchored:
                yield _fault("pattern-unanchored", "pattern-begin", sign=sign)
            if flexible > 1 and _reach(sign) != "fixed":
                yield _fault("pattern-two-repeats", "pattern-one-repeat")
            if any(int(n) > _MOST_REPEATS for n in re.findall("[0-9]+", sign)):
                yield _fault("pattern-many-repeats", "pattern-lengths", most=_MOST_REPEATS)
        if kind == "or" and len(holds) == 1:
            anchored = False  # each alternative has its own beginning
        before = kind


def _token(kind: str, sign: str) -> Iterator[_Fault]:
    if kind == "odd":
        if sign[0] in "*+?}":
            yield _fault("pattern-lazy", "pattern-lazy-cure", sign=sign)
        elif sign == ".":
            yield _fault("pattern-dot", "pattern-dot-cure")
        elif sign == "{,":
            yield _fault("pattern-no-least", "pattern-no-least-cure")
        else:
            yield _fault(f"pattern-{_GROUPS.get(sign[:3], 'odd-group')}", "pattern-group-cure", sign=sign)
    elif kind == "escape" and (len(sign) < 2 or sign[1] not in _META):
        if sign[1:].isdigit():
            yield _fault("pattern-backreference", "pattern-backreference-cure", sign=sign)
        else:
            yield _fault("pattern-escape", "pattern-escape-cure", sign=sign)
    elif kind == "stray":
        yield _fault("pattern-stray", "pattern-stray-cure", sign=sign)
    elif kind == "class":
        yield from _class(sign)


def _class(sign: str) -> Iterator[_Fault]:
    inner = sign[1:-1].removeprefix("^")
    for escaped in re.findall(r"\\(.)", inner, re.DOTALL):
        if escaped not in _META + "-":
            yield _fault("pattern-escape", "pattern-escape-cure", sign=f"\\{escaped}")
    plain = re.sub(r"\\.", "x", inner, flags=re.DOTALL)
    if "[" in plain or any(pair in plain for pair in ("&&", "--", "~~", "||")):
        yield _fault("pattern-set", "pattern-set-cure", sign=sign)


def _reach(repeat: str) -> Literal["fixed", "bounded", "open"]:
    if repeat in ("*", "+") or repeat.endswith(",}"):
        return "open"
    numbers = re.findall("[0-9]+", repeat)
    return "bounded" if repeat == "?" or len(set(numbers)) > 1 else "fixed"


class _Way(NamedTuple):
    """What a part of a pattern may begin with, and with what it may go on where it could also end."""

    first: tuple[tuple[int, int], ...] = ()
    more: tuple[tuple[int, int], ...] = ()
    empty: bool = True
    longest: int = 0  # where it is bounded


def _of_ways(pattern: str) -> _Fault | None:
    """What is wrong where a sound `pattern` leaves two ways at a choice within one of its outermost alternatives, or
    takes long to look for anywhere in a text.
    """
    # Of the outermost alternatives each is tried once, one after the other: those need not differ.
    tokens = [(match.lastgroup or "", match[0]) for match in _TOKEN.finditer(pattern)]
    tokens.reverse()
    while tokens:
        anywhere = tokens[-1] != ("anchor", "^")
        way = _sequence(tokens)
        if way is None:
            return _fault("pattern-two-ways", "pattern-one-way")
        if anywhere and way.longest > _LONGEST_ANYWHERE:
            return _fault("pattern-long-anywhere", "pattern-begin-short", most=_LONGEST_ANYWHERE)
        if tokens:
            tokens.pop()
    return None


def _sequence(tokens: list[tuple[str, str]]) -> _Way | None:
    """Take from the end of `tokens` what stands in a row; None where there are two ways."""
    row = _Way()
    while tokens and tokens[-1][0] not in ("or", "end"):
        kind, sign = tokens.pop()
        if kind == "anchor":
            continue
        part = _group(tokens) if kind == "group" else _Way(_characters(kind, sign), (), False, 1)
        if part is not None and tokens and tokens[-1][0] == "repeat":
            part = _repeated(part, tokens.pop()[1])
        if part is None or _meet(row.more, part.first):
            return None
        row = _Way(
            row.first + part.first if row.empty else row.first,
            row.more + part.more if part.empty else part.more,
            row.empty and part.empty,
            row.longest + part.longest,
        )
    return row


def _group(tokens: list[tuple[str, str]]) -> _Way | None:
    whole: _Way | None = None
    while True:
        part = _sequence(tokens)
        if part is None or (whole is not None and (_meet(whole.first, part.first) or (whole.empty and part.empty))):
            return None
        if whole is not None:
            longest = max(whole.longest, part.longest)
            part = _Way(whole.first + part.first, whole.more + part.more, whole.empty or part.empty, longest)
        # Whether to enter what may be empty is a choice, too.
        whole = part._replace(more=part.more + part.first) if part.empty else part
        if tokens.pop()[0] == "end":
            return whole


def _repeated(part: _Way, repeat: str) -> _Way | None:
    numbers = [int(n) for n in re.findall("[0-9]+", repeat)]
    once = repeat == "?" or numbers in ([0], [1], [0, 1], [1, 1])
    if not once and (part.empty or _meet(part.more, part.first)):
        return None
    empty = part.empty or repeat in ("?", "*") or numbers[:1] == [0]
    more = part.more if _reach(repeat) == "fixed" else part.more + part.first
    return _Way(part.first, more, empty, part.longest * max(numbers, default=1))


def _meet(one: tuple[tuple[int, int], ...], other: tuple[tuple[int, int], ...]) -> bool:
    return any(a <= d and c <= b for a, b in one for c, d in other)


def _characters(kind: str, sign: str) -> tuple[tuple[int, int], ...]:
    """The code points that a character, an escape or a class stands for, as spans."""
    if kind != "class":
        return ((ord(sign[-1]), ord(sign[-1])),)
    inner = sign[1:-1].removeprefix("^")
    spans = [
        (ord(low[-1]), ord((high or low)[-1]))
        for low, high in re.findall(r"(\\.|[^\\])(?:-(\\.|[^\\]))?", inner, re.DOTALL)
    ]
    if not sign.startswith("[^"):
        return tuple(spans)
    outside, begin = [], 0
    for low, high in sorted(spans):
        if begin < low:
            outside.append((begin, low - 1))
        begin = max(begin, high + 1)
    return (*outside, (begin, 0x10FFFF)) if begin <= 0x10FFFF else tuple(outside)
