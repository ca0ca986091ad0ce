"""JSON pointers (RFC 6901) and the paths that they spell."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

Path = tuple[str | int, ...]

# Compiled when used: few files have a field that nobody knows.
_NAME = r"[A-Za-z_$][A-Za-z0-9_$-]{0,39}"
_FOUR_DIGITS = r"\d{4}"


def to_pointer(path: Iterable[str | int]) -> str:
    """The pointer that spells `path`."""
    parts = [str(part) for part in path]
    pointer = "/".join(("", *parts))
    if "~" not in pointer and pointer.count("/") == len(parts):
        return pointer
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def walk(value: Any, path: Path) -> Any:
    """What stands at `path` in `value`; raises KeyError or IndexError where nothing does."""
    for part in path:
        value = value[part]
    return value


def copied(value: Any) -> Any:
    """A copy of the plain `value`, whose objects and lists can be changed."""
    if isinstance(value, dict):
        return {name: copied(inner) for name, inner in value.items()}
    return [copied(item) for item in value] if isinstance(value, list | tuple) else value


def looks_like_a_name(part: str) -> bool:
    """Whether `part` looks like a field's name, and not like a number or a text that was typed for one."""
    return re.fullmatch(_NAME, part) is not None and re.search(_FOUR_DIGITS, part) is None


def showable(path: Sequence[str]) -> Sequence[str]:
    """`path` up to where it goes through something that does not look like a field's name: reports do not echo that."""
    for depth, part in enumerate(path):
        index = part.isascii() and part.isdigit() and len(part) <= 6
        if not index and not looks_like_a_name(part):
            return path[:depth]
    return path
