"""The shops on record, each judged on the day on which it opened: which of them are shown, and how many there are.

Knows no engine: each worker goes through the rows of some subjects, and what they count is added up.
"""

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any

import msgspec
from msgspec import Struct, field

from ..decisions.audit import Audited, audit_briefly, audit_fully
from ..models import read_kept_application
from ..registry.iteration import Subject
from ..registry.sql import broken_row
from ..report import Outcome, Report
from ..rules.ruleset import Ruleset
from .counts import count_in
from .judging import newest
from .rows import Kind, Row, by_subject

# Of the shops that a rule refuses, so many are named.
_EXAMPLES = 5


class Listing(Struct, frozen=True):
    """Which shops are shown: those that should not have been admitted, or were in order by a waiver alone; or `every`
    one; or those that the rule `rule` refuses, and with `every` those that it is undecided on. Or, `by_rule`, none,
    but how many each rule refuses or cannot decide on.
    """

    rule: str | None = None
    every: bool = False
    by_rule: bool = False

    def takes(self, report: Report) -> bool:
        """Whether `report` is shown."""
        if self.by_rule:
            return False
        if self.rule is not None:
            told = {outcome.status for outcome in report.outcomes if outcome.rule == self.rule}
            return bool(told & {"fail", "undecided"}) if self.every else "fail" in told
        return self.every or report.verdict == "fail" or any(note.kind == "waiver" for note in report.notes)


class RuleTally(Struct):
    """How many shops a rule refuses and is undecided on; of those that it refuses the first few, each with its place;
    and what the rule is, as it was for the last of all, with the place of that.
    """

    about: Outcome
    last: tuple[str, int]
    fail: int = 0
    undecided: int = 0
    shops: list[tuple[str, int, str]] = []

    def add(self, other: "RuleTally") -> None:
        """Count in what is `other`."""
        self.fail += other.fail
        self.undecided += other.undecided
        if other.last > self.last:
            self.about, self.last = other.about, other.last
        for shop in other.shops:
            insort(self.shops, shop)
        del self.shops[_EXAMPLES:]


class AuditTally(Struct):
    """How many shops there are of each verdict, and what each rule says of them where they are counted by rule."""

    verdicts: dict[str, int] = field(default_factory=dict)
    rules: dict[str, RuleTally] = field(default_factory=dict)

    def add(self, other: "AuditTally") -> None:
        """Count in what another worker has found."""
        count_in(self.verdicts, other.verdicts)
        for rule, tally in other.rules.items():
            self._of(rule, tally)

    def judged(self, one: Audited, place: tuple[str, int], *, by_rule: bool) -> None:
        """Count one shop; places are in the order in which shops are told."""
        self.verdicts[one.verdict] = self.verdicts.get(one.verdict, 0) + 1
        for outcome in one.report.outcomes if by_rule and one.report else ():
            if outcome.status in ("fail", "undecided"):
                fails = outcome.status == "fail"
                shops = [(*place, one.shop.shop_id)] if fails else []
                about = replace(outcome, reasons=())
                self._of(outcome.rule, RuleTally(about, place, int(fails), int(not fails), shops))

    def _of(self, rule: str, tally: RuleTally) -> None:
        if rule in self.rules:
            self.rules[rule].add(tally)
        else:
            self.rules[rule] = tally


class Listed(Struct, frozen=True, array_like=True, gc=False):
    """A shop that is shown, as workers hand it on: its subject, the day on which it opened, its report as JSON; what a
    rule says on every report of that day is left out of that.
    """

    subject: str
    day: date
    report: bytes


class _Packed(Struct, array_like=True):
    """A report without its outcomes; those of its own, by their places, None where the rule reads what is not known."""

    report: Report
    outcomes: list[tuple[int, Outcome | None]]


def audited(
    subjects: Iterable[Subject], ruleset: Ruleset, listing: Listing, tally: AuditTally
) -> Iterator[tuple[Audited, Report]]:
    """What is shown of the shops of `subjects`; all are counted in `tally`."""
    audit = audit_fully if listing.every or listing.by_rule or listing.rule is not None else audit_briefly
    for number, one in enumerate(audit(subjects, ruleset)):
        tally.judged(one, (one.subject, number), by_rule=listing.by_rule)
        if one.report is not None and listing.takes(one.report):
            yield one, one.report


def audit_rows(
    rows: Iterable[Row], source: str, ruleset: Ruleset, listing: Listing, tally: AuditTally
) -> Iterator[Listed]:
    """What is shown of the shops among `rows`, which are sorted by subject, kind and order; all are counted in `tally`.

    Raises RegistryError, which names `source`, where a record cannot be read.
    """
    for one, report in audited(_subjects(rows, source), ruleset, listing, tally):
        yield Listed(one.subject, one.shop.opened_on, _packed(report, one.shop.opened_on, ruleset))


def unpacked(listed: Listed, ruleset: Ruleset) -> Report:
    """The report of a shop that is shown."""
    packed = _decode(listed.report)
    plan = ruleset.plan(listed.day)
    outcomes = list(plan.unless_failing)
    for place, outcome in packed.outcomes:
        outcomes[place] = plan.without_papers(place) if outcome is None else outcome
    return replace(packed.report, outcomes=tuple(outcomes))


def _subjects(rows: Iterable[Row], source: str) -> Iterator[Subject]:
    for found in chain.from_iterable(by_subject(rows)):
        subject = found[0].subject.decode()
        records = newest((row for row in found if row.kind == Kind.RECORD), subject, source)
        admitted = (admitted_of(row.data) for row in found if row.kind == Kind.ADMITTED)
        try:
            applications = {shop: read_kept_application(content) for shop, content in admitted}
        except msgspec.DecodeError as error:
            raise broken_row(error, source) from None
        if records:
            yield Subject(subject, records, applications)


def _packed(report: Report, day: date, ruleset: Ruleset) -> bytes:
    plan = ruleset.plan(day)
    own: list[tuple[int, Any]] = []
    for place, outcome in enumerate(report.outcomes):
        if outcome is not plan.unless_failing[place]:
            own.append((place, None if outcome is plan.made.get(place) else outcome))
    return msgspec.json.encode(_Packed(replace(report, outcomes=()), own))


admitted_of = msgspec.msgpack.Decoder(tuple[str, str]).decode
_decode = msgspec.json.Decoder(_Packed).decode
