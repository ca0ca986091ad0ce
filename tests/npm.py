"""Packages from npm, kept in the temporary folder from one run to the next, whichever process of a run asks first."""

import fcntl
import getpass
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


@cache
def package_file(package: str, path: str) -> bytes:
    """A file of a package, `name@version`."""
    with _folder(package) as folder:
        if not list(folder.glob("*.tgz")):
            _npm("pack", "--pack-destination", str(folder), package)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            member = archive.extractfile(f"package/{path}")
            assert member is not None
            return member.read()


def installed(package: str) -> Path:
    """A folder in which Node finds a package, `name@version`, and what it needs."""
    with _folder(package) as folder:
        if not (folder / "node_modules").is_dir():
            _npm("install", "--prefix", str(folder), "--no-audit", package)
        return folder


@contextmanager
def _folder(package: str) -> Iterator[Path]:
    folder = Path(tempfile.gettempdir()) / f"onboard-check-npm-{getpass.getuser()}" / package.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _npm(*words: str) -> None:
    npm = shutil.which("npm")
    assert npm is not None, 'a test that asks npm says `@pytest.mark.needs("npm")`'
    done = subprocess.run([npm, *words, "--silent"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"npm {' '.join(words)}: {done.stderr}"
