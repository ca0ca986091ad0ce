"""What is wrong in a JSON text, and where; and where in a sound one the values stand that something is said of.

The standard library's parser and the tokens below read it, in time and memory linear in the text.
"""

import json
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from ..errors import InputError, Problem
from ..messages import Text, same, text
from ..pointers import showable, to_pointer
from ..report import Place
from .encoding import MAX_DEPTH, MAX_PROBLEMS

# Compiled when used: where only places are wanted, none of them is.
# An unterminated string runs to the end, so that no text is scanned twice.
_STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
_BRACKET = rf"{_STRING}|[\[\]{{}}]"
_TOKEN = rf'{_STRING}|[\[\]{{}}]|[^\s:,\[\]{{}}"]++'
_SURROGATE = "[\ud800-\udfff]"
# What the standard library says, by its beginning, and our words for it.
_WORDS = {
    "Expecting value": "json-value",
    "Expecting property name": "json-name",
    "Expecting ':'": "json-colon",
    "Expecting ','": "json-comma",
    "Illegal trailing comma": "json-trailing-comma",
    "Extra data": "json-extra",
    "Unterminated string": "json-unterminated",
    "Invalid control": "json-control",
    "Invalid \\escape": "json-escape",
    "Invalid \\u": "json-unicode",
}
_TYPED = {"，": "full-width-comma", "：": "full-width-colon", "“": "curly-quote", "”": "curly-quote"}


def scan_closely(shown: str) -> tuple[Any, list[Problem]]:
    """The value of the text `shown`, and what is odd in it; raises InputError where it is no JSON."""
    _refuse_depth(shown)
    odd: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            odd.append("duplicate key")
        return value

    def number(digits: str) -> float | int:
        value = float(digits)
        if not math.isfinite(value):
            odd.append("out of range")
            return value
        return int(digits) if digits.lstrip("-").isdigit() else value

    try:
        value = json.loads(
            shown, object_pairs_hook=members, parse_constant=odd.append, parse_float=number, parse_int=number
        )
    except json.JSONDecodeError as error:
        hint = _TYPED.get(shown[error.pos : error.pos + 1])
        problem = Problem(
            text("reading.not-json", why=_own_words(error)),
            line=error.lineno,
            column=error.colno,
            hint=text(f"reading.{hint}") if hint else None,
        )
        raise InputError(problem) from None
    return value, _oddities(shown) if odd or "\\u" in shown else []


class Region(NamedTuple):
    """From where to where a value stands: lines and columns from 1, the end column one past the end."""

    line: int
    column: int
    end_line: int
    end_column: int


class _Node:
    """A place in a text that is asked for, or on the way to one: where its value stands, once it has been met."""

    __slots__ = ("asked", "end", "inner", "start")

    def __init__(self) -> None:
        self.asked = False
        self.start: int | None = None
        self.end = 0
        self.inner: dict[str, _Node] = {}


class Positions:
    """Where the values at some pointers stand in a sound JSON text; columns count characters.

    Only what is asked for is kept, and only what is on the way to it is looked into: a text may hold a hundred thousand
    values. Where each name is given once (`distinct`), nothing is read behind the last value asked for; else a name's
    last value counts.
    """

    def __init__(self, shown: str, pointers: Iterable[str], *, distinct: bool = False) -> None:
        self._shown = shown
        self._starts = _line_starts(shown)
        self._root = _Node()
        asked = set(pointers)
        for pointer in asked:
            node = self._root
            for part in _parts(pointer):
                node = node.inner[part] if part in node.inner else node.inner.setdefault(part, _Node())
            node.asked = True
        self._unmet = len(asked) if distinct else -1
        self._end_of_value = _passing_over()
        self._find(self._root, self._next(0))

    def _find(self, node: _Node, start: int) -> int:
        """Note where the value at `start` stands, and what of it is asked for; returns its end."""
        if not node.inner or self._shown[start] not in "{[":
            end = self._end_of_value(self._shown, start)[1]
        else:
            end = self._find_inner(node, start)
        node.start, node.end = start, end
        self._unmet -= node.asked
        return end

    def _find_inner(self, node: _Node, start: int) -> int:
        shown, named = self._shown, self._shown[start] == "{"
        at, index = self._next(start + 1), 0
        while shown[at] not in "}]":
            if named:
                end = shown.index('"', at + 1) + 1
                name = shown[at + 1 : end - 1]
                if "\\" in name:
                    name, end = self._end_of_value(shown, at)
                at = self._next((end if shown[end] == ":" else self._next(end)) + 1)
            else:
                name, index = str(index), index + 1
            wanted = node.inner.get(name)
            at = self._end_of_value(shown, at)[1] if wanted is None else self._find(wanted, at)
            if not self._unmet:
                break
            at = at if shown[at] == "," else self._next(at)
            at = self._next(at + 1) if shown[at] == "," else at
        return at + 1

    def _next(self, at: int) -> int:
        """The place of the next character from `at` on that is no space."""
        shown = self._shown
        while shown[at] in " \t\n\r":
            at += 1
        return at

    def place(self, pointer: str) -> Place:
        """Line and column of `pointer`, one of those asked for, or of the nearest object around it that is there."""
        return self.region(pointer)[:2]

    def region(self, pointer: str) -> Region:
        """Like `place`, with the end."""
        node = self._root
        for part in _parts(pointer):
            below = node.inner.get(part)
            if below is None or below.start is None:
                break
            node = below
        return Region(*_place(self._starts, node.start or 0), *_place(self._starts, node.end))


