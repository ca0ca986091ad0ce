"""Patterns of files to leave out, as in a `.gitignore` file, matched in a time linear in a path's length."""

import re
import warnings
from collections.abc import Callable, Sequence

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

MAX_LENGTH = 4096  # of a pattern: no path is longer
_STAR = "[^/]*"
_FIRST_FOLDERS, _FOLDERS = "^(?:.+/)?", "(?:/.+)?"  # what pathspec makes of `**`, at the beginning and later
_SET = re.compile(r"\\.|\[\^?\]?(?:\\.|[^]\\])*\]", re.DOTALL)


class _Linear(GitIgnoreSpecPattern):
    """A pattern of which each `*` but the last in a name stops for good at the first place at which what follows fits,
    and so does each `**` but the last.

    The next one takes whatever lies between there and any later place, so that the same names match; where each is
    tried with each, a name of 200 letters made by a stranger takes hours, and so do 200 folders in each other.
    """

    @classmethod
    def pattern_to_regex(cls, pattern: str) -> tuple[str | None, bool | None]:  # type: ignore[override]
        regex, include = super().pattern_to_regex(pattern)
        return regex and _linear(regex), include


def excluding(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path is one of those that `patterns` leave out; raises ValueError where one is none."""
    if any(len(pattern) > MAX_LENGTH for pattern in patterns):
        raise ValueError
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of sets that another language may read otherwise one day
        return GitIgnoreSpec.from_lines(patterns, _Linear, backend="simple").match_file


def _linear(regex: str) -> str:
    first, *pieces = regex.split(_STAR)
    for at, piece in enumerate(pieces):
        in_one_name = at < len(pieces) - 1 and "/" not in _SET.sub("", piece)
        first += f"(?>{_STAR}?{piece})" if in_one_name else _STAR + piece
    first, *pieces = first.split(_FOLDERS)
    if pieces and first.startswith(_FIRST_FOLDERS):
        first = f"^(?>(?:.+?/)??{first.removeprefix(_FIRST_FOLDERS)}(?=/))"
    for at, piece in enumerate(pieces):
        first += f"(?>(?:/.+?)??{piece}(?=/))" if at < len(pieces) - 1 else _FOLDERS + piece
    return _SET.sub(_never_between_names, first)


def _never_between_names(found: re.Match[str]) -> str:
    # No set holds a `/` to git: `a[!b]c.json` leaves nothing out in a folder `a`.
    return f"(?!/){found[0]}" if found[0][0] == "[" and found[0] != "[^/]" else found[0]
