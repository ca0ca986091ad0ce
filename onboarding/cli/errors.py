"""Errors and notes on standard error: usage errors in both languages, and whatever goes wrong in words."""

import errno
import os
import sys
from dataclasses import replace

import click

from ..errors import OnboardingError, Problem
from ..files import os_problem
from ..messages import Lang, Text, say, text
from ..outputs.interface import safe
from ..registry.addresses import holds_password, without_passwords
from .language import as_chinese


class UsageProblem(click.UsageError):
    """A call that makes no sense, in both languages."""

    def __init__(self, message: Text) -> None:
        super().__init__(message["en"])
        self.text = message


def usage_error(key: str, **values: object) -> UsageProblem:
    """The usage error with the words of `key`, to be raised."""
    return UsageProblem(text(key, **values))


def refuse_password(words: str | None, option: str) -> None:
    """Raise UsageError where what is given for `option`, which will be kept and shown, holds a password."""
    if words and holds_password(words):
        raise usage_error("cli.password-in-words", option=option)


def in_words(error: Exception, lang: Lang) -> list[str]:
    """What went wrong, in `lang`: each problem a message, without passwords or anything that steers a terminal."""
    return [shown(message) for message in _messages(error, lang)]


def complain(error: Exception, lang: Lang) -> None:
    """Say on standard error what went wrong."""
    for message in in_words(error, lang):
        to_stderr(say("cli.error", lang, message=message))


def tell(message: Text, lang: Lang) -> None:
    """Say on standard error what is worth knowing and changes no exit code."""
    to_stderr(say("cli.note", lang, message=shown(message[lang])))


def to_stderr(line: str) -> None:
    """Print `line` on standard error. Where that cannot be written, the exit code says what there is to say."""
    try:
        click.echo(line, err=True)
    except OSError:
        sys.stderr = None


def shown(message: str) -> str:
    """`message` without passwords, and without anything that steers a terminal."""
    return safe(_without_passwords(message))


def shown_lines(message: str) -> str:
    """The same of a `message` of several lines, which stay."""
    return "\n".join(map(safe, _without_passwords(message).splitlines()))


def _without_passwords(message: str) -> str:
    settings = (value for name, value in os.environ.items() if name.startswith("ONBOARD_"))
    return without_passwords(message, [*sys.argv[1:], *settings])


# What the library and the service call a field is an option here.
_OF_FIELDS = ("violated-again", "no-reason-hint")


def _as_typed(problem: Problem) -> Problem:
    """`problem` with a hint that names options, where it names fields."""
    for name in _OF_FIELDS:
        if problem.hint == text(f"decisions.{name}"):
            return replace(problem, hint=text(f"cli.{name}"))
    return problem


def _messages(error: Exception, lang: Lang) -> list[str]:
    match error:
        case UsageProblem():
            return [error.text[lang]]
        case click.ClickException():
            said = " ".join(error.format_message().split())
            return [as_chinese(said) if lang == "zh" else said]
        case OnboardingError():
            return [_as_typed(problem).said(lang) for problem in error.problems]
        case OSError(errno=errno.EBADF):
            return [say("cli.stream-closed", lang)]
        case OSError():
            return [os_problem(error).said(lang)]
        case MemoryError():
            return [say("cli.no-memory", lang)]
        case RecursionError():
            return [say("cli.too-deep", lang)]
        case UnicodeError():
            return [say("cli.no-text", lang)]
    return [say("cli.internal", lang, kind=type(error).__name__)]
