"""`onboard registry admit`: decide on applications, and open the shops of those that pass."""

import sys
from collections import Counter
from datetime import date
from typing import Any

import click
import msgspec

from .. import __version__
from ..errors import InputError
from ..outputs import Invalid, Run, Style, make_output
from ..outputs.json import to_json
from ..registry import Decision, open_database
from ..registry.instants import day_of
from ..report import Note
from ..rulesets import load_ruleset
from .check import EXIT_CODES
from .inputs import expand, read
from .options import CONTEXT, colored, lang_option, language, today, width
from .registry_options import Day, entry_of, ruleset_option, writing


@click.command("admit", context_settings=CONTEXT)
@click.argument("paths", nargs=-1, required=True, metavar="FILE|FOLDER|-...", type=click.Path())
@click.option("--as-of", type=Day(), help="Only today is taken; it is there to be refused.")
@ruleset_option
@lang_option
@writing
def admit_command(
    paths: tuple[str, ...],
    as_of: date | None,
    ruleset: str,
    lang: str | None,
    registry: str,
    note: str | None,
    by: str | None,
    dry_run: bool,
    shown: str,
    **_: Any,
) -> int:
    """Decide on applications, and open the shops of those that pass.

    Each is decided in a transaction of its own, in the order given. A decision is final: the same application
    again gives the decision on record. Exit codes as of `onboard check`.

    \b
    Example: onboard registry admit application.json --registry registry.db --note "ticket 4711"
    """
    rules = load_ruleset(ruleset)
    results: list[dict[str, Any]] = []
    summary: Counter[str] = Counter()
    day = as_of or today()
    entry = entry_of(by, note)
    with open_database(registry) as opened:
        about = {"id": rules.id, "digest": rules.digest}
        run = Run(__version__, day, False, about, {"source": opened.source, "digest": ""})
        text = make_output("text", run, Style(language(lang), colored("auto"), width()), sys.stdout.write)
        try:
            for path in expand(paths):
                document = read(path)
                result: Any = document
                if not isinstance(document, Invalid):
                    try:
                        made = opened.admit(
                            document.application,
                            as_of=as_of or day_of(entry.at),
                            at=entry.at,
                            by=entry.by,
                            note=entry.note,
                            ruleset=rules,
                            dry_run=dry_run,
                        )
                    except InputError as error:
                        result = Invalid(path, error.problems)
                    else:
                        result = document.report(made.report.noted(_said(made, dry_run)))
                        results.append({**msgspec.to_builtins(made), "source": path, "report": result.to_dict()})
                summary[result.verdict] += 1
                if isinstance(result, Invalid):
                    results.append(result.to_dict())
                if shown == "text":
                    text.result(result)
        finally:
            # What was decided is on record, so it is said, whatever comes after it.
            if shown == "json":
                counts = {verdict: summary[verdict] for verdict in ("pass", "fail", "undecided", "invalid")}
                whole = {"schema_version": 1, "dry_run": dry_run, "decisions": results, "summary": counts}
                click.echo(to_json(whole, indent=2))
        if shown == "text":
            text.end(summary)
    return next((code for verdict, code in EXIT_CODES.items() if summary[verdict]), 0)


def _said(decision: Decision, dry_run: bool) -> tuple[Note, ...]:
    at = decision.at[:19].replace("T", " ")
    if decision.repeated:
        return (Note({"en": f"Decided before, at {at} UTC.", "zh": f"此申请已于 {at}（UTC）作出决定。"}),)
    if not decision.shop_id:
        return ()
    if dry_run:
        return (Note({"en": "Dry run: no shop was opened.", "zh": "试运行：未开设店铺。"}),)
    return (Note({"en": f"Shop {decision.shop_id} is opened.", "zh": f"已开设店铺 {decision.shop_id}。"}),)
