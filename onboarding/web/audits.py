"""Shops on record judged on the day on which each opened, by pages or as a table: nothing looks at all at once."""

import csv
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from typing import Literal, NamedTuple

from ..decisions.audit import audit
from ..messages import Lang, say
from ..reading.shop_table import plain_cell
from ..registry.iteration import subjects_from
from ..report import Report
from ..rules.ruleset import Ruleset
from .service import Service

# What can be asked for; `waiver` is a shop that was in order by a waiver alone.
Said = Literal["fail", "undecided", "waiver"]
# How many subjects are audited at once.
_AUDITED = 200
_COLUMNS = ("shop_id", "subject_id", "verdict", "rule", "level", "status", "clause", "title", "reasons")
# Without it, Excel shows no Chinese.
_BOM = "\ufeff"


class Wanted(NamedTuple):
    """Which shops: of which `said` is so, or, where a `rule` is named, of which that rule says so; of one subject where
    there is a `subject`.
    """

    said: Said = "fail"
    rule: str = ""
    subject: str = ""

    def takes(self, report: Report) -> bool:
        if self.said == "waiver":
            return any(note.kind == "waiver" for note in report.notes)
        if self.rule:
            return any(one.rule == self.rule and one.status == self.said for one in report.outcomes)
        return report.verdict == self.said


class Part(NamedTuple):
    """The reports that are wanted of some subjects, each with its subject's id; how many were looked at, and where to
    go on (None: nowhere).
    """

    reports: list[tuple[str, Report]]
    subjects: int
    after: str | None


def audit_some(service: Service, rules: Ruleset, wanted: Wanted, after: str) -> Part:
    """What is wanted of the next subjects, from the one after `after` on."""
    found = subjects_from(service.registry, after, _AUDITED, only=wanted.subject or None)
    reports = [(one.id, report) for one in found for report in audit([one], rules) if wanted.takes(report)]
    more = len(found) == _AUDITED and not wanted.subject
    return Part(reports, len(found), found[-1].id if more else None)


async def audit_table(service: Service, rules: Ruleset, wanted: Wanted, lang: Lang) -> AsyncIterator[str]:
    """All that is wanted, as the lines of a CSV table: one for each rule that does not hold."""
    yield _BOM + _line(_COLUMNS)
    after: str | None = ""
    while after is not None:
        begun = after
        # Others get their turn between one part and the next.
        part = await service.ask_registry(lambda begun=begun: audit_some(service, rules, wanted, begun))  # type: ignore[misc]
        yield "".join(_line(row) for subject, report in part.reports for row in _rows(subject, report, wanted, lang))
        after = part.after


def _rows(subject: str, report: Report, wanted: Wanted, lang: Lang) -> Iterator[tuple[str, ...]]:
    shop = (report.source or "", subject, report.verdict)
    told = [one for one in report.outcomes if one.status in ("fail", "undecided") and wanted.rule in ("", one.rule)]
    for one in told:
        about = (one.rule, one.level, one.status, one.clause, one.title[lang])
        yield (*shop, *about, say("punctuation.clause-separator", lang).join(r.message[lang] for r in one.reasons))
    if not told:
        waivers = [note.message[lang] for note in report.notes if note.kind == "waiver"]
        yield (*shop, "", "", "", "", "", say("punctuation.clause-separator", lang).join(waivers))


def _line(cells: tuple[str, ...]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(plain_cell, cells))
    return line.getvalue()
