"""For programs: one object (`json`, by `schemas/report.schema.json`), or one result a line (`jsonl`)."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from ..identity import PLAIN_ASCII, unseen
from ..messages import LANGS
from ..report import Level, Note, Outcome, Reason, Report, Status
from .interface import VERDICTS, Result, Run, Style, spell_out
from .kept import Kept, Records

SCHEMA_VERSION = 1

# A command to GitHub's runner, wherever in a line it stands.
_COMMAND = re.compile(r"(?<=##)\[")
_dumps = json.JSONEncoder(ensure_ascii=False).encode
_encoder = msgspec.json.Encoder()
_MOST_KEPT = 1024
# Notes on a run as a whole, and so on each result of it.
_OF_ALL = frozenset(("past", "known_at", "empty_registry"))
# How many levels an outcome and a reason stand below their result; a reason as it mostly is, each value a 0.
_OUTCOME, _REASON = 2, 4
_PLAIN_REASON = b'{"message": {"en": 0, "zh": 0}, "pointer": 0, "actual": 0, "limit": 0, "evidence": 0}'
_Words = tuple[tuple[str, str], ...]


class JsonOutput:
    """One object, written as the results come in."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._write = write
        self._first = True
        head = {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "onboard-check", "version": run.version},
            "as_of": run.as_of.isoformat(),
            **run.origins(),
        }
        write(to_json(head, indent=2).removesuffix("\n}") + ',\n  "results": [')

    def result(self, result: Result) -> None:
        self._write("\n" if self._first else ",\n")
        self._first = False
        self._write("    " + b"".join(_in_a_report.pieces(result)).decode())

    def end(self, summary: Counter[str]) -> None:
        counts = to_json({verdict: summary[verdict] for verdict in VERDICTS}, indent=2).replace("\n", "\n  ")
        self._write(("]" if self._first else "\n  ]") + f',\n  "summary": {counts}\n}}\n')


