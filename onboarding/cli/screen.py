"""`onboard screen`: judge many applications at once, on all cores or on a cluster."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import click
import msgspec

from .. import __version__
from ..errors import InputError, Problem
from ..messages import Lang, listed, say, text
from ..outputs import Invalid
from ..outputs.files import refuse_overwriting, refuse_unwritable, whole_file
from ..outputs.json import to_json
from ..registry.timestamps import read_instant
from ..rules.loading import DEFAULT, load_ruleset, read_files, ruleset_folder
from ..screening.entries import Entry
from ..screening.judging import Judged, Terms
from ..screening.plan import Plan, make_plan
from ..screening.reports import Summary, report_file, write_reports
from ..screening.workfolder import work_folder
from .check import EXIT_CODES, check_command, run_notes
from .completion import complete_addresses, complete_rulesets
from .config import configured
from .endings import known_ending
from .engines import engine_options, refuse_of_other_engine
from .errors import shown, to_stderr, usage_error
from .inputs import STDIN, expand
from .language import resolve_language
from .options import CONTEXT, PATH, RegistryOption, day_asked_for, lang_option, today, traceback_option
from .output_files import files_read
from .progress import all_cores, screening_progress

APPLICATIONS = (".jsonl", ".gz", ".zst", ".parquet", ".json")
REPORTS = (".jsonl", ".gz", ".zst", ".parquet")


@click.command("screen", context_settings=CONTEXT)
@click.argument("paths", nargs=-1, metavar="APPLICATIONS...", type=PATH)
@click.option(
    "--registry",
    cls=RegistryOption,
    envvar="ONBOARD_REGISTRY",
    metavar="ADDRESS",
    type=PATH,
    shell_complete=complete_addresses,
    help="Shops, bans, violations on record, as for `onboard check`."
    "  [env var: ONBOARD_REGISTRY; else `registry` in the settings file]",
)
@click.option("-o", "--output", required=True, metavar="REPORTS", type=PATH, help="Where the reports go: see above.")
@click.option("--summary", metavar="PATH", type=PATH, help="Write the summary there as well, as JSON.")
@click.option("--as-of", metavar="YYYY-MM-DD", help="The day to judge on.  [default: today in Asia/Shanghai]")
@click.option("--known-at", metavar="INSTANT", help="See only what the registry knew then.  [default: now]")
@click.option(
    "--ruleset",
    envvar="ONBOARD_RULESET",
    metavar="NAME|FOLDER",
    shell_complete=complete_rulesets,
    help=f"The rules to judge by.  [env var: ONBOARD_RULESET; else `ruleset` in the settings file, else {DEFAULT}]",
)
@click.option("--independent", is_flag=True, help="Judge each application alone, as if it were the only one.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Files to leave out, as in .gitignore. May be repeated.")
@click.option("--allow-empty", is_flag=True, help="Having nothing to judge is no error.")
@click.option("--resume", is_flag=True, help="Go on where an interrupted run of the same call was.")
@engine_options
@click.option("--exit-zero", is_flag=True, help="Exit with 0 where applications fail or are undecided.")
@lang_option
@traceback_option
def screen_command(
    paths: tuple[str, ...],
    registry: str | None,
    output: str,
    summary: str | None,
    as_of: str | None,
    known_at: str | None,
    ruleset: str | None,
    independent: bool,
    exclude: tuple[str, ...],
    allow_empty: bool,
    resume: bool,
    workers: int | None,
    engine: str,
    master: str | None,
    exit_zero: bool,
    lang: str | None,
    traceback: bool,
) -> int:
    """Judge many applications at once and write a report on each, in the order given.

    APPLICATIONS are JSON Lines (.jsonl, packed .gz or .zst), Parquet (.parquet: a column `application` with JSON text,
    or a column for each field), .json files, or folders of these last. REPORTS are JSON Lines, the same to the byte
    as of `onboard check -o jsonl`; .gz, .zst and .parquet by name. They are there when all are, or not at all.

    Applications of one call are judged together: one that passes counts as an open shop for the later ones.

    \b
    Examples:
      onboard screen applications.jsonl --registry registry.db -o reports.jsonl
      onboard screen applications.jsonl.gz --registry registry.db -o reports.parquet --workers 4
      onboard screen applications.jsonl --registry registry.db -o reports.jsonl --resume
      onboard screen applications.jsonl --registry registry.db -o reports.jsonl \\
        --engine spark --master spark://host:7077

    \b
    Exit codes:
      0  all pass
      1  at least one fails
      2  usage, invalid input, bad ruleset, registry out of reach
      3  none fails, at least one is undecided
    """
    language = resolve_language(lang)
    registry = registry or configured(check_command, "registry")
    if not paths:
        raise usage_error("cli.no-path")
    if STDIN in paths:
        raise usage_error("cli.screen-no-stdin")
    if output == STDIN:
        raise usage_error("cli.screen-no-stdout")
    known_ending(output, REPORTS)
    if known_at and not registry:
        raise usage_error("cli.known-at-without-registry")
    refuse_of_other_engine(engine, master, workers, resume=resume)
    day, now = day_asked_for(as_of), today()
    name = ruleset or configured(check_command, "ruleset") or DEFAULT
    rules, folder = load_ruleset(name), ruleset_folder(name)
    files = [Entry(f.source, 1, errors=f.errors) if isinstance(f, Invalid) else f for f in expand(paths, exclude)]
    if not files and not allow_empty:
        raise usage_error("cli.no-file", paths=listed(paths))
    named = [file for file in files if isinstance(file, str)]
    for one in named:
        known_ending(one, APPLICATIONS)
    written = [output, *([summary] if summary else [])]
    refuse_overwriting(written, [*named, *files_read(registry, [folder])])
    _refuse_inside(written, paths)
    refuse_unwritable(written)
    plan = make_plan(files, registry, read_instant(known_at) if known_at else None)
    source = plan.registry.source if plan.registry else None
    notes = run_notes(day, now, known_at, empty=False)
    terms = Terms(read_files(folder), rules.digest, __version__, day, day < now, independent, source, notes)

    def note_empty(terms: Terms) -> Terms:
        return msgspec.structs.replace(terms, notes=run_notes(day, now, known_at, empty=True))

    nothing = None if allow_empty else InputError(Problem(text("cli.no-application", paths=listed(paths))))
    with ExitStack() as stack:
        if engine == "local":
            from ..screening import local

            identity = _identity(plan, terms, known_at)
            work = stack.enter_context(work_folder(output, identity, resume=resume))
            try:
                cores = workers or all_cores()
                reports, counts = local.screen(plan, terms, note_empty, work, cores, screening_progress(language))
                if nothing and not counts.total:
                    raise nothing
                write_reports(reports, output)
            except KeyboardInterrupt:
                to_stderr(say("cli.note", language, message=say("cli.screen-interrupted", language)))
                raise
        else:
            from ..screening import spark

            with spark.screened(plan, terms, note_empty, master) as judged:
                counts = _write(judged, output, nothing)
    about = {"source": source, "digest": plan.registry.digest} if plan.registry else None
    whole = _whole(day, {"id": rules.id, "digest": rules.digest}, about, counts)
    if summary:
        with whole_file(summary) as file:
            file.write(to_json(whole, indent=2) + "\n")
    for line in _said(counts, output, day, language):
        click.echo(shown(line))
    code = next((code for verdict, code in EXIT_CODES.items() if counts.verdicts[verdict]), 0)
    return 0 if exit_zero and code != 2 else code


def _write(judged: Iterable[Judged], output: str, nothing: InputError | None) -> Summary:
    """What the results that are written come to; raises `nothing`, where that is given, if there are none."""
    counts = Summary()
    with report_file(output) as add:
        for one in judged:
            counts.add(one)
            add(one.line)
        if nothing and not counts.total:
            raise nothing
    return counts


def _refuse_inside(written: Iterable[str], paths: Iterable[str]) -> None:
    """Raise UsageError where a file of `written` lies in a folder that is read: the next run would find it there."""
    folders = [Path(path).resolve() for path in paths if os.path.isdir(path)]
    for file in written:
        target = Path(file).resolve()
        for folder in folders:
            if target.is_relative_to(folder):
                raise usage_error("cli.screen-inside", path=file, folder=folder)


def _identity(plan: Plan, terms: Terms, known_at: str | None) -> dict[str, str]:
    """All that decides what the reports say, by the names that people know it by."""
    return {
        "version": terms.version,
        "APPLICATIONS": plan.digest,
        "--registry": plan.registry.digest if plan.registry else "",
        "--ruleset": terms.ruleset_digest,
        "--as-of": f"{terms.day} {terms.past}",
        "--known-at": known_at or "",
        "--independent": str(terms.independent),
    }


def _whole(day: date, ruleset: dict[str, str], registry: dict[str, Any] | None, counts: Summary) -> dict[str, Any]:
    tool = {"name": "onboard screen", "version": __version__}
    head = {"schema_version": 1, "tool": tool, "as_of": day.isoformat(), "ruleset": ruleset, "registry": registry}
    return {**head, **counts.to_dict()}


def _said(counts: Summary, output: str, day: date, lang: Lang) -> Iterator[str]:
    numbers = {verdict: f"{count:,}" for verdict, count in counts.verdicts.items()}
    total = counts.total
    yield say("cli.screen-counts", lang, day=day, n=total, all=f"{total:,}", **numbers)
    for status, rules in counts.to_dict()["rules"].items():
        if rules:
            yield say(f"cli.screen-{status}", lang)
        width = max((len(f"{count:,}") for count in rules.values()), default=0)
        yield from (f"  {count:>{width},}  {rule}" for rule, count in rules.items())
    if counts.first_invalid:
        yield say("cli.screen-invalid", lang)
    for _, source, message in counts.first_invalid:
        yield "  " + say("cli.named-error", lang, source=source, message=message[lang])
    yield say("cli.screen-written", lang, path=output)
