"""What several commands share."""

import os
import sys
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import click
import msgspec

from ..messages import say, value_words
from ..reading.typed import typed_choice
from ..registry.timestamps import SHANGHAI
from .errors import usage_error
from .language import resolve_language

CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
# For completion. Whether it can be read is found out by reading: one that cannot must not stop the others.
PATH = click.Path(readable=False)
# Each makes a pattern of a path.
SIGNS = frozenset("*?[")


class ChoiceInWords(click.Choice):  # type: ignore[type-arg,unused-ignore]
    """Values of the models, each understood by its words as well: `主动退出` is `voluntary_exit`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        meant = typed_choice(value, self.choices)
        if meant is None:
            lang = resolve_language()
            values = (say("cli.value-in-words", lang, value=one, words=value_words(one)) for one in self.choices)
            listed = say("punctuation.list-separator", lang).join(values)
            self.fail(say("cli.no-choice", lang, text=value, values=listed), param, ctx)
        return meant


class RegistryOption(click.Option):
    """`--registry`. Two are refused: what is on record in the first would not be looked at."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        parser.add_option(obj=self, opts=self.opts, dest=self.name, action="append", nargs=1)

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> Any:
        given = opts.get(str(self.name))
        if not isinstance(given, list):
            return super().consume_value(ctx, opts)
        if len(set(given)) > 1 and not ctx.resilient_parsing:
            raise usage_error("cli.several-registries")
        return super().consume_value(ctx, {**opts, str(self.name): given[-1]})


lang_option = click.option(
    "--lang",
    envvar="ONBOARD_LANG",
    type=click.Choice(["en", "zh"]),
    is_eager=True,  # what is wrong with the others is said in it
    help="Language.  [default: from the locale]",
)
traceback_option = click.option(
    "--traceback", is_flag=True, allow_from_autoenv=False, help="Show where in the program an error arose."
)


def today() -> date:
    """Today in Asia/Shanghai."""
    return datetime.now(SHANGHAI).date()


def day_asked_for(as_of: str | None) -> date:
    """The day asked for, or else today."""
    try:
        # `date.fromisoformat` would also take weeks and dates without hyphens.
        return today() if as_of is None else msgspec.convert(as_of, date)
    except msgspec.ValidationError:
        raise usage_error("cli.no-day", day=as_of) from None


def colored(color: str) -> bool:
    """Whether to colour text: the flag, else NO_COLOR, else FORCE_COLOR, else whether the output is a terminal."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def width() -> int:
    """Columns for text: the terminal's, within reason."""
    return min(os.get_terminal_size().columns, 100) if sys.stdout.isatty() else 80
