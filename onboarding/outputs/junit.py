"""For the test pages of CI systems: JUnit XML, a suite a file and a case a rule.

By the schemas of both Ant and Jenkins. A required rule that refuses is a failure, one that is undecided an
error, and so is a file that could not be judged; only what a baseline lists is skipped, which Jenkins knows and
Ant's schema does not. An advisory rule fails no case: what it says stands in the suite's `system-out`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from ..messages import aside, labelled
from ..report import Outcome, Reason, Report
from .interface import Invalid, Result, Run, Style, safe
from .presentation import brand_of, evidence_of, is_known, kind_of, label, names_of, notes_of, place_of, waiting_of

_TAGS = {"fail": "failure", "undecided": "error"}


class JunitOutput:
    """A suite for each result, written as it comes in; no time is measured, so none is told."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._run, self._lang, self._write = run, style.lang, write
        self._suites = 0
        write('<?xml version="1.0" encoding="UTF-8"?>\n')
        self._open("testsuites")

    def result(self, result: Result) -> None:
        tags = Counter(["error"] if isinstance(result, Invalid) else (_tag(o, result) for o in result.outcomes))
        attributes = {
            "name": result.source or "application",
            "package": "",
            "id": str(self._suites),
            "tests": str(tags.total()),
            "failures": str(tags["failure"]),
            "errors": str(tags["error"]),
            "time": "0",
            "timestamp": f"{self._run.as_of.isoformat()}T00:00:00",
            "hostname": "localhost",
        }
        self._suites += 1
        with self._element("testsuite", attributes):
            with self._element("properties"):
                for name, value in self._about(result):
                    self._leaf("property", {"name": name, "value": value})
            if isinstance(result, Invalid):
                problems = [problem.said(self._lang) for problem in result.errors]
                self._case("application", result.source, ("error", "invalid", problems[0], problems))
            else:
                for outcome in result.outcomes:
                    self._judged(outcome, result)
            self._leaf("system-out", text=self._said(result) if isinstance(result, Report) else ())
            self._leaf("system-err")

    def end(self, summary: Counter[str]) -> None:
        self._close("testsuites")

    def _about(self, result: Result) -> Iterator[tuple[str, str]]:
        yield "verdict", result.verdict
        yield "as_of", self._run.as_of.isoformat()
        yield "ruleset", f"{self._run.ruleset.name} {self._run.ruleset.digest()}"
        yield "registry", self._run.registry.name if self._run.registry else ""
        if isinstance(result, Report):
            yield "subject_id", result.subject_id or ""
            yield "eligible_from", str(result.eligible_from or "")

    def _judged(self, outcome: Outcome, report: Report) -> None:
        source, tag = report.source or "application", _tag(outcome, report)
        if tag is None:
            self._case(outcome.rule, source, None)
            return
        lines = [outcome.title[self._lang] + aside(outcome.clause, self._lang), *self._reasons(outcome, report)]
        if outcome.status == "fail":
            lines.append(label("outputs.way-out", self._lang) + outcome.remedy[self._lang])
        self._case(outcome.rule, source, (tag, outcome.status, outcome.reasons[0].message[self._lang], lines))

    def _case(self, name: str, source: str, trouble: tuple[str, str, str, list[str]] | None) -> None:
        attributes = {"name": name, "classname": source, "time": "0"}
        if trouble is None:
            self._leaf("testcase", attributes)
            return
        tag, kind, message, lines = trouble
        with self._element("testcase", attributes):
            # Jenkins takes no attribute of what is skipped.
            self._leaf(tag, {} if tag == "skipped" else {"type": kind, "message": message}, lines)

    def _said(self, report: Report) -> Iterator[str]:
        """What decides nothing, and when waiting cures a refusal."""
        if names := names_of(report):
            yield " · ".join(names)
        for outcome in report.outcomes:
            quiet = outcome.level == "advisory" and outcome.status in ("fail", "undecided")
            if quiet or outcome.status == "not_in_force":
                rule = labelled(outcome.rule, self._lang)
                yield f"{label(f'outputs.{kind_of(outcome)}', self._lang)}{rule}{outcome.title[self._lang]}"
                yield from self._reasons(outcome, report)
        if waiting := waiting_of(report, self._lang):
            yield waiting
        for note in notes_of(report):
            place = f"{place_of(note)}: " if place_of(note) else ""
            yield f"{label('outputs.note', self._lang)}{place}{note.message[self._lang]}"

    def _reasons(self, outcome: Outcome, report: Report) -> Iterator[str]:
        for reason in outcome.reasons:
            yield self._reason(reason, report)

    def _reason(self, reason: Reason, report: Report) -> str:
        name = brand_of(reason.pointer, report)
        text = (label("outputs.brand", self._lang, name=name) if name else "") + reason.message[self._lang]
        if reason.evidence:
            text += aside(label("outputs.evidence", self._lang) + evidence_of(reason, self._lang), self._lang)
        return f"{report.source}:{place_of(reason)}: {text}"

    @contextmanager
    def _element(self, name: str, attributes: dict[str, str] | None = None) -> Iterator[None]:
        """An element of elements, each on lines of its own."""
        self._open(name, attributes)
        yield
        self._close(name)

    def _open(self, name: str, attributes: dict[str, str] | None = None) -> None:
        self._write(f"<{name}{_written(attributes)}>\n")

    def _close(self, name: str) -> None:
        self._write(f"</{name}>\n")

    def _leaf(self, name: str, attributes: dict[str, str] | None = None, text: Iterable[str] = ()) -> None:
        """An element of text alone, given in lines."""
        inner = escape("\n".join(map(safe, text)))
        self._write(f"<{name}{_written(attributes)}" + (f">{inner}</{name}>\n" if inner else "/>\n"))


def _tag(outcome: Outcome, report: Report) -> str | None:
    tag = _TAGS.get(outcome.status) if outcome.level == "required" else None
    return "skipped" if tag and is_known(report) else tag


def _written(attributes: dict[str, str] | None) -> str:
    return "".join(f" {name}={_quoted(value)}" for name, value in attributes.items()) if attributes else ""


@lru_cache(maxsize=128)
def _quoted(value: str) -> str:
    return quoteattr(safe(value))
