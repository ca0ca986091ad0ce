"""What a file's ending says of how it is kept; one that is not known is refused, never taken for another."""

from collections.abc import Sequence
from pathlib import Path

from ..messages import listed
from .errors import usage_error


def known_ending(path: str, known: Sequence[str]) -> str:
    """The ending of `path` in small letters, `""` where it has none; raises UsageError for one that is not `known`."""
    ending = Path(path).suffix.lower()
    if ending and ending not in known:
        raise usage_error("cli.no-ending", path=path, ending=ending, known=listed(known))
    return ending
