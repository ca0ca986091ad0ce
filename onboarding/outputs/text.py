"""For a person in a hurry: the verdict, and for each refusal the reason, the evidence, the clause, the way out."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache

import click

from ..messages import aside, labelled, say
from ..report import Outcome, Report
from .interface import Invalid, Result, Run, Style, safe
from .presentation import (
    ByRule,
    InFull,
    Said,
    brands_of,
    counts,
    evidence_of,
    gravest,
    group_by_reason,
    is_known,
    kind_of,
    label,
    name_of,
    names_of,
    parts_of,
    said_once,
    waiting_of,
    waiver_of,
)
from .wrap import wrap

_COLORS = {"pass": "green", "fail": "red", "undecided": "yellow", "invalid": "magenta", "warning": "yellow"}
_SIGNS = {"pass": "+", "fail": "x", "undecided": "?", "warning": "!", "not_in_force": "-"}


class TextOutput:
    """Text of `style.width` columns in `style.lang`."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._run, self._style, self._lang, self._write = run, style, style.lang, write
        self._by_rule = ByRule()
        self._in_full = InFull(200)

    def result(self, result: Result) -> None:
        self._by_rule.add(result)
        if self._style.verbosity < 0 and (result.verdict == "pass" or is_known(result)):
            return
        if isinstance(result, Invalid):
            lines = self._invalid(result)
        else:
            lines = self._report(result) if self._in_full.takes(result) else self._in_short(result)
        self._write("\n".join(lines) + "\n\n")

    def end(self, summary: Counter[str]) -> None:
        # Of one application, the rules have just been read.
        if self._by_rule.applications > 1:
            self._write(label("outputs.by-rule", self._lang).rstrip() + "\n")
            for rule, found in self._by_rule.rules():
                said = labelled(rule, self._lang) + parts_of(found, self._lang)
                self._write("\n".join(self._wrapped(safe(said), 2)) + "\n")
            self._write("\n")
        if words := self._in_full.told(self._lang):
            self._write("\n".join(self._wrapped(words, 0)) + "\n\n")
        total = counts(summary, self._lang) if summary.total() else say("outputs.nothing-checked", self._lang)
        day = say("outputs.past-inline" if self._run.past else "outputs.as-of-inline", self._lang, day=self._run.as_of)
        registry = self._run.registry
        source = registry.name if registry else say("outputs.no-registry-inline", self._lang)
        about = say("punctuation.clause-separator", self._lang).join((day, self._run.ruleset.name, source))
        self._write("\n".join(self._wrapped(safe(total + aside(about, self._lang)), 0)) + "\n")

    def _report(self, report: Report) -> Iterator[str]:
        yield from self._headed(report.verdict, self._named(report))
        brief = is_known(report) and self._style.verbosity <= 0
        shown = [o for o in report.outcomes if o.status in ("fail", "undecided") or self._style.verbosity > 0]
        if self._style.verbosity < 0:
            shown = [o for o in shown if o.level == "required"]
        for group in group_by_reason(shown) if not brief else ():
            yield from self._outcomes(group, report)
        if not brief and (waiting := waiting_of(report, self._lang)):
            yield from self._wrapped(waiting, 2)
        for note in report.notes if self._style.verbosity >= 0 else ():
            place = f"{note.line}:{note.column} {note.pointer}: " if isinstance(note.line, int) else ""
            text = f"{label('outputs.note', self._lang)}{place}{note.message[self._lang]}"
            yield from self._wrapped(safe(text), 2)

    def _in_short(self, report: Report) -> Iterator[str]:
        """Which result it is, and the rules that keep it from passing."""
        yield from self._headed(report.verdict, self._named(report))
        if rules := gravest(report.outcomes):
            names = say("punctuation.list-separator", self._lang).join(map(name_of, rules))
            for line in self._wrapped(safe(f"{_SIGNS[kind_of(rules[0])]} {names}"), 2):
                yield self._colored(line, kind_of(rules[0]))
        if waiver := waiver_of(report):
            yield from self._wrapped(safe(label("outputs.note", self._lang) + waiver.message[self._lang]), 2)

    def _named(self, report: Report) -> str:
        return safe(" · ".join([report.source or report.application_id, *names_of(report)]))

    def _outcomes(self, group: list[Outcome], report: Report) -> Iterator[str]:
        """One outcome, or several that have the same to say."""
        first = group[0]
        kind = kind_of(first)
        names = (name_of(outcome) + aside(outcome.clause, self._lang) for outcome in group)
        head = say("punctuation.list-separator", self._lang).join(names)
        if len(group) == 1:
            head += f"  {first.title[self._lang]}"
        if kind in ("warning", "not_in_force"):
            head += say("outputs.mark", self._lang, words=say(f"outputs.mark-{kind}", self._lang))
        for line in self._wrapped(safe(f"{_SIGNS[kind]} {head}"), 2):
            yield self._colored(line, kind)
        for said in said_once(first, report):
            yield from self._said(said, several=len(group) > 1)
        if first.status == "fail":
            yield from self._wrapped(safe(f"{label('outputs.way-out', self._lang)}{first.remedy[self._lang]}"), 4)

    def _said(self, said: Said, several: bool) -> Iterator[str]:
        reason, brand = said.reason, "" if several else brands_of(said, self._lang)
        place = f"{reason.line}:{reason.column} {reason.pointer}: " if isinstance(reason.line, int) else ""
        yield from self._wrapped(safe(place + brand + reason.message[self._lang]), 4)
        if reason.evidence:
            told = label("outputs.evidence", self._lang) + evidence_of(reason, self._lang)
            yield from self._wrapped(safe(told), 4)

    def _invalid(self, invalid: Invalid) -> Iterator[str]:
        yield from self._headed("invalid", safe(invalid.source))
        for problem in invalid.errors:
            yield from self._wrapped(safe(problem.said(self._lang).removeprefix(invalid.source).lstrip(":")), 2)

    def _headed(self, verdict: str, text: str) -> Iterator[str]:
        headline = say(f"outputs.headline-{verdict}", self._lang)
        first, *rest = self._wrapped(f"{headline}  {text}", 0)
        colored = click.style(headline, fg=_COLORS[verdict], bold=True) if self._style.color else headline
        yield colored + first.removeprefix(headline)
        yield from rest

    def _colored(self, text: str, kind: str) -> str:
        return click.style(text, fg=_COLORS.get(kind)) if self._style.color else text

    def _wrapped(self, text: str, indent: int) -> list[str]:
        return _lines(text, self._style.width, indent)


# Results say much in the same words.
_lines = lru_cache(maxsize=256)(wrap)
