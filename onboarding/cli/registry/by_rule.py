"""An audit by rule: how many shops each refuses or cannot decide on, in place of the shops."""

import csv
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from ...messages import say
from ...outputs import Result, Run, Style
from ...outputs.interface import safe
from ...outputs.json import to_json
from ...outputs.presentation import counts
from ...reading.shop_table import joined, plain_cell
from ...screening.audit import RuleTally
from .options import BOM

FORMATS = ("text", "json", "csv")


class ByRule:
    """Shows what was counted by rule, in `format_`, one of FORMATS."""

    def __init__(self, format_: str, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._format, self._run, self._lang, self._write = format_, run, style.lang, write
        self._rules: dict[str, RuleTally] = {}

    def result(self, result: Result) -> None:
        """No shop is shown."""

    def take(self, rules: dict[str, RuleTally]) -> None:
        """Take what was counted of each rule."""
        self._rules = rules

    def end(self, summary: Counter[str]) -> None:
        """Write what was counted: required rules first, and of these the one that refuses most."""
        rows = sorted(map(_row, self._rules.values()), key=_first_required_then_most)
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

    def _said(self, row: dict[str, Any]) -> str:
        words = say("commands_registry.audit-by-rule", self._lang, **row | {"title": row["title"][self._lang]})
        shops = say("punctuation.list-separator", self._lang).join(row["shops"])
        more = "commands_registry.audit-such-as" if row["fail"] > len(row["shops"]) else "commands_registry.audit-these"
        return words + (say(more, self._lang, shops=shops) if shops else "")


def _row(tally: RuleTally) -> dict[str, Any]:
    about = tally.about
    told = {"rule": about.rule, "level": about.level, "clause": about.clause, "title": about.title}
    return told | {"fail": tally.fail, "undecided": tally.undecided, "shops": [shop for *_, shop in tally.shops]}


def _first_required_then_most(row: dict[str, Any]) -> tuple[bool, int, int, str]:
    return row["level"] != "required", -row["fail"], -row["undecided"], row["rule"]


class _Lines(NamedTuple):
    """What csv.writer writes to."""

    write: Callable[[str], object]
