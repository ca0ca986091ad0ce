"""Patterns in place of paths, for shells that do not expand them, and for quoted ones: `'applications/**/*.json'`.

As in a shell, `*`, `?` and `[…]` stand for characters of one name, and `**` for folders, any number of them. Names that
begin with a dot are found only where the pattern spells them out before its first such sign.
"""

import os
import re
from fnmatch import fnmatch
from itertools import product
from math import prod
from typing import NamedTuple

from .options import SIGNS

_ANY_FOLDERS = "**"
_CHOICE = re.compile(r"\[(\][^]]*|[^]!][^]]*)\]")
_MANY = 100


class Glob(NamedTuple):
    """A pattern: the folder that it names in full, and what it says of each name below."""

    top: str
    parts: tuple[str, ...]

    def matches(self, name: str) -> bool:
        """Whether `name`, a path below `top`, is what the pattern stands for."""
        return len(self.parts) in self._reached(name)

    def is_below_match(self, name: str) -> bool:
        """Whether `name` lies in a folder that the pattern stands for."""
        names = name.split(os.sep)
        return any(self.matches(os.sep.join(names[:depth])) for depth in range(1, len(names)))

    def leads_into(self, name: str) -> bool:
        """Whether something in the folder `name` can be what the pattern stands for, or lie in such a folder."""
        return bool(self._reached(name)) or self.is_below_match(name)

    def names(self) -> list[str] | None:
        """The paths below `top` that a pattern with no sign but `[…]` stands for, there or not; None of another one,
        and where they are many."""
        choices: list[set[str]] = []
        for part in self.parts:
            # What it says as it is, and each choice of a character, in turns.
            for place, piece in enumerate(_CHOICE.split(part)):
                if place % 2:
                    ranges = re.findall("(?=(.)-(.))", piece, re.DOTALL)
                    if any(ord(last) - ord(first) > _MANY for first, last in ranges):
                        return None
                    between = (map(chr, range(ord(first), ord(last) + 1)) for first, last in ranges)
                    choices.append(set(piece).union(*between))
                elif any(sign in piece for sign in ("*", "?", "[!")):
                    return None
                else:
                    choices.append({piece})
            choices.append({os.sep})
        if prod(map(len, choices)) > _MANY:
            return None
        # The choices are a little wide: a hyphen may be one of the characters, or say what is between two.
        return sorted(name for name in map("".join, product(*choices[:-1])) if self.matches(name))

    def _reached(self, name: str) -> set[int]:
        """How many parts of the pattern the path `name` may have used up."""
        reached = self._with_no_folders({0})
        for part in name.split(os.sep):
            stay = {at for at in reached if self.parts[at : at + 1] == (_ANY_FOLDERS,)}
            on = {at + 1 for at in reached - stay if at < len(self.parts) and fnmatch(part, self.parts[at])}
            reached = self._with_no_folders(stay | on)
        return reached

    def _with_no_folders(self, reached: set[int]) -> set[int]:
        """`reached`, and what is reached where a `**` stands for no folder."""
        for at, part in enumerate(self.parts):
            if at in reached and part == _ANY_FOLDERS:
                reached = reached | {at + 1}
        return reached


def to_glob(path: str) -> Glob:
    """The pattern in `path`, which has a sign of one."""
    names = path.replace(os.sep, "/").split("/")
    first = next(at for at, name in enumerate(names) if SIGNS & set(name))
    top = os.sep.join(names[:first]) or (os.sep if first else "")
    return Glob(top, tuple(name for name in names[first:] if name not in ("", os.curdir)))
