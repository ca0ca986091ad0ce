"""The case tables that come with a ruleset: what it must say of an application, a registry and a day.

A table is a JSON file, a list of cases: `case` (its name), `as_of`, `registry` (records, or null for none),
`applications`, and `expect`, one object for each application: `verdict`, `fails`, `undecided`, `warns` (rule
ids), `eligible_from`, and, where it matters which, `reasons` (pointers by rule). `independent` judges each
application alone; of what `loose` names, more may be found than stated.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec import Struct

from ..errors import InputError, Problem, RulesetError
from ..facts.derivation import context_of, derive_facts
from ..kernel import check_apart, check_together
from ..messages import Text, listed, text
from ..models import Application, History, history_of
from ..pointers import to_pointer
from ..reading import json_text
from ..reading.documents import read_application
from ..reading.encoding import decode
from ..reading.json_places import Positions
from ..reading.records import read_record
from ..reading.validation import meant
from ..report import Note, Report
from ..rules.lint.lint import MOST_PROBLEMS
from ..rules.lint.words import lint_characters
from ..rules.loading import read_files
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset

_WANTED: dict[str, tuple[type, ...]] = {
    "case": (str,),
    "as_of": (str,),
    "registry": (list, type(None)),
    "applications": (list,),
    "expect": (list,),
}
_VERDICTS = ("pass", "fail", "undecided")
_OUTCOMES = ("fails", "undecided", "warns")
_MAYBE = (None, True, False)
_STATED = ("verdict", "fails", "undecided", "warns", "eligible_from", "reasons")


class Step(Struct, frozen=True):
    """One application of one case: what a rule is applied to, what is stated, and what was found."""

    case: str
    source: str
    as_of: date
    applied_to: dict[str, Any]
    field: Callable[[str], str | None]
    expected: dict[str, Any]
    loose: tuple[str, ...]
    found: Report
    proposed: bool = False

    def stated(self, rule: str) -> str | None:
        """`fails`, `warns`, `undecided` or `holds`; None where the case leaves it open."""
        for name in ("fails", "warns", "undecided"):
            if rule in self.expected[name]:
                return name
        return None if self.loose else "holds"

    def pointer(self, pointer: str) -> str:
        """Where a report points for what a rule finds at `pointer`."""
        return (self.field(pointer) or pointer).removeprefix("/application")


class Inputs(Struct, frozen=True):
    """What a case is judged by, read: its day, its applications, and what is on record of their subjects."""

    day: date
    applications: list[Application]
    histories: dict[str, History] | None


def read_cases(folder: Path, ruleset: Ruleset, known_rules: bool = True) -> list[tuple[str, dict[str, Any]]]:
    """The cases of the tables in `folder`, each with its file; raises RulesetError with every problem, and its line.

    Unless `known_rules`, an expectation may name rules that `ruleset` has not.
    """
    problems: list[Problem] = []
    cases: list[tuple[str, dict[str, Any]]] = []
    for name, data in read_files(folder).items():
        source = str(folder / name)
        try:
            table = json_text.parse(data)
        except InputError as error:
            problems += (replace(p, source=source) for p in error.problems)
            continue
        found = list(islice(_problems(table, ruleset, known_rules), MOST_PROBLEMS + 1))
        if found:
            told = found[:MOST_PROBLEMS]
            positions = Positions(decode(data), (p.pointer or "" for p in told))
            lines = ((p, *positions.place(p.pointer or "")) for p in told)
            problems += (replace(p, source=source, line=line, column=column) for p, line, column in lines)
        if len(found) > MOST_PROBLEMS:
            problems.append(Problem(text("authoring.more-problems"), source=source, line=1, column=1))
        cases += ((source, case) for case in _cases(table))
    if problems:
        raise RulesetError(*problems)
    return cases


def unknown_fields(cases: list[tuple[str, dict[str, Any]]], ruleset: Ruleset) -> Iterator[tuple[str, str, Note]]:
    """Fields of applications that are none, by table and case: a slip there makes a case say less than it seems to."""
    for source, case in cases:
        for application in () if case.get("unknown_fields") else case["applications"]:
            notes = (
                note for note in read_application(application, ruleset.own_fields)[1] if note.kind == "unknown_field"
            )
            yield from ((source, case["case"], note) for note in notes)


def unknown_rules(cases: list[tuple[str, dict[str, Any]]], ruleset: Ruleset) -> list[str]:
    """The rules that `cases` speak of and that `ruleset` has not."""
    expected = [expected for _, case in cases for expected in case["expect"]]
    named = {rule for one in expected for key in (*_OUTCOMES, "reasons") for rule in one.get(key, ())}
    return sorted(named - {rule.id for rule in ruleset.rules})


def run_cases(cases: list[tuple[str, dict[str, Any]]], ruleset: Ruleset) -> list[Step]:
    """Judge every application of every case; raises RulesetError where a case cannot be read."""
    steps: list[Step] = []
    problems: list[Problem] = []
    for source, case in cases:
        try:
            steps += _steps(source, case, ruleset)
        except InputError as error:
            problems += (
                replace(p, source=source, hint=text("authoring.in-case", case=case["case"])) for p in error.problems
            )
    if problems:
        raise RulesetError(*problems)
    return steps


def read_inputs(case: dict[str, Any], ruleset: Ruleset) -> Inputs:
    """What `case` is judged by; raises InputError where it cannot be read."""
    applications = [read_application(value, ruleset.own_fields)[0] for value in case["applications"]]
    histories: dict[str, History] | None = None
    if case["registry"] is not None:
        records = [read_record(value) for value in case["registry"]]
        subjects = {subject for application in applications if (subject := ruleset.subject_id(application))}
        histories = {subject: history_of(subject, records) for subject in subjects}
    return Inputs(date.fromisoformat(case["as_of"]), applications, histories)


def judge_case(case: dict[str, Any], inputs: Inputs, ruleset: Ruleset) -> list[Report]:
    """A report for each application of `case`, whose `inputs` have been read."""
    judge = check_apart if case.get("independent") else check_together
    return list(judge(inputs.applications, inputs.histories, inputs.day, ruleset))


def holds(case: dict[str, Any], inputs: Inputs, ruleset: Ruleset) -> bool:
    """Whether `ruleset` says of `case`, whose `inputs` have been read, what it states."""
    reports, loose = judge_case(case, inputs, ruleset), tuple(case.get("loose", ()))
    stated = zip(case["expect"], reports, strict=True)
    return not any(True for expected, report in stated for _ in _differences(expected, loose, report))


def differences(step: Step) -> Iterator[Text]:
    """Where what was found is not what is stated; nothing where the case holds."""
    return _differences(step.expected, step.loose, step.found)


def _differences(expected: dict[str, Any], loose: tuple[str, ...], report: Report) -> Iterator[Text]:
    found = {
        "verdict": report.verdict,
        "fails": sorted(outcome.rule for outcome in report.failures),
        "undecided": sorted(outcome.rule for outcome in report.outcomes if outcome.status == "undecided"),
        "warns": sorted(outcome.rule for outcome in report.warnings),
        "eligible_from": report.eligible_from.isoformat() if report.eligible_from else None,
    }
    for name, value in found.items():
        stated = expected[name]
        stated = sorted(stated) if isinstance(stated, list) else stated
        if name in loose and isinstance(value, list) and set(stated) <= set(value):
            continue
        if stated != value:
            yield text("authoring.differs", name=name, stated=_shown(stated), found=_shown(value))
    for rule, pointers in expected.get("reasons", {}).items():
        reasons = [r.pointer for outcome in report.outcomes if outcome.rule == rule for r in outcome.reasons]
        if sorted(reasons) != sorted(pointers):
            stated, given = _shown(sorted(pointers)), _shown(sorted(reasons))
            yield text("authoring.reasons-differ", rule=rule, stated=stated, found=given)


def outcome_of(rule: Rule, step: Step) -> tuple[str, list[str]]:
    """What `rule` alone makes of `step`, in the words of `Step.stated`, and where its reasons point."""
    findings = rule.findings(step.applied_to) if rule.in_force(step.as_of) else []
    failed = [finding for finding in findings if finding.reason is not None]
    pointers = sorted(step.pointer(finding.pointer) for finding in failed or findings)
    if failed:
        return ("fails" if rule.level == "required" else "warns"), pointers
    return ("undecided" if findings else "holds"), pointers


def _steps(source: str, case: dict[str, Any], ruleset: Ruleset) -> Iterator[Step]:
    inputs = read_inputs(case, ruleset)
    reports, day = judge_case(case, inputs, ruleset), inputs.day
    for application, expected, report in zip(inputs.applications, case["expect"], reports, strict=True):
        context = context_of(application, None, day, own=ruleset.own_fields, number=ruleset.subject_number)
        facts = derive_facts(context, ruleset.counted)
        loose = tuple(case.get("loose", ()))
        applied_to = {**facts.rule_instance, "facts": report.facts}
        yield Step(
            case["case"], source, day, applied_to, facts.field, expected, loose, report, bool(case.get("proposed"))
        )


def _cases(table: Any) -> list[Any]:
    return table if isinstance(table, list) else [table]


def _problems(table: Any, ruleset: Ruleset, known_rules: bool) -> Iterator[Problem]:
    """What is wrong with a table, found lazily: it may be a million slips, of which a hundred are told."""
    for index, case in enumerate(_cases(table)):
        place = f"/{index}" if isinstance(table, list) else ""
        formless = False
        for problem in _form(case, place):
            formless = True
            yield problem
        if not formless:
            yield from _values(case, place, ruleset) if known_rules else ()
            yield from _inputs(case, place, ruleset)
    yield from _names_twice(table) if isinstance(table, list) else ()


def _names_twice(table: list[Any]) -> Iterator[Problem]:
    """Cases that have the name of an earlier one: what is said of the one would be taken for the other."""
    names: set[str] = set()
    for index, case in enumerate(table):
        name = case.get("case") if isinstance(case, dict) else None
        if isinstance(name, str):
            if name in names:
                yield Problem(text("authoring.name-twice", name=name[:60]), f"/{index}/case")
            names.add(name)


def _form(case: Any, pointer: str) -> Iterator[Problem]:
    """What is wrong with the form of one case."""
    if not isinstance(case, dict):
        yield Problem(text("authoring.no-case"), pointer)
        return
    known = {*_WANTED, "loose", "independent", "proposed", "unknown_fields"}
    for name in sorted(case.keys() - known):
        hint = meant(name, sorted(known))
        yield Problem(text("authoring.unknown-key", name=name[:60]), f"{pointer}{to_pointer((name,))}", hint=hint)
    for name, kinds in _WANTED.items():
        if name not in case:
            yield Problem(text("authoring.missing", name=name), f"{pointer}/{name}")
        elif not isinstance(case[name], kinds):
            hint = text(f"authoring.wanted-{'list' if list in kinds else 'text'}")
            yield Problem(text("authoring.not-of-its-type", name=name), f"{pointer}/{name}", hint=hint)
    # It reaches people on the page of its rule, as the texts of the rule do.
    for problem in lint_characters({"case": case.get("case")}):
        yield replace(problem, pointer=f"{pointer}{problem.pointer}")
    flags = {name: case.get(name) in _MAYBE for name in ("independent", "proposed", "unknown_fields")}
    for name, sound in {"loose": _names(case.get("loose", [])), **flags}.items():
        if not sound:
            hint = text("authoring.wanted-list" if name == "loose" else "authoring.wanted-flag")
            yield Problem(text("authoring.not-of-its-type", name=name), f"{pointer}/{name}", hint=hint)
    loose = case.get("loose", [])
    for index, name in enumerate(loose if _names(loose) else ()):
        if name not in _OUTCOMES:
            words = text("authoring.unknown-key", name=name[:60])
            yield Problem(words, f"{pointer}/loose/{index}", hint=meant(name, _OUTCOMES))
    expect, applications = case.get("expect"), case.get("applications")
    if isinstance(expect, list) and isinstance(applications, list):
        if len(expect) != len(applications):
            yield Problem(text("authoring.one-each"), f"{pointer}/expect")
        for index, expected in enumerate(expect):
            yield from _expectation(expected, f"{pointer}/expect/{index}")
    if isinstance(case.get("as_of"), str) and not _is_day(case["as_of"]):
        hint = text("rules.no-day-cure")
        yield Problem(text("authoring.no-day", name="as_of"), f"{pointer}/as_of", hint=hint)


def _is_day(given: str) -> bool:
    try:
        return date.fromisoformat(given).isoformat() == given
    except ValueError:
        return False


def _values(case: dict[str, Any], pointer: str, ruleset: Ruleset) -> Iterator[Problem]:
    """Verdicts and rules that an expectation names and that there are none of."""
    rules = {rule.id for rule in ruleset.rules}
    for index, expected in enumerate(case["expect"]):
        place = f"{pointer}/expect/{index}"
        if expected["verdict"] not in _VERDICTS:
            hint = meant(expected["verdict"], _VERDICTS)
            yield Problem(text("authoring.no-verdict", name=expected["verdict"][:60]), f"{place}/verdict", hint=hint)
        named = [(f"{key}/{i}", rule) for key in _OUTCOMES for i, rule in enumerate(expected[key])]
        named += [(f"reasons/{rule}", rule) for rule in expected.get("reasons", {})]
        for key, rule in named:
            if rule not in rules:
                words = text("authoring.no-such-rule", ruleset=ruleset.id, rule=rule[:60])
                yield Problem(words, f"{place}/{key}", hint=meant(rule, sorted(rules)))


def _inputs(case: dict[str, Any], pointer: str, ruleset: Ruleset) -> Iterator[Problem]:
    """What is wrong with the applications and records of a case."""
    own = partial(read_application, own=ruleset.own_fields)
    inputs: list[tuple[str, Any, Any]] = [
        (f"applications/{i}", own, value) for i, value in enumerate(case["applications"])
    ]
    inputs += [(f"registry/{i}", read_record, value) for i, value in enumerate(case["registry"] or ())]
    for place, reader, value in inputs:
        try:
            reader(value)
        except InputError as error:
            hint = text("authoring.in-case", case=case["case"])
            yield from (
                replace(p, pointer=f"{pointer}/{place}{p.pointer or ''}", hint=p.hint or hint) for p in error.problems
            )


def _expectation(expected: Any, pointer: str) -> Iterator[Problem]:
    given = expected.keys() if isinstance(expected, dict) else set()
    for name in sorted(given - set(_STATED)):
        words = text("authoring.unknown-key", name=name[:60])
        yield Problem(words, f"{pointer}{to_pointer((name,))}", hint=meant(name, _STATED))
    if not set(_STATED[:-1]) <= given:
        yield Problem(text("authoring.states", names=listed(_STATED[:-1])), pointer)
    if not set(_STATED[:-1]) <= given <= set(_STATED):
        return
    reasons = expected.get("reasons", {})
    sound = {name: _names(expected[name]) for name in _OUTCOMES}
    sound["verdict"] = isinstance(expected["verdict"], str)
    sound["eligible_from"] = isinstance(expected["eligible_from"], str | None)
    sound["reasons"] = isinstance(reasons, dict) and all(map(_names, reasons.values()))
    for name in (name for name, right in sound.items() if not right):
        given = expected[name]
        hint = text("authoring.as-a-list", given=given[:60]) if name in _OUTCOMES and isinstance(given, str) else None
        yield Problem(text("authoring.not-of-its-type", name=name), f"{pointer}/{name}", hint=hint)
    if isinstance(expected["eligible_from"], str) and not _is_day(expected["eligible_from"]):
        words = text("authoring.no-day", name="eligible_from")
        yield Problem(words, f"{pointer}/eligible_from", hint=text("authoring.day-or-null"))


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _shown(value: Any) -> Text:
    if isinstance(value, list):
        return listed(value) if value else text("authoring.none")
    return listed([value])
