"""`onboard registry decisions|replay`: say later what was decided, and why."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import click
import msgspec

from ...decisions.admission import all_decisions
from ...decisions.corrections import named_subject
from ...decisions.replay import Replay, replay
from ...errors import Problem, RegistryError
from ...messages import say, text
from ...outputs.interface import safe
from ...outputs.json import to_json
from ...registry.sql import SqlRegistry
from ...registry.timestamps import show_instant
from ..language import resolve_language
from ..options import CONTEXT, lang_option, today, traceback_option
from ..output_files import standard_output, write_json
from .options import (
    Day,
    complete_subjects,
    format_option,
    known_at_option,
    open_to_read,
    readable_option,
    registry_option,
    rules_of,
    ruleset_option,
    said,
)


@click.command("decisions", context_settings=CONTEXT)
@click.argument("subject", shell_complete=complete_subjects, required=False)
@readable_option
@lang_option
@format_option
@traceback_option
def decisions_command(subject: str | None, registry: str | None, output_format: str, **_: Any) -> None:
    """List the decisions on record, in the order in which they were made; those on one SUBJECT, or all.

    \b
    Example: onboard registry decisions --registry registry.db
    """
    with _open_with_decisions(registry) as database, database.reading() as session:
        found = all_decisions(session, named_subject(subject) if subject else None)
        if output_format == "json":
            _stream_json(decision.to_dict() for decision in found)
            return
        nothing = True
        for d in found:
            nothing = False
            verdict, by = said(f"status-{d.verdict}"), said("decision-by", by=d.by)
            follows = said("decision-follows", application=d.follows) if d.follows else ""
            words = [show_instant(d.at), verdict, d.application_id + follows, d.subject_id, d.shop_id, by, d.note]
            click.echo(safe("  ".join(word for word in words if word)))
        if nothing:
            click.echo(said("decisions-none"), err=True)


@click.command("replay", context_settings=CONTEXT)
@click.argument("application_id")
@click.option("--as-of", type=Day(), help="The last step's day.  [default: today in Asia/Shanghai]")
@known_at_option
@ruleset_option
@registry_option
@lang_option
@format_option
@traceback_option
def replay_command(
    application_id: str,
    as_of: date | None,
    known_at: str | None,
    ruleset: str | None,
    registry: str | None,
    output_format: str,
    **_: Any,
) -> int:
    """Judge again what was decided, and say what has changed: the rules, the record, the day.

    First by the rules given with all else as it was, then with the record of now, then on the day given. Exit
    code 0 where nothing comes out otherwise, else 1.

    \b
    Example: onboard registry replay A-2024-0001 --registry registry.db
    """
    with _open_with_decisions(registry, known_at) as database:
        again = replay(database, application_id, as_of=as_of or today(), ruleset=rules_of(ruleset))
    if output_format == "json":
        plain = {**msgspec.to_builtins(again), "decision": again.decision.to_dict()}
        write_json({"schema_version": 1, "same": again.same, **plain})
    else:
        for line in _told(again):
            click.echo(safe(line))
    return 0 if again.same else 1


def _open_with_decisions(registry: str | None, known_at: str | None = None) -> SqlRegistry:
    """The registry that was named; raises RegistryError where it is one that keeps no decisions."""
    opened = open_to_read(registry, known_at=known_at)
    if isinstance(opened, SqlRegistry):
        return opened
    hint = text("decisions.file-keeps-none-hint")
    raise RegistryError(Problem(text("decisions.file-keeps-none"), source=opened.source, hint=hint))


def _told(again: Replay) -> Iterator[str]:
    d = again.decision
    about = {"application": d.application_id, "verdict": said(f"status-{d.verdict}"), "day": d.as_of}
    about |= {"at": show_instant(d.at), "by": d.by, "note": d.note}
    yield said("replay-decided-with-note" if d.note else "replay-decided", **about)
    then = {"now": again.ruleset_digest[:19], "then": d.ruleset_digest[:19], "day": again.as_of}
    for step in again.steps:
        verdict = said(f"status-{step.verdict}" if step.changes else "same")
        yield "  " + said("replay-step", cause=said(f"replay-{step.cause}", **then), verdict=verdict)
        for change in step.changes:
            before, after = (_outcome(side) for side in (change.before, change.after))
            yield "    " + said("replay-change", rule=change.rule, before=before, after=after)
        for row in step.rows:
            by = said("replay-row-by", by=row.recorded_by) if row.recorded_by else ""
            yield "    " + "  ".join(
                part for part in (show_instant(row.recorded_at), row.record_id, by, row.note) if part
            )
    yield said("same" if again.same else "changed")


def _outcome(told: dict[str, Any] | None) -> str:
    if told is None:
        return said("replay-no-rule")
    status = said(f"status-{told['status']}")
    counted = [
        said("replay-counted", actual=r["actual"], limit=r["limit"]) for r in told["reasons"] if r["limit"] is not None
    ]
    shown = say("punctuation.clause-separator", resolve_language()).join(counted)
    return said("replay-status-counted", status=status, counted=shown) if counted else status


def _stream_json(items: Iterator[dict[str, Any]]) -> None:
    out = standard_output()
    out.write('{"schema_version": 1, "decisions": [')
    for number, item in enumerate(items):
        out.write(("," if number else "") + "\n  " + to_json(item))
    out.write("\n]}\n")
