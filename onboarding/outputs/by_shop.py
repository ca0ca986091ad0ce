"""An audit as a table: one row a shop, with the rules that it fails and why, in place of a row a reason."""

import csv
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from ..messages import Lang, say
from ..report import Report
from .csv import cell_of
from .interface import Result
from .presentation import brand_of, name_of

_COLUMNS = ("csv-shop", "csv-subject_id", "csv-verdict", "csv-fails", "csv-undecided", "csv-reasons")


class ByShop:
    """CSV that Excel opens with Chinese intact."""

    def __init__(self, lang: Lang, write: Callable[[str], object]) -> None:
        self._lang = lang
        self._rows = csv.writer(_Lines(write), lineterminator="\n")
        write("\ufeff")
        self._rows.writerow(say(f"outputs.{column}", self._lang) for column in _COLUMNS)

    def result(self, result: Result) -> None:
        """Write the row of a shop."""
        if isinstance(result, Report):
            separator = say("punctuation.list-separator", self._lang)
            rules = (
                separator.join(name_of(one) for one in result.outcomes if one.status == status)
                for status in ("fail", "undecided")
            )
            verdict = say(f"outputs.{result.verdict}", self._lang)
            cells = (result.source, result.subject_id, verdict, *rules, self._reasons(result))
            self._rows.writerow(cell_of(cell or "") for cell in cells)

    def end(self, summary: Counter[str]) -> None:
        """All is written."""

    def _reasons(self, report: Report) -> str:
        """Why it fails what it fails, each reason behind its rule's title and the brand that it is about."""
        told: list[str] = []
        for outcome in report.outcomes:
            for reason in outcome.reasons if outcome.status == "fail" else ():
                about = (outcome.title[self._lang], brand_of(reason.pointer, report), reason.message[self._lang])
                told.append(say("punctuation.colon", self._lang).join(part for part in about if part))
        return say("punctuation.space", self._lang).join(told)


class _Lines(NamedTuple):
    """What csv.writer writes to."""

    write: Callable[[str], object]
