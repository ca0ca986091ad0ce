"""`onboard registry`: the platform's records."""

import csv
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import click
import msgspec

from ..errors import Problem, RegistryError
from ..models import Shop
from ..outputs.base import safe
from ..outputs.json import to_json
from ..registry import open_database
from ..registry.entries import subjects
from ..registry.instants import write_instant
from ..registry.records import Line, read_records
from ..registry.shops_csv import COLUMNS, read_shops, write_shop
from .options import CONTEXT, traceback_option
from .registry_admit import admit_command
from .registry_audit import audit_command, show_command
from .registry_changes import ban_command, close_command, resolve_command, revoke_command, violation_command
from .registry_options import by_option, dry_run_option, entry_of, format_option, note_option, registry_argument
from .registry_replay import decisions_command, replay_command


@click.group("registry", context_settings=CONTEXT)
def registry_group() -> None:
    """The platform's record of shops, bans and violations: an SQLite file, or a PostgreSQL database.

    \b
    Examples:
      onboard registry import records.jsonl registry.db
      onboard registry admit application.json --registry registry.db --note "ticket 4711"
      onboard registry show 91999999MATEKT019L --registry registry.db
    """


for command in (
    *(admit_command, decisions_command, replay_command, audit_command, show_command),
    *(close_command, ban_command, revoke_command, violation_command, resolve_command),
):
    registry_group.add_command(command)


@registry_group.command("init")
@registry_argument
@traceback_option
def init_registry(registry: str, traceback: bool) -> None:
    """Make an empty registry, or bring an older one to this program's schema version.

    \b
    Example: onboard registry init registry.db
    """
    with open_database(registry) as opened:
        opened.init()
        click.echo(safe(f"{opened.source} is ready"))


@registry_group.command("import")
@click.argument("records", metavar="RECORDS.jsonl|SHOPS.csv", type=click.Path(path_type=Path))
@registry_argument
@note_option
@by_option
@dry_run_option
@format_option
@traceback_option
def import_records(
    records: Path, registry: str, note: str | None, by: str | None, dry_run: bool, shown: str, traceback: bool
) -> None:
    """Add the records of a file to a registry, which is made where it is not there.

    All or nothing, with every broken line listed; the same file again adds nothing. The note is the file's name
    unless another is given.

    \b
    Example: onboard registry import records.jsonl registry.db
    """
    entry = entry_of(by, note or records.name, ask=False)
    try:
        with ExitStack() as files, open_database(registry) as opened:
            lines = _read(records, files)
            added = opened.add(lines, write_instant(entry.at), by=entry.by, note=entry.note, dry_run=dry_run)
    except OSError as error:
        raise RegistryError(Problem((error.strerror or "unreadable").lower(), source=str(records))) from None
    if shown == "json":
        about = {"dry_run": dry_run, "at": entry.at.isoformat(), "by": entry.by, "note": entry.note}
        click.echo(to_json({"schema_version": 1, **about, "added": added}, indent=2))
    else:
        done = "would be added" if dry_run else "added"
        click.echo(safe(f"{added} records {done} to {opened.source}"))


@registry_group.command("export")
@registry_argument
@click.argument("target", metavar="RECORDS.jsonl|SHOPS.csv|-", default="-")
@traceback_option
def export_records(registry: str, target: str, traceback: bool) -> None:
    """Write the newest version of every record, by subject: all as JSON lines, or the shops as CSV.

    \b
    Example: onboard registry export registry.db shops.csv
    """
    with ExitStack() as files, open_database(registry) as opened:
        try:
            out: IO[str] = sys.stdout
            if target != "-":
                out = files.enter_context(Path(target).open("w", encoding="utf-8", newline=""))
            records = (record for subject in subjects(opened) for record in subject.records)
            if Path(target).suffix.lower() == ".csv":
                rows = csv.writer(out, lineterminator="\n")
                rows.writerow(COLUMNS)
                rows.writerows(write_shop(record) for record in records if isinstance(record, Shop))
            else:
                out.writelines(to_json(msgspec.to_builtins(record)) + "\n" for record in records)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise RegistryError(Problem((error.strerror or "").lower(), source=target)) from None


def _read(path: Path, files: ExitStack) -> Iterator[Line]:
    if path.suffix.lower() == ".csv":
        text = files.enter_context(path.open(encoding="utf-8-sig", newline=""))
        return read_shops(_watched(text, path.stat().st_size), str(path))
    lines = files.enter_context(path.open("rb"))
    return read_records(_watched(lines, path.stat().st_size), str(path))


def _watched(lines: Iterable[Any], size: int) -> Iterator[Any]:
    """`lines`, with a bar on the terminal for who has waited for a second."""
    if not sys.stderr.isatty():
        yield from lines
        return
    begun, done, shown = time.monotonic(), 0, 0
    with ExitStack() as screen:
        bar: Any = None
        for number, line in enumerate(lines):
            done += len(line)
            if number % 4096 == 0 and (bar or time.monotonic() - begun > 1):
                bar = bar or screen.enter_context(click.progressbar(length=size, file=sys.stderr, label="reading"))
                bar.update(done - shown)
                shown = done
            yield line
