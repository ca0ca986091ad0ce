"""What a change of rules does to a corpus of applications: who is newly refused, admitted or undecided."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from ..kernel import check_together
from ..models import History
from ..reading.documents import Document
from ..reading.own_fields import fitted
from ..report import Report
from ..rules.ruleset import Ruleset

Turn = Literal["newly-refused", "newly-admitted", "newly-undecided"]
_TURNS: dict[str, Turn] = {"fail": "newly-refused", "pass": "newly-admitted", "undecided": "newly-undecided"}


class Turned(Struct, frozen=True):
    """One application whose verdict changes, and the rules whose outcome does."""

    turn: Turn
    source: str
    application_id: str
    before: str
    after: str
    rules: tuple[str, ...]


class Impact(Struct, frozen=True):
    """How many were judged on `as_of`, how many of each verdict there were before and after, and who turned."""

    as_of: date
    judged: int
    before: dict[str, int]
    after: dict[str, int]
    turned: tuple[Turned, ...]

    def count(self, turn: str) -> int:
        """How many took this turn."""
        return sum(one.turn == turn for one in self.turned)


def impact(
    documents: Sequence[Document],
    histories: Mapping[str, History] | None,
    as_of: date,
    old: Ruleset,
    new: Ruleset,
) -> Impact:
    """Judge `documents` under both rulesets, those of one subject together, as `onboard-check` does."""
    reports = []
    for ruleset in (old, new):
        applications = [fitted(document.application, ruleset.own_fields) for document in documents]
        reports.append(check_together(applications, histories, as_of, ruleset))
    before, after = (dict.fromkeys(("pass", "fail", "undecided"), 0) for _ in range(2))
    turned: list[Turned] = []
    for document, was, now in zip(documents, *reports, strict=True):
        before[was.verdict] += 1
        after[now.verdict] += 1
        if was.verdict != now.verdict:
            turn = _TURNS[now.verdict]
            told = (turn, document.source, now.application_id, was.verdict, now.verdict, _rules(was, now))
            turned.append(Turned(*told))
    return Impact(as_of, len(documents), before, after, tuple(turned))


def _rules(was: Report, now: Report) -> tuple[str, ...]:
    """The required rules that decide otherwise, one that does not apply deciding nothing."""

    def decided(report: Report) -> dict[str, str]:
        required = (outcome for outcome in report.outcomes if outcome.level == "required")
        return {o.rule: o.status for o in required if o.status not in ("pass", "not_in_force")}

    one, other = decided(was), decided(now)
    return tuple(rule for rule in dict.fromkeys([*one, *other]) if one.get(rule) != other.get(rule))
