"""`onboard registry history`: what happened to one subject: who wrote what down, when and why, and what it replaced."""

from collections.abc import Iterator
from typing import Any

import click
from msgspec import to_builtins

from ...decisions.corrections import named_subject, subject_hint
from ...decisions.decision import Decision
from ...decisions.history import Event, happened_at, subject_history
from ...decisions.proposals import Proposal
from ...errors import NotOnRecordError, Problem
from ...messages import aside, text
from ...models import to_record
from ...outputs.interface import safe
from ...registry.timeline import ENDS, Recorded
from ...registry.timestamps import show_instant
from ..options import CONTEXT, lang_option, traceback_option
from ..output_files import write_json
from .mistakes import record_name, show_changes
from .options import (
    complete_subjects,
    format_option,
    open_from_options,
    registry_option,
    resolve_language,
    said,
    worded,
)
from .show import proposal_line, record_line


@click.command("history", context_settings=CONTEXT)
@click.argument("subject", shell_complete=complete_subjects)
@registry_option
@lang_option
@format_option
@traceback_option
def history_command(subject: str, registry: str | None, output_format: str, **_: Any) -> None:
    """Tell what happened to a subject, in the order of time: every version of every record, decisions and proposals.

    Each with who, when and why, and a record with what it replaced.

    \b
    Example: onboard registry history 91999999MATEKT019L --registry registry.db
    """
    code = named_subject(subject)
    with open_from_options(registry) as database:
        events = subject_history(database, code)
        if not events:
            with database.reading() as session:
                hint = subject_hint(session, code)
            raise NotOnRecordError(Problem(text("decisions.nothing-on-record", code=code), hint=hint))
    if output_format == "json":
        write_json({"schema_version": 1, "subject_id": code, "events": [_plain(event) for event in events]})
        return
    for event in events:
        for line in _lines(event):
            click.echo(safe(line))


def _plain(event: Event) -> dict[str, Any]:
    kind = {Recorded: "recorded", Decision: "decision", Proposal: "proposal"}[type(event)]
    plain = event.to_dict() if isinstance(event, Decision) else to_builtins(event)
    return {"event": kind, **plain}


def _lines(event: Event) -> Iterator[str]:
    at = show_instant(happened_at(event))
    match event:
        case Recorded():
            yield _line(at, event.recorded_by, _recorded(event), event.note)
            if event.proposed_by:
                yield "    " + said("history-proposed-by", by=event.proposed_by)
        case Decision():
            verdict = said(f"status-{event.verdict}")
            follows = said("decision-follows", application=event.follows) if event.follows else ""
            what = said("history-decision", application=event.application_id, verdict=verdict) + follows
            yield _line(at, event.by, what, event.note)
        case Proposal():
            yield _line(at, event.proposed_by, said("history-proposal", what=proposal_line(event)), event.note)
            if event.outcome:
                what = said(f"history-{event.outcome}", by=event.answered_by, at=show_instant(event.answered_at or at))
                yield "    " + _with_note(what, event.answer_note)


def _line(at: str, by: str, what: str, note: str | None) -> str:
    return _with_note("  ".join((at, by or said("history-nobody"), what)), note)


def _with_note(what: str, note: str | None) -> str:
    return what + aside(note, resolve_language()) if note else what


def _recorded(event: Recorded) -> str:
    name = record_name(event.record_id)
    if event.record is None:
        return said(f"history-{event.action}", record=name, became=event.became and record_name(event.became))
    if event.action == "added":
        return record_line(event.record_id, to_record(event.record))
    if event.action == "corrected":
        return said("history-corrected", record=name, changes=show_changes(event.changes))
    # What ends says since when, and why; what is taken back, what it had said.
    side, kind = (1 if event.action == "ended" else 0), str(event.record["record"])
    about = {field: both[side] for field, both in event.changes.items()}
    day, why = about[ENDS[kind]], worded(str(about.get("closed_for")))
    return said(f"history-{event.action}-{kind}", record=name, day=day, **({"why": why} if kind == "shop" else {}))
