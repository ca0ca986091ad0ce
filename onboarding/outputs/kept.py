"""What was made of a value that comes again: thousands of shops of one subject rest on one and the same records."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")
Made = TypeVar("Made")
Records = tuple[dict[str, Any], ...]  # what a reason rests on


class Kept(Generic[Value, Made]):
    """What `make` makes of a value, made once for each that is one and the same; at most so many are kept."""

    def __init__(self, make: Callable[[Value], Made], most: int = 256) -> None:
        self._make, self._most = make, most
        self._kept: dict[int, tuple[Value, Made]] = {}

    def __call__(self, value: Value) -> Made:
        kept = self._kept.get(id(value))
        if kept is not None and kept[0] is value:
            return kept[1]
        if len(self._kept) >= self._most:
            self._kept.clear()
        made = self._make(value)
        self._kept[id(value)] = value, made
        return made
