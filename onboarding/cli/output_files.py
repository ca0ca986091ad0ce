"""Where results go: standard output, and the files that `-o FORMAT=PATH` names."""

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from ..files import os_words
from ..messages import listed
from ..outputs import FORMATS, Output, RuleAbout, Run, Style, make_output
from ..outputs.files import refuse_overwriting, whole_file
from ..rules.loading import json_files
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset
from .config import settings_file
from .errors import usage_error

MakeOutput = Callable[[str, Run, Style, Callable[[str], object]], Output]


def make_outputs(
    formats: Sequence[str],
    run: Run,
    style: Style,
    files: ExitStack,
    read: Iterable[str | Path] = (),
    make: MakeOutput = make_output,
    known: Collection[str] = FORMATS,
) -> Iterator[Output]:
    """An output for each of `formats`, as `-o` has them; `files` closes what is opened, and only then a file is there.

    `make` makes one of a format that is `known`.

    Raises UsageError for a format that is none, for two that want standard output, for a file that cannot be written;
    OnboardingError for one that is among the files of `read`, or wanted twice.
    """
    wanted = formats_and_paths(formats, known)
    refuse_overwriting((path or "-" for _, path in wanted), read)
    for name, path in wanted:
        if not path:
            # Text is for a person, on whatever console.
            out = sys.stdout if name == "text" else standard_output()
            yield make(name, run, style, out.write)
            continue
        file = open_whole(path, files)
        yield make(name, run, Style(style.lang, False, style.width, style.verbosity), file.write)


def open_whole(path: str, files: ExitStack) -> IO[str]:
    """The file at `path` to write to, which is there once `files` closes it; raises UsageError where none can be."""
    try:
        return files.enter_context(whole_file(path))
    except OSError as error:
        raise usage_error("cli.cannot-write", path=path, why=os_words(error, written=path)) from None


def formats_and_paths(formats: Sequence[str], known: Collection[str]) -> list[tuple[str, str]]:
    """Each of `formats`, as `-o` has them, and the file it goes to, `""` for standard output.

    Raises UsageError for one that is none of `known`, and for two that want standard output.
    """
    wanted = [(name, path) for name, _, path in (spec.partition("=") for spec in formats)]
    for name, _ in wanted:
        if name not in known:
            raise usage_error("cli.no-format", name=name, formats=listed(known))
    if sum(not path for _, path in wanted) > 1:
        raise usage_error("cli.one-format-alone")
    return wanted


def standard_output() -> IO[str]:
    r"""Standard output in UTF-8 with `\n`, whatever the locale, the console or the system would have."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    return sys.stdout


def write_json(value: Any) -> None:
    """Write `value` to standard output as JSON for programs."""
    from ..outputs.json import to_json

    standard_output().write(to_json(value, indent=2) + "\n")


def registry_files(address: str) -> list[str]:
    """The files that the registry at `address` may consist of; SQLite's own lie beside what a link leads to."""
    path = address.removeprefix("sqlite:///")
    return [path, *(os.path.realpath(path) + suffix for suffix in ("-wal", "-shm", "-journal"))]


def files_read(
    registry: str | None, rulesets: Iterable[Path], settings: Iterable[Path] | None = None
) -> list[str | Path]:
    """The files that a command has read before it writes any: of a registry, of rulesets, and of settings, which are
    those that `configured` reads unless they are given.
    """
    rules = [file for folder in rulesets for file in json_files(folder)]
    if settings is None:
        settings = filter(None, [settings_file()])
    return [*(registry_files(registry) if registry else ()), *rules, *settings]


def rules_about(ruleset: Ruleset, day: date) -> tuple[RuleAbout, ...]:
    """What the rules of `ruleset` are about, each once, in the edition of `day`."""

    def page_of(rule: Rule) -> Callable[[], str]:
        def page() -> str:
            # Only SARIF shows it.
            from ..authoring.explain import help_of

            return help_of(rule, ruleset)

        return page

    def about(rule: Rule) -> RuleAbout:
        why = tuple(ruleset.clauses[clause] for clause in rule.clauses)
        return RuleAbout(
            rule.id, rule.level, rule.clause, rule.title, why, rule.remedy, rule.in_force(day), page_of(rule)
        )

    return tuple(map(about, ruleset.on(day)))
