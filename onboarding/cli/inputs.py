"""From the paths given to documents: files, folders, standard input. One bad file never stops the others."""

import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence

import click

from ..errors import InputError, Problem
from ..joint_run import clashes
from ..messages import text
from ..outputs import Invalid
from ..reading.documents import Document
from ..reading.encoding import MAX_BYTES

STDIN = "-"
Excluded = Callable[[str], bool]


def expand(paths: Sequence[str], exclude: Sequence[str] = ()) -> list[str]:
    """The files that `paths` name, each once, in the order given; a folder stands for its `.json` files, by name.

    `exclude` are patterns as in a `.gitignore` file that lies in the folder given; a file named directly is
    matched by its path from the working folder. Raises UsageError where a pattern is none.
    """
    found: dict[str, str] = {}
    excluded = _excluding(exclude)
    for path in paths:
        for file in _files(path, excluded):
            found.setdefault(STDIN if file == STDIN else os.path.abspath(file), file)
    return list(found.values())


def read(path: str) -> Document | Invalid:
    """The document at `path`, or what is wrong with it."""
    try:
        return Document(path, _bytes(path))
    except InputError as error:
        return Invalid(path, error.problems)
    except OSError as error:
        return Invalid(path, (Problem((error.strerror or "unreadable").lower(), source=path),))


def refuse_clashes(documents: Sequence[Document | Invalid]) -> list[Document | Invalid]:
    """`documents`, those invalid of which another one has the application id and other content."""
    read_ = [position for position, document in enumerate(documents) if isinstance(document, Document)]
    told = list(documents)
    for one, other in clashes([d.application for d in documents if isinstance(d, Document)]).items():
        document = documents[read_[one]]
        assert isinstance(document, Document)
        message = text("kernel.id-used-in", file=documents[read_[other]].source)
        problem = Problem(message, "/application_id", hint=text("kernel.id-used-in-hint"))
        told[read_[one]] = Invalid(document.source, (document.locate(problem),))
    return told


def _files(path: str, excluded: Excluded) -> Iterator[str]:
    if path != STDIN and os.path.isdir(path):
        yield from _json_files(path, excluded)
    elif path == STDIN or not excluded(_from_here(path)):
        yield path


def _json_files(folder: str, excluded: Excluded) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        inner = os.path.relpath(parent, folder)
        inside = "" if inner == os.curdir else inner + os.sep
        folders[:] = sorted(n for n in folders if not n.startswith(".") and not excluded(f"{inside}{n}{os.sep}"))
        for name in sorted(files):
            if name.lower().endswith(".json") and not name.startswith(".") and not excluded(inside + name):
                yield os.path.join(parent, name)


def _excluding(patterns: Sequence[str]) -> Excluded:
    if not patterns:
        return lambda path: False
    # Most calls exclude nothing.
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(patterns).match_file
    except ValueError as error:
        raise click.UsageError(f"`--exclude` takes patterns as in a `.gitignore` file: {error}") from None


def _from_here(path: str) -> str:
    """`path` as seen from the working folder; its name alone where it lies elsewhere."""
    near = os.path.relpath(path)
    return os.path.basename(path) if near.startswith(os.pardir + os.sep) else near


def _bytes(path: str) -> bytes:
    if path == STDIN:
        if sys.stdin is None:
            raise InputError(Problem("standard input is closed", source=path))
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    # Asked before opening: a named pipe would keep us waiting for ever.
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise InputError(Problem("not a regular file", source=path))
    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1)