@cache
def _passing_over() -> Callable[[str, int], tuple[Any, int]]:
    """Tells the end of a value that is not looked into: the standard library's parser, which reads no number here."""
    return json.JSONDecoder(strict=False, parse_int=str, parse_float=str).raw_decode


def _parts(pointer: str) -> list[str]:
    parts = pointer.split("/")[1:]
    return [part.replace("~1", "/").replace("~0", "~") for part in parts] if "~" in pointer else parts


class _Token(NamedTuple):
    path: list[str]  # as it is now: it changes with the next token
    start: int
    end: int
    raw: str
    duplicate: bool = False
    key: bool = False


class _Open(NamedTuple):
    start: int
    seen: set[str] | None  # the keys of an object; None for a list


def _tokens(shown: str) -> Iterator[_Token]:
    """Keys and values of `shown` in order; a list or an object comes when it begins, and whole when it ends."""
    inside: list[_Open] = []
    path: list[str] = []
    index: list[int] = []
    awaiting_key = False
    for match in re.finditer(_TOKEN, shown, re.DOTALL):
        raw, start, end = match[0], match.start(), match.end()
        outer = inside[-1] if inside else None
        if raw in "]}":
            opened = inside.pop()
            path.pop()
            index.pop()
            yield _Token(path, opened.start, end, raw)
        elif awaiting_key and outer is not None and outer.seen is not None:
            path[-1] = name = json.loads(raw)
            yield _Token(path, start, end, raw, name in outer.seen, True)
            outer.seen.add(name)
            awaiting_key = False
            continue
        else:
            if outer is not None and outer.seen is None:
                path[-1] = str(index[-1])
                index[-1] += 1
            yield _Token(path, start, end, raw)
            if raw in "[{":
                inside.append(_Open(start, set() if raw == "{" else None))
                path.append("")
                index.append(0)
        awaiting_key = bool(inside) and inside[-1].seen is not None


def _oddities(shown: str) -> list[Problem]:
    starts = _line_starts(shown)
    problems: list[Problem] = []
    count = 0
    for token in _tokens(shown):
        for words in _odd(token):
            count += 1
            if count <= MAX_PROBLEMS:
                line, column = _place(starts, token.start)
                problems.append(Problem(words, to_pointer(showable(token.path)), line, column))
    if more := count - len(problems):
        problems.append(Problem(text("reading.more-problems", n=more)))
    return problems


def _odd(token: _Token) -> Iterator[Text]:
    """The words for what is odd in `token`."""
    if token.duplicate:
        yield text("reading.duplicate-key")
    if token.raw.startswith('"'):
        if "\\u" in token.raw and re.search(_SURROGATE, json.loads(token.raw)):
            yield text("reading.lone-surrogate")
    elif token.raw in ("NaN", "Infinity", "-Infinity"):
        yield text("reading.not-a-number", token=token.raw)
    elif token.raw[:1] in tuple("-0123456789") and not math.isfinite(float(token.raw)):
        yield text("reading.out-of-range")


def _refuse_depth(shown: str) -> None:
    level = 0
    for match in re.finditer(_BRACKET, shown, re.DOTALL):
        level += 1 if match[0] in "[{" else -1 if match[0] in "]}" else 0
        if level > MAX_DEPTH:
            line, column = _place(_line_starts(shown), match.start())
            raise InputError(Problem(text("reading.too-deep", limit=MAX_DEPTH), line=line, column=column))


def _line_starts(shown: str) -> list[int]:
    starts = [0]
    while end := shown.find("\n", starts[-1]) + 1:
        starts.append(end)
    return starts


def _place(starts: list[int], offset: int) -> Place:
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


def _own_words(error: json.JSONDecodeError) -> Text:
    for beginning, key in _WORDS.items():
        if error.msg.startswith(beginning):
            return text(f"reading.{key}")
    # The standard library quotes no input here, so its words can be shown.
    return same(error.msg[:1].lower() + error.msg[1:])
