"""For merge requests on GitLab: a Code Quality report, by https://docs.gitlab.com/ci/testing/code_quality/.

GitLab compares the reports of two branches by fingerprint, so that what a merge request brings is told apart from
what was there. Its severities say how grave a thing is, from `blocker` (a file that nobody could judge) to `info`.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..errors import Problem
from ..messages import say
from ..report import Note, Outcome, Reason
from .interface import Invalid, Result, Run, Style, safe
from .json import safe_to_json, text_to_json, to_json
from .paths import line_of, relative
from .presentation import label, notes_of, told
from .trouble import trouble_of

_SEVERITIES = {
    ("required", "fail"): "critical",
    ("required", "undecided"): "major",
    ("advisory", "fail"): "minor",
    ("advisory", "undecided"): "info",
}


class GitlabOutput:
    """One array of findings, written as the results come in; what has no place in a file is on its first line."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._lang, self._write, self._first = style.lang, write, True

    def result(self, result: Result) -> None:
        if findings := ",\n  ".join(self._findings(result)):
            self._write(("[" if self._first else ",") + "\n  " + findings)
            self._first = False

    def end(self, summary: Counter[str]) -> None:
        self._write("[]\n" if self._first else "\n]\n")

    def _findings(self, result: Result) -> Iterator[str]:
        file, seen = _file(result.source or "application"), dict[str, int]()
        if isinstance(result, Invalid):
            for problem in result.errors:
                words = safe(label("outputs.invalid", self._lang) + problem.words(self._lang))
                yield _finding("invalid-file", "blocker", words, file, problem, to_json(problem.pointer or ""), seen)
            return
        for outcome in result.outcomes:
            way_out = self._way_out(outcome) if outcome.status == "fail" else ""
            for reason in outcome.reasons:
                words = told(outcome, reason, result, self._lang) + way_out
                severity = _SEVERITIES[outcome.level, outcome.status]
                # As JSON it holds nothing that would have to be spelt out.
                trouble = safe_to_json(trouble_of(outcome, reason, result))
                yield _finding(outcome.rule, severity, words, file, reason, trouble, seen)
        for note in notes_of(result):
            # What is noted of the whole run is no finding in a file.
            if isinstance(note.line, int):
                words = safe(label("outputs.note", self._lang) + note.message[self._lang])
                trouble = to_json(to_json([result.application_id, note.kind, note.pointer]))
                yield _finding(note.kind or "note", "info", words, file, note, trouble, seen)

    def _way_out(self, outcome: Outcome) -> str:
        remedy = label("outputs.way-out", self._lang) + outcome.remedy[self._lang]
        return say("punctuation.space", self._lang) + safe(remedy)


class _File(NamedTuple):
    """The file of a result: its path, the same as JSON, and the line on which the result begins."""

    path: str
    told: str
    line: int


def _file(source: str) -> _File:
    path = relative(source) or source
    return _File(path, safe_to_json(safe(path)), line_of(source) or 1)


def _finding(
    name: str, severity: str, words: str, file: _File, item: Reason | Note | Problem, trouble: str, seen: dict[str, int]
) -> str:
    """A finding whose `words` are `safe`, and whose `trouble` is JSON."""
    # The path, too: where each file is judged alone, two may have one application id.
    known = f"[{text_to_json(file.path)}, {text_to_json(name)}, {trouble}]"
    seen[known] = seen.get(known, 0) + 1
    fingerprint = hashlib.sha256(f"{known} {seen[known]}".encode(errors="surrogatepass")).hexdigest()[:32]
    lines = f'"begin": {item.line if isinstance(item.line, int) else file.line}'
    if isinstance(item.line, int) and isinstance(item.end_line, int):
        lines += f', "end": {item.end_line}'
    return (
        f'{{"description": {safe_to_json(words)}, "check_name": {text_to_json(name)}, '
        f'"fingerprint": "{fingerprint}", "severity": "{severity}", '
        f'"location": {{"path": {file.told}, "lines": {{{lines}}}}}}}'
    )
