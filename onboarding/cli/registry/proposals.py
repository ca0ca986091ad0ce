"""`onboard registry four-eyes|proposals|confirm|reject`: bans and waivers that need a second person."""

from typing import Any

import click
from msgspec import to_builtins

from ...decisions import proposals
from ...decisions.corrections import named_subject
from ...errors import ConflictError, NotOnRecordError, Problem
from ...messages import listed, text
from ...outputs.interface import safe
from ...registry.sql import SqlRegistry
from ...registry.timestamps import show_instant
from ..errors import shown
from ..options import CONTEXT, lang_option, traceback_option
from ..output_files import write_json
from .options import (
    change_options,
    complete_subjects,
    entry_of,
    format_option,
    open_from_options,
    registry_option,
    said,
)
from .show import proposal_line


@click.command("four-eyes", context_settings=CONTEXT)
@click.argument("state", type=click.Choice(["on", "off"]))
@change_options
def four_eyes_command(
    state: str, registry: str | None, note: str | None, by: str | None, dry_run: bool, output_format: str, **_: Any
) -> None:
    """Have bans and waivers need a second person in this registry, or no more; it is kept there, with who said so.

    It goes for whatever puts a ban or a waiver on record, changes it or takes it back, and for closing a shop for
    `application_fraud` or `serious_violation`; not for an import.

    \b
    Example: onboard registry four-eyes on --note "as of the audit" --registry registry.db
    """
    entry = entry_of(by, note)
    with open_from_options(registry) as database:
        new = proposals.set_four_eyes(state == "on", registry=database, entry=entry, dry_run=dry_run)
    if output_format == "json":
        write_json({"schema_version": 1, "dry_run": dry_run, "four_eyes": state == "on", "changed": new})
        return
    done = said(f"four-eyes-{state}")
    click.echo(said("dry-run", done=done) if dry_run else done)


@click.command("proposals", context_settings=CONTEXT)
@click.argument("subject", shell_complete=complete_subjects, required=False)
@registry_option
@click.option("--all", "every", is_flag=True, help="List those, too, that were confirmed or rejected.")
@lang_option
@format_option
@traceback_option
def proposals_command(subject: str | None, registry: str | None, every: bool, output_format: str, **_: Any) -> None:
    """List what waits for a second person; of one SUBJECT, or all.

    \b
    Example: onboard registry proposals --registry registry.db
    """
    code = named_subject(subject) if subject else None
    with open_from_options(registry) as database, database.reading() as session:
        found = list(proposals.proposals(session, code, waiting=not every))
    if output_format == "json":
        write_json({"schema_version": 1, "proposals": to_builtins(found)})
        return
    for p in found:
        words = [p.proposal_id, show_instant(p.proposed_at), p.proposed_by, p.subject_id, proposal_line(p), p.note]
        if p.outcome:
            words.append(said(f"history-{p.outcome}", by=p.answered_by, at=show_instant(p.answered_at or "")))
        click.echo(safe("  ".join(word for word in words if word)))
    if not found:
        click.echo(said("proposals-none"), err=True)


@click.command("confirm", context_settings=CONTEXT)
@click.argument("proposal")
@change_options
def confirm_command(
    proposal: str, registry: str | None, note: str | None, by: str | None, dry_run: bool, output_format: str, **_: Any
) -> None:
    """Put on record what somebody else has proposed: a ban, a waiver, or the end of a ban.

    \b
    Example: onboard registry confirm 5f0c3a91 --by li --registry registry.db
    """
    entry = entry_of(by, note, ask=False)
    with open_from_options(registry) as database:
        id_ = _full_id(database, proposal)
        made = proposals.confirm_proposal(id_, registry=database, entry=entry, dry_run=dry_run)
    _show(made, dry_run, output_format)


@click.command("reject", context_settings=CONTEXT)
@click.argument("proposal")
@change_options
def reject_command(
    proposal: str, registry: str | None, note: str | None, by: str | None, dry_run: bool, output_format: str, **_: Any
) -> None:
    """Put aside what was proposed; who proposed it may take it back so.

    \b
    Example: onboard registry reject 5f0c3a91 --note "another subject was meant" --by li --registry registry.db
    """
    entry = entry_of(by, note)
    with open_from_options(registry) as database:
        id_ = _full_id(database, proposal)
        made = proposals.reject_proposal(id_, registry=database, entry=entry, dry_run=dry_run)
    _show(made, dry_run, output_format)


def _full_id(registry: SqlRegistry, given: str) -> str:
    """The id of the one proposal on record that begins so."""
    with registry.reading() as session:
        found = [p.proposal_id for p in proposals.proposals(session) if p.proposal_id.startswith(given)]
    if not found:
        raise NotOnRecordError(Problem(text("decisions.no-proposal", given=given)))
    if len(found) > 1 and given not in found:
        hint = text("decisions.these-do", names=listed(found[:10]))
        raise ConflictError(Problem(text("decisions.several-begin-so", given=given), hint=hint))
    return given if given in found else found[0]


def _show(made: proposals.Proposal, dry_run: bool, output_format: str) -> None:
    if output_format == "json":
        write_json({"schema_version": 1, "dry_run": dry_run, "proposal": to_builtins(made)})
        return
    done = said(f"answer-{made.outcome}", what=proposal_line(made), by=made.proposed_by)
    click.echo(shown(said("dry-run", done=done) if dry_run else done))
