"""Where results go: standard output, and the files that `-o FORMAT=PATH` names."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import click

from ..outputs import FORMATS, Output, RuleAbout, Run, Style, make_output
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset


def make_outputs(formats: Sequence[str], run: Run, style: Style, files: ExitStack) -> Iterator[Output]:
    """An output for each of `formats`, as `-o` has them; `files` closes what is opened.

    Raises UsageError for a format that is none, for two that want standard output, for a file that cannot be written.
    """
    wanted = [spec.partition("=") for spec in formats]
    for name, _, _ in wanted:
        if name not in FORMATS:
            raise click.UsageError(f"no format `{name}`; there are {', '.join(FORMATS)}")
    if sum(not path for _, _, path in wanted) > 1:
        raise click.UsageError("one format alone goes to standard output; give the others a file: `json=report.json`")
    for name, _, path in wanted:
        if not path:
            yield make_output(name, run, style, sys.stdout.write)
            continue
        try:
            file = Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="\n")  # noqa: SIM115
            files.enter_context(file)
        except OSError as error:
            raise click.UsageError(f"cannot write `{path}`: {(error.strerror or '').lower()}") from None
        yield make_output(name, run, Style(style.lang, False, style.width, style.verbosity), file.write)


def rules_about(ruleset: Ruleset, day: date) -> tuple[RuleAbout, ...]:
    """What the rules of `ruleset` are about, each once, in the edition of `day`."""

    def page_of(rule: Rule) -> Callable[[], str]:
        def page() -> str:
            # Only SARIF shows it.
            from ..authoring.explain import help_of

            return help_of(rule, ruleset.clauses)

        return page

    return tuple(
        RuleAbout(r.id, r.level, r.clause, r.title, r.remedy, r.in_force(day), page_of(r)) for r in ruleset.on(day)
    )
