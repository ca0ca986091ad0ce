"""The tables of a registry, as SQL files: one folder a database, one file a schema version, numbered from 1."""

from pathlib import Path


def migrations(database: str) -> tuple[Path, ...]:
    """The files that bring the tables of `database` from each schema version to the next, beginning with none.

    How many there are is asked of each registry; what they say, only where tables are made.
    """
    return tuple(sorted(file for file in Path(__file__).with_name(database).iterdir() if file.suffix == ".sql"))
