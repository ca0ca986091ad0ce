"""For code scanning and editors: SARIF 2.1.0, written at the end, when all notifications are known.

A refusal is an `error`, an undecided rule or a failing advisory one a `warning`, an undecided advisory one a
`note`. What is undecided is not of SARIF's kind `open`: viewers hide that, and it would look clean. Files that
could not be judged, and notes, are notifications of the tool, and so is how many results were left out where there are
thousands. What a baseline lists is suppressed.
"""

import hashlib
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from ..errors import Problem
from ..messages import Lang, say
from ..report import Note, Outcome, Reason, Report
from .buffer import Buffer
from .interface import Invalid, Result, RuleAbout, Run, Style, safe
from .json import safe_to_json, text_to_json, to_json
from .kept import Kept, Records
from .paths import line_of, to_uri
from .presentation import is_known, judged_on, notes_of, told
from .trouble import trouble_of

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
_LEVELS = {
    ("required", "fail"): "error",
    ("required", "undecided"): "warning",
    ("advisory", "fail"): "warning",
    ("advisory", "undecided"): "note",
}
_NOTIFICATIONS, _RESULTS = "toolExecutionNotifications", "results"
FINGERPRINT = "onboardCheckReason/v1"
# Of a level. GitHub's code scanning shows the gravest 5,000 of a log and turns down one of more than 25,000.
MOST_RESULTS = 5000
# Line and column, end line and end column, as far as they are known.
_Region = tuple[int | None, int | None, int | None, int | None]
_URI = '"uri": 0'
_LITERAL = (("[", "\\["), ("]", "\\]"), ("{", "{{"), ("}", "}}"))


