"""From the paths given to documents: files, folders, standard input. One bad file never stops the others."""

import os
import stat
import sys
from collections.abc import Iterator, Sequence

from ..errors import InputError, Problem
from ..outputs import Invalid
from ..reading import Document
from ..strictjson import MAX_BYTES

STDIN = "-"


def expand(paths: Sequence[str]) -> list[str]:
    """The files that `paths` name, each once, in the order given; a folder stands for its `.json` files, by name."""
    found: dict[str, str] = {}
    for path in paths:
        for file in _json_files(path) if path != STDIN and os.path.isdir(path) else [path]:
            found.setdefault(STDIN if file == STDIN else os.path.abspath(file), file)
    return list(found.values())


def read(path: str) -> Document | Invalid:
    """The document at `path`, or what is wrong with it."""
    source = path
    try:
        return Document(source, _bytes(path))
    except InputError as error:
        return Invalid(source, error.problems)
    except OSError as error:
        return Invalid(source, (Problem((error.strerror or "unreadable").lower(), source=source),))


def _json_files(folder: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(".json") and not name.startswith("."):
                yield os.path.join(parent, name)


def _bytes(path: str) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    # Asked before opening: a named pipe would keep us waiting for ever.
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise InputError(Problem("not a regular file", source=path))
    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1)
