"""What can go wrong, each with a place and, where one is known, a hint.

A refusal is not an error: it is a value of `report`. These are for whoever runs the program.
"""

import msgspec


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with an input, and where.

    `pointer` is a JSON pointer (RFC 6901); `line` and `column` count from 1, columns in characters; the end,
    where one is known, is one past the last character.
    """

    message: str
    pointer: str | None = None
    line: int | None = None
    column: int | None = None
    source: str | None = None
    hint: str | None = None
    end_line: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.source, self.line, self.column) if part is not None)
        if self.pointer:
            place = f"{place} {self.pointer}".strip()
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} ({self.hint})" if self.hint else text


class OnboardingError(Exception):
    """Something other than a refusal; `problems` lists all that is known to be wrong."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems: tuple[Problem, ...] = problems


class InputError(OnboardingError):
    """An application that cannot be judged: unreadable, or not of the application's shape."""


class RulesetError(OnboardingError):
    """A ruleset that must not judge: unreadable, unsound, or at odds with the facts."""


class RegistryError(OnboardingError):
    """A registry that cannot be read whole, or not reached."""
