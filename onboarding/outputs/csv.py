"""For spreadsheets: a line a reason, and one for each application or file that has none; words as people read them.

It begins with a byte order mark, without which Excel shows no Chinese. What a spreadsheet would run, or write
otherwise (the digits of a long number, leading zeros), begins with a backslash, as it does in the registry's CSV.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from ..errors import Problem
from ..messages import say
from ..reading.shop_table import inert
from ..report import Note, Outcome, Reason, Report
from .interface import Invalid, Result, Run, Style, safe
from .presentation import brand_of, evidence_of, kind_of, name_of, notes_of

COLUMNS = (
    *("file", "verdict", "application_id", "shop", "subject", "subject_id", "eligible_from"),
    *("kind", "rule", "title", "clause", "reason", "brand", "evidence", "remedy", "line", "column", "pointer"),
)
Cells = dict[str, str | None]

_NUMBER = re.compile(r"0\d+|\d{16,}|\d+[eE]\d+")


class CsvOutput:
    r"""CSV (RFC 4180) with `\n`, and a header line in the language asked for."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._lang = style.lang
        self._rows = csv.DictWriter(_Lines(write), COLUMNS, restval="", lineterminator="\n")
        write("\ufeff")
        self._rows.writerow({column: say(f"outputs.csv-{column}", self._lang) for column in COLUMNS})

    def result(self, result: Result) -> None:
        about = self._about(result)
        for row in self._of_invalid(result) if isinstance(result, Invalid) else self._of_report(result):
            cells = about | row
            self._rows.writerow({column: cell_of(cells[column] or "") for column in cells})

    def end(self, summary: Counter[str]) -> None:
        pass

    def _about(self, result: Result) -> Cells:
        """What all lines of a result begin with."""
        about: Cells = {"file": result.source, "verdict": say(f"outputs.{result.verdict}", self._lang)}
        if isinstance(result, Invalid):
            return about
        return about | {
            "application_id": result.application_id,
            "shop": result.names["shop"],
            "subject": result.names["subject"],
            "subject_id": result.subject_id,
            "eligible_from": str(result.eligible_from or ""),
        }

    def _of_invalid(self, invalid: Invalid) -> Iterator[Cells]:
        for problem in invalid.errors:
            yield self._line("invalid", problem.words(self._lang), problem)

    def _of_report(self, report: Report) -> Iterator[Cells]:
        rows = [self._row(outcome, reason, report) for outcome in report.outcomes for reason in outcome.reasons]
        for note in notes_of(report):
            if isinstance(note.line, int):
                rows.append(self._line("note", note.message[self._lang], note))
        yield from rows or [{}]

    def _row(self, outcome: Outcome, reason: Reason, report: Report) -> Cells:
        return self._line(kind_of(outcome), reason.message[self._lang], reason) | {
            "rule": name_of(outcome),
            "title": outcome.title[self._lang],
            "clause": outcome.clause,
            "brand": brand_of(reason.pointer, report),
            "evidence": evidence_of(reason, self._lang),
            "remedy": outcome.remedy[self._lang] if outcome.status == "fail" else "",
        }

    def _line(self, kind: str, words: str, item: Reason | Note | Problem) -> Cells:
        places = {"line": item.line, "column": item.column}
        known = {name: str(place) if isinstance(place, int) else "" for name, place in places.items()}
        return {"kind": say(f"outputs.{kind}", self._lang), "reason": words, "pointer": item.pointer, **known}


class _Lines(NamedTuple):
    """What csv.DictWriter writes to."""

    write: Callable[[str], object]


@lru_cache(maxsize=128)
def cell_of(text: str) -> str:
    """`text` as a cell that no spreadsheet runs or writes otherwise."""
    shown = inert(safe(text))
    return f"\\{shown}" if _NUMBER.fullmatch(shown) else shown
