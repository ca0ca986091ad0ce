"""JSON as RFC 8259 has it and no more, from files that may be hostile: every problem with its place.

The standard library parses; what it lets pass (duplicate keys, NaN, numbers out of range, lone surrogates)
is refused here. Positions are worked out only when something is to be pointed at.
"""

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..errors import InputError, Problem
from ..report import Place
from .encoding import decode

MAX_DEPTH = 64

# An unterminated string runs to the end, so that no text is scanned twice.
_STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
_BRACKET = re.compile(rf"{_STRING}|[\[\]{{}}]", re.DOTALL)
_TOKEN = re.compile(rf'{_STRING}|[\[\]{{}}]|[^\s:,\[\]{{}}"]++', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(data: bytes | str) -> Any:
    """The value of the JSON text `data`: at most 1 MiB of UTF-8, nested at most 64 deep.

    Raises InputError with every problem found.
    """
    value, problems = scan(data)
    if problems:
        raise InputError(*problems)
    return value


def scan(data: bytes | str) -> tuple[Any, list[Problem]]:
    """Like `parse`, but what is odd in an otherwise readable text comes back beside the value."""
    text = decode(data)
    _refuse_depth(text)
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
            text, object_pairs_hook=members, parse_constant=odd.append, parse_float=number, parse_int=number
        )
    except json.JSONDecodeError as error:
        raise InputError(Problem(_own_words(error), line=error.lineno, column=error.colno)) from None
    return value, list(_oddities(text)) if odd or "\\u" in text else []


class Region(NamedTuple):
    """From where to where a value stands: lines and columns from 1, the end column one past the end."""

    line: int
    column: int
    end_line: int
    end_column: int


class Positions:
    """Where each value of a sound JSON text stands; columns count characters."""

    def __init__(self, text: str) -> None:
        self._starts = _line_starts(text)
        self._spans: dict[str, tuple[int, int]] = {}
        for token in _tokens(text):
            self._spans[token.pointer] = token.start, token.end

    def place(self, pointer: str) -> Place:
        """Line and column of `pointer`, or of the nearest object around it that is there."""
        return self.region(pointer)[:2]

    def region(self, pointer: str) -> Region:
        """Like `place`, with the end."""
        while pointer not in self._spans and pointer:
            pointer = pointer.rpartition("/")[0]
        start, end = self._spans.get(pointer, (0, 0))
        return Region(*_place(self._starts, start), *_place(self._starts, end))


class _Token(NamedTuple):
    pointer: str
    start: int
    end: int
    raw: str
    duplicate: bool = False
    key: bool = False


class _Open(NamedTuple):
    pointer: str
    start: int
    seen: dict[str, int] | None  # the keys of an object; None for a list


def _tokens(text: str) -> Iterator[_Token]:
    """Keys and values of `text` in order; a list or an object comes with its end, after what is in it."""
    inside: list[_Open] = []
    pointer, awaiting_key, index = "", False, [0]
    for match in _TOKEN.finditer(text):
        raw, start, end = match[0], match.start(), match.end()
        if raw in "]}":
            opened = inside.pop()
            index.pop()
            yield _Token(opened.pointer, opened.start, end, "")
        elif awaiting_key:
            outer = inside[-1]
            assert outer.seen is not None
            name = json.loads(raw)
            pointer = outer.pointer + "/" + name.replace("~", "~0").replace("/", "~1")
            yield _Token(pointer, start, end, raw, name in outer.seen, True)
            outer.seen[name] = start
            awaiting_key = False
            continue
        else:
            if inside and inside[-1].seen is None:
                pointer = f"{inside[-1].pointer}/{index[-1]}"
                index[-1] += 1
            if raw in "[{":
                inside.append(_Open(pointer, start, {} if raw == "{" else None))
                index.append(0)
            else:
                yield _Token(pointer, start, end, raw)
        awaiting_key = bool(inside) and inside[-1].seen is not None


def _oddities(text: str) -> Iterator[Problem]:
    starts = _line_starts(text)
    for token in _tokens(text):
        line, column = _place(starts, token.start)
        if token.duplicate:
            yield Problem("duplicate key", token.pointer, line, column)
        if token.raw.startswith('"'):
            if "\\u" in token.raw and _SURROGATE.search(json.loads(token.raw)):
                yield Problem("lone surrogate in a string", token.pointer, line, column)
        elif token.raw in ("NaN", "Infinity", "-Infinity"):
            yield Problem(f"`{token.raw}` is not JSON", token.pointer, line, column)
        elif token.raw[:1] in tuple("-0123456789") and not math.isfinite(float(token.raw)):
            yield Problem("number out of range", token.pointer, line, column)


def _refuse_depth(text: str) -> None:
    level = 0
    for match in _BRACKET.finditer(text):
        level += 1 if match[0] in "[{" else -1 if match[0] in "]}" else 0
        if level > MAX_DEPTH:
            line, column = _place(_line_starts(text), match.start())
            raise InputError(Problem(f"nested deeper than {MAX_DEPTH}", line=line, column=column))


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", text))]


def _place(starts: list[int], offset: int) -> Place:
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


def _own_words(error: json.JSONDecodeError) -> str:
    # The standard library quotes no input here, so its words can be shown.
    return "not JSON: " + error.msg[:1].lower() + error.msg[1:].removesuffix(" starting at")
