"""`onboard registry audit`: was each shop on record in order on the day it opened?"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from ... import __version__
from ...decisions.corrections import named_subject
from ...errors import NotOnRecordError, Problem, RulesetError
from ...messages import Lang, text
from ...outputs import FORMATS, Origin, Output, Run, Style, make_output
from ...outputs.by_shop import ByShop
from ...reading.validation import did_you_mean
from ...registry.iteration import count_rows, count_subjects, state_digest, subjects
from ...registry.jsonl import JsonlRegistry
from ...registry.protocol import Registry
from ...registry.sql import SqlRegistry
from ...registry.timestamps import read_instant
from ...report import Report
from ...rules.loading import read_files, ruleset_folder
from ...screening.audit import AuditTally, Listing, audited, unpacked
from ...screening.judging import Terms
from ...screening.plan import Plan, make_plan
from ...screening.workfolder import WorkFolder
from ..check import EXIT_CODES
from ..options import CONTEXT, colored, lang_option, today, traceback_option, width
from ..output_files import files_read, make_outputs, rules_about
from ..progress import MOST_WORKERS, all_cores, screening_progress, with_progress
from .by_rule import FORMATS as BY_RULE_FORMATS
from .by_rule import ByRule
from .options import (
    address_of,
    known_at_option,
    name_of_rules,
    open_to_read,
    readable_option,
    resolve_language,
    rules_of,
    ruleset_option,
    said,
)

# So many records are much to judge; a line of a file that holds one has about so many bytes.
_MUCH = 50_000
_BYTES_A_RECORD = 200


@click.command("audit", context_settings=CONTEXT)
@readable_option
@ruleset_option
@known_at_option
@click.option(
    "-o",
    "--output-format",
    "formats",
    multiple=True,
    metavar="FORMAT[=PATH]",
    help=f"How to show the results, and where: {', '.join(FORMATS)}. May be repeated.  [default: text]",
)
@click.option("--subject", metavar="SUBJECT", help="Only the shops of this subject.")
@click.option(
    "--rule",
    "rule",
    metavar="RULE",
    help="List the shops that this rule refuses; with --all, also those it is undecided on.",
)
@click.option(
    "--by-rule", is_flag=True, help="Show how many shops each rule refuses or cannot decide on, not the shops."
)
@click.option(
    "--all", "every", is_flag=True, help="List every shop, not only those that should not have been admitted."
)
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    help="Processes.  [default: one for each core where much is on record, else 1]",
)
@lang_option
@traceback_option
def audit_command(
    registry: str | None,
    ruleset: str | None,
    known_at: str | None,
    formats: tuple[str, ...],
    subject: str | None,
    rule: str | None,
    by_rule: bool,
    every: bool,
    workers: int | None,
    lang: str | None,
    **_: Any,
) -> int:
    """List the shops that should not have been admitted, each judged on the day it opened by that day's rules.

    A shop that was in order by a waiver alone is listed as well, with who gave it and until when.

    Of a shop that was not admitted here, only its record can be judged: rules that read papers are undecided.
    The totals and the exit code are those of all shops that were judged, listed or not. Exit codes as of
    `onboard check`. CSV has one row a shop.

    \b
    Examples:
      onboard registry audit --registry registry.db -o text -o json=audit.json
      onboard registry audit --registry registry.db -o csv=shops.csv
      onboard registry audit --registry registry.db --by-rule -o csv=rules.csv
    """
    rules = rules_of(ruleset)
    known = [one.id for one in rules.rules]
    if rule is not None and rule not in known:
        words = text("commands_registry.audit-no-rule", given=rule, ruleset=rules.id)
        raise RulesetError(Problem(words, hint=did_you_mean(rule, known)))
    code = named_subject(subject) if subject else None
    language = resolve_language(lang)
    style, asked_for = Style(language, colored("auto"), width()), formats or ("text",)
    with ExitStack() as files, open_to_read(registry, known_at=known_at) as database:
        state, day = state_digest(database), today()
        about, source = Origin(rules.id, lambda: rules.digest), Origin(database.source, lambda: state)
        run = Run(__version__, day, False, about, source, rules_about(rules, day))
        folder = ruleset_folder(name_of_rules(ruleset))
        read = files_read(address_of(registry), [folder])
        make = (ByRule, BY_RULE_FORMATS) if by_rule else (_make_output, FORMATS)
        outputs = list(make_outputs(asked_for, run, style, files, read, *make))
        listing = Listing(rule, every, by_rule)
        processes = 1 if code else workers or _processes_for(database)
        if processes > 1:
            plan = make_plan((), address_of(registry), read_instant(known_at) if known_at else None, admitted=True)
            rule_files = read_files(folder)
            terms = Terms(rule_files, rules.digest, __version__, day, False, False, database.source)
            place = files.enter_context(tempfile.TemporaryDirectory(prefix="onboard-"))
            tally, reports = _in_processes(plan, terms, listing, Path(place), processes, language)
        else:
            tally, total = AuditTally(), 0 if code else count_subjects(database)
            going = with_progress(subjects(database, code), total, said("subjects"), shown=not sys.stdout.isatty())
            reports = (report for _, report in audited(going, rules, listing, tally))
        for report in reports:
            for output in outputs:
                output.result(report)
        summary = Counter(tally.verdicts)
        if code and not summary:
            raise NotOnRecordError(Problem(text("decisions.no-shop-of", code=code)))
        for output in outputs:
            if isinstance(output, ByRule):
                output.take(tally.rules)
            output.end(summary)
    if not summary:
        click.echo(said("audit-nothing"), err=True)
    if summary["undecided"] and not (every or by_rule):
        click.echo(said("audit-not-listed"), err=True)
    return next((exit_ for verdict, exit_ in EXIT_CODES.items() if summary[verdict]), 0)


def _make_output(format_: str, run: Run, style: Style, write: Callable[[str], object]) -> Output:
    # Staff sort shops and send them on: a row each, where it would be one a reason.
    return ByShop(style.lang, write) if format_ == "csv" else make_output(format_, run, style, write)


def _processes_for(registry: Registry) -> int:
    """One a core where there is much to judge: starting them takes longer than judging a little."""
    if isinstance(registry, SqlRegistry):
        much = count_rows(registry)[0] >= _MUCH
    else:
        assert isinstance(registry, JsonlRegistry)
        much = registry.path.stat().st_size >= _MUCH * _BYTES_A_RECORD
    return all_cores() if much else 1


def _in_processes(
    plan: Plan, terms: Terms, listing: Listing, place: Path, processes: int, lang: Lang
) -> tuple[AuditTally, Iterator[Report]]:
    """What the shops come to, and the reports on those that are shown, by subject as where there is one process."""
    # Nobody else needs processes.
    from ...screening import local

    rules, work = terms.ruleset, WorkFolder(place, False)
    tally, listed = local.audit(plan, terms, listing, work, processes, screening_progress(lang))
    return tally, (unpacked(one, rules) for one in listed)
