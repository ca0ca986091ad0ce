"""Questions that a person answers on a terminal."""

import signal
import sys
from collections.abc import Callable
from typing import Any

import click

from ..messages import Lang, labelled


def on_terminal() -> bool:
    """Whether a person sits there who can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_person(question: str, lang: Lang, read: Callable[[str], Any], default: str | None = None) -> Any:
    """What `read` makes of the answer to `question`, which is asked again where that raises UsageError.

    No answer is `default`, if there is one. Raises click.Abort where the person leaves.
    """
    # `input` swallows a Ctrl-C that comes just when it has shown the question: the next one must still be heard.
    after = signal.signal(signal.SIGINT, signal.default_int_handler)
    suffix = labelled("", lang)
    try:
        return click.prompt(question, default, show_default=False, prompt_suffix=suffix, value_proc=read, err=True)
    except click.Abort:
        after = signal.SIG_IGN  # we end now
        raise
    finally:
        signal.signal(signal.SIGINT, after)
