"""Which files git knows to be as they were at a commit: `--changed-since`.

Only what lies there with the content that it had at the commit is unchanged. All else counts as changed: what is new,
renamed, not tracked, ignored, or outside of the repository.
"""

import os
import shutil
import subprocess
from collections.abc import Callable

from ..messages import same
from .errors import usage_error


def changed(revision: str) -> Callable[[str], bool]:
    """Tells of a path whether the file there, or what it leads to where it is a link, is not as it was at `revision`.

    Asks the repository of the working folder. Raises UsageError where there is none, or no such commit in it.
    """
    top = os.path.realpath(os.fsdecode(_ask("rev-parse", "--show-toplevel").removesuffix(b"\n")))
    commit = _commit(revision)
    were = _paths(_ask("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit))
    differing = ("diff", "--name-only", "-z", "--no-renames", "--no-relative", "--no-ext-diff", "--no-textconv", commit)
    left = {os.path.join(top, *path.split("/")) for path in were - _paths(_ask(*differing, "--")) - _unseen()}

    def is_changed(path: str) -> bool:
        folder, name = os.path.split(path)
        return os.path.join(os.path.realpath(folder), name) not in left or os.path.realpath(path) not in left

    return is_changed


def _unseen() -> set[str]:
    """The paths that git was told to take for unchanged whatever is there: it does not look at them."""
    listed = [entry.partition(b" ") for entry in _ask("ls-files", "-v", "-z", "--full-name", ":/").split(b"\0")]
    return {os.fsdecode(path) for tag, _, path in listed if tag.islower() or tag == b"S"}


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
    try:
        return subprocess.run([git, *words], capture_output=True, check=False, env=os.environ | {"LC_ALL": "C"})  # noqa: S603
    except ValueError:  # a null character
        raise usage_error("cli.no-commit", revision=words[-1]) from None


def _paths(listed: bytes) -> set[str]:
    return set(map(os.fsdecode, filter(None, listed.split(b"\0"))))
