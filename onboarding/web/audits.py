"""Shops on record judged on the day on which each opened, by pages or as a table: nothing looks at all at once."""

from collections.abc import AsyncIterator
from typing import Literal, NamedTuple

from ..decisions.audit import audit
from ..messages import Lang
from ..outputs.by_shop import ByShop
from ..registry.iteration import subjects_from
from ..report import Report
from ..rules.ruleset import Ruleset
from .service import Service

# What can be asked for; `waiver` is a shop that was in order by a waiver alone.
Said = Literal["fail", "undecided", "waiver"]
# How many subjects are audited at once.
_AUDITED = 200


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
    """All that is wanted, as the lines of a CSV table: one a shop."""
    lines: list[str] = []
    table = ByShop(lang, lines.append)
    after: str | None = ""
    while after is not None:
        begun = after
        # Others get their turn between one part and the next.
        part = await service.ask_registry(lambda begun=begun: audit_some(service, rules, wanted, begun))  # type: ignore[misc]
        for _, report in part.reports:
            table.result(report)
        yield "".join(lines)
        lines.clear()
        after = part.after
