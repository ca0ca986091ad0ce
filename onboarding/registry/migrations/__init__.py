"""The tables of a registry, as SQL files: one folder a database, one file a schema version, numbered from 1."""

from functools import cache
from pathlib import Path


@cache
def migrations(database: str) -> tuple[str, ...]:
    """What brings the tables of `database` from each schema version to the next, beginning with none."""
    files = sorted(Path(__file__).with_name(database).glob("*.sql"))
    return tuple(file.read_text("utf-8") for file in files)
