"""How a file is named to other programs: as seen from the top of the checkout, never by where that lies."""

import os
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

# One of the many applications in a file, as `screening.entries` names it.
_ONE_OF_MANY = r"(?is)(.+\.(?:jsonl|gz|zst|parquet)):(\d+)"


def line_of(source: str) -> int | None:
    """The line or row on which an application begins that `source` names in a file of many; None in one of its own."""
    found = _one_of_many(source)
    return int(found[2]) if found else None


def relative(source: str) -> str | None:
    """The path of the file of `source` below the checkout (else below the working folder), with `/`; None outside.

    On GitHub Actions the checkout is GITHUB_WORKSPACE, on GitLab CI_PROJECT_DIR, whichever folder a step works in.
    """
    here = os.getcwd()
    top = os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR") or here
    return _relative(_file_of(source), here, top)


def to_uri(source: str) -> str:
    """A URI reference to the file of `source`: percent-encoded, relative below the checkout, else a `file:` URI."""
    path = relative(source)
    # A name that holds a colon must not pass for a scheme, nor bytes that no encoding has be lost.
    return Path(os.path.abspath(_file_of(source))).as_uri() if path is None else quote(os.fsencode(path))


# Each result names its file more than once.
@lru_cache(maxsize=16)
def _relative(source: str, here: str, top: str) -> str | None:
    return _below(os.path.join(here, source), _top(here, top))


@lru_cache(maxsize=16)
def _top(here: str, top: str) -> str:
    top = os.path.realpath(top)
    return top if _below(here, top) is not None else here


def _file_of(source: str) -> str:
    found = _one_of_many(source)
    return found[1] if found else source


def _one_of_many(source: str) -> re.Match[str] | None:
    # Most names end in none, which is seen sooner.
    return re.fullmatch(_ONE_OF_MANY, source) if source[-1:].isdigit() and ":" in source else None


def _below(path: str, top: str) -> str | None:
    try:
        inner = os.path.relpath(path, top)
    except ValueError:  # on another drive
        return None
    return None if inner.split(os.sep)[0] == os.pardir else inner.replace(os.sep, "/")
