"""For the test pages of CI systems: JUnit XML, a suite a file and a case a rule.

By the schemas of both Ant and Jenkins. A required rule that refuses is a failure, one that is undecided an
error, and so is a file that could not be judged; only what a baseline lists is skipped, which Jenkins knows and
Ant's schema does not. An advisory rule fails no case: what it says stands in the suite's `system-out`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from xml.sax.saxutils import escape, quoteattr

from ..messages import aside, labelled
from ..report import Outcome, Report
from .interface import Invalid, Result, Run, Style, safe, safe_joined
from .presentation import because, is_known, kind_of, label, names_of, notes_of, place_of, waiting_of

_TAGS = {"fail": "failure", "undecided": "error"}


class JunitOutput:
    """A suite for each result, written as it comes in; no time is measured, so none is told."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._run, self._lang, self._write = run, style.lang, write
        self._suites = 0
        write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n')

    def result(self, result: Result) -> None:
        self._write("".join(self._suite(result)))
        self._suites += 1

    def end(self, summary: Counter[str]) -> None:
        self._write("</testsuites>\n")

    def _suite(self, result: Result) -> Iterator[str]:
        source = result.source or "application"
        tags = ["error"] if isinstance(result, Invalid) else _tags(result)
        yield (
            f'<testsuite name={_quoted(source)} package="" id="{self._suites}" tests="{len(tags)}" '
            f'failures="{tags.count("failure")}" errors="{tags.count("error")}" time="0" '
            f'timestamp="{self._run.as_of.isoformat()}T00:00:00" hostname="localhost">\n'
        )
        yield f"<properties>\n{_property('verdict', result.verdict)}{self._about_run}"
        if isinstance(result, Invalid):
            problems = [problem.said(self._lang) for problem in result.errors]
            yield "</properties>\n"
            yield _case("application", source, ("error", "invalid", problems[0], map(safe, problems)))
            yield "<system-out/>\n"
        else:
            yield _property("subject_id", result.subject_id or "")
            yield _property("eligible_from", str(result.eligible_from or "")) + "</properties>\n"
            for outcome, tag in zip(result.outcomes, tags, strict=True):
                yield _case(outcome.rule, source, (tag, *self._trouble(outcome, result)) if tag else None)
            yield _leaf("system-out", self._said(result))
        yield "<system-err/>\n</testsuite>\n"

    @cached_property
    def _about_run(self) -> str:
        run = self._run
        return (
            _property("as_of", run.as_of.isoformat())
            + _property("ruleset", f"{run.ruleset.name} {run.ruleset.digest()}")
            + _property("registry", run.registry.name if run.registry else "")
        )

    def _trouble(self, outcome: Outcome, report: Report) -> tuple[str, str, list[str]]:
        """What kind of trouble a rule makes, why, and what is to be said of it."""
        lines = [safe(outcome.title[self._lang] + aside(outcome.clause, self._lang)), *self._reasons(outcome, report)]
        if outcome.status == "fail":
            lines.append(safe(label("outputs.way-out", self._lang) + outcome.remedy[self._lang]))
        return outcome.status, outcome.reasons[0].message[self._lang], lines

    def _said(self, report: Report) -> Iterator[str]:
        """What decides nothing, and when waiting cures a refusal."""
        if names := names_of(report):
            yield safe(" · ".join(names))
        for outcome in report.outcomes:
            quiet = outcome.level == "advisory" and outcome.status in ("fail", "undecided")
            if quiet or outcome.status == "not_in_force":
                rule = labelled(outcome.rule, self._lang)
                yield safe(f"{label(f'outputs.{kind_of(outcome)}', self._lang)}{rule}{outcome.title[self._lang]}")
                yield from self._reasons(outcome, report)
        if waiting := waiting_of(report, self._lang):
            yield safe(waiting)
        for note in notes_of(report):
            place = f"{place_of(note)}: " if place_of(note) else ""
            yield safe(f"{label('outputs.note', self._lang)}{place}{note.message[self._lang]}")

    def _reasons(self, outcome: Outcome, report: Report) -> Iterator[str]:
        for reason in outcome.reasons:
            place = place_of(reason)
            where = safe(f"{report.source}:{place}: " if place else f"{report.source}: ")
            yield safe_joined(where, because(reason, report, self._lang))


def _tags(report: Report) -> list[str | None]:
    """How the case of each rule is told; None where it is in order, or in trouble that fails no case."""
    known = is_known(report)
    tags = [_TAGS.get(outcome.status) if outcome.level == "required" else None for outcome in report.outcomes]
    return [tag and "skipped" for tag in tags] if known else tags


def _case(name: str, source: str, trouble: tuple[str, str, str, Iterable[str]] | None) -> str:
    head = f'<testcase name={_quoted(name)} classname={_quoted(source)} time="0"'
    if trouble is None:
        return f"{head}/>\n"
    tag, kind, message, lines = trouble
    # Jenkins takes no attribute of what is skipped.
    why = "" if tag == "skipped" else f' type="{kind}" message={_quoted(message)}'
    return f"{head}>\n{_leaf(tag, lines, why)}</testcase>\n"


def _property(name: str, value: str) -> str:
    return f'<property name="{name}" value={_quoted(value)}/>\n'


def _leaf(name: str, lines: Iterable[str], attributes: str = "") -> str:
    """An element of text alone, given in lines that are `safe`."""
    inner = escape("\n".join(lines))
    return f"<{name}{attributes}" + (f">{inner}</{name}>\n" if inner else "/>\n")


@lru_cache(maxsize=128)
def _quoted(value: str) -> str:
    return quoteattr(safe(value))
