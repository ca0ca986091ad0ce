"""`onboard registry show`: all that is on record of one subject, and what bars it from another shop."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import click
import msgspec

from ...decisions.audit import NOTHING, applicant
from ...decisions.corrections import named_subject, subject_hint
from ...errors import Problem, RegistryError
from ...kernel import check
from ...messages import say, text
from ...models import Ban, Mark, Record, Shop, Violation, by_kind, to_plain
from ...outputs.interface import safe
from ...reading.own_fields import OwnFields
from ...reading.validation import did_you_mean
from ...registry.jsonl import JsonlRegistry
from ...registry.listing import NO_NAMES, Names, names_of
from ...registry.protocol import Registry
from ...registry.sql import SqlRegistry
from ...report import Report
from ...subject_number import SubjectNumber
from ..options import CONTEXT, lang_option, today, traceback_option
from ..output_files import write_json
from .options import (
    Day,
    format_option,
    known_at_option,
    open_to_read,
    readable_option,
    resolve_language,
    rules_of,
    ruleset_option,
    said,
)


@click.command("show", context_settings=CONTEXT)
@click.argument("subject")
@readable_option
@ruleset_option
@known_at_option
@click.option("--as-of", type=Day(), help="The day to look from.  [default: today in Asia/Shanghai]")
@lang_option
@format_option
@traceback_option
def show_command(
    subject: str,
    registry: str | None,
    ruleset: str | None,
    known_at: str | None,
    as_of: date | None,
    output_format: str,
    **_: Any,
) -> None:
    """Show a subject's shops, bans, violations and marks, and when it may open another shop as far as the record goes.

    \b
    Example: onboard registry show 91999999MATEKT019L --registry registry.db
    """
    code, day = named_subject(subject), as_of or today()
    with open_to_read(registry, known_at=known_at) as database:
        records, names = _on_record(database, code)
    rules = rules_of(ruleset)
    report = check(applicant(code), by_kind(list(records.values())), day, rules, NOTHING)
    if output_format == "json":
        plain = [_plain(key, record, names) for key, record in records.items()]
        barred = [{"rule": o.rule, "reasons": [reason.to_dict() for reason in o.reasons]} for o in report.failures]
        about = {"schema_version": 1, "subject_id": code, "subject_name": names.subject, "as_of": day}
        about |= {"records": plain, "barred_by": barred}
        write_json(msgspec.to_builtins({**about, "eligible_from": report.eligible_from}))
        return
    click.echo(safe(said("show-as-of", subject="  ".join(filter(None, (code, names.subject))), day=day)))
    for key, record in records.items():
        click.echo(safe("  " + "  ".join([_record(key, record, names), *_own(record, rules.own_fields)])))
    for line in _barred(report, rules.subject_number):
        click.echo(safe("  " + line))


def _on_record(registry: Registry, code: str) -> tuple[dict[str, Record], Names]:
    """The newest version of each record of the subject `code`, by record id, and what it and its shops are called."""
    if isinstance(registry, SqlRegistry):
        with registry.reading() as session:
            rows = registry.rows(session, code, known_at=registry.known_until)
            newest = {row.key: row.record for row in rows}
            records = {key: record for key, record in newest.items() if record is not None}
            names, hint = names_of(session, code), None if rows else subject_hint(session, code)
    else:
        assert isinstance(registry, JsonlRegistry)
        every = registry.newest()
        # One without an id is called by its line.
        records = {key if isinstance(key, str) else f"#{key}": found for key, found in every.get(code, {}).items()}
        names, hint = NO_NAMES, did_you_mean(code, every)
    if not records:
        raise RegistryError(Problem(text("decisions.nothing-on-record", code=code), hint=hint))
    return records, names


def _plain(key: str, record: Record, names: Names) -> dict[str, Any]:
    plain = {"record_id": key, **to_plain(record)}
    return plain | {"shop_name": names.shops.get(record.shop_id)} if isinstance(record, Shop) else plain


def _record(key: str, record: Record, names: Names) -> str:
    match record:
        case Shop():
            brands = say("punctuation.list-separator", resolve_language()).join(brand.name for brand in record.brands)
            called = "  ".join(filter(None, (record.shop_id, names.shops.get(record.shop_id))))
            shop = {"name": called, "brands": brands, "on": record.opened_on}
            if record.closed_on is None:
                return said("show-shop", **shop)
            return said("show-shop-closed", **shop, closed=record.closed_on, why=said(f"why-{record.closed_for}"))
        case Ban():
            ban = {"name": record.id or key, "why": said(f"why-{record.reason}"), "on": record.on}
            return said("show-ban-revoked" if record.revoked_on else "show-ban", **ban, revoked=record.revoked_on)
        case Violation():
            violation = {"name": record.id or key, "why": said(f"why-{record.kind}"), "on": record.on}
            end = record.resolved_on
            return said("show-violation-resolved" if end else "show-violation", **violation, resolved=end)
        case Mark():
            details = said("show-mark-value", value=record.value) if record.value is not None else ""
            details += said("show-mark-about", rule=record.about) if record.about else ""
            details += said("show-mark-by", by=record.by) if record.by else ""
            mark = {"name": record.id or key, "kind": record.kind, "details": details, "on": record.on}
            return said("show-mark-until" if record.until else "show-mark", **mark, until=record.until)


def _own(record: Record, own: OwnFields) -> Iterator[str]:
    """What the fields of the ruleset's own say of a record, and of the brands of a shop."""
    declared = own.records.get(record.record, {})
    yield from (f"{name}={value}" for name, value in record.extra.items() if name in declared)
    for brand in record.brands if isinstance(record, Shop) else ():
        of_brand = (name for name in brand.extra if ("brands", "[]", name) in own.application)
        yield from (f"{brand.name} {name}={brand.extra[name]}" for name in of_brand)


def _barred(report: Report, number: SubjectNumber) -> Iterator[str]:
    lang = resolve_language()
    for outcome in report.failures:
        for reason in outcome.reasons:
            yield said("show-barred", rule=outcome.rule, clause=outcome.clause, why=reason.message[lang])
    if report.failures:
        day = report.eligible_from
        yield said("show-from", day=day) if day else said("show-never")
    elif number.on_record(report.subject_id) is None:
        yield said("show-no-number")
    else:
        yield said("show-not-barred")
