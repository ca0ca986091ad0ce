"""How a file is named to other programs: as seen from the top of the checkout, never by where that lies."""

import os
from pathlib import Path
from urllib.parse import quote


def relative(source: str) -> str | None:
    """The path of `source` below the checkout (else below the working folder), with `/`; None where it lies outside.

    On GitHub Actions the checkout is GITHUB_WORKSPACE, whichever folder a step works in.
    """
    here = os.getcwd()
    top = os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or here)
    return _below(os.path.join(here, source), top if _below(here, top) is not None else here)


def to_uri(source: str) -> str:
    """A URI reference to `source`: percent-encoded, relative below the checkout, else a `file:` URI."""
    path = relative(source)
    # A name that holds a colon must not pass for a scheme, nor bytes that no encoding has be lost.
    return Path(os.path.abspath(source)).as_uri() if path is None else quote(os.fsencode(path))


def _below(path: str, top: str) -> str | None:
    try:
        inner = os.path.relpath(path, top)
    except ValueError:  # on another drive
        return None
    return None if inner.split(os.sep)[0] == os.pardir else inner.replace(os.sep, "/")
