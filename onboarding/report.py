"""What comes out: values, no printing. `to_dict` is one entry of `results` in `schemas/report.schema.json`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal, TypeGuard

from msgspec import to_builtins

from .messages import Text
from .values import ByFields

Level = Literal["required", "advisory"]
Status = Literal["pass", "fail", "undecided", "not_in_force"]
Verdict = Literal["pass", "fail", "undecided"]
VERDICTS: tuple[Verdict, ...] = ("pass", "fail", "undecided")
# What a note is about, so that nothing need recognise it by its words.
NoteKind = Literal[
    "unknown_field",
    "reversed",
    "past",
    "known_at",
    "empty_registry",
    "judged_once",
    "nothing_in_force",
    "changes_ahead",
    "undeclared_mark",
    "waiver",
    "entry",
    "decided",
    "opened",
    "dry_run",
    "baseline",
]
Place = tuple[int, int]
Region = tuple[int, int, int, int]  # line and column, end line and end column
# The fields that `to_dict` leaves out where they are not known.
LEFT_OUT = frozenset(("edition", "kind", "line", "column", "end_line", "end_column"))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reason(ByFields):
    """Why a rule fails or cannot be decided.

    规则不符合或无法判定的理由。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    message: Text
    """The reason, said to the seller.

    向商家说明的理由。
    """
    pointer: str
    """The field of the application at fault or missing, or a fact, as a JSON pointer.

    有问题或缺失的申请字段，或某项事实（JSON 指针）。
    """
    actual: Any = None
    """What was found.

    实际值。
    """
    limit: Any = None
    """What the rule allows.

    规则允许的值。
    """
    evidence: tuple[dict[str, Any], ...] = ()
    """The records that the fact was counted from.

    统计该事实所依据的记录。
    """
    line: int | None = None
    """The line, from 1.

    行号，从 1 起。
    """
    column: int | None = None
    """The column, from 1, in characters.

    列号，从 1 起，按字符计。
    """
    end_line: int | None = None
    """The line of the end.

    结束处的行号。
    """
    end_column: int | None = None
    """The column one past the end.

    结束处后一列的列号。
    """

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, without the places that are not known."""
        return _known(to_builtins(self))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Outcome(ByFields):
    """What one rule says of one application.

    一条规则对一份申请的结果。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    rule: str
    """The rule's id.

    规则标识。
    """
    level: Level
    """required: failing it refuses; advisory: failing it is a warning.

    required：不符合即不予通过；advisory：不符合仅提醒。
    """
    status: Status
    """pass, fail, undecided (a fact it needs is unknown) or not_in_force (the rule does not apply on the day).

    pass：符合；fail：不符合；undecided：所需事实未知；not_in_force：当日未生效。
    """
    title: Text
    """The rule's title.

    规则名称。
    """
    clause: str
    """The clauses of the policy that the rule rests on.

    规则所依据的政策条款。
    """
    remedy: Text
    """The seller's way out.

    商家的解决办法。
    """
    reasons: tuple[Reason, ...] = ()
    """Why it fails or is undecided.

    不符合或无法判定的理由。
    """
    edition: str | None = None
    """Which edition of the rule decided, where it has several.

    规则有多个版本时，所依据的版本。
    """

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, without what is not known."""
        plain = _known(to_builtins(self))
        return plain | {"reasons": [_known(reason) for reason in plain["reasons"]]}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Note(ByFields):
    """Something worth knowing that decides nothing.

    仅供参考、不影响审核结果的提示。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    message: Text
    """What is worth knowing.

    提示内容。
    """
    pointer: str | None = None
    """The field spoken of, as a JSON pointer.

    所指字段（JSON 指针）。
    """
    kind: NoteKind | None = None
    """What the note is about, for programs.

    提示的种类，供程序识别。
    """
    line: int | None = None
    """The line, from 1.

    行号，从 1 起。
    """
    column: int | None = None
    """The column, from 1, in characters.

    列号，从 1 起，按字符计。
    """
    end_line: int | None = None
    """The line of the end.

    结束处的行号。
    """
    end_column: int | None = None
    """The column one past the end.

    结束处后一列的列号。
    """

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, without what is not known."""
        return _known(to_builtins(self))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Report(ByFields):
    """The verdict on one application.

    对一份申请的审核结果及依据。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    verdict: Verdict
    """fail if a required rule fails; else undecided if one is undecided; else pass.

    有必须规则不符合为 fail，否则有必须规则无法判定为 undecided，否则为 pass。
    """
    application_id: str
    """The application's id.

    申请编号。
    """
    subject_id: str | None
    """The subject's unified social credit code; null where the application has none that can be right.

    主体的统一社会信用代码；未填写或不可能正确时为 null。
    """
    eligible_from: date | None
    """The first day on which this application would pass with nothing else changed; null where it never would.

    其他情况不变时最早可通过的日期；等待无法解决时为 null。
    """
    outcomes: tuple[Outcome, ...]
    """What each rule says.

    每条规则的结果。
    """
    facts: dict[str, Any]
    """What was counted from application, registry and day.

    根据申请、登记库和日期统计出的事实。
    """
    names: dict[str, Any]
    """The names of subject, shop and brands.

    主体、店铺和品牌的名称。
    """
    notes: tuple[Note, ...] = ()
    """What is worth knowing and decides nothing.

    仅供参考、不影响审核结果的提示。
    """
    source: str | None = None
    """The file, as it was named.

    文件名，与命令所给一致。
    """

    @property
    def passed(self) -> bool:
        """Whether the application may be admitted: the verdict is `pass`."""
        return self.verdict == "pass"

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The required rules that fail: each alone is enough to refuse."""
        return self._of("required", "fail")

    @property
    def undecided(self) -> tuple[Outcome, ...]:
        """The required rules that need a fact which is not known."""
        return self._of("required", "undecided")

    @property
    def warnings(self) -> tuple[Outcome, ...]:
        """The advisory rules that fail."""
        return self._of("advisory", "fail")

    def errors_by_field(self, lang: Literal["en", "zh"] = "zh") -> dict[str, list[str]]:
        """The messages of `failures` by the pointer they belong to: what a form shows beside its fields."""
        errors: dict[str, list[str]] = {}
        for outcome in self.failures:
            for reason in outcome.reasons:
                errors.setdefault(reason.pointer, []).append(reason.message[lang])
        return errors

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, dates as `YYYY-MM-DD`."""
        return {
            "source": self.source,
            "verdict": self.verdict,
            "application_id": self.application_id,
            "subject_id": self.subject_id,
            "eligible_from": self.eligible_from.isoformat() if self.eligible_from else None,
            "outcomes": [outcome.to_dict() for outcome in self.outcomes],
            "facts": to_builtins(self.facts),
            "names": to_builtins(self.names),
            "notes": [note.to_dict() for note in self.notes],
        }

    def _of(self, level: Level, status: Status) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if (outcome.level, outcome.status) == (level, status))

    def on_record(self, source: str, notes: tuple[Note, ...]) -> "Report":
        """The same report, on what `source` names, with no other notes than these."""
        return self._with(source, self.outcomes, notes)

    def noted(self, notes: tuple[Note, ...]) -> "Report":
        """The same report with more notes."""
        return self._with(self.source, self.outcomes, (*self.notes, *notes)) if notes else self

    @property
    def pointers(self) -> list[str]:
        """The places in the application that its reasons and notes point at."""
        pointers = [reason.pointer for outcome in self.outcomes if outcome.reasons for reason in outcome.reasons]
        pointers += [note.pointer for note in self.notes if note.pointer is not None]
        return [pointer for pointer in pointers if _is_of_the_application(pointer)]

    def located(self, source: str, region: Callable[[str], Region] | None) -> "Report":
        """The same report, naming its file, with the region of whatever points into it (see `pointers`)."""
        if region is None:
            return self._with(source, self.outcomes, self.notes)

        def reason(r: Reason) -> Reason:
            if not _is_of_the_application(r.pointer):
                return r
            return Reason(r.message, r.pointer, r.actual, r.limit, r.evidence, *region(r.pointer))

        def outcome(o: Outcome) -> Outcome:
            reasons = tuple(map(reason, o.reasons))
            return Outcome(o.rule, o.level, o.status, o.title, o.clause, o.remedy, reasons, o.edition)

        def note(n: Note) -> Note:
            if n.pointer is None or not _is_of_the_application(n.pointer):
                return n
            return Note(n.message, n.pointer, n.kind, *region(n.pointer))

        outcomes = tuple(outcome(one) if one.reasons else one for one in self.outcomes)
        return self._with(source, outcomes, tuple(map(note, self.notes)))

    def _with(self, source: str | None, outcomes: tuple[Outcome, ...], notes: tuple[Note, ...]) -> "Report":
        # By hand, since `replace` asks the class for its fields each time, which takes thrice as long.
        return Report(
            self.verdict,
            self.application_id,
            self.subject_id,
            self.eligible_from,
            outcomes,
            self.facts,
            self.names,
            notes,
            source,
        )


def _is_of_the_application(pointer: str | None) -> TypeGuard[str]:
    return pointer is not None and pointer != "/facts" and not pointer.startswith("/facts/")


def verdict_of(outcomes: tuple[Outcome, ...]) -> Verdict:
    """Fail if a required rule fails; else undecided if one is undecided; else pass."""
    required = {outcome.status for outcome in outcomes if outcome.level == "required"}
    return "fail" if "fail" in required else "undecided" if "undecided" in required else "pass"


def _known(plain: dict[str, Any]) -> dict[str, Any]:
    """`plain` without those fields that are left out where they are not known."""
    return {name: value for name, value in plain.items() if value is not None or name not in LEFT_OUT}