class SarifOutput:
    """One SARIF log with one run; columns count Unicode characters."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._run, self._lang, self._write = run, style.lang, write
        self._positions = {rule.id: index for index, rule in enumerate(run.rules)}
        self._results, self._notifications = Buffer(), Buffer()
        self._of_level: Counter[str] = Counter()
        # Each of thousands of shops of one subject rests on the same records.
        self._records = Kept[Records, str](_records)
        # Most reasons and notes of a result have no place in its file.
        self._placed = lru_cache(maxsize=16)(_placed)

    def result(self, result: Result) -> None:
        if isinstance(result, Invalid):
            for problem in result.errors:
                self._notify("error", problem.words(self._lang), result.source, problem)
            return
        for note in notes_of(result):
            self._notify("note", note.message[self._lang], result.source, note)
        seen: Counter[str] = Counter()
        for outcome in result.outcomes:
            for reason in outcome.reasons:
                level = _LEVELS[outcome.level, outcome.status]
                self._of_level[level] += 1
                if self._of_level[level] <= MOST_RESULTS:
                    _keep(self._results, self._finding(level, outcome, reason, result, seen), _OF_RESULTS)

    def end(self, summary: Counter[str]) -> None:
        run = self._run
        if run.past:
            self._notify("note", judged_on(run, self._lang), None, None)
        if more := sum(max(0, found - MOST_RESULTS) for found in self._of_level.values()):
            self._notify("warning", say("outputs.results-more", self._lang, n=more, shown=MOST_RESULTS), None, None)
        rules = [_rule(rule, self._lang) for rule in run.rules]
        about = {
            "tool": {"driver": {"name": "onboard-check", "version": run.version, "rules": rules}},
            "language": "zh-CN" if self._lang == "zh" else "en",
            "columnKind": "unicodeCodePoints",
            "automationDetails": {"id": f"onboard-check/{run.ruleset.name}/"},
            "originalUriBaseIds": {ROOT: {"description": {"text": say("outputs.root", self._lang)}}},
            "invocations": [
                {
                    # Some file could not be judged: what this log lacks is then no sign of health.
                    "executionSuccessful": not summary["invalid"],
                    _NOTIFICATIONS: [],
                }
            ],
            "properties": {
                "as_of": run.as_of.isoformat(),
                "past": run.past,
                **run.origins(),
                "summary": dict(summary),
            },
            _RESULTS: [],
        }
        text = to_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [about]}, indent=2) + "\n"
        for key, items in ((_NOTIFICATIONS, self._notifications), (_RESULTS, self._results)):
            # No text can hold this: within one, a quotation mark has a backslash before it.
            before, empty, text = text.partition(f'"{key}": []')
            self._write(before + empty.removesuffix("]"))
            for part in items.parts():
                self._write(part)
            self._write((before[before.rfind("\n") :] if items.count else "") + "]")
        self._write(text)

    def _notify(self, level: str, text: str, source: str | None, item: Problem | Note | None) -> None:
        words = safe_to_json(safe(text))
        if source is not None and item is not None:
            region = (item.line, item.column, item.end_line, item.end_column)
            notification = _NOTIFICATION % (level, words, self._placed(source, region, self._lang).noted)
        else:
            notification = _laid_out({"level": level, "message": {"text": safe(text)}}, _OF_NOTIFICATIONS)
        _keep(self._notifications, notification, _OF_NOTIFICATIONS)

    def _finding(self, level: str, outcome: Outcome, reason: Reason, report: Report, seen: Counter[str]) -> str:
        """A result as it is to stand among the others, put together from what is laid out already."""
        region = (reason.line, reason.column, reason.end_line, reason.end_column)
        placed = self._placed(report.source or "application", region, self._lang)
        records = self._records(reason.evidence) if reason.evidence and _is_of_facts(reason.pointer) else ""
        finding = _FINDING % (
            text_to_json(outcome.rule),
            self._positions[outcome.rule],
            level,
            safe_to_json(_literal(told(outcome, reason, report, self._lang))),
            f"{placed.before}{_pointed_at(reason.pointer)}{records}{placed.behind}",
            _fingerprint(outcome, reason, report, seen),
            outcome.status,
            safe_to_json(safe(report.application_id)),
        )
        return _SUPPRESSED + finding[1:] if is_known(report) else finding


# How many levels deep results, notifications, and the logical locations of results stand in the log.
_OF_RESULTS, _OF_NOTIFICATIONS, _OF_LOGICAL = 4, 6, 8


def _margin(depth: int) -> str:
    return "\n" + "  " * depth


def _laid_out(value: Any, depth: int) -> str:
    """`value` as JSON, as it is to stand that many levels deep."""
    return to_json(value, indent=2).replace("\n", _margin(depth))


def _keep(items: Buffer, laid_out: str, depth: int) -> None:
    """Keep what is to stand in an array, that many levels deep."""
    items.add(("," if items.count else "") + _margin(depth) + laid_out)


# What all results have in common; a 0 is a value of any kind.
_FINDING = _laid_out(
    {
        "ruleId": 0,
        "ruleIndex": 0,
        "level": "%s",
        "message": {"text": 0},
        "locations": 0,
        "partialFingerprints": {FINGERPRINT: "%s"},
        "properties": {"status": "%s", "application_id": 0},
    },
    _OF_RESULTS,
).replace(": 0", ": %s")
_NOTIFICATION = _laid_out({"level": "%s", "message": {"text": 0}, "locations": 0}, _OF_NOTIFICATIONS).replace(
    ": 0", ": %s"
)
_SUPPRESSED = (
    _laid_out({"suppressions": [{"kind": "external"}]}, _OF_RESULTS).removesuffix(_margin(_OF_RESULTS) + "}") + ","
)


def _rule(rule: RuleAbout, lang: Lang) -> dict[str, Any]:
    title = safe(rule.title[lang])
    return {
        "id": rule.id,
        "shortDescription": {"text": title},
        # GitHub's code scanning asks for it.
        "fullDescription": {"text": safe(say("punctuation.space", lang).join(words[lang] for words in rule.why))},
        "help": {
            "text": say("punctuation.sentences", lang, first=title, second=safe(rule.remedy[lang])),
            "markdown": _safe_lines(rule.page()),
        },
        "defaultConfiguration": {
            "level": "error" if rule.level == "required" else "warning",
            "enabled": rule.in_force,
        },
        "properties": {"tags": [rule.level, *safe(rule.clause).split(", ")]},
    }


class _Placed(NamedTuple):
    """The one location of a notification, and what that of a result says before its logical ones, and after them."""

    noted: str
    before: str
    behind: str


def _placed(source: str, region: _Region, lang: Lang) -> _Placed:
    if source == "-":
        return _around({"message": {"text": say("outputs.standard-input", lang)}})
    uri = to_uri(source)
    placed = _in_a_file(
        not uri.startswith("file:"), region if isinstance(region[0], int) else (line_of(source), None, None, None)
    )
    return _Placed(*(part.replace(_URI, f'"uri": "{uri}"') for part in placed))


# Of thousands of results each is in a file of its own.
@lru_cache(maxsize=16)
def _in_a_file(is_relative: bool, region: _Region) -> _Placed:
    """What `_URI` stands in for the URI of the file."""
    physical: dict[str, Any] = {"artifactLocation": {"uri": 0} | ({"uriBaseId": ROOT} if is_relative else {})}
    names = ("startLine", "startColumn", "endLine", "endColumn")
    if known := {name: place for name, place in zip(names, region, strict=True) if isinstance(place, int)}:
        physical["region"] = known
    return _around({"physicalLocation": physical})


def _around(location: dict[str, Any]) -> _Placed:
    noted = _laid_out([location], _OF_NOTIFICATIONS + 1)
    before, found, behind = _laid_out([location | {"logicalLocations": []}], _OF_RESULTS + 1).rpartition("[]")
    return _Placed(noted, before + found[0], _margin(_OF_LOGICAL - 1) + found[1] + behind)


@lru_cache(maxsize=128)
def _pointed_at(pointer: str) -> str:
    """The field or the fact that a reason points at, as the first logical location."""
    return _margin(_OF_LOGICAL) + _laid_out({"fullyQualifiedName": safe(pointer), "kind": "property"}, _OF_LOGICAL)


def _is_of_facts(pointer: str) -> bool:
    """Whether `pointer` points at what is counted from records."""
    return pointer.split("/")[1:2] == ["facts"]


def _records(evidence: Records) -> str:
    """The records that a reason rests on, as further logical locations."""
    found = []
    for entry in evidence:
        names = [str(entry[key]) for key in ("shop_id", "id", "application_id") if key in entry]
        named = {"name": safe(names[0])} if names else {}
        told = safe(", ".join(f"{k} {v}" for k, v in entry.items()))
        found.append(_laid_out({**named, "fullyQualifiedName": told, "kind": "record"}, _OF_LOGICAL))
    return "".join(f",{_margin(_OF_LOGICAL)}{one}" for one in found)


def _fingerprint(outcome: Outcome, reason: Reason, report: Report, seen: Counter[str]) -> str:
    """The same for the same trouble of the same application, wherever in the file it stands."""
    trouble = trouble_of(outcome, reason, report)
    seen[trouble] += 1
    return hashlib.sha256(f"{trouble} {seen[trouble]}".encode()).hexdigest()[:32]


def _safe_lines(text: str) -> str:
    return "\n".join(map(safe, text.split("\n")))


def _literal(text: str) -> str:
    """`text` as a SARIF message that holds no link and no placeholder."""
    for sign, literal in _LITERAL:
        text = text.replace(sign, literal)
    return text
