"""For programs: one object (`json`, by `schemas/report.schema.json`), or one result a line (`jsonl`)."""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from .interface import VERDICTS, Result, Run, Style, spell_out

SCHEMA_VERSION = 1

# A command to GitHub's runner, wherever in a line it stands.
_COMMAND = re.compile(r"(?<=##)\[")


class JsonOutput:
    """One object, written as the results come in."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._write = write
        self._first = True
        head = {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "onboard-check", "version": run.version},
            "as_of": run.as_of.isoformat(),
            "ruleset": run.ruleset,
            "registry": run.registry,
        }
        write(to_json(head, indent=2).removesuffix("\n}") + ',\n  "results": [')

    def result(self, result: Result) -> None:
        self._write("\n" if self._first else ",\n")
        self._first = False
        self._write("    " + to_json(result.to_dict(), indent=2).replace("\n", "\n    "))

    def end(self, summary: Counter[str]) -> None:
        counts = to_json({verdict: summary[verdict] for verdict in VERDICTS}, indent=2).replace("\n", "\n  ")
        self._write(("]" if self._first else "\n  ]") + f',\n  "summary": {counts}\n}}\n')


class JsonlOutput:
    """One result a line."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._write = write

    def result(self, result: Result) -> None:
        self._write(to_json(result.to_dict()) + "\n")

    def end(self, summary: Counter[str]) -> None:
        pass


def to_json(value: Any, indent: int | None = None) -> str:
    """JSON that a person can read and that steers nothing: what `safe` spells out is escaped, and keeps its value."""
    text = escape_json(json.dumps(value, ensure_ascii=False))
    # The standard library indents in Python, which takes longer than the whole check.
    return msgspec.json.format(text, indent=indent) if indent else text


def escape_json(line: str) -> str:
    """A line of JSON text with what `safe` spells out escaped."""
    return _COMMAND.sub(r"\\u005b", spell_out(line, _escaped))


def _escaped(char: str) -> str:
    if "\ud800" <= char <= "\udfff":
        # A lone surrogate, from a file name or a broken key, is no character: escaped as one, no reader takes it.
        return f"\\\\u{ord(char):04x}"
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
