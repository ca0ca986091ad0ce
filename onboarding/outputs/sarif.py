"""For code scanning and editors: SARIF 2.1.0, written at the end, when all notifications are known.

A refusal is an `error`, an undecided rule or a failing advisory one a `warning`, an undecided advisory one a
`note`. What is undecided is not of SARIF's kind `open`: viewers hide that, and it would look clean. Files that
could not be judged, and notes, are notifications of the tool. What a baseline lists is suppressed.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import Problem
from ..messages import Lang, say
from ..report import Note, Outcome, Reason, Report
from .buffer import Buffer
from .interface import Invalid, Result, RuleAbout, Run, Style, safe
from .json import to_json
from .kept import Kept, Records
from .paths import line_of, relative, to_uri
from .presentation import is_known, judged_on, notes_of, told, trouble_of

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
_LITERAL = str.maketrans({"[": "\\[", "]": "\\]", "{": "{{", "}": "}}"})


class SarifOutput:
    """One SARIF log with one run; columns count Unicode characters."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._run, self._lang, self._write = run, style.lang, write
        self._positions = {rule.id: index for index, rule in enumerate(run.rules)}
        self._results, self._notifications = Buffer(), Buffer()
        # Each of thousands of shops of one subject rests on the same records.
        self._records = Kept(_records)

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
                _keep(self._results, self._finding(outcome, reason, result, seen), depth=4)

    def end(self, summary: Counter[str]) -> None:
        run = self._run
        if run.past:
            self._notify("note", judged_on(run, self._lang), None, None)
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
        notification: dict[str, Any] = {"level": level, "message": {"text": safe(text)}}
        if source is not None and item is not None:
            notification["locations"] = [_location(source, item, self._lang)]
        _keep(self._notifications, notification, depth=6)

    def _finding(self, outcome: Outcome, reason: Reason, report: Report, seen: Counter[str]) -> dict[str, Any]:
        location = _location(report.source or "application", reason, self._lang)
        location["logicalLocations"] = list(_logical(reason, self._records))
        suppressed = {"suppressions": [{"kind": "external"}]} if is_known(report) else {}
        return suppressed | {
            "ruleId": outcome.rule,
            "ruleIndex": self._positions[outcome.rule],
            "level": _LEVELS[outcome.level, outcome.status],
            "message": {"text": _literal(told(outcome, reason, report, self._lang))},
            "locations": [location],
            "partialFingerprints": {FINGERPRINT: _fingerprint(outcome, reason, report, seen)},
            "properties": {"status": outcome.status, "application_id": safe(report.application_id)},
        }


def _keep(items: Buffer, item: dict[str, Any], depth: int) -> None:
    """Keep `item` as it is to stand in an array, that many levels deep."""
    margin = "\n" + "  " * depth
    items.add(("," if items.count else "") + margin + to_json(item, indent=2).replace("\n", margin))


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


def _location(source: str, item: Reason | Note | Problem, lang: Lang) -> dict[str, Any]:
    if source == "-":
        return {"message": {"text": say("outputs.standard-input", lang)}}
    artifact = {"uri": to_uri(source)} | ({} if relative(source) is None else {"uriBaseId": ROOT})
    physical: dict[str, Any] = {"artifactLocation": artifact}
    if isinstance(item.line, int):
        places = (item.line, item.column, item.end_line, item.end_column)
        names = ("startLine", "startColumn", "endLine", "endColumn")
        physical["region"] = {name: place for name, place in zip(names, places, strict=True) if isinstance(place, int)}
    elif line := line_of(source):
        physical["region"] = {"startLine": line}
    return {"physicalLocation": physical}


def _logical(reason: Reason, records: Callable[[Records], list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """The field that a reason points at, or the records that it rests on."""
    yield {"fullyQualifiedName": safe(reason.pointer), "kind": "property"}
    yield from records(reason.evidence) if reason.pointer.split("/")[1:2] == ["facts"] else ()


def _records(evidence: Records) -> list[dict[str, Any]]:
    found = []
    for entry in evidence:
        names = [str(entry[key]) for key in ("shop_id", "id", "application_id") if key in entry]
        named = {"name": safe(names[0])} if names else {}
        told = safe(", ".join(f"{k} {v}" for k, v in entry.items()))
        found.append({**named, "fullyQualifiedName": told, "kind": "record"})
    return found


def _fingerprint(outcome: Outcome, reason: Reason, report: Report, seen: Counter[str]) -> str:
    """The same for the same trouble of the same application, wherever in the file it stands."""
    trouble = trouble_of(outcome, reason, report)
    seen[trouble] += 1
    return hashlib.sha256(f"{trouble} {seen[trouble]}".encode()).hexdigest()[:32]


def _safe_lines(text: str) -> str:
    return "\n".join(map(safe, text.split("\n")))


def _literal(text: str) -> str:
    """`text` as a SARIF message that holds no link and no placeholder."""
    return safe(text).translate(_LITERAL)
