"""`onboard registry`: the platform's records."""

from typing import Any

import click

from ...outputs.interface import safe
from ..options import CONTEXT, lang_option, traceback_option
from ..output_files import write_json
from .admit import admit_command
from .audit import audit_command
from .corrections import (
    ban_command,
    close_command,
    mark_command,
    reopen_command,
    resolve_command,
    revoke_command,
    unmark_command,
    violation_command,
)
from .erasure import erase_command, erasures_command, purge_handed_in_command
from .files import export_command, import_command
from .find import find_command, list_command
from .handed_in import application_command, queue_command
from .history import history_command
from .mistakes import correct_command, withdraw_command
from .options import dry_run_option, format_option, open_from_options, registry_option, said, the_one_named
from .proposals import confirm_command, four_eyes_command, proposals_command, reject_command
from .replay import decisions_command, replay_command
from .show import show_command


@click.group("registry", context_settings=CONTEXT)
def registry_group() -> None:
    """The platform's record of shops, bans, violations and marks: an SQLite file, or a PostgreSQL database.

    \b
    Examples:
      onboard registry import records.jsonl --registry registry.db
      onboard registry admit application.json --registry registry.db --note "ticket 4711"
      onboard registry show 91999999MATEKT019L --registry registry.db

    `--registry` may be left out where ONBOARD_REGISTRY or the settings file of `onboard check` names one.
    """


@registry_group.command("init")
@click.argument("place", metavar="[REGISTRY]", required=False)
@registry_option
@dry_run_option
@lang_option
@format_option
@traceback_option
def init_command(place: str | None, registry: str | None, dry_run: bool, output_format: str, **_: Any) -> None:
    """Make an empty registry, or bring an older one to this program's schema version.

    \b
    Example: onboard registry init registry.db
    """
    with open_from_options(the_one_named(place, registry)) as database:
        found, now = database.init(dry_run=dry_run), database.schema_version
        if output_format == "json":
            about = {"dry_run": dry_run, "source": database.source, "found": found, "made": now}
            write_json({"schema_version": 1, **about})
            return
        if found == now:
            done = "init-up-to-date"
        elif found:
            done = "init-would-bring" if dry_run else "init-brought"
        else:
            done = "init-would-make" if dry_run else "init-made"
        click.echo(safe(said(done, source=database.source, found=found, now=now)))


for command in (
    *(import_command, export_command, admit_command, decisions_command, replay_command, audit_command, show_command),
    *(list_command, find_command),
    *(close_command, ban_command, revoke_command, violation_command, resolve_command),
    *(mark_command, unmark_command, reopen_command, correct_command, withdraw_command, history_command),
    *(queue_command, application_command, erase_command, purge_handed_in_command, erasures_command),
    *(four_eyes_command, proposals_command, confirm_command, reject_command),
):
    registry_group.add_command(command)
