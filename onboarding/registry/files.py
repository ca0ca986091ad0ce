"""Files that a registry lies in: regular ones only, since a pipe or a device would be read for ever."""

import stat
from pathlib import Path

from ..errors import Problem, RegistryError
from ..files import os_problem
from ..messages import Text, text


def refuse_irregular_file(path: Path, source: str, *, hint: Text | None = None) -> None:
    """Raise RegistryError where `path` is no regular file; with `hint` where it is not there at all."""
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        raise RegistryError(Problem(text("registry.no-file"), source=source, hint=hint)) from None
    except OSError as error:
        raise RegistryError(os_problem(error, source)) from None
    if not regular:
        raise RegistryError(Problem(text("registry.not-regular"), source=source))
