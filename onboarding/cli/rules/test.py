"""`onboard rules test`: do the cases hold, and do they say enough?"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from ...authoring.cases import Step, differences, read_cases, run_cases, unknown_fields
from ...authoring.coverage import Point, uncovered
from ...authoring.fact_coverage import FactPoint, uncovered_facts
from ...authoring.fact_mutation import surviving_facts
from ...authoring.mutation import Mutant, survivors
from ...authoring.places import At, places, pointers_of_cases
from ...authoring.proposals import propose
from ...errors import Problem, RulesetError
from ...messages import Lang, Text, say, text
from ...outputs.files import whole_file
from ...pointers import to_pointer
from ...reading.json_text import parse
from ...report import Note
from ...rules.lint.lint import MOST_PROBLEMS
from ...rules.loading import (
    DEFAULT,
    cases_folder,
    load_ruleset,
    read_files,
    ruleset_folder,
    schemas_folder,
    shipped_rulesets,
)
from ...rules.ruleset import FACTS_FILE
from ..errors import shown
from ..language import resolve_language
from ..options import lang_option, traceback_option
from ..output_files import write_json


@click.command("test")
@click.argument("folder", default=DEFAULT, metavar="[NAME|FOLDER]")
@click.option(
    "--fail-under", type=click.FloatRange(0, 100), metavar="PERCENT", help="Least coverage and mutants noticed."
)
@click.option("--write-cases", is_flag=True, help="First propose the missing boundary cases, for a person to confirm.")
@click.option(
    "-o",
    "--output-format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to show it.",
)
@lang_option
@traceback_option
def test_rules(
    folder: str, fail_under: float | None, write_cases: bool, output_format: str, lang: str | None, traceback: bool
) -> int:
    """Judge the ruleset's own case tables, and say what they leave open.

    Boundary coverage: for each limit, list of values, pattern, required field and date, is there a case just
    inside and one just outside; and for each part of what is counted, a record that it takes and one that it does not?
    Mutants: small wrong edits of the rule files and of what is counted; one that no case notices survives.

    --write-cases adds to the tables a case for each point that has none, as far as it finds one, marked as
    `"proposed": true`. Such a case covers and notices nothing until a person has seen that it states what the policy
    says, and taken that word out; while there are any, --fail-under is not met.

    \b
    Examples:
      onboard rules test my-rules/ --fail-under 100
      onboard rules test my-rules/ --write-cases

    \b
    Exit codes:
      0  every case holds; covered and noticed is what --fail-under asks for
      1  otherwise
      2  an unsound ruleset, unreadable tables
    """
    spoken = resolve_language(lang)
    if write_cases:
        for path, number in _write_proposals(folder):
            click.echo(shown(say("authoring.proposals-written", spoken, n=number, path=path)), err=True)
    found = examine(folder)
    if not found.cases:
        place = str(cases_folder(ruleset_folder(folder)))
        raise RulesetError(Problem(text("authoring.no-cases"), source=place, hint=text("authoring.no-cases-cure")))
    if output_format == "json":
        write_json(_plain(found))
    else:
        for line in _lines(found, spoken):
            click.echo(shown(line))
    least = min(_percent(found.points - len(found.missing), found.points), _percent(found.noticed, found.made))
    return 1 if found.failed or (fail_under is not None and (least < fail_under or found.proposed)) else 0


class Examined(Struct, frozen=True):
    """What the cases of a ruleset show: which do not hold, which points are open, which mutants survive.

    Those that are `proposed`, by table and name, show nothing yet; at `unproposed` points not even they stand.
    """

    ruleset: str
    cases: int
    failed: list[tuple[Step, Text]]
    points: int
    missing: list[tuple[Path, Point | FactPoint]]
    made: int
    surviving: list[tuple[Path, Mutant]]
    proposed: list[tuple[str, str]]
    unproposed: list[tuple[Path, Point | FactPoint]]
    unknown_fields: list[tuple[str, str, Note]]

    @property
    def noticed(self) -> int:
        """How many mutants some case noticed."""
        return self.made - len(self.surviving)


def examine(name_or_folder: str) -> Examined:
    """Judge the cases of a ruleset and look for what they leave open; raises RulesetError where they are unreadable."""
    ruleset, folder = load_ruleset(name_or_folder), ruleset_folder(name_or_folder)
    cases = read_cases(cases_folder(folder), ruleset)
    steps = run_cases(cases, ruleset)
    failed = [(step, difference) for step in steps for difference in differences(step)]
    proposed = list(dict.fromkeys((step.source, step.case) for step in steps if step.proposed))
    # What nobody has confirmed shows nothing.
    all_steps, steps = steps, [step for step in steps if not step.proposed]
    confirmed = [(source, case) for source, case in cases if not case.get("proposed")]
    points = made = 0
    missing: list[tuple[Path, Point | FactPoint]] = []
    unproposed: list[tuple[Path, Point | FactPoint]] = []
    surviving: list[tuple[Path, Mutant]] = []
    for rule in ruleset.rules:
        file = folder / f"{rule.edition or rule.id}.json"
        count, open_points = uncovered(rule, steps)
        points += count
        missing += [(file, point) for point in open_points]
        unproposed += [(file, point) for point in (uncovered(rule, all_steps)[1] if proposed else open_points)]
        count, alive = survivors(rule, steps)
        made += count
        surviving += [(file, mutant) for mutant in alive]
    own = parse(read_files(folder).get(FACTS_FILE, b"{}"))
    count, open_facts = uncovered_facts(ruleset, confirmed)
    points += count
    missing += [(_declared_in(point.fact, own, folder), point) for point in open_facts]
    open_facts = uncovered_facts(ruleset, cases)[1] if proposed else open_facts
    unproposed += [(_declared_in(point.fact, own, folder), point) for point in open_facts]
    count, alive = surviving_facts(ruleset, confirmed)
    made += count
    surviving += [(_declared_in(str(mutant.path[0]), own, folder), mutant) for mutant in alive]
    return Examined(
        ruleset.id,
        len(cases),
        failed,
        points,
        missing,
        made,
        surviving,
        proposed,
        unproposed,
        list(unknown_fields(cases, ruleset)),
    )


def _declared_in(fact: str, own: dict[str, Any], folder: Path) -> Path:
    """The file that declares `fact`: the ruleset's `own`, or that of all rulesets."""
    return (folder if fact in own else schemas_folder()) / FACTS_FILE


