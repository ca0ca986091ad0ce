"""`onboard rules test`: do the cases hold, and do they say enough?"""

from typing import Any

import click

from ...authoring.cases import differences, read_cases, run_cases
from ...authoring.coverage import uncovered
from ...authoring.mutation import survivors
from ...errors import Problem, RulesetError
from ...outputs.interface import safe
from ...rules.loading import DEFAULT, cases_folder, load_ruleset, ruleset_folder
from ..options import traceback_option
from ..output_files import write_json


@click.command("test")
@click.argument("folder", default=DEFAULT, metavar="[NAME|FOLDER]")
@click.option(
    "--fail-under", type=click.FloatRange(0, 100), metavar="PERCENT", help="Least coverage and mutants noticed."
)
@click.option(
    "-o",
    "--output-format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to show it.",
)
@traceback_option
def test_rules(folder: str, fail_under: float | None, output_format: str, traceback: bool) -> int:
    """Judge the ruleset's own case tables, and say what they leave open.

    Boundary coverage: for each limit, list of values, pattern, required field and date, is there a case just
    inside and one just outside? Mutants: small wrong edits of the rule files; one that no case notices survives.

    \b
    Example: onboard rules test my-rules/ --fail-under 100

    \b
    Exit codes:
      0  every case holds, and no less is covered and noticed than --fail-under asks for
      1  otherwise
      2  an unsound ruleset, unreadable tables
    """
    place = ruleset_folder(folder)
    found = examine(str(folder))
    if not found["cases"]:
        raise RulesetError(Problem("no cases", source=str(cases_folder(place)), hint="one table, a JSON file, a rule"))
    if output_format == "json":
        write_json(found)
    else:
        click.echo("\n".join(_lines(found)))
    least = min(found["coverage"]["percent"], found["mutants"]["percent"])
    return 1 if found["failed"] or (fail_under is not None and least < fail_under) else 0


def examine(name_or_folder: str) -> dict[str, Any]:
    """What `onboard rules test` finds, as plain JSON values."""
    ruleset = load_ruleset(name_or_folder)
    cases = read_cases(cases_folder(ruleset_folder(name_or_folder)))
    steps = run_cases(cases, ruleset)
    failed = [{"source": s.source, "case": s.case, "difference": d} for s in steps for d in differences(s)]
    points = noticed = made = 0
    missing, surviving = [], []
    for rule in ruleset.rules:
        file = f"{rule.edition or rule.id}.json"
        count, open_points = uncovered(rule, steps)
        points += count
        missing += [{"file": file, "pointer": point.pointer, "case": point.words} for point in open_points]
        count, alive = survivors(rule, steps)
        made, noticed = made + count, noticed + count - len(alive)
        surviving += [{"file": file, "edit": mutant.edit} for mutant in alive]
    return {
        "ruleset": ruleset.id,
        "cases": len(cases),
        "failed": failed,
        "coverage": {"points": points, "percent": _percent(points - len(missing), points), "missing": missing},
        "mutants": {"made": made, "percent": _percent(noticed, made), "surviving": surviving},
    }


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [f"FAILED  {f['source']}: {f['case']}: {f['difference']}" for f in found["failed"]]
    lines += [f"no case  {m['file']} {m['pointer']}: {m['case']}" for m in found["coverage"]["missing"]]
    lines += [f"survived  {m['file']} {m['edit']}" for m in found["mutants"]["surviving"]]
    cases, failed = found["cases"], len({(f["source"], f["case"]) for f in found["failed"]})
    lines.append(f"{found['ruleset']}: {cases} cases, {failed} failed")
    coverage, mutants = found["coverage"], found["mutants"]
    lines.append(f"boundary coverage {coverage['percent']:g} % of {coverage['points']} points")
    lines.append(f"mutants noticed {mutants['percent']:g} % of {mutants['made']}")
    return [safe(line) for line in lines]


def _percent(part: int, whole: int) -> float:
    # Rounded down: 99.99 % is not all.
    return int(part / whole * 1000) / 10 if whole else 100.0
