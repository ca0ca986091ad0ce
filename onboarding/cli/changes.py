"""Which files git knows to be as they were at a commit: `--changed-since`.

Only what lies there with the content that it had at the commit is unchanged. All else counts as changed: what is new,
renamed, not tracked, ignored, or outside of the repository, and what is reached by a link that is.

Git tells what the commit holds; what lies there now is compared here, byte by byte. For a comparison git would run
programs that a repository's settings name, and would go by the attributes in the checkout, by which a file may be
other than it was and yet unchanged.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..errors import OnboardingError
from ..messages import same
from ..screening.entries import kind_of, open_regular
from .errors import usage_error

_LINK = b"120000"
# So much of a file is in memory at once.
_BLOCK = 1 << 20


class _Blob(NamedTuple):
    """A file or a link at a commit: its mode, and the digest of its content."""

    mode: bytes
    digest: str


def changed(revision: str) -> Callable[[str], bool]:
    """Tells of a path whether the file there, or a link on the way to it, is not as it was at `revision`.

    Asks the repository of the working folder. Raises UsageError where there is none, or no such commit in it.
    """
    top = os.path.realpath(os.fsdecode(_ask("rev-parse", "--show-toplevel").removesuffix(b"\n")))
    listed = _ask("ls-tree", "-r", "-z", "--full-tree", _commit(revision)).split(b"\0")
    were = {os.path.join(top, *path.split("/")): blob for path, blob in map(_listed, filter(None, listed))}

    @cache
    def way_to(folder: str) -> tuple[str, bool]:
        return os.path.realpath(folder), all(map(is_as_it_was, _links(folder)))

    @cache
    def is_as_it_was(place: str) -> bool:
        # No checkout changes a link outside of it.
        return _holds(place, were.get(place)) if place.startswith(os.path.join(top, "")) else os.path.islink(place)

    @cache  # it is asked of every line of a file
    def is_changed(path: str) -> bool:
        if not os.path.exists(path):
            return True  # links in a circle have no end
        folder, name = os.path.split(path)
        real, came_by_old_links = way_to(folder)
        place = os.path.join(real, name)
        return not (came_by_old_links and all(map(is_as_it_was, (*_links_at(place), os.path.realpath(place)))))

    return is_changed


def _listed(entry: bytes) -> tuple[str, _Blob]:
    about, _, path = entry.partition(b"\t")
    mode, _, digest = about.split(b" ")
    return os.fsdecode(path), _Blob(mode, digest.decode())


def _links(path: str) -> Iterator[str]:
    """The links on the way to `path`, each where it lies."""
    folder, name = os.path.split(path)
    if folder != path:
        yield from _links(folder)
        yield from _links_at(os.path.join(os.path.realpath(folder), name))


def _links_at(place: str) -> Iterator[str]:
    """The link at `place`, if it is one, and those on the way that it leads."""
    if os.path.islink(place):
        yield place
        yield from _links(os.path.join(os.path.dirname(place), os.readlink(place)))


def _holds(place: str, blob: _Blob | None) -> bool:
    """Whether what lies at `place` is `blob`."""
    if blob is None:
        return False
    try:
        if os.path.islink(place) or blob.mode == _LINK:
            return blob.mode == _LINK and _is(lambda: iter([os.fsencode(os.readlink(place))]), blob)
        with open_regular(place, place) as file:
            # As git checks texts out on Windows. In JSON the end of a line is a space like others.
            is_text = kind_of(place) in ("single", "lines")
            return _is(lambda: _blocks(file), blob) or (is_text and _is(lambda: _with_line_feeds(_blocks(file)), blob))
    except (OSError, OnboardingError):
        return False


def _is(blocks: Callable[[], Iterator[bytes]], blob: _Blob) -> bool:
    """Whether `blocks` come to the content of `blob`; they are asked for twice, as its length comes first."""
    made = hashlib.sha1 if len(blob.digest) == 40 else hashlib.sha256  # the two kinds of repositories
    digest = made(b"blob %d\0" % sum(map(len, blocks())), usedforsecurity=False)
    for block in blocks():
        digest.update(block)
    return digest.hexdigest() == blob.digest


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(_BLOCK), b"")


def _with_line_feeds(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """`blocks` with a line feed for each carriage return and line feed, be it that a block ends between them."""
    held = b""
    for block in blocks:
        text = held + block
        held = text[-1:] if text.endswith(b"\r") else b""
        yield text.removesuffix(b"\r").replace(b"\r\n", b"\n")
    yield held


def _commit(revision: str) -> str:
    found = _run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode == 0:
        return found.stdout.decode().strip()
    shallow = _ask("rev-parse", "--is-shallow-repository").strip() == b"true"
    raise usage_error("cli.no-commit-shallow" if shallow else "cli.no-commit", revision=revision)


def _ask(*words: str) -> bytes:
    done = _run(*words)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise usage_error("cli.git-fails", why=same(said[0].removeprefix("fatal: ") if said else words[0]))
    return done.stdout


def _run(*words: str) -> subprocess.CompletedProcess[bytes]:
    # Never one that lies where we work, which a stranger may have written: by `.` in the path, or on Windows.
    folders = filter(os.path.isabs, os.environ.get("PATH", os.defpath).split(os.pathsep))
    git = shutil.which("git", path=os.pathsep.join(folders))
    if git is None or not os.path.isabs(git):
        raise usage_error("cli.no-git")
    # A repository can name one commit or tree that git is to take for another.
    words = ("--no-replace-objects", *_repository(), *words)
    try:
        return subprocess.run([git, *words], capture_output=True, check=False, env=os.environ | {"LC_ALL": "C"})  # noqa: S603
    except ValueError:  # a null character
        raise usage_error("cli.no-commit", revision=words[-1]) from None


def _repository() -> tuple[str, ...]:
    """Where git is to look.

    A folder of a checkout can look like a repository of its own, which git calls bare: one that a stranger has filled,
    with settings that name programs to run.
    """
    explicit = ("-c", "safe.bareRepository=explicit")  # git before 2.38 does not know it
    if "GIT_DIR" in os.environ:
        return explicit
    here = Path.cwd()
    # No checkout has a folder of this name in it: git makes none.
    found = [folder for folder in (here, *here.parents) if os.path.lexists(folder / ".git")]
    return (*explicit, "-C", str(found[0] if found else here))
