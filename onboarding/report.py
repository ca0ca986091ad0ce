"""What comes out: values, no printing. `to_dict` is one entry of `results` in `schemas/report.schema.json`."""

from collections.abc import Callable
from datetime import date
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, structs, to_builtins

from .messages import Text

Level = Literal["required", "advisory"]
Status = Literal["pass", "fail", "undecided", "not_in_force"]
Verdict = Literal["pass", "fail", "undecided"]
Place = tuple[int, int]
Region = tuple[int, int, int, int]  # line and column, end line and end column


class Reason(Struct, frozen=True):
    """Why a rule fails or cannot be decided.

    `pointer` points into the application, at what is wrong or missing, or at `/facts/…`; `evidence` is the
    records that the fact was counted from. Where the application is a file, `line` and `column` are set, and
    `end_line` and `end_column`, which is one past the end.
    """

    message: Text
    pointer: str
    actual: Any = None
    limit: Any = None
    evidence: tuple[dict[str, Any], ...] = ()
    line: int | UnsetType = UNSET
    column: int | UnsetType = UNSET
    end_line: int | UnsetType = UNSET
    end_column: int | UnsetType = UNSET


class Outcome(Struct, frozen=True):
    """What one rule says of one application; `edition` says in which edition, where the rule has several."""

    rule: str
    level: Level
    status: Status
    title: Text
    clause: str
    remedy: Text
    reasons: tuple[Reason, ...] = ()
    edition: str | UnsetType = UNSET


class Note(Struct, frozen=True):
    """Something worth knowing that decides nothing."""

    message: Text
    pointer: str | None = None
    kind: str | UnsetType = UNSET
    line: int | UnsetType = UNSET
    column: int | UnsetType = UNSET
    end_line: int | UnsetType = UNSET
    end_column: int | UnsetType = UNSET


class Report(Struct, frozen=True):
    """The verdict on one application, with every rule's outcome and the facts behind it.

    `names` holds all that a report repeats of the application's texts: those of subject, shop and brands.
    """

    verdict: Verdict
    application_id: str
    subject_id: str | None
    eligible_from: date | None
    outcomes: tuple[Outcome, ...]
    facts: dict[str, Any]
    names: dict[str, Any]
    notes: tuple[Note, ...] = ()
    source: str | None = None

    @property
    def passed(self) -> bool:
        return self.verdict == "pass"

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The required rules that fail: each alone is enough to refuse."""
        return self._with("required", "fail")

    @property
    def undecided(self) -> tuple[Outcome, ...]:
        """The required rules that need a fact which is not known."""
        return self._with("required", "undecided")

    @property
    def warnings(self) -> tuple[Outcome, ...]:
        """The advisory rules that fail."""
        return self._with("advisory", "fail")

    def errors_by_field(self, lang: Literal["en", "zh"] = "zh") -> dict[str, list[str]]:
        """The messages of `failures` by the pointer they belong to: what a form shows beside its fields."""
        errors: dict[str, list[str]] = {}
        for outcome in self.failures:
            for reason in outcome.reasons:
                errors.setdefault(reason.pointer, []).append(reason.message[lang])
        return errors

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, dates as `YYYY-MM-DD`."""
        plain: dict[str, Any] = to_builtins(self)
        return {"source": plain.pop("source"), **plain}

    def _with(self, level: Level, status: Status) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if (outcome.level, outcome.status) == (level, status))

    def noted(self, notes: tuple[Note, ...]) -> "Report":
        """The same report with more notes."""
        return structs.replace(self, notes=(*self.notes, *notes)) if notes else self

    def located(self, source: str, region: Callable[[str], Region]) -> "Report":
        """The same report, naming its file, with the region of whatever points into it."""

        def locate(item: Any) -> Any:
            if item.pointer is None or item.pointer.startswith("/facts/"):
                return item
            line, column, end_line, end_column = region(item.pointer)
            return structs.replace(item, line=line, column=column, end_line=end_line, end_column=end_column)

        outcomes = tuple(
            structs.replace(o, reasons=tuple(locate(r) for r in o.reasons)) if o.reasons else o for o in self.outcomes
        )
        return structs.replace(self, source=source, outcomes=outcomes, notes=tuple(locate(n) for n in self.notes))


def verdict_of(outcomes: tuple[Outcome, ...]) -> Verdict:
    """Fail if a required rule fails; else undecided if one is undecided; else pass."""
    required = {outcome.status for outcome in outcomes if outcome.level == "required"}
    return "fail" if "fail" in required else "undecided" if "undecided" in required else "pass"
