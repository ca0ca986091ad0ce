"""An audit by rule: how many shops each refuses or cannot decide on, in place of the shops."""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from ...messages import say
from ...outputs import Result, Run, Style
from ...outputs.interface import safe
from ...outputs.json import to_json
from ...outputs.presentation import counts
from ...reading.shop_table import joined, plain_cell
from ...report import Outcome
from .options import BOM

FORMATS = ("text", "json", "csv")
# Of the shops that a rule refuses, so many are named.
_EXAMPLES = 5


class ByRule:
    """Counts results by the rules that they fail or that are undecided, and shows that in `format_`, one of FORMATS."""

    def __init__(self, format_: str, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._format, self._run, self._lang, self._write = format_, run, style.lang, write
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._outcomes: dict[str, Outcome] = {}
        self._examples: defaultdict[str, list[str]] = defaultdict(list)

    def result(self, result: Result) -> None:
        """Take the next result."""
        for outcome in () if result.verdict == "invalid" else result.outcomes:
            if outcome.status in ("fail", "undecided"):
                self._counts[outcome.rule][outcome.status] += 1
                self._outcomes[outcome.rule] = outcome
                if outcome.status == "fail" and len(self._examples[outcome.rule]) < _EXAMPLES:
                    self._examples[outcome.rule].append(str(result.source))

    def end(self, summary: Counter[str]) -> None:
        """Write what was counted: required rules first, and of these the one that refuses most."""
        rows = sorted(
            map(self._row, self._counts), key=lambda row: (row["level"] != "required", -row["fail"], -row["undecided"])
        )
        match self._format:
            case "json":
                about = {"schema_version": 1, **self._run.origins()}
                whole = {**about, "summary": dict(summary), "rules": rows}
                self._write(to_json(msgspec.to_builtins(whole), indent=2) + "\n")
            case "csv":
                self._write(BOM)
                lines = csv.writer(_Lines(self._write), lineterminator="\n")
                names = ("rule", "level", "clause", "title", "fail", "undecided", "shops")
                lines.writerow(names)
                for row in rows:
                    told = row | {"title": row["title"][self._lang], "shops": joined(row["shops"])}
                    lines.writerow(plain_cell(str(told[name])) for name in names)
            case _:
                for row in rows:
                    self._write(safe(self._said(row)) + "\n")
                self._write(counts(summary, self._lang) + "\n")

    def _row(self, rule: str) -> dict[str, Any]:
        about, found = self._outcomes[rule], self._counts[rule]
        told = {"rule": rule, "level": about.level, "clause": about.clause, "title": about.title}
        return told | {"fail": found["fail"], "undecided": found["undecided"], "shops": self._examples[rule]}

    def _said(self, row: dict[str, Any]) -> str:
        words = say("commands_registry.audit-by-rule", self._lang, **row | {"title": row["title"][self._lang]})
        shops = say("punctuation.list-separator", self._lang).join(row["shops"])
        more = "commands_registry.audit-such-as" if row["fail"] > len(row["shops"]) else "commands_registry.audit-these"
        return words + (say(more, self._lang, shops=shops) if shops else "")


class _Lines(NamedTuple):
    """What csv.writer writes to."""

    write: Callable[[str], object]
