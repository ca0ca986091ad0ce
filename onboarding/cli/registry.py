"""`onboard registry`: the platform's records."""

from datetime import UTC, datetime
from pathlib import Path

import click

from ..errors import Problem, RegistryError
from ..registry.records import read_records
from ..registry.sqlite import SqliteRegistry
from .options import CONTEXT, traceback_option


@click.group("registry", context_settings=CONTEXT)
def registry_group() -> None:
    """The platform's record of shops, bans and violations."""


@registry_group.command("import")
@click.argument("records", metavar="RECORDS.jsonl", type=click.Path(path_type=Path))
@click.argument("registry", metavar="REGISTRY.db", type=click.Path(path_type=Path))
@traceback_option
def import_records(records: Path, registry: Path, traceback: bool) -> None:
    """Add the records of a JSON lines file to an SQLite registry, which is made where it is not there.

    All or nothing, with every broken line listed; the same file again adds nothing.

    \b
    Example: onboard registry import records.jsonl registry.db
    """
    try:
        with records.open("rb") as lines:
            read = read_records(lines, str(records))
            added = SqliteRegistry(registry).add(read, datetime.now(UTC).isoformat(timespec="seconds"))
    except OSError as error:
        raise RegistryError(Problem((error.strerror or "unreadable").lower(), source=str(records))) from None
    click.echo(f"{added} records added to {registry}")
