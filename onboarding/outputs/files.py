"""Where formats for programs are written: standard output as they want it, and files that are whole or not at all."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from typing import Any, Literal

from ..errors import OnboardingError, Problem
from ..files import NO_WAITING
from ..messages import listed, text

# A report is longer than half a buffer of the usual size: each would be a call of the system.
_BUFFER = 1 << 18
# A file's device and number; where there is no file yet, its real path, as one that knows no capitals would have it.
Identity = tuple[int, int] | str


@contextmanager
def whole_file(path: str | Path) -> Iterator[TextIOWrapper]:
    """The file at `path`, to be written in UTF-8 with `\\n`; it is as it was unless all of it could be written.

    A link is replaced, never written through; of two who write one file at once, the later one's stands whole. What
    is no regular file (a device, a pipe that somebody reads, `/dev/stdout`) is written as it comes. Raises OSError that
    names `path`.
    """
    target = os.path.abspath(path)
    if not _can_be_replaced(target):
        with _told_of(path):
            descriptor = without_waiting(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        with _text_file(descriptor, path) as file:
            yield file
        return
    part = os.path.join(os.path.dirname(target), f".{os.urandom(8).hex()}.part")
    try:
        with _told_of(path):
            # Never by way of a link that somebody has laid there, and from the beginning for no more than may read it.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
            mode = _mode_kept(target)
            descriptor = os.open(part, flags, 0o666 if mode is None else mode)
        with _text_file(descriptor, path) as file:
            yield file
        _replace(part, path)
    finally:
        if os.path.lexists(part):
            os.unlink(part)


def move_whole(made: str | Path, path: str | Path) -> None:
    """Have the file `made`, which is whole and in the same folder or one below, stand at `path`, as `whole_file` would
    have written it there; raises OSError that names `path`."""
    if _can_be_replaced(os.path.abspath(path)):
        _replace(made, path)
        return
    # Only a screening asks, and seldom of such a place.
    import shutil

    with open(made, "rb") as file, whole_file(path) as written:
        shutil.copyfileobj(file, written.buffer)


def without_waiting(name: str, flags: int) -> int:
    """Open a file to be written, but no named pipe that nobody reads, which would keep us waiting for ever; whoever
    reads slowly is waited for. Raises OSError."""
    descriptor = os.open(name, flags | NO_WAITING, 0o666)
    if NO_WAITING:
        os.set_blocking(descriptor, True)
    return descriptor


def refuse_overwriting(written: Iterable[str], read: Iterable[str | Path]) -> None:
    """Raise OnboardingError where a file of `written` is also one of `read`, or is there twice, however it is spelt.

    `-` is standard input or standard output: they may be files, too.
    """
    taken: dict[Identity, tuple[Literal["input", "output"], str | Path]] = {}
    for path in read:
        if identity := _identity(0 if path == "-" else path):
            taken[identity] = "input", path
    problems = []
    for path in written:
        if identity := _identity(1 if path == "-" else path):
            if identity in taken:
                how, other = taken[identity]
                words = text(f"outputs.standard-{how}") if other == "-" else listed([other])
                problems.append(Problem(text(f"outputs.is-{how}", other=words), source=path))
            taken.setdefault(identity, ("output", path))
    if problems:
        raise OnboardingError(*problems)


def refuse_unwritable(written: Iterable[str]) -> None:
    """Raise OnboardingError where a file of `written` is a folder, or its folder is not there: before the work, not
    after it."""
    for path in written:
        if os.path.isdir(os.path.abspath(path)):
            raise OnboardingError(Problem(text("files.eisdir"), source=path or "''"))
        folder = os.path.dirname(path)
        if folder and not os.path.isdir(folder):
            raise OnboardingError(Problem(text("files.no-folder", folder=folder), source=path))


def _can_be_replaced(target: str) -> bool:
    # `/dev/stdout` may lead to a regular file, which is open already.
    in_use = target.startswith(("/dev/fd/", "/dev/std", "/proc/"))
    return not in_use and (not os.path.exists(target) or os.path.isfile(target))


def _identity(file: str | Path | int) -> Identity | None:
    """What `file`, a path or a descriptor, is, however it is spelt; None of what is no file that could be lost."""
    try:
        found = os.stat(file)
    except OSError:
        return None if isinstance(file, int) else os.path.realpath(file).casefold()
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _replace(made: str | Path, path: str | Path) -> None:
    target = os.path.abspath(path)
    with _told_of(path):
        mode = _mode_kept(target)
        if mode is not None:
            os.chmod(made, mode)
        os.replace(made, target)


def _mode_kept(target: str) -> int | None:
    """The rights of the file that is replaced at `target`; None where a new one takes those of the system."""
    if os.path.isfile(target) and not os.path.islink(target):
        return stat.S_IMODE(os.stat(target).st_mode)
    return None


def _text_file(descriptor: int, path: str | Path) -> TextIOWrapper:
    buffer = BufferedWriter(_Named(descriptor, path), _BUFFER)
    return TextIOWrapper(buffer, encoding="utf-8", errors="backslashreplace", newline="\n")


class _Named(FileIO):
    """What is written where a descriptor leads; an OSError names the file."""

    def __init__(self, descriptor: int, path: str | Path) -> None:
        super().__init__(descriptor, "w")
        self._path = path

    def write(self, data: Any, /) -> int:
        with _told_of(self._path):
            return super().write(data)


@contextmanager
def _told_of(path: str | Path) -> Iterator[None]:
    """An OSError is about `path`, not about the part of it that nobody asked for."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
