"""For GitHub Actions: annotations by workflow commands, and a summary of the job in Markdown.

GitHub shows ten errors, ten warnings and ten notices of a step; so refusals come first, and each file's first
one before any file's second. The log holds them all, and the summary says them all.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ..errors import OnboardingError, Problem
from ..files import os_problem
from ..messages import aside, say
from ..report import Note, Outcome, Reason, Report
from .buffer import Buffer
from .files import without_waiting
from .interface import Invalid, Result, Run, Style, safe
from .kept import Kept, Records
from .markdown import SUMMARY_LIMIT, Page
from .paths import line_of, relative
from .presentation import (
    brand_of,
    brands_label,
    counts,
    group_by_reason,
    is_known,
    judged_on,
    kind_of,
    label,
    name_of,
    notes_of,
    noteworthy,
    place_of,
    records_told,
)

SHOWN = 10  # annotations of each kind that GitHub shows of one step

_NEW_LINE = "%0A"  # within the text of a command
_COMMANDS = ("error", "warning", "notice")
# What is said, the gravest first, and by which command.
_KINDS = {"fail": "error", "invalid": "error", "undecided": "warning", "warning": "warning", "note": "notice"}
_TURNS = {kind: (_COMMANDS.index(command), turn) for turn, (kind, command) in enumerate(_KINDS.items())}


class GithubOutput:
    """The commands, then one line of counts; and the summary where GITHUB_STEP_SUMMARY says."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._run, self._lang, self._write = run, style.lang, write
        self._summary = os.environ.get("GITHUB_STEP_SUMMARY")
        self._page = Page(run, style)
        self._records = Kept[Records, str](self._records_told)
        self._lines: dict[tuple[int, int, int], Buffer] = defaultdict(Buffer)

    def result(self, result: Result) -> None:
        if self._summary:
            self._page.add(result)
        before: Counter[str] = Counter()
        for kind, command in self._commands(result):
            # What comes after those that GitHub shows stays in the order of the files.
            by_command, by_kind = _TURNS[kind]
            self._lines[by_command, min(before[kind], SHOWN), by_kind].add(command + "\n")
            before[kind] += 1

    def end(self, summary: Counter[str]) -> None:
        note = self._unseen()
        for turn in sorted(self._lines):
            for text in self._lines[turn].parts():
                self._write(text)
        if note:
            self._write(note + "\n")
        about = (judged_on(self._run, self._lang), self._run.ruleset.name)
        joined = say("punctuation.clause-separator", self._lang).join(about)
        self._write(safe(counts(summary, self._lang) + aside(joined, self._lang)) + "\n")
        if self._summary:
            self._append(Path(self._summary), summary)

    def _append(self, path: Path, summary: Counter[str]) -> None:
        try:
            with open(
                path, "a", encoding="utf-8", errors="backslashreplace", newline="\n", opener=without_waiting
            ) as file:
                room = SUMMARY_LIMIT - file.tell()
                text = self._page.text(summary, room, _size)
                # Too much, and GitHub would drop what other commands of the step wrote there, too.
                file.write(text if _size(text) <= room else "")
        except OSError as error:
            raise OnboardingError(os_problem(error, str(path))) from None

    def _unseen(self) -> str:
        """Which annotations GitHub will not show."""
        made: Counter[int] = Counter()
        for (command, *_), lines in self._lines.items():
            made[command] += lines.count
        over = [
            say(f"outputs.hidden-{_COMMANDS[kind]}", self._lang, n=n - SHOWN)
            for kind, n in sorted(made.items())
            if n > SHOWN
        ]
        if not over:
            return ""
        rest = say("punctuation.list-separator", self._lang).join(over)
        return say("outputs.more-in-log", self._lang, shown=SHOWN, rest=rest)

    def _commands(self, result: Result) -> Iterator[tuple[str, str]]:
        file = _file(result.source or "application")
        if isinstance(result, Invalid):
            for problem in result.errors:
                title = say("outputs.invalid", self._lang)
                yield "invalid", _command("error", file, problem, title, _data(problem.words(self._lang)))
            return
        for group in group_by_reason(noteworthy(result.outcomes)):
            required = any(outcome.level == "required" for outcome in group)
            kind = kind_of(group[0]) if required or group[0].status == "fail" else "note"
            kind = "note" if is_known(result) else kind
            title, behind = self._title(group), self._behind(group[0], result)
            for reason in group[0].reasons:
                name = None if len(group) > 1 else brand_of(reason.pointer, result)
                yield kind, _command(_KINDS[kind], file, reason, title, self._text(reason, name) + behind)
        for note in notes_of(result):
            title, words = say("outputs.note", self._lang), note.message[self._lang]
            yield "note", _command("notice", file, note, title, _data(words))

    def _title(self, group: list[Outcome]) -> str:
        names = say("punctuation.list-separator", self._lang).join(map(name_of, group))
        return f"{label(f'outputs.{kind_of(group[0])}', self._lang)}{names}"

    def _text(self, reason: Reason, brand: str | None) -> str:
        """Which brand, why, and by which records."""
        told = _data((brands_label(1, brand, self._lang) if brand else "") + reason.message[self._lang])
        return told + _NEW_LINE + self._records(reason.evidence) if reason.evidence else told

    def _behind(self, outcome: Outcome, report: Report) -> str:
        """What is said behind each reason of `outcome`: the way out, and what waiting does."""
        lines: list[str] = []
        if outcome.status == "fail":
            lines.append(_data(f"{label('outputs.way-out', self._lang)}{outcome.remedy[self._lang]}"))
        if kind_of(outcome) == "fail" and report.eligible_from:
            lines.append(_data(say("outputs.eligible", self._lang, day=report.eligible_from)))
        return "".join(_NEW_LINE + line for line in lines)

    def _records_told(self, records: Records) -> str:
        return _data(label("outputs.evidence", self._lang) + records_told(records, self._lang))


class _File(NamedTuple):
    """The file of a result: its name, its path where it is below the checkout, the line on which the result begins."""

    name: str
    path: str | None
    line: int | None


def _file(source: str) -> _File:
    return _File(source, relative(source) if source != "-" else None, line_of(source))


def _command(name: str, file: _File, item: Reason | Note | Problem, title: str, text: str) -> str:
    """A command whose `text` is in the form of `_data`."""
    properties = {} if file.path is None else {"file": file.path}
    if file.path is not None and not isinstance(item.line, int) and file.line:
        properties["line"] = str(file.line)
    elif file.path is not None and isinstance(item.line, int):
        properties["line"] = str(item.line)
        if isinstance(item.end_line, int):
            properties["endLine"] = str(item.end_line)
        # GitHub takes columns only within one line.
        if item.end_line == item.line or not isinstance(item.end_line, int):
            columns = {"col": item.column, "endColumn": item.end_column}
            properties |= {key: str(column) for key, column in columns.items() if isinstance(column, int)}
    properties["title"] = title
    place = place_of(item)
    where = place if file.path is not None else f"{file.name} {place}" if place else file.name
    said = ",".join([f"{key}={_property(value)}" for key, value in properties.items()])
    return f"::{name} {said}::{_data(f'{where}: ') if where else ''}{text}"


def _size(text: str) -> int:
    return len(text.encode(errors="backslashreplace"))


# Of thousands of results much is said alike.
@lru_cache(maxsize=128)
def _data(text: str) -> str:
    return _NEW_LINE.join([safe(line) for line in text.replace("%", "%25").split("\n")])


@lru_cache(maxsize=128)
def _property(text: str) -> str:
    return safe(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
