"""For merge requests on GitLab: a Code Quality report, by https://docs.gitlab.com/ci/testing/code_quality/.

GitLab compares the reports of two branches by fingerprint, so that what a merge request brings is told apart from
what was there. Its severities say how grave a thing is, from `blocker` (a file that nobody could judge) to `info`.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import Problem
from ..messages import say
from ..report import Note, Reason, Report
from .interface import Invalid, Result, Run, Style, safe
from .json import to_json
from .paths import line_of, relative
from .presentation import label, notes_of, told, trouble_of

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
        for finding in self._findings(result):
            self._write(("[" if self._first else ",") + "\n  " + to_json(finding))
            self._first = False

    def end(self, summary: Counter[str]) -> None:
        self._write("[]\n" if self._first else "\n]\n")

    def _findings(self, result: Result) -> Iterator[dict[str, Any]]:
        source, seen = result.source or "application", Counter[str]()
        if isinstance(result, Invalid):
            for problem in result.errors:
                words = label("outputs.invalid", self._lang) + problem.words(self._lang)
                yield _finding("invalid-file", "blocker", words, source, problem, problem.pointer or "", seen)
            return
        for outcome in result.outcomes:
            for reason in outcome.reasons:
                words = told(outcome, reason, result, self._lang)
                if outcome.status == "fail":
                    remedy = label("outputs.way-out", self._lang) + outcome.remedy[self._lang]
                    words += say("punctuation.space", self._lang) + remedy
                severity = _SEVERITIES[outcome.level, outcome.status]
                trouble = trouble_of(outcome, reason, result)
                yield _finding(outcome.rule, severity, words, source, reason, trouble, seen)
        for note in notes_of(result):
            # What is noted of the whole run is no finding in a file.
            if isinstance(note.line, int):
                words = label("outputs.note", self._lang) + note.message[self._lang]
                yield _finding(note.kind or "note", "info", words, source, note, _trouble_noted(note, result), seen)


def _trouble_noted(note: Note, report: Report) -> str:
    return to_json([report.application_id, note.kind, note.pointer])


def _finding(
    name: str, severity: str, words: str, source: str, item: Reason | Note | Problem, trouble: str, seen: Counter[str]
) -> dict[str, Any]:
    path = relative(source) or source
    # The path, too: where each file is judged alone, two may have one application id.
    known = to_json([path, name, trouble])
    seen[known] += 1
    return {
        "description": safe(words),
        "check_name": name,
        "fingerprint": hashlib.sha256(f"{known} {seen[known]}".encode(errors="surrogatepass")).hexdigest()[:32],
        "severity": severity,
        "location": {"path": safe(path), "lines": _lines(item, source)},
    }


def _lines(item: Reason | Note | Problem, source: str) -> dict[str, int]:
    if not isinstance(item.line, int):
        return {"begin": line_of(source) or 1}
    return {"begin": item.line} | ({"end": item.end_line} if isinstance(item.end_line, int) else {})
