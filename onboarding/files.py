"""Files that others have written: regular ones, of bounded size, read whole or not at all."""

import errno
import os
import stat

from .errors import InputError, Problem
from .messages import Text, same, text

# So that opening a named pipe waits for nobody. Windows has no such flag and no named pipe in a folder.
NO_WAITING = getattr(os, "O_NONBLOCK", 0)


def read_file(path: str | os.PathLike[str], limit: int) -> bytes:
    """What the file at `path` holds: at most `limit` bytes and one more, which says that there are more.

    Raises OSError where it cannot be read; InputError where it is no regular file (a named pipe would keep us
    waiting for ever, a device would never end), or was changed while it was read.
    """
    before = os.stat(path)
    if stat.S_ISDIR(before.st_mode):
        raise InputError(Problem(text("files.eisdir"), source=os.fspath(path)))
    if not stat.S_ISREG(before.st_mode):
        raise InputError(Problem(text("files.not-regular"), source=os.fspath(path)))
    # Between the look and the opening, somebody may have put a pipe in its place.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | NO_WAITING)) as file:
        data = file.read(limit + 1)
        after = os.fstat(file.fileno())
    if _state(before) != _state(after):
        raise InputError(Problem(text("files.changed"), source=os.fspath(path)))
    return data


def beginning(path: str | os.PathLike[str], limit: int) -> bytes | None:
    """The first `limit` bytes of the file at `path`; None where it is no regular file, or cannot be read."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb") as file:
            return file.read(limit)
    except (OSError, ValueError):
        return None


def os_words(error: OSError, *, written: str | os.PathLike[str] | None = None) -> Text:
    """What the system says in `error`, in both languages; of a file to be `written`, which folder is missing."""
    if written is not None and error.errno == errno.ENOENT:
        folder = os.path.dirname(written)
        if folder and not os.path.isdir(folder):
            return text("files.no-folder", folder=os.fsdecode(folder))
    code = errno.errorcode.get(error.errno or 0, "").lower()
    try:
        return text(f"files.{code}")
    except KeyError:
        said = (error.strerror or "cannot be read or written").lower()
        return text("files.other", said=same(said))


def os_problem(error: OSError, source: str | None = None, *, writing: bool = False) -> Problem:
    """`error` as a problem of the file `source`, else of the one that it names, which was to be read or written."""
    named = source if source is not None else error.filename
    words = os_words(error, written=named if writing else None)
    return Problem(words, source=None if named is None else os.fsdecode(named))


def _state(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