class JsonlOutput:
    """One result a line."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._write = write

    def result(self, result: Result) -> None:
        self._write(result_to_json(result).decode() + "\n")

    def end(self, summary: Counter[str]) -> None:
        pass


def result_to_json(result: Result) -> bytes:
    """What `to_json` makes of `result.to_dict()`, in UTF-8, sooner."""
    return b"".join(result_pieces(result))


def result_pieces(result: Result) -> list[bytes]:
    """The same in pieces: in turns one of its own and one that other results have, too, its own first and last."""
    return _on_one_line.pieces(result)


def to_json(value: Any, indent: int | None = None) -> str:
    """JSON that a person can read and that steers nothing: what `safe` spells out is escaped, and keeps its value."""
    text = escape_json(_dumps(value))
    # The standard library indents in Python, which takes longer than the whole check.
    return msgspec.json.format(text, indent=indent) if indent else text


def escape_json(line: str) -> str:
    """A line of JSON text with what `safe` spells out escaped."""
    line = spell_out(line, _escaped)
    return _COMMAND.sub(r"\\u005b", line) if "##[" in line else line


class _Pieces:
    """Results as JSON, put together from pieces, of which those that come again are made once: all on one line, or
    indented as it stands so many levels deep in a report.
    """

    def __init__(self, depth: int | None = None) -> None:
        self._depth = depth
        self._plain_reason = self._laid_out(_PLAIN_REASON, _REASON).replace(b": 0", b": %b")
        self._note_kept = Kept[Note, bytes](self._made_note, _MOST_KEPT)
        # Where a rule holds, where all do, and where it reads what is not on record, they are one and the same value
        # on every report of a day.
        self._outcome_kept = Kept[Outcome, tuple[bytes, ...]](self._outcome, _MOST_KEPT)
        self._all_kept = Kept[tuple[Outcome, ...], bytes](self._outcomes, _MOST_KEPT)
        self._records = Kept[Records, bytes](self._records_of, _MOST_KEPT)
        self._around_reasons = lru_cache(maxsize=_MOST_KEPT)(self._made_around_reasons)

    def pieces(self, result: Result) -> list[bytes]:
        """The JSON of `result`, in UTF-8, as `result_pieces` gives it."""
        if not isinstance(result, Report):
            return [self._laid_out(to_json(result.to_dict()).encode(), 0)]
        around: dict[str, Any] = {
            "source": result.source,
            "verdict": result.verdict,
            "application_id": result.application_id,
            "subject_id": result.subject_id,
            "eligible_from": result.eligible_from and result.eligible_from.isoformat(),
            "outcomes": [],
            "facts": result.facts,
            "names": result.names,
            "notes": [],
        }
        # What comes before the outcomes is texts, whose quotes are escaped: this is no part of one.
        head, name, rest = self._laid_out(_simple_to_json(around), 0).partition(b'"outcomes": []')
        middle, _, tail = rest.rpartition(b"[]")
        pieces = [head + name[:-2]]
        if any(outcome.reasons for outcome in result.outcomes):
            self._add_list(pieces, map(self._outcome_kept, result.outcomes))
        else:
            pieces += (self._all_kept(result.outcomes), b"")
        pieces[-1] += middle
        self._add_list(pieces, map(self._note, result.notes))
        pieces[-1] += tail
        return pieces

    def _add_list(self, pieces: list[bytes], items: Iterable[Sequence[bytes]]) -> None:
        """Add to `pieces` the array of `items`, each in such pieces, too, one level below the result."""
        lead, between, end = self._around_items(1)
        for first, *others in items:
            pieces[-1] += lead + first
            pieces += others
            lead = between
        pieces[-1] += end if lead is between else b"[]"

    def _outcomes(self, outcomes: tuple[Outcome, ...]) -> bytes:
        return self._list((b"".join(self._outcome_kept(outcome)) for outcome in outcomes), 1)

    def _outcome(self, o: Outcome) -> tuple[bytes, ...]:
        begin, end = self._around_reasons(
            o.rule, o.level, o.status, tuple(o.title.items()), o.clause, tuple(o.remedy.items()), o.edition
        )
        if not o.reasons:
            return b"", begin + b"[]" + end, b""
        return b"", begin, self._list(map(self._reason, o.reasons), _OUTCOME + 1), end, b""

    def _note(self, note: Note) -> tuple[bytes, ...]:
        return (b"", self._note_kept(note), b"") if note.kind in _OF_ALL else (self._made_note(note),)

    def _made_note(self, note: Note) -> bytes:
        return self._laid_out(to_json(note.to_dict()).encode(), _OUTCOME)

    def _made_around_reasons(
        self, rule: str, level: Level, status: Status, title: _Words, clause: str, remedy: _Words, edition: str | None
    ) -> tuple[bytes, bytes]:
        """What an outcome's JSON says before its reasons, and after them: the same for all that say it of a rule."""
        outcome = Outcome(rule, level, status, dict(title), clause, dict(remedy), (), edition)
        laid_out = self._laid_out(to_json(outcome.to_dict()).encode(), _OUTCOME)
        begin, found, end = laid_out.rpartition(b'"reasons": []')
        return begin + found[:-2], end

    def _reason(self, reason: Reason) -> bytes:
        evidence = self._records(reason.evidence) if reason.evidence else b"[]"
        if _is_plain(reason):
            words = (text_to_json(text).encode() for text in (*reason.message.values(), reason.pointer))
            values = (self._value(reason.actual), self._value(reason.limit), evidence)
            return self._plain_reason % (*words, *values)
        placed = None not in (reason.line, reason.column, reason.end_line, reason.end_column)
        if placed and _is_simple((reason.actual, reason.limit, reason.evidence)):
            return self._laid_out(_simple_to_json(reason), _REASON)
        return self._laid_out(to_json(reason.to_dict()).encode(), _REASON)

    def _value(self, value: Any) -> bytes:
        if type(value) is int:
            return b"%d" % value
        return b"null" if value is None else self._laid_out(to_json(value).encode(), _REASON + 1)

    def _records_of(self, records: Records) -> bytes:
        told = _simple_to_json(records) if _is_simple(records) else to_json(records).encode()
        return self._laid_out(told, _REASON + 1)

    def _list(self, items: Iterable[bytes], below: int) -> bytes:
        """The array of `items`, each laid out as it stands in one that is so many levels below the result."""
        begin, between, end = self._around_items(below)
        joined = between.join(items)
        return begin + joined + end if joined else b"[]"

    def _around_items(self, below: int) -> tuple[bytes, bytes, bytes]:
        """What such an array begins with, what stands between its items, and what it ends with."""
        if self._depth is None:
            return b"[", b", ", b"]"
        inner, outer = self._margin(below + 1), self._margin(below)
        return b"[" + inner, b"," + inner, outer + b"]"

    def _laid_out(self, line: bytes, below: int) -> bytes:
        """A line of JSON as it stands so many levels below the result."""
        if self._depth is None:
            return line
        return msgspec.json.format(line, indent=2).replace(b"\n", self._margin(below))

    def _margin(self, below: int) -> bytes:
        return b"\n" + b"  " * ((self._depth or 0) + below)


_on_one_line, _in_a_report = _Pieces(), _Pieces(2)


@lru_cache(maxsize=256)
def text_to_json(text: str) -> str:
    """What `to_json` makes of a text that is likely to come again."""
    return to_json(text)


def safe_to_json(text: str) -> str:
    """What `to_json` makes of a text that is `safe`, sooner."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_plain(reason: Reason) -> bool:
    """Whether its JSON has no more fields than `_PLAIN_REASON`, in the same order."""
    unknown = reason.line is reason.column is reason.end_line is reason.end_column is None
    return unknown and (*reason.message,) == LANGS


def _is_simple(value: Any) -> bool:
    """Whether `value` holds no other numbers than whole ones: of the others encoders write some differently."""
    kind = type(value)
    if kind is dict:
        return all(map(_is_simple, value.values()))
    return all(map(_is_simple, value)) if kind in (list, tuple) else kind is not float


def _simple_to_json(value: Any) -> bytes:
    """What `to_json` makes of texts and whole numbers, in UTF-8, sooner."""
    try:
        plain = msgspec.json.format(_encoder.encode(value), indent=0)
    except (UnicodeEncodeError, OverflowError):
        return to_json(value.to_dict() if isinstance(value, Reason) else value).encode()
    # Of a report all but a few names is plain ASCII, of which nothing is spelt out but a command.
    rest = plain.translate(None, PLAIN_ASCII).decode()
    return plain if not unseen(rest) and b"##[" not in plain else escape_json(plain.decode()).encode()


def _escaped(char: str) -> str:
    if "\ud800" <= char <= "\udfff":
        # A lone surrogate, from a file name or a broken key, is no character: escaped as one, no reader takes it.
        return f"\\\\u{ord(char):04x}"
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
