"""For programs: one object (`json`, by `schemas/report.schema.json`), or one result a line (`jsonl`)."""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from .interface import VERDICTS, Result, Run, Style

SCHEMA_VERSION = 1

# JSON lets these stand in strings as they are; a terminal or a script that reads line by line does not.
# Nor does GitHub's runner let `##[` stand, which is a command to it.
_LOOSE = re.compile("(?<=##)\\[|[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


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
    """JSON that a person can read and that cannot steer a terminal."""
    text = _LOOSE.sub(lambda match: _escaped(ord(match[0])), json.dumps(value, ensure_ascii=False))
    # The standard library indents in Python, which takes longer than the whole check.
    return msgspec.json.format(text, indent=indent) if indent else text


def _escaped(code: int) -> str:
    # A lone surrogate, from a file name or a broken key, is no character: escaped as one, no reader would take it.
    return f"\\\\u{code:04x}" if 0xD800 <= code < 0xE000 else f"\\u{code:04x}"
