"""What the frozen dataclasses of applications, records, reports and problems have in common."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any


class ByFields:
    """A dataclass made with `eq=False, repr=False` that compares, hashes and shows itself as one made without.

    The standard library writes and compiles these methods for each class at each start: for ours that is as long as a
    check takes to judge. Not before Python 3.13 does it compile those of a class in one go.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        kind: Any = type(self)
        values = _values(kind)
        return bool(values(self) == values(other))

    def __hash__(self) -> int:
        kind: Any = type(self)
        return hash(_hashed(kind)(self))

    def __repr__(self) -> str:
        kind: Any = type(self)
        shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(kind))
        return f"{kind.__qualname__}({shown})"


@cache
def _values(kind: Any) -> Callable[[Any], Any]:
    return attrgetter(*(field.name for field in fields(kind) if field.compare))


@cache
def _hashed(kind: Any) -> Callable[[Any], Any]:
    return attrgetter(*(field.name for field in fields(kind) if (field.compare if field.hash is None else field.hash)))