def _write_proposals(name_or_folder: str) -> Iterator[tuple[Path, int]]:
    """Add the cases that are proposed to the tables; gives each table with how many it got."""
    ruleset, folder = load_ruleset(name_or_folder), cases_folder(ruleset_folder(name_or_folder))
    if name_or_folder in shipped_rulesets():
        words = text("authoring.shipped-cases", name=name_or_folder)
        raise RulesetError(Problem(words, hint=text("authoring.shipped-cases-cure", name=name_or_folder)))
    tables: dict[str, list[dict[str, Any]]] = {}
    for rule, case in propose(ruleset, read_cases(folder, ruleset)):
        tables.setdefault(rule, []).append(case)
    folder.mkdir(exist_ok=True)
    for rule, cases in tables.items():
        path = folder / f"{rule}.json"
        old = parse(path.read_bytes()) if path.exists() else []
        with whole_file(path) as file:
            file.write(json.dumps([*(old if isinstance(old, list) else [old]), *cases], ensure_ascii=False, indent=1))
            file.write("\n")
        yield path, len(cases)


def _plain(found: Examined) -> dict[str, Any]:
    """For programs: plain JSON values, in English."""
    covered = found.points - len(found.missing)
    return {
        "ruleset": found.ruleset,
        "cases": found.cases,
        "failed": [{"source": s.source, "case": s.case, "difference": d["en"]} for s, d in found.failed],
        "proposed": [{"source": source, "case": case} for source, case in found.proposed],
        "coverage": {
            "points": found.points,
            "percent": _percent(covered, found.points),
            "missing": [{"file": file.name, "pointer": p.pointer, "case": p.words["en"]} for file, p in found.missing],
        },
        "mutants": {
            "made": found.made,
            "percent": _percent(found.noticed, found.made),
            "surviving": [
                {"file": file.name, "edit": f"{to_pointer(mutant.path)}: {mutant.edit['en']}"}
                for file, mutant in found.surviving
            ],
        },
    }


def _lines(found: Examined, lang: Lang) -> Iterator[str]:
    tables = {source: pointers_of_cases(Path(source)) for source in _tables(found)}
    at = places(_spoken_of(found, tables))

    def place(source: str, case: str) -> str:
        return at[Path(source), tables[source][case]]

    for step, difference in found.failed:
        where = place(step.source, step.case)
        yield say("authoring.test-failed", lang, place=where, case=step.case, difference=difference)
    for source, case, note in found.unknown_fields[:MOST_PROBLEMS]:
        where = place(source, case)
        yield say("authoring.test-note", lang, place=where, case=case, pointer=note.pointer, note=note.message)
    if (more := len(found.unknown_fields) - MOST_PROBLEMS) > 0:
        yield say("authoring.test-more-notes", lang, n=more)
    for source, case in found.proposed:
        yield say("authoring.test-to-confirm", lang, place=place(source, case), case=case)
    for file, point in found.unproposed:
        where = at[file, point.pointer]
        yield say("authoring.test-no-case", lang, place=where, pointer=point.pointer, point=point.words)
    for file, mutant in found.surviving:
        pointer = to_pointer(mutant.path)
        yield say("authoring.test-survived", lang, place=at[file, pointer], pointer=pointer, edit=mutant.edit)
    failed = len({(step.source, step.case) for step, _ in found.failed})
    yield say("authoring.test-cases", lang, ruleset=found.ruleset, n=found.cases, failed=failed)
    if found.proposed:
        yield say("authoring.test-proposed", lang, n=len(found.proposed))
    covered = _percent(found.points - len(found.missing), found.points)
    yield say("authoring.test-coverage", lang, percent=f"{covered:g}", points=found.points)
    noticed = _percent(found.noticed, found.made)
    yield say("authoring.test-mutants", lang, percent=f"{noticed:g}", made=found.made)


def _tables(found: Examined) -> set[str]:
    """The case tables that something is said of."""
    sources = {step.source for step, _ in found.failed} | {source for source, _ in found.proposed}
    return sources | {source for source, _, _ in found.unknown_fields}


def _spoken_of(found: Examined, tables: dict[str, dict[str, str]]) -> Iterator[At]:
    """The files and pointers that something is said of."""
    for source, cases in tables.items():
        yield from ((Path(source), pointer) for pointer in cases.values())
    yield from ((file, point.pointer) for file, point in found.unproposed)
    yield from ((file, to_pointer(mutant.path)) for file, mutant in found.surviving)


def _percent(part: int, whole: int) -> float:
    # Rounded down: 99.99 % is not all.
    return int(part / whole * 1000) / 10 if whole else 100.0
