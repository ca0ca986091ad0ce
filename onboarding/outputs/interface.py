"""What every format is given: the run, then one result after another, then the end."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Literal, Protocol

from msgspec import Struct

from ..errors import Problem
from ..identity import unseen
from ..messages import Text
from ..report import Level, Report

VERDICTS = ("pass", "fail", "undecided", "invalid")


class RuleAbout(Struct, frozen=True):
    """What a rule of the run's ruleset is about, whether or not it is in force on the run's day.

    `why` are the words of its clauses; `page` makes all that there is to say of it, as Markdown in both languages; few
    formats ask.
    """

    id: str
    level: Level
    clause: str
    title: Text
    why: tuple[Text, ...]
    remedy: Text
    in_force: bool
    page: Callable[[], str]


class Origin(Struct, frozen=True):
    """Where a run's rules or records come from: what that is called, and what makes a digest of what was read there.

    Few formats tell the digest; the others do without the time that it takes.
    """

    name: str
    digest: Callable[[], str] = str


class Run(Struct, frozen=True):
    """What all results of one call have in common. `past` says that the day judged is over."""

    version: str
    as_of: date
    past: bool
    ruleset: Origin
    registry: Origin | None
    rules: tuple[RuleAbout, ...] = ()

    def origins(self) -> dict[str, dict[str, str] | None]:
        """`ruleset` and `registry` as formats for programs tell them."""
        registry = {"source": self.registry.name, "digest": self.registry.digest()} if self.registry else None
        return {"ruleset": {"id": self.ruleset.name, "digest": self.ruleset.digest()}, "registry": registry}


class Style(Struct, frozen=True):
    """How a format for people is to look; `verbosity` is -1 for quiet, 1 for verbose."""

    lang: Literal["en", "zh"] = "en"
    color: bool = False
    width: int = 80
    verbosity: int = 0


class Section(Struct, frozen=True):
    """A part of a report that is none of results: a heading, or none, lines, and a list."""

    heading: str | None
    lines: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


class Invalid(Struct, frozen=True, gc=False):
    """A file that could not be judged, with every problem."""

    source: str
    errors: tuple[Problem, ...]
    verdict: Literal["invalid"] = "invalid"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        errors = [{k: v for k, v in e.to_dict().items() if k != "source"} for e in self.errors]
        return {"source": self.source, "verdict": self.verdict, "errors": errors}


Result = Report | Invalid


class Output(Protocol):
    """A format: it is told each result in the order given, and then how many there were of each verdict."""

    def result(self, result: Result) -> None:
        """Take the next result."""
        ...

    def end(self, summary: Counter[str]) -> None:
        """Write what is left; `summary` counts the results by verdict."""
        ...


# GitHub's runner takes a line that begins with `::`, or holds `##[`, for a command to it.
_COMMAND = re.compile(r":(?=:)|#(?=#\[)")


# Of thousands of results much is said alike.
@lru_cache(maxsize=128)
def safe(text: str) -> str:
    """`text` with control, direction and invisible characters spelt out: it steers no terminal, no log, no eye."""
    return _without_commands(spell_out(text, _spelt))


def safe_joined(*parts: str) -> str:
    """`parts`, each of which is `safe` already, as one text that is: what stands apart in them may be a command now."""
    return _without_commands("".join(parts))


def _without_commands(text: str) -> str:
    return _COMMAND.sub(lambda found: _spelt(found[0]), text) if "::" in text or "##[" in text else text


def spell_out(text: str, spell: Callable[[str], str]) -> str:
    """`text` with what `safe` spells out written as `spell` has it, a character at a time."""
    if found := frozenset(unseen(text)):
        return "".join(spell(c) if c in found else c for c in text)
    return text


def _spelt(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
