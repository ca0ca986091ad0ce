"""What can go wrong, each with a place and, where one is known, a hint.

A refusal is not an error: it is a value of `report`. These are for whoever runs the program.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from msgspec import to_builtins

from .messages import Lang, Text, aside
from .values import ByFields


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Problem(ByFields):
    """One thing that is wrong with an input, and where.

    输入中的一处错误及其位置。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    message: Text
    """What is wrong, by language.

    错误说明，按语言给出。
    """
    pointer: str | None = None
    """Where, as a JSON pointer (RFC 6901).

    所在位置（JSON 指针，RFC 6901）。
    """
    line: int | None = None
    """The line, from 1.

    行号，从 1 起。
    """
    column: int | None = None
    """The column, from 1, in characters.

    列号，从 1 起，按字符计。
    """
    source: str | None = None
    """The file.

    所在文件。
    """
    hint: Text | None = None
    """What may have been meant, or what to do, by language.

    可能的本意或处理办法，按语言给出。
    """
    end_line: int | None = None
    """The line of the end.

    结束处的行号。
    """
    end_column: int | None = None
    """The column one past the end.

    结束处后一列的列号。
    """

    def __str__(self) -> str:
        return self.said("en")

    def said(self, lang: Lang) -> str:
        """Place, message and hint in one line of `lang`."""
        # An entry of a file of many is called by its line already.
        line = None if (self.source or "").endswith(f":{self.line}") else self.line
        place = ":".join(str(part) for part in (self.source, line, self.column) if part is not None)
        if self.pointer:
            place = f"{place} {self.pointer}".strip()
        return f"{place}: {self.words(lang)}" if place else self.words(lang)

    def words(self, lang: Lang) -> str:
        """Message and hint in `lang`."""
        return self.message[lang] + (aside(self.hint[lang], lang) if self.hint else "")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, without what is not known."""
        return {name: value for name, value in to_builtins(self).items() if value is not None}


class OnboardingError(Exception):
    """Something other than a refusal; `problems` lists all that is known to be wrong."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems: tuple[Problem, ...] = problems

    def __str__(self) -> str:
        # Made when it is asked for: most errors are told in another way.
        return "\n".join(map(str, self.problems))


class ArgumentError(OnboardingError, ValueError):
    """An argument of a call that cannot be what it stands for, such as an instant for a day."""


class InputError(OnboardingError):
    """An application that cannot be judged: unreadable, or not of the application's shape."""


class ClashError(InputError):
    """An application that could be judged and does not fit what is on record: its id was used, or its shop is open."""


class RulesetError(OnboardingError):
    """A ruleset that must not judge: unreadable, unsound, or at odds with the facts."""


class RegistryError(OnboardingError):
    """A registry that cannot be read whole, or not reached."""


class RightsError(RegistryError):
    """A registry that does not let the role as which it was opened do that."""


class ConflictError(RegistryError):
    """A change that does not fit what is on record: the shop is closed already, the day is before it opened."""


class NotOnRecordError(RegistryError):
    """A change of something that is not on record."""
