"""For programs: one object (`json`, by `schemas/report.schema.json`), or one result a line (`jsonl`)."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import msgspec

from ..identity import PLAIN_ASCII, unseen
from ..report import Level, Outcome, Reason, Report, Status
from .interface import VERDICTS, Result, Run, Style, spell_out
from .kept import Kept, Records

SCHEMA_VERSION = 1

# A command to GitHub's runner, wherever in a line it stands.
_COMMAND = re.compile(r"(?<=##)\[")
_dumps = json.JSONEncoder(ensure_ascii=False).encode
_encoder = msgspec.json.Encoder()
_MOST_KEPT = 1024
_MUCH = 50  # records
_NO_EVIDENCE = b'"evidence": []'
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
        self._write("    " + msgspec.json.format(result_to_json(result), indent=2).decode().replace("\n", "\n    "))

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
    if not isinstance(result, Report):
        return to_json(result.to_dict()).encode()
    around = {
        "source": result.source,
        "verdict": result.verdict,
        "application_id": result.application_id,
        "subject_id": result.subject_id,
        "eligible_from": result.eligible_from and result.eligible_from.isoformat(),
        "facts": result.facts,
        "names": result.names,
    }
    # What comes before the facts is texts, whose quotes are escaped: this is no part of one.
    head, name, tail = _simple_to_json(around).partition(b', "facts": ')
    notes = to_json([note.to_dict() for note in result.notes]).encode() if result.notes else b"[]"
    outcomes = _outcomes_to_json(result.outcomes)
    return b"".join((head, b', "outcomes": [', outcomes, b"]", name, tail[:-1], b', "notes": ', notes, b"}"))


def to_json(value: Any, indent: int | None = None) -> str:
    """JSON that a person can read and that steers nothing: what `safe` spells out is escaped, and keeps its value."""
    text = escape_json(_dumps(value))
    # The standard library indents in Python, which takes longer than the whole check.
    return msgspec.json.format(text, indent=indent) if indent else text


def escape_json(line: str) -> str:
    """A line of JSON text with what `safe` spells out escaped."""
    line = spell_out(line, _escaped)
    return _COMMAND.sub(r"\\u005b", line) if "##[" in line else line


def _outcomes_to_json(outcomes: tuple[Outcome, ...]) -> bytes:
    if any(outcome.reasons for outcome in outcomes):
        return b", ".join([_outcome_to_json(o) if o.reasons else _without_reasons(o) for o in outcomes])
    return _all_without_reasons(outcomes)


def _outcome_to_json(o: Outcome) -> bytes:
    begin, end = _around_reasons(
        o.rule, o.level, o.status, tuple(o.title.items()), o.clause, tuple(o.remedy.items()), o.edition
    )
    return begin + b"[" + b", ".join(map(_reason_to_json, o.reasons)) + b"]" + end


# Where a rule holds, and where all do, they are one and the same value on every report of a day.
_without_reasons = Kept[Outcome, bytes](_outcome_to_json, _MOST_KEPT)
_all_without_reasons = Kept[tuple[Outcome, ...], bytes](
    lambda outcomes: b", ".join(map(_without_reasons, outcomes)), _MOST_KEPT
)


def _reason_to_json(reason: Reason) -> bytes:
    if len(reason.evidence) < _MUCH:
        if not _is_simple((reason.actual, reason.limit, reason.evidence)):
            return to_json(reason.to_dict()).encode()
        placed = None not in (reason.line, reason.column, reason.end_line, reason.end_column)
        return _simple_to_json(reason if placed else reason.to_dict())
    # Within a text a quote is escaped: this is no part of one.
    begin, _, end = to_json(replace(reason, evidence=()).to_dict()).encode().partition(_NO_EVIDENCE)
    return begin + _NO_EVIDENCE[:-2] + _much_to_json(reason.evidence) + end


_much_to_json = Kept[Records, bytes](lambda records: to_json(records).encode(), _MOST_KEPT)


@lru_cache(maxsize=_MOST_KEPT)
def _around_reasons(
    rule: str, level: Level, status: Status, title: _Words, clause: str, remedy: _Words, edition: str | None
) -> tuple[bytes, bytes]:
    """What an outcome's JSON says before its reasons, and after them: the same for all that say it of a rule."""
    outcome = Outcome(rule, level, status, dict(title), clause, dict(remedy), (), edition)
    begin, found, end = to_json(outcome.to_dict()).encode().rpartition(b'"reasons": []')
    return begin + found.removesuffix(b"[]"), end


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
