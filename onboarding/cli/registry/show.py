"""`onboard registry show`: all that is on record of one subject, and what bars it from another shop."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

import click
import msgspec

from ...decisions.admission import all_decisions
from ...decisions.audit import NOTHING, applicant
from ...decisions.corrections import named_subject, subject_hint
from ...decisions.proposals import Proposal, proposals_waiting_at
from ...errors import Problem, RegistryError
from ...kernel import check
from ...messages import say, text
from ...models import Ban, Mark, Record, Shop, Violation, by_kind, to_plain, to_record
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
from .mistakes import record_name
from .options import (
    Day,
    complete_subjects,
    format_option,
    known_at_option,
    open_to_read,
    readable_option,
    resolve_language,
    rules_of,
    ruleset_option,
    said,
    worded,
)


@click.command("show", context_settings=CONTEXT)
@click.argument("subject", shell_complete=complete_subjects)
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
        on_record = _on_record(database, code)
    names, follows, waiting = on_record.names, on_record.follows, on_record.waiting
    records = {key: seen for key, record in on_record.records.items() if (seen := _as_of(record, day))}
    rules = rules_of(ruleset)
    report = check(applicant(code), by_kind(list(on_record.records.values())), day, rules, NOTHING)
    if output_format == "json":
        plain = [_plain(key, record, names) for key, record in records.items()]
        barred = [{"rule": o.rule, "reasons": [reason.to_dict() for reason in o.reasons]} for o in report.failures]
        about = {"schema_version": 1, "subject_id": code, "subject_name": names.subject, "as_of": day}
        about |= {"records": plain, "barred_by": barred, "follows": dict(follows), "proposals": waiting}
        write_json(msgspec.to_builtins({**about, "eligible_from": report.eligible_from}))
        return
    click.echo(safe(said("show-as-of", subject="  ".join(filter(None, (code, names.subject))), day=day)))
    for key, record in records.items():
        click.echo(safe("  " + "  ".join([record_line(key, record, names), *_own(record, rules.own_fields)])))
    for proposal in waiting:
        what = {"what": proposal_line(proposal), "by": proposal.proposed_by, "proposal": proposal.proposal_id}
        click.echo(safe("  " + said("show-proposed", **what)))
    for application, earlier in follows.items():
        click.echo(safe("  " + said("show-follows", application=application, earlier=earlier)))
    for line in _barred(report, rules.subject_number):
        click.echo(safe("  " + line))


class _OnRecord(NamedTuple):
    """The newest version of each record of a subject, by record id, what it and its shops are called, which
    application follows which, and what waits for a second person."""

    records: dict[str, Record]
    names: Names = NO_NAMES
    follows: Mapping[str, str] = MappingProxyType({})
    waiting: Sequence[Proposal] = ()


def _on_record(registry: Registry, code: str) -> _OnRecord:
    if isinstance(registry, SqlRegistry):
        with registry.reading() as session:
            until = registry.known_until
            rows = registry.rows(session, code, known_at=until)
            newest = {row.key: row.record for row in rows}
            records = {key: record for key, record in newest.items() if record is not None}
            made = (one for one in all_decisions(session, code) if until is None or one.at <= until)
            follows = {one.application_id: one.follows for one in made if one.follows}
            waiting = proposals_waiting_at(session, code, until)
            if rows:
                return _OnRecord(records, names_of(session, code, until), follows, waiting)
            hint = subject_hint(session, code)
    else:
        assert isinstance(registry, JsonlRegistry)
        every = registry.newest()
        if code in every:
            # One without an id is called by its line.
            return _OnRecord({key if isinstance(key, str) else f"#{key}": r for key, r in every[code].items()})
        hint = did_you_mean(code, every)
    raise RegistryError(Problem(text("decisions.nothing-on-record", code=code), hint=hint))


def _plain(key: str, record: Record, names: Names) -> dict[str, Any]:
    plain = {"record_id": key, **to_plain(record)}
    return plain | {"shop_name": names.shops.get(record.shop_id)} if isinstance(record, Shop) else plain


def _as_of(record: Record, day: date) -> Record | None:
    """The record as it stood on `day`; None where it came later. When a mark runs out is known before."""
    match record:
        case Shop():
            over = record.closed_on is not None and record.closed_on > day
            seen: Record = replace(record, closed_on=None, closed_for=None) if over else record
            return seen if record.opened_on <= day else None
        case Ban():
            over = record.revoked_on is not None and record.revoked_on > day
            seen = replace(record, revoked_on=None) if over else record
        case Violation():
            over = record.resolved_on is not None and record.resolved_on > day
            seen = replace(record, resolved_on=None) if over else record
        case Mark():
            seen = record
    return seen if record.on <= day else None


def record_line(key: str, record: Record, names: Names = NO_NAMES) -> str:
    """A record in a line; a shop with its name where that is among `names`."""
    match record:
        case Shop():
            brands = say("punctuation.list-separator", resolve_language()).join(brand.name for brand in record.brands)
            called = "  ".join(filter(None, (record.shop_id, names.shops.get(record.shop_id))))
            shop = {"name": called, "brands": brands, "on": record.opened_on}
            if record.closed_on is None:
                return said("show-shop", **shop)
            return said("show-shop-closed", **shop, closed=record.closed_on, why=worded(str(record.closed_for)))
        case Ban():
            ban = {"name": record.id or key, "why": worded(record.reason), "on": record.on}
            return said("show-ban-revoked" if record.revoked_on else "show-ban", **ban, revoked=record.revoked_on)
        case Violation():
            violation = {"name": record.id or key, "why": worded(record.kind), "on": record.on}
            end = record.resolved_on
            return said("show-violation-resolved" if end else "show-violation", **violation, resolved=end)
        case Mark():
            details = said("show-mark-value", value=record.value) if record.value is not None else ""
            details += said("show-mark-about", rule=record.about) if record.about else ""
            details += said("show-mark-by", by=record.by) if record.by else ""
            mark = {"name": record.id or key, "kind": record.kind, "details": details, "on": record.on}
            return said("show-mark-until" if record.until else "show-mark", **mark, until=record.until)


def proposal_line(proposal: Proposal) -> str:
    """What a proposal would do, in a line."""
    if proposal.record is None:
        return said("proposal-withdraws", record=record_name(proposal.record_id))
    return record_line(proposal.record_id, to_record(proposal.record))


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
