"""From an address to a registry."""

from pathlib import Path

from ..errors import Problem, RegistryError
from .lookup import Registry


def open_registry(address: str | Path) -> Registry:
    """The registry at `address`: a `.jsonl` file, a `.db` or `.sqlite` file, or `sqlite:///PATH`.

    Raises RegistryError where the address is none of these.
    """
    text = str(address)
    if text.startswith("sqlite:///"):
        return _sqlite(Path(text.removeprefix("sqlite:///")))
    match Path(text).suffix.lower():
        case ".jsonl":
            from .jsonl import JsonlRegistry

            return JsonlRegistry(Path(text))
        case ".db" | ".sqlite":
            return _sqlite(Path(text))
    hint = "a registry is a `.jsonl`, `.db` or `.sqlite` file, or `sqlite:///PATH`"
    raise RegistryError(Problem("no registry address", source=text, hint=hint))


def _sqlite(path: Path) -> Registry:
    from .sqlite import SqliteRegistry

    return SqliteRegistry(path)
