"""The folder beside the reports in which finished parts of a screening wait, so that an interrupted one can go on."""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from ..errors import InputError, OnboardingError, Problem, RegistryError, RulesetError
from ..files import os_problem
from ..messages import listed, text

_IDENTITY = "screening.json"


class WorkFolder(NamedTuple):
    """The folder at `path`; `resumed` says that another run has begun the work in it."""

    path: Path
    resumed: bool


def folder_beside(output: str) -> Path:
    """Where the work folder of the reports at `output` is."""
    target = Path(os.path.abspath(output))
    return target.parent / f".{target.name}.screening"


@contextmanager
def work_folder(output: str, identity: Mapping[str, str], *, resume: bool) -> Iterator[WorkFolder]:
    """The work folder of the reports at `output`, for us alone; `identity` is all that decides what they say.

    It is gone afterwards, but not where the work was broken off. Raises OnboardingError where another run uses it,
    where it is none of ours, or, with `resume`, where what was begun had another `identity`.
    """
    path = folder_beside(output)
    try:
        path.mkdir(mode=0o700)  # it is to hold applications
    except FileExistsError:
        try:
            _refuse_others(path)
        except FileNotFoundError:  # a run that used it has just ended
            raise _in_use(path) from None
    except OSError as error:
        raise OnboardingError(os_problem(error, output)) from None
    with _locked(path) as file:
        file.seek(0)
        before = _identity(file.read())
        resumed = resume and before is not None
        if resume and before is not None:
            _refuse_different(before, identity, path)
        else:
            _empty(path)
            file.truncate(0)
            file.write(json.dumps(identity).encode())
            file.flush()
        try:
            yield WorkFolder(path, resumed)
        except (InputError, RegistryError, RulesetError):
            _remove(path, file)  # there is nothing to go on with
            raise
        _remove(path, file)


def _empty(path: Path) -> None:
    """Take away what the folder at `path` holds, but not the file that says whose work it is."""
    for entry in path.iterdir():
        if entry.name != _IDENTITY:
            entry.unlink()


def _remove(path: Path, file: BinaryIO) -> None:
    """Take away the folder at `path`, whose open `file` says that it is ours.

    Whoever lets go of that file, or takes it away, lets another run in: so it comes last, and what is done to the
    folder behind it harms nobody.
    """
    _empty(path)
    if os.name == "nt":
        file.close()  # there a file in use cannot be taken away
    with suppress(OSError):  # another run may have begun here, or have been here and gone
        (path / _IDENTITY).unlink()
        file.close()  # on a network drive a file in use stays in its folder
        path.rmdir()


def _identity(kept: bytes) -> dict[str, str] | None:
    """The identity of what was begun; None where nothing was, or nobody can say what: then it begins anew."""
    try:
        return msgspec.json.decode(kept, type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _refuse_others(path: Path) -> None:
    """Raise OnboardingError where `path` is no folder of ours: a link would lead what applicants wrote elsewhere."""
    found = path.lstat()
    names = {entry.name for entry in path.iterdir()} if stat.S_ISDIR(found.st_mode) else {""}
    mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    if not (mine and (not names or _IDENTITY in names)):
        raise OnboardingError(Problem(text("screening.not-ours"), source=str(path)))


def _refuse_different(before: Mapping[str, str], identity: Mapping[str, str], path: Path) -> None:
    other = [name for name in identity if before.get(name) != identity[name]]
    if other:
        message = text("screening.other-work", names=listed(other))
        raise OnboardingError(Problem(message, source=str(path), hint=text("screening.other-work-hint")))


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """The file that says whose work is in the folder at `path`, for us alone."""
    try:
        file = (path / _IDENTITY).open("a+b")
    except FileNotFoundError:
        raise _in_use(path) from None
    with file:
        if not _lock(file.fileno(), path / _IDENTITY):
            raise _in_use(path)
        yield file


def _in_use(path: Path) -> OnboardingError:
    return OnboardingError(Problem(text("screening.in-use"), source=str(path)))


def _lock(file: int, path: Path) -> bool:
    """Whether the open `file` is ours now, and still the one at `path`: who had it before may have taken it away, and
    another run may have begun a folder of its own there."""
    try:
        import fcntl
    except ImportError:  # on Windows, where a file in use cannot be replaced
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file), path.stat())
    except OSError:
        return False
