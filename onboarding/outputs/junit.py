"""For the test pages of CI systems: JUnit XML, a suite a file and a case a rule.

By the schemas of both Ant and Jenkins. A required rule that refuses is a failure, one that is undecided an
error, and so is a file that could not be judged; nothing is skipped. An advisory rule fails no case: what it
says stands in the suite's `system-out`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape, quoteattr

from ..report import Outcome, Reason, Report
from .interface import Invalid, Result, Run, Style, safe
from .presentation import brand_of, evidence_of, kind_of, label, names_of, notes_of, place_of, say, waiting_of

_TAGS = {"fail": "failure", "undecided": "error"}


class JunitOutput:
    """A suite for each result, written as it comes in; no time is measured, so none is told."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._run, self._lang, self._write = run, style.lang, write
        self._suites = 0
        write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n')

    def result(self, result: Result) -> None:
        if isinstance(result, Invalid):
            problems = [safe(problem.said(self._lang)) for problem in result.errors]
            cases = [self._case("application", result.source, ("error", "invalid", problems[0], problems))]
            self._suite(result, cases, failures=0, errors=1, said=[])
            return
        shown = [(outcome, self._tag(outcome)) for outcome in result.outcomes]
        cases = [self._judged(outcome, tag, result) for outcome, tag in shown]
        tags = Counter(tag for _, tag in shown)
        self._suite(result, cases, tags["failure"], tags["error"], list(self._said(result)))

    def end(self, summary: Counter[str]) -> None:
        self._write("</testsuites>\n")

    def _suite(self, result: Result, cases: list[str], failures: int, errors: int, said: list[str]) -> None:
        attributes = {
            "name": result.source or "application",
            "package": "",
            "id": str(self._suites),
            "tests": str(len(cases)),
            "failures": str(failures),
            "errors": str(errors),
            "time": "0",
            "timestamp": f"{self._run.as_of.isoformat()}T00:00:00",
            "hostname": "localhost",
        }
        self._suites += 1
        properties = "".join(f"<property{_attributes({'name': k, 'value': v})}/>\n" for k, v in self._about(result))
        self._write(
            f"<testsuite{_attributes(attributes)}>\n<properties>\n{properties}</properties>\n{''.join(cases)}"
            f"<system-out>{_text(said)}</system-out>\n<system-err></system-err>\n</testsuite>\n"
        )

    def _about(self, result: Result) -> Iterator[tuple[str, str]]:
        yield "verdict", result.verdict
        yield "as_of", self._run.as_of.isoformat()
        yield "ruleset", f"{self._run.ruleset['id']} {self._run.ruleset['digest']}"
        yield "registry", self._run.registry["source"] if self._run.registry else ""
        if isinstance(result, Report):
            yield "subject_id", result.subject_id or ""
            yield "eligible_from", str(result.eligible_from or "")

    def _tag(self, outcome: Outcome) -> str | None:
        return _TAGS.get(outcome.status) if outcome.level == "required" else None

    def _judged(self, outcome: Outcome, tag: str | None, report: Report) -> str:
        source = report.source or "application"
        if tag is None:
            return self._case(outcome.rule, source, None)
        lines = [f"{outcome.title[self._lang]} ({outcome.clause})", *self._reasons(outcome, report)]
        if outcome.status == "fail":
            lines.append(f"{label('way out', self._lang)}{outcome.remedy[self._lang]}")
        return self._case(outcome.rule, source, (tag, outcome.status, outcome.reasons[0].message[self._lang], lines))

    def _case(self, name: str, source: str, trouble: tuple[str, str, str, list[str]] | None) -> str:
        opening = f"<testcase{_attributes({'name': name, 'classname': source, 'time': '0'})}"
        if trouble is None:
            return f"{opening}/>\n"
        tag, kind, message, lines = trouble
        return (
            f"{opening}>\n<{tag}{_attributes({'type': kind, 'message': message})}>{_text(lines)}</{tag}>\n</testcase>\n"
        )

    def _said(self, report: Report) -> Iterator[str]:
        """What decides nothing, and when waiting cures a refusal."""
        if names := names_of(report):
            yield " · ".join(names)
        for outcome in report.outcomes:
            quiet = outcome.level == "advisory" and outcome.status in ("fail", "undecided")
            if quiet or outcome.status == "not_in_force":
                yield f"{label(kind_of(outcome), self._lang)}{outcome.rule}: {outcome.title[self._lang]}"
                yield from self._reasons(outcome, report)
        if waiting := waiting_of(report, self._lang):
            yield waiting
        for note in notes_of(report, self._run):
            place = f"{place_of(note)}: " if place_of(note) else ""
            yield f"{label('note', self._lang)}{place}{note.message[self._lang]}"

    def _reasons(self, outcome: Outcome, report: Report) -> Iterator[str]:
        for reason in outcome.reasons:
            yield self._reason(reason, report)

    def _reason(self, reason: Reason, report: Report) -> str:
        name = brand_of(reason.pointer, report)
        brand = say("brand", self._lang, name=name) if name else ""
        evidence = f" ({label('evidence', self._lang)}{evidence_of(reason)})" if reason.evidence else ""
        return f"{report.source}:{place_of(reason)}: {brand}{reason.message[self._lang]}{evidence}"


def _attributes(values: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(safe(value))}" for name, value in values.items())


def _text(lines: list[str]) -> str:
    return escape("\n".join(map(safe, lines)))
