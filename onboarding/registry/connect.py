"""From an address to a registry."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem, RegistryError
from .protocol import Registry

if TYPE_CHECKING:
    from .sql import SqlRegistry

_POSTGRES = ("postgresql://", "postgres://")
_SQLITE = "sqlite:///"


def open_registry(address: str | Path, *, known_at: datetime | None = None, connections: int = 8) -> Registry:
    """The registry at `address`, to be read: a `.jsonl`, `.db` or `.sqlite` file, `sqlite:///PATH` or `postgresql://…`.

    With `known_at` it is read as it was at that instant, which a `.jsonl` file cannot tell. `connections` is how
    many are opened to a PostgreSQL server at most. Use it in a `with` statement, or `close` one that has
    connections. Raises RegistryError where the address is none of these.
    """
    if Path(str(address)).suffix.lower() == ".jsonl" and not str(address).startswith((_SQLITE, *_POSTGRES)):
        if known_at is not None:
            hint = "`onboard registry import` puts its records where each has its instant"
            raise RegistryError(Problem("does not say what was known when", source=str(address), hint=hint))
        from .jsonl import JsonlRegistry

        return JsonlRegistry(Path(address))
    return open_database(address, known_at=known_at, connections=connections)


def open_database(address: str | Path, *, known_at: datetime | None = None, connections: int = 8) -> "SqlRegistry":
    """The registry in the database at `address`, to be read and written to. Otherwise as `open_registry`."""
    text = str(address)
    if text.startswith(_POSTGRES):
        from .postgres.registry import PostgresRegistry

        return PostgresRegistry(text, known_at, connections)
    path = Path(text.removeprefix(_SQLITE))
    if is_database(text):
        from .sqlite import SqliteRegistry

        return SqliteRegistry(path, known_at)
    if path.suffix.lower() == ".jsonl":
        hint = "a `.jsonl` file can only be read; `onboard registry import` makes a database of it"
        raise RegistryError(Problem("not a registry that can be written to", source=text, hint=hint))
    hint = "a registry is a `.jsonl`, `.db` or `.sqlite` file, `sqlite:///PATH` or `postgresql://…`"
    raise RegistryError(Problem("no registry address", source=text.partition("://")[0], hint=hint))


def is_database(address: str) -> bool:
    """Whether `address` has the form of one that `open_database` takes."""
    return address.startswith((_SQLITE, *_POSTGRES)) or Path(address).suffix.lower() in (".db", ".sqlite")
