"""For a person in a hurry: the verdict, and for each refusal the reason, the evidence, the clause, the way out."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import click

from ..report import Outcome, Reason, Report
from .interface import VERDICTS, Invalid, Result, Run, Style, safe
from .presentation import brand_of, evidence_of, group_by_reason
from .wrap import wrap

_EN = {
    "pass": "PASS",
    "fail": "FAIL",
    "undecided": "UNDECIDED",
    "invalid": "INVALID",
    "warning": "warning",
    "not_in_force": "not in force",
    "evidence": "evidence",
    "way out": "way out",
    "eligible": "Would pass from {day}, with nothing else changed.",
    "waiting": "Waiting alone does not cure this.",
    "note": "note",
    "past": "judged as of {day}, a day that is over",
    "as of": "as of {day}",
    "no registry": "no registry",
    "counts": "{n} checked: {list}",
    "nothing": "Nothing to check",
    "n pass": "{n} pass",
    "n fail": "{n} refused",
    "n undecided": "{n} undecided",
    "n invalid": "{n} invalid",
    "brand": "brand",
}
_ZH = {
    "pass": "通过",
    "fail": "不通过",
    "undecided": "无法判定",
    "invalid": "文件无效",
    "warning": "提醒",
    "not_in_force": "未生效",
    "evidence": "依据",
    "way out": "解决办法",
    "eligible": "其他情况不变时，自 {day} 起可通过。",
    "waiting": "仅靠等待无法解决。",
    "note": "提示",
    "past": "按已过去的日期 {day} 判定",
    "as of": "判定日期 {day}",
    "no registry": "未提供登记库",
    "counts": "共检查 {n} 份：{list}",
    "nothing": "没有需要检查的文件",
    "n pass": "{n} 份通过",
    "n fail": "{n} 份不通过",
    "n undecided": "{n} 份无法判定",
    "n invalid": "{n} 份文件无效",
    "brand": "品牌",
}
_COLORS = {"pass": "green", "fail": "red", "undecided": "yellow", "invalid": "magenta", "warning": "yellow"}
_SIGNS = {"pass": "+", "fail": "x", "undecided": "?", "warning": "!", "not_in_force": "-"}


class TextOutput:
    """Text of `style.width` columns in `style.lang`."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._run, self._style, self._write = run, style, write
        self._words = _ZH if style.lang == "zh" else _EN

    def result(self, result: Result) -> None:
        if self._style.verbosity < 0 and result.verdict == "pass":
            return
        lines = self._invalid(result) if isinstance(result, Invalid) else self._report(result)
        self._write("\n".join(lines) + "\n\n")

    def end(self, summary: Counter[str]) -> None:
        if self._style.verbosity < 0:
            return
        counts = [self._say(f"n {verdict}", n=summary[verdict]) for verdict in VERDICTS if summary[verdict]]
        comma = "、" if self._style.lang == "zh" else ", "
        total = self._say("counts" if counts else "nothing", n=summary.total(), list=comma.join(counts))
        day = self._say("past" if self._run.past else "as of", day=self._run.as_of)
        source = safe(self._run.registry["source"]) if self._run.registry else self._say("no registry")
        self._write("\n".join(self._wrapped(f"{total} ({day}; {self._run.ruleset['id']}; {source})", 0)) + "\n")

    def _report(self, report: Report) -> Iterator[str]:
        names = [name for name in (report.names["shop"], report.names["subject"], report.subject_id) if name]
        yield from self._headed(report.verdict, safe(" · ".join([report.source or report.application_id, *names])))
        shown = [o for o in report.outcomes if o.status in ("fail", "undecided") or self._style.verbosity > 0]
        if self._style.verbosity < 0:
            shown = [o for o in shown if o.level == "required"]
        for group in group_by_reason(shown):
            yield from self._outcomes(group, report)
        if report.verdict == "fail":
            day = report.eligible_from
            yield from self._wrapped(self._say("eligible", day=day) if day else self._say("waiting"), 2)
        for note in report.notes if self._style.verbosity >= 0 else ():
            place = f"{note.line}:{note.column} {note.pointer}: " if isinstance(note.line, int) else ""
            text = f"{self._say('note')}: {place}{note.message[self._style.lang]}"
            yield from self._wrapped(safe(text), 2)

    def _outcomes(self, group: list[Outcome], report: Report) -> Iterator[str]:
        """One outcome, or several that have the same to say."""
        first = group[0]
        kind = "warning" if first.level == "advisory" and first.status == "fail" else first.status
        head = ", ".join(f"{outcome.edition or outcome.rule} ({outcome.clause})" for outcome in group)
        if len(group) == 1:
            head += f"  {first.title[self._style.lang]}"
        if kind in ("warning", "not_in_force"):
            head += f"  [{self._say(kind)}]"
        for line in self._wrapped(f"{_SIGNS[kind]} {head}", 2):
            yield self._colored(line, kind)
        for reason in first.reasons:
            yield from self._reason(reason, report, several=len(group) > 1)
        if first.status == "fail":
            yield from self._wrapped(f"{self._say('way out')}: {first.remedy[self._style.lang]}", 4)

    def _reason(self, reason: Reason, report: Report, several: bool) -> Iterator[str]:
        name = None if several else brand_of(reason.pointer, report)
        brand = f"{self._say('brand')} {name}: " if name else ""
        place = f"{reason.line}:{reason.column} {reason.pointer}: " if isinstance(reason.line, int) else ""
        yield from self._wrapped(safe(place + brand + reason.message[self._style.lang]), 4)
        if reason.evidence:
            yield from self._wrapped(safe(f"{self._say('evidence')}: {evidence_of(reason)}"), 4)

    def _invalid(self, invalid: Invalid) -> Iterator[str]:
        yield from self._headed("invalid", safe(invalid.source))
        for problem in invalid.errors:
            yield from self._wrapped(safe(problem.said(self._style.lang).removeprefix(invalid.source).lstrip(":")), 2)

    def _headed(self, verdict: str, text: str) -> Iterator[str]:
        label = self._say(verdict)
        first, *rest = self._wrapped(f"{label}  {text}", 0)
        colored = click.style(label, fg=_COLORS[verdict], bold=True) if self._style.color else label
        yield colored + first.removeprefix(label)
        yield from rest

    def _colored(self, text: str, kind: str) -> str:
        return click.style(text, fg=_COLORS.get(kind)) if self._style.color else text

    def _say(self, key: str, **values: Any) -> str:
        return self._words[key].format(**values)

    def _wrapped(self, text: str, indent: int) -> list[str]:
        return wrap(text, self._style.width, indent)
