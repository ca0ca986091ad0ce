"""`onboard registry erase|purge-handed-in|erasures`: what people wrote is taken away; decisions stay explainable."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click
from msgspec import to_builtins

from ...decisions import erasure
from ...decisions.erasure import Erasure
from ...outputs.interface import safe
from ...registry.sql import Entry
from ...registry.timestamps import show_instant
from ..errors import shown
from ..options import CONTEXT, lang_option, traceback_option
from ..output_files import write_json
from .options import (
    change_options,
    confirm_or_refuse,
    entry_of,
    format_option,
    open_from_options,
    registry_option,
    said,
    yes_option,
)


@click.command("erase", context_settings=CONTEXT)
@click.argument("application_id")
@yes_option
@change_options
def erase_command(
    application_id: str,
    yes: bool,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> None:
    """Take away for good what people wrote in an application: names, brands, papers, texts.

    What was decided stays, and why: the verdict, what each rule said and counted, the subject's number, digests, who
    and when. The application cannot be judged again then.

    \b
    Example: onboard registry erase A-2024-0001 --note "request of 2024-08-05" --yes --registry registry.db
    """
    entry = entry_of(by, note)
    if not dry_run:
        confirm_or_refuse(said("erase-sure", application=application_id), yes)
    with open_from_options(registry) as database:
        made = erasure.erase(application_id, registry=database, entry=entry, dry_run=dry_run)
    _show([made], said("erased", application=made.application_id), entry, dry_run, output_format)


@click.command("purge-handed-in", context_settings=CONTEXT)
@click.option("--older-than", "days", type=click.IntRange(1, 36_500), required=True, help="How many days ago at least.")
@yes_option
@change_options
def purge_handed_in_command(
    days: int,
    yes: bool,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> None:
    """Take away for good what sellers handed in more than so many days ago, decided or not.

    What a decision keeps of it stays; `erase` takes that away.

    \b
    Example: onboard registry purge-handed-in --older-than 90 --note "as we promise" --yes --registry registry.db
    """
    entry = entry_of(by, note)
    if not dry_run:
        confirm_or_refuse(said("purge-sure", days=days), yes)
    with open_from_options(registry) as database:
        before = entry.at - timedelta(days=days)
        made = erasure.purge_handed_in(before, registry=database, entry=entry, dry_run=dry_run)
    _show(made, said("purged", n=len(made), days=days), entry, dry_run, output_format)


@click.command("erasures", context_settings=CONTEXT)
@registry_option
@lang_option
@format_option
@traceback_option
def erasures_command(registry: str | None, output_format: str, **_: Any) -> None:
    """List what was erased: of which application, by whom, when and why.

    \b
    Example: onboard registry erasures --registry registry.db
    """
    with open_from_options(registry) as database, database.reading() as session:
        found = list(erasure.erasures(session))
    if output_format == "json":
        write_json({"schema_version": 1, "erasures": to_builtins(found)})
        return
    for one in found:
        what = said(f"erased-{one.what}", application=one.application_id)
        click.echo(safe("  ".join((show_instant(one.at), one.by, what, one.note))))
    if not found:
        click.echo(said("erasures-none"), err=True)


def _show(made: Sequence[Erasure], done: str, entry: Entry, dry_run: bool, output_format: str) -> None:
    if output_format == "json":
        write_json({"schema_version": 1, "dry_run": dry_run, "erasures": to_builtins(made)})
        return
    click.echo(shown(said("dry-run", done=done) if dry_run else done))
