"""What every registry can be asked."""

from collections.abc import Collection
from typing import Protocol, Self

from msgspec import Struct

from ..models import History


class Found(Struct, frozen=True):
    """The histories of the subjects asked for, and a digest of what they were read from."""

    histories: dict[str, History]
    digest: str


class Registry(Protocol):
    """A registry that can be read, as `open_registry` gives it; one to be written to comes from `open_database`.

    `source` names it in reports and never holds a password. Use it in a `with` statement, or close it.
    """

    source: str

    def look_up(self, subjects: Collection[str]) -> Found:
        """The history of each of `subjects` (normal USCCs); one with nothing on record has an empty one.

        Raises RegistryError where the registry cannot be read whole, or not reached.
        """
        ...

    def close(self) -> None:
        """Let go of the connections, where any are kept."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *what: object) -> None: ...
