"""From an address to a registry."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem, RegistryError
from ..files import beginning
from ..messages import text
from ..reading.encoding import MAX_BYTES
from .addresses import shown_address
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
            hint = text("registry.import-knows-when")
            source = shown_address(str(address))
            raise RegistryError(Problem(text("registry.knows-no-when"), source=source, hint=hint))
        from .jsonl import JsonlRegistry

        return JsonlRegistry(Path(address))
    return open_database(address, known_at=known_at, connections=connections)


def open_database(address: str | Path, *, known_at: datetime | None = None, connections: int = 8) -> "SqlRegistry":
    """The registry in the database at `address`, to be read and written to. Otherwise as `open_registry`."""
    given = str(address)
    if given.startswith(_POSTGRES):
        from .postgres.registry import PostgresRegistry

        return PostgresRegistry(given, known_at, connections)
    path = Path(given.removeprefix(_SQLITE))
    if is_database(given):
        from .sqlite import SqliteRegistry

        return SqliteRegistry(path, known_at)
    # Only where something is wrong already.
    from ..reading.wrong_file import wrong_file

    if other := wrong_file(beginning(path, MAX_BYTES), "registry", shown_address(given)):
        raise RegistryError(other)
    if path.suffix.lower() == ".jsonl":
        message, hint = text("registry.read-only"), text("registry.import-makes-database")
    else:
        message = text("files.eisdir" if path.is_dir() else "registry.no-address")
        hint = text("registry.address-forms")
    raise RegistryError(Problem(message, source=shown_address(given), hint=hint))


def is_database(address: str) -> bool:
    """Whether `address` has the form of one that `open_database` takes."""
    if address.startswith((_SQLITE, *_POSTGRES)):
        return True
    return "://" not in address and Path(address).suffix.lower() in (".db", ".sqlite")
