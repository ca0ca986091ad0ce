"""`onboard registry admit`: decide on applications, and open the shops of those that pass."""

import sys
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import click

from ... import __version__
from ...decisions.admission import admit, content_of, shop_opened
from ...decisions.decision import Decision
from ...errors import InputError
from ...joint_run import turn
from ...messages import listed, text
from ...models import Shop
from ...outputs import Invalid, Origin, Run, Style, make_output
from ...reading.documents import Document
from ...registry.sql import Entry, SqlRegistry
from ...registry.timestamps import day_of, show_instant
from ...report import Note
from ...rules.ruleset import Ruleset
from ..check import EXIT_CODES
from ..errors import usage_error
from ..inputs import expand, read, refuse_clashes
from ..options import CONTEXT, PATH, colored, width
from ..output_files import write_json
from .handed_in import handed_in_application
from .options import Day, change_options, entry_of, open_from_options, resolve_language, rules_of, ruleset_option, said


@click.command("admit", context_settings=CONTEXT)
@click.argument("paths", nargs=-1, metavar="[FILE|FOLDER|-]...", type=PATH)
@click.option(
    "--handed-in",
    "handed_in",
    multiple=True,
    metavar="ID",
    help="An application that was handed in, see `onboard registry queue`. Repeatable.",
)
@click.option("--as-of", type=Day(), help="Only today is taken; it is there to be refused.")
@ruleset_option
@change_options
def admit_command(
    paths: tuple[str, ...],
    handed_in: tuple[str, ...],
    as_of: date | None,
    ruleset: str | None,
    lang: str | None,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> int:
    """Decide on applications, and open the shops of those that pass.

    Each is decided in a transaction of its own, in the order in which `onboard check` judges them together: by
    `submitted_on`, then as given. A decision is final: the same application again gives the decision on record.
    Exit codes as of `onboard check`.

    \b
    Examples:
      onboard registry admit application.json --registry registry.db --note "ticket 4711"
      onboard registry admit --handed-in A-2024-0001 --registry registry.db --note "ticket 4711"
    """
    if not paths and not handed_in:
        raise click.UsageError(said("admit-what"))
    rules = rules_of(ruleset)
    results: list[dict[str, Any]] = []
    summary: Counter[str] = Counter()
    read_ = [document for path in expand(paths, by_name=True) for document in read(path, own=rules.own_fields)]
    if not read_ and not handed_in:
        raise usage_error("commands_registry.admit-nothing", paths=listed(paths))
    with open_from_options(registry) as database:
        read_ += [_handed_in(database, one, rules) for one in handed_in]
        documents = sorted(refuse_clashes(read_), key=_turn)
        entry = entry_of(by, note)
        run = Run(__version__, day_of(entry.at), False, Origin(rules.id), Origin(database.source))
        opened: dict[str, Shop] = {}
        shown = make_output("text", run, Style(resolve_language(lang), colored("auto"), width()), sys.stdout.write)
        try:
            for document in documents:
                result: Any = document
                if isinstance(document, Document):
                    try:
                        made = admit(
                            document.application,
                            registry=database,
                            entry=Entry(datetime.now(UTC), entry.by, entry.note),
                            as_of=as_of,
                            ruleset=rules,
                            dry_run=dry_run,
                            opened=opened.values(),
                        )
                    except InputError as error:
                        result = Invalid(document.source, tuple(document.locate(p) for p in error.problems))
                    else:
                        # What was done is on record; of a dry run it has to be kept in mind, once of each.
                        if dry_run and not made.repeated and (shop := shop_opened(made)):
                            opened[made.application_id] = shop
                        result = document.report(made.report.noted(_said(made, dry_run)))
                        results.append({**made.to_dict(), "source": document.source, "report": result.to_dict()})
                summary[result.verdict] += 1
                if isinstance(result, Invalid):
                    results.append(result.to_dict())
                if output_format == "text":
                    shown.result(result)
        finally:
            # What was decided is on record, so it is said, whatever comes after it.
            if output_format == "json":
                counts = {verdict: summary[verdict] for verdict in ("pass", "fail", "undecided", "invalid")}
                whole = {"schema_version": 1, "dry_run": dry_run, "decisions": results, "summary": counts}
                write_json(whole)
        if output_format == "text":
            shown.end(summary)
    return next((code for verdict, code in EXIT_CODES.items() if summary[verdict]), 0)


def _handed_in(database: SqlRegistry, application_id: str, rules: Ruleset) -> Document:
    kept = handed_in_application(database, application_id, rules)
    return Document(kept.application_id, content_of(kept.application), rules.own_fields)


def _turn(document: Document | Invalid) -> date:
    """When its turn comes; what is no application is told first."""
    return turn(document.application) if isinstance(document, Document) else date.min


def _said(decision: Decision, dry_run: bool) -> tuple[Note, ...]:
    if decision.repeated:
        return (Note(text("commands_registry.admit-decided-before", at=show_instant(decision.at)), kind="decided"),)
    if not decision.shop_id:
        return ()
    if dry_run:
        return (Note(text("commands_registry.admit-dry-run"), kind="dry_run"),)
    return (Note(text("commands_registry.admit-opened", shop=decision.shop_id), kind="opened"),)
