"""`onboard registry audit|show`: look back at all shops, or at one subject."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from typing import Any

import click
import msgspec

from .. import __version__
from ..errors import Problem, RegistryError
from ..identity import normal_code
from ..kernel import check
from ..models import Ban, Record, Shop
from ..outputs import FORMATS, Run, Style
from ..outputs.base import safe
from ..outputs.json import to_json
from ..registry import open_database
from ..registry.audit import applicant, audit, by_record
from ..registry.entries import state_digest
from ..registry.instants import read_instant, write_instant
from ..registry.sql import history_from
from ..report import Report
from ..rulesets import load_ruleset
from .check import EXIT_CODES, rules_about
from .options import CONTEXT, colored, lang_option, language, today, traceback_option, width
from .registry_options import Day, format_option, known_at_option, registry_option, ruleset_option
from .writing import make_outputs


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
    registry: str,
    ruleset: str,
    known_at: str | None,
    formats: tuple[str, ...],
    every: bool,
    lang: str | None,
    traceback: bool,
) -> int:
    """List the shops that should not have been admitted, each judged on the day it opened by that day's rules.

    Of a shop that was not admitted here, only its record can be judged: rules that read papers are undecided.
    Exit codes as of `onboard check`.

    \b
    Example: onboard registry audit --registry registry.db -o text -o json=audit.json
    """
    rules = load_ruleset(ruleset)
    summary: Counter[str] = Counter()
    with ExitStack() as files, open_database(registry, known_at=read_instant(known_at) if known_at else None) as opened:
        about = {"id": rules.id, "digest": rules.digest}
        run = Run(
            __version__,
            today(),
            False,
            about,
            {"source": opened.source, "digest": state_digest(opened)},
            rules_about(rules, today()),
        )
        outputs = list(make_outputs(formats or ("text",), run, Style(language(lang), colored("auto"), width()), files))
        for report in audit(opened, rules):
            summary[report.verdict] += 1
            for output in outputs if every or report.verdict == "fail" else ():
                output.result(report)
        for output in outputs:
            output.end(summary)
    return next((code for verdict, code in EXIT_CODES.items() if summary[verdict]), 0)


@click.command("show", context_settings=CONTEXT)
@click.argument("subject")
@registry_option
@ruleset_option
@known_at_option
@click.option("--as-of", type=Day(), help="The day to look from.  [default: today in Asia/Shanghai]")
@lang_option
@format_option
@traceback_option
def show_command(
    subject: str,
    registry: str,
    ruleset: str,
    known_at: str | None,
    as_of: date | None,
    lang: str | None,
    shown: str,
    traceback: bool,
) -> None:
    """Show a subject's shops, bans and violations, and when it may open another shop as far as the record goes.

    \b
    Example: onboard registry show 91999999MATEKT019L --registry registry.db
    """
    code, day = normal_code(subject), as_of or today()
    until = write_instant(read_instant(known_at)) if known_at else None
    with open_database(registry) as opened, opened.reading() as session:
        rows = opened.rows(session, code, known_at=until)
    if not rows:
        raise RegistryError(Problem(f"nothing is on record of `{code}`"))
    keys = {row.key: row.record for row in rows}
    records = {key: record for key, record in keys.items() if record is not None}
    report = check(
        applicant(code, None, (), ""), history_from(code, rows), day, by_record(load_ruleset(ruleset), with_type=False)
    )
    if shown == "json":
        plain = [{"record_id": key, **msgspec.to_builtins(record)} for key, record in records.items()]
        barred = [{"rule": o.rule, "reasons": msgspec.to_builtins(o.reasons)} for o in report.failures]
        until = report.eligible_from.isoformat() if report.eligible_from else None
        about = {"schema_version": 1, "subject_id": code, "as_of": day.isoformat(), "records": plain}
        click.echo(to_json({**about, "barred_by": barred, "eligible_from": until}, indent=2))
        return
    click.echo(safe(f"{code}  as of {day}"))
    for key, record in records.items():
        click.echo(safe("  " + _line(key, record)))
    for line in _barred(report, language(lang)):
        click.echo(safe("  " + line))


def _line(key: str, record: Record) -> str:
    if isinstance(record, Shop):
        brands = ", ".join(brand.name for brand in record.brands)
        closed = f", closed {record.closed_on} for {record.closed_for}" if record.closed_on else ""
        return f"shop {record.shop_id}  {brands}: opened {record.opened_on}{closed}"
    name = record.id or key
    if isinstance(record, Ban):
        end = f", revoked {record.revoked_on}" if record.revoked_on else ""
        return f"ban {name}: {record.reason}, from {record.on}{end}"
    end = f", resolved {record.resolved_on}" if record.resolved_on else ", not resolved"
    return f"violation {name}: {record.kind} on {record.on}{end}"


def _barred(report: Report, lang: Any) -> Iterator[str]:
    for outcome in report.failures:
        for reason in outcome.reasons:
            yield f"{outcome.rule} ({outcome.clause}): {reason.message[lang]}"
    if report.verdict == "undecided":
        yield "not a sound licence number: what it may do cannot be told"
    elif report.verdict == "pass":
        yield "nothing on record bars another shop"
    else:
        yield (
            f"may open a shop from {report.eligible_from}"
            if report.eligible_from
            else "waiting alone does not cure this"
        )
