"""`onboard registry audit`: was each shop on record in order on the day it opened?"""

import sys
from collections import Counter
from contextlib import ExitStack
from typing import Any

import click

from ... import __version__
from ...decisions.audit import audit
from ...outputs import FORMATS, Run, Style
from ...registry.iteration import count_subjects, state_digest, subjects
from ..check import EXIT_CODES
from ..options import CONTEXT, colored, lang_option, today, traceback_option, width
from ..output_files import make_outputs, registry_files, rules_about
from ..progress import with_progress
from .options import (
    known_at_option,
    open_from_options,
    registry_option,
    resolve_language,
    rules_of,
    ruleset_option,
    said,
)


@click.command("audit", context_settings=CONTEXT)
@registry_option
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
@click.option(
    "--all", "every", is_flag=True, help="List every shop, not only those that should not have been admitted."
)
@lang_option
@traceback_option
def audit_command(
    registry: str | None,
    ruleset: str | None,
    known_at: str | None,
    formats: tuple[str, ...],
    every: bool,
    lang: str | None,
    **_: Any,
) -> int:
    """List the shops that should not have been admitted, each judged on the day it opened by that day's rules.

    A shop that was in order by a waiver alone is listed as well, with who gave it and until when.

    Of a shop that was not admitted here, only its record can be judged: rules that read papers are undecided.
    Exit codes as of `onboard check`.

    \b
    Example: onboard registry audit --registry registry.db -o text -o json=audit.json
    """
    rules = rules_of(ruleset)
    summary: Counter[str] = Counter()
    with ExitStack() as files, open_from_options(registry, known_at=known_at) as database:
        about = {"id": rules.id, "digest": rules.digest}
        source, day = {"source": database.source, "digest": state_digest(database)}, today()
        run = Run(__version__, day, False, about, source, rules_about(rules, day))
        outputs = list(
            make_outputs(
                formats or ("text",),
                run,
                Style(resolve_language(lang), colored("auto"), width()),
                files,
                read=registry_files(database.source),
            )
        )
        going = with_progress(
            subjects(database), count_subjects(database), said("subjects"), shown=not sys.stdout.isatty()
        )
        for report in audit(going, rules, every=every):
            summary[report.verdict] += 1
            waived = any(note.kind == "waiver" for note in report.notes)
            for output in outputs if every or waived or report.verdict == "fail" else ():
                output.result(report)
        for output in outputs:
            output.end(summary)
    if summary["undecided"] and not every:
        click.echo(said("audit-not-listed"), err=True)
    return next((code for verdict, code in EXIT_CODES.items() if summary[verdict]), 0)
