"""The language of a call, and click in it: what it says of itself, and the help of our commands."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from ..errors import OnboardingError
from ..messages import LANGS, Lang, aside, catalogue, labelled, say
from . import names_in_click
from .config_file import find_config, read_table

_META = f"{__name__}.settings"
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set


def resolve_language(lang: str | None = None) -> Lang:
    """`lang`, else the language that `--lang` asks for, else ONBOARD_LANG, the settings file, the locale.

    One that is no language of ours asks for nothing. What is wrong with it is not said here: whoever reads it for use
    does, in this language.
    """
    for wanted in _wanted(lang):
        if wanted and wanted.lower().startswith(LANGS):
            return "zh" if wanted.lower().startswith("zh") else "en"
    return "en"


def _wanted(lang: str | None) -> Iterator[str | None]:
    yield lang
    yield _on_the_line("--lang")
    yield os.environ.get("ONBOARD_LANG")
    yield _told_by_settings()
    yield next((value for name in _LOCALE if (value := os.environ.get(name))), None)


@contextmanager
def click_in(lang: Lang) -> Iterator[None]:
    """Have click speak `lang`: usage, the headings of help, its own errors, prompts."""
    if lang == "en":
        yield
        return
    from ..outputs.wrap import columns

    chinese = _chinese_of_click()
    mine: dict[str, Callable[..., Any]] = {
        "_": lambda message: chinese.get(message, message),
        "ngettext": lambda one, other, number: chinese.get(other, one if number == 1 else other),
        "wrap_text": _wrap,
        "term_len": columns,
    }
    before = [(names, name, names[name]) for names in names_in_click() for name in mine if name in names]
    for namespace, name, _ in before:
        namespace[name] = mine[name]
    formatter = click.Context.formatter_class
    click.Context.formatter_class = _ChineseFormatter
    try:
        yield
    finally:
        click.Context.formatter_class = formatter
        for namespace, name, value in before:
            namespace[name] = value


@cache
def localized(command: click.Command, lang: Lang, path: str) -> click.Command:
    """`command`, which is called `path`, with its help and that of the commands under it in `lang`.

    The English stands in the commands themselves.
    """
    if lang == "en":
        return command
    made = copy(command)
    made._help_option = None  # click keeps the one that it made for the first call, in the language of that call
    made.options_metavar = "[选项]"
    if help_ := chinese_help(path):
        made.help, made.short_help = help_, help_.partition("。")[0]
    made.params = [_localized(param, path) for param in command.params]
    if isinstance(made, click.Group):
        made.subcommand_metavar = "命令 [参数]..."
        made.commands = {name: localized(under, lang, f"{path} {name}") for name, under in made.commands.items()}
    return made


def chinese_help(path: str, option: str = "") -> str | None:
    """The help of the command called `path`, or of an `option` of it: its own, else what the option says everywhere."""
    words = catalogue("help")
    found = words.get(f"{path} {option}".strip()) or words.get(option)
    return str(found["zh"]) if found else None


def as_chinese(message: str) -> str:
    """What click said in Chinese with what it joins by itself, such as the values of a choice, in Chinese signs."""
    quoted = re.sub(r"'([^'`]*)'", r"`\1`", " ".join(message.split()))
    parts = re.split("(`[^`]*`)", quoted)
    # What is quoted stands at every second place, and stays as it was typed.
    parts[::2] = [re.sub("(?<=[。：，；？]) ", "", part.replace(", ", "、")) for part in parts[::2]]
    parts[2::2] = [re.sub(r"^\. ?", "。", part) for part in parts[2::2]]
    return "".join(parts)


def long_name(option: click.Parameter) -> str:
    """The name by which the words of `option` are found."""
    return max(option.opts, key=len)


class _ChineseFormatter(click.HelpFormatter):
    """Usage and headings end in a Chinese colon."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or _chinese_of_click()["Usage:"])

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        # Click puts a default and the like in square brackets behind the sentence.
        rows = [(name, re.sub(r"。?  \[(.*)\]$", _bracketed, about)) for name, about in rows]
        super().write_dl(rows, col_max, col_spacing)

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':{self.current_indent}}{labelled(heading, 'zh')}\n")


def _bracketed(found: re.Match[str]) -> str:
    return aside(found[1].replace("; ", say("punctuation.clause-separator", "zh")), "zh")


@cache
def _chinese_of_click() -> dict[str, str]:
    chinese: dict[str, str] = {}
    for words in catalogue("click").values():
        english = words["en"]
        chinese |= dict.fromkeys([english] if isinstance(english, str) else english.values(), words["zh"])
    return chinese


def _localized(param: click.Parameter, path: str) -> click.Parameter:
    made = copy(param)
    if isinstance(made, click.Option):
        made.help = chinese_help(path, long_name(made)) or made.help
    if made.metavar or not (isinstance(made.type, click.Choice) or getattr(made, "is_flag", False)):
        made.metavar = _chinese_metavar(made)
    return made


def _chinese_metavar(param: click.Parameter) -> str:
    """What stands for the value of `param` in its usage: `名称|文件夹` for `NAME|FOLDER`."""
    name = param.metavar
    if name is None:
        name = param.type.name if isinstance(param, click.Option) else str(param.name)
        name = name.upper() if param.required or isinstance(param, click.Option) else f"[{name.upper()}]"
    chinese = _chinese_of_click()
    return re.sub("[A-Z_]+(?: RANGE)?", lambda word: chinese.get(word[0], word[0]), name)


def _wrap(
    text: str,
    width: int = 78,
    initial_indent: str = "",
    subsequent_indent: str = "",
    preserve_paragraphs: bool = False,
) -> str:
    """As `click.formatting.wrap_text`, which breaks at spaces only and takes a Chinese character for one column."""
    from ..outputs.wrap import wrap

    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        first, _, verbatim = paragraph.partition("\b\n")
        lines += ["", *(wrap(first, width - len(subsequent_indent)) if first else verbatim.splitlines())]
    indented = [f"{subsequent_indent if number else initial_indent}{line}" for number, line in enumerate(lines[1:])]
    return "\n".join(line.rstrip() for line in indented)


def _on_the_line(option: str) -> str | None:
    """What `option` is given on the command line; the last one counts, as it does to click."""
    found = None
    for argument, following in pairwise([*sys.argv[1:], ""]):
        if argument == "--":
            break
        name, given, value = argument.partition("=")
        if name == option:
            found = value if given else following
    return found


def _told_by_settings() -> str | None:
    """The language in the settings file, which is read once a call: a list of thousands of lines asks for each."""
    ctx = click.get_current_context(silent=True)
    if ctx is None:
        return _in_settings()
    if _META not in ctx.meta:
        ctx.meta[_META] = _in_settings()
    lang: str | None = ctx.meta[_META]
    return lang


def _in_settings() -> str | None:
    file = _on_the_line("--config")
    isolated = "--isolated" in sys.argv or (not file and os.environ.get("ONBOARD_ISOLATED"))
    if isolated:
        return None
    file = file or os.environ.get("ONBOARD_CONFIG")
    try:
        path = Path(file) if file else find_config(Path.cwd())
        lang = (read_table(path) or {}).get("lang") if path else None
    except (OSError, OnboardingError):
        return None
    return lang if isinstance(lang, str) else None
