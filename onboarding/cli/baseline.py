"""Refusals that are known: `--write-baseline` lists them, and those that `--baseline` finds listed stop no run.

An entry holds for an application with the very content that it was written for, by `content_digest`, and for the rules,
statuses and places that it lists: whoever edits a listed application, even to the better, is judged anew, and so is a
listed one that another rule refuses, or the same rule at another brand. A file that is no application is never listed.
"""

from collections.abc import Iterator
from datetime import date

import msgspec
from msgspec import Struct

from ..errors import OnboardingError, Problem
from ..files import os_problem, read_file
from ..identity import normal_text
from ..messages import Text, listed, text
from ..models import Application, content_digest
from ..outputs.json import to_json
from ..report import Note, Report

SCHEMA_VERSION, MAX_BYTES = 1, 1 << 26


class Trouble(Struct, frozen=True, order=True):
    """A required rule that does not hold, and what of the application or which fact it points at."""

    rule: str
    status: str
    pointer: str


class Entry(Struct, frozen=True):
    """What is known of one application; `source` is the file that it stood in, for people."""

    source: str
    application_id: str
    content: str
    troubles: tuple[Trouble, ...]


class Baseline(Struct, frozen=True):
    """A list of what is known, by a ruleset's id."""

    schema_version: int
    ruleset: str
    as_of: date
    known: tuple[Entry, ...]


class Comparison:
    """What comes of `baseline`, the reports of a run being told one by one."""

    def __init__(self, baseline: Baseline) -> None:
        self._listed: dict[tuple[str, str], set[Trouble]] = {}
        for entry in baseline.known:
            self._listed.setdefault((_id(entry.application_id), entry.content), set()).update(entry.troubles)
        self._entries = baseline.known
        self._seen: dict[str, set[Trouble]] = {}

    def compare(self, report: Report, application: Application) -> Report:
        """`report` on `application`, with a note where all that keeps it from passing is known."""
        found, key = set(troubles_of(report)), (_id(application.application_id), content_digest(application))
        self._seen.setdefault(key[0], set()).update(found)
        if report.passed or not found <= self._listed.get(key, set()):
            return report
        return report.noted((Note(text("cli.baseline-known"), kind="baseline"),))

    def told(self, known: int, new: int) -> Iterator[Text]:
        """What there is to say at the end: each that is cured, and how many are `known`, `new`, cured, not judged."""
        cured_ones = gone = 0
        for entry in self._entries:
            now = self._seen.get(_id(entry.application_id))
            if now is None:
                gone += 1
            elif cured := sorted({t.rule for t in entry.troubles} - {t.rule for t in now}):
                cured_ones += 1
                yield text("cli.baseline-cured", source=entry.source, rules=listed(cured))
        yield text("cli.baseline-counts", known=known, new=new, cured=cured_ones, gone=gone)


class NewBaseline:
    """A baseline of what `ruleset` finds on `day`, to be written."""

    def __init__(self, ruleset: str, day: date) -> None:
        self._ruleset, self._day = ruleset, day
        self._entries: list[Entry] = []

    def add(self, report: Report, application: Application) -> None:
        """Make what keeps `report` on `application` from passing known."""
        troubles = tuple(troubles_of(report))
        digest = content_digest(application)
        self._entries.append(Entry(report.source or "", application.application_id, digest, troubles))

    def text(self) -> str:
        """The text of the file."""
        whole = Baseline(SCHEMA_VERSION, self._ruleset, self._day, tuple(self._entries))
        return to_json(msgspec.to_builtins(whole), indent=2) + "\n"


def troubles_of(report: Report) -> list[Trouble]:
    """What keeps `report` from being a pass."""
    return sorted(
        {
            Trouble(outcome.rule, outcome.status, pointer)
            for outcome in (*report.failures, *report.undecided)
            for pointer in ([reason.pointer for reason in outcome.reasons] or [""])
        }
    )


def compare_with(path: str, ruleset: str) -> Comparison:
    """A comparison with the baseline in the file at `path`, which `ruleset` must have found.

    Raises OnboardingError where it is no baseline, or one of another ruleset.
    """
    try:
        data = read_file(path, MAX_BYTES)
        found = msgspec.json.decode(data, type=Baseline)
    except OSError as error:
        raise OnboardingError(os_problem(error, path)) from None
    # What is too long ends in the midst of it.
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        hint = text("cli.baseline-hint")
        raise OnboardingError(Problem(text("cli.no-baseline"), source=path, hint=hint)) from None
    if found.schema_version != SCHEMA_VERSION:
        raise OnboardingError(Problem(text("cli.baseline-version"), source=path))
    if found.ruleset != ruleset:
        said = text("cli.baseline-ruleset", theirs=found.ruleset, ours=ruleset)
        raise OnboardingError(Problem(said, source=path))
    return Comparison(found)


def _id(application_id: str) -> str:
    return normal_text(application_id)
