"""JSON pointers (RFC 6901) and the paths that they spell."""

from typing import Any

Path = tuple[str | int, ...]


def to_pointer(path: Path) -> str:
    """The pointer that spells `path`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def walk(value: Any, path: Path) -> Any:
    """What stands at `path` in `value`; raises KeyError or IndexError where nothing does."""
    for part in path:
        value = value[part]
    return value
