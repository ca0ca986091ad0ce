"""`onboard-check`: judge application files, show the results, say it all in the exit code."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import click
import msgspec

from .. import __version__
from ..facts import subject_of
from ..kernel import check_together
from ..models import History
from ..outputs import FORMATS, Invalid, Output, Result, RuleAbout, Run, Style, default_format, make_output
from ..reading import Document
from ..registry import open_registry
from ..report import Note
from ..rules import Ruleset
from ..rulesets import DEFAULT, load_ruleset
from .inputs import expand, read
from .options import CONTEXT, lang_option, language, traceback_option

# Asia/Shanghai has had no daylight saving time since 1991; a fixed offset needs no time zone data.
SHANGHAI = timezone(timedelta(hours=8))
EXIT_CODES = {"invalid": 2, "fail": 1, "undecided": 3}  # in the order in which one beats the next


def today() -> date:
    """Today in Asia/Shanghai."""
    return datetime.now(SHANGHAI).date()


@click.command(context_settings=CONTEXT)
@click.argument("paths", nargs=-1, required=True, metavar="FILE|FOLDER|-...", type=click.Path())
@click.option(
    "--registry",
    envvar="ONBOARD_REGISTRY",
    metavar="ADDRESS",
    help="Shops, bans and violations on record: a .jsonl or .db file. Without one, history is unknown.",
)
@click.option("--as-of", metavar="YYYY-MM-DD", help="The day to judge on.  [default: today in Asia/Shanghai]")
@click.option("--ruleset", default=DEFAULT, show_default=True, metavar="NAME|FOLDER", help="The rules to judge by.")
@click.option(
    "-o",
    "--output-format",
    "formats",
    multiple=True,
    metavar="FORMAT[=PATH]",
    help=f"How to show the results, and where: {', '.join(FORMATS)}. May be repeated."
    "  [default: text; on GitHub Actions github]",
)
@lang_option
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour in text.")
@click.option("--independent", is_flag=True, help="Judge each application alone, as if it were the only one.")
@click.option("-q", "--quiet", is_flag=True, help="Text: only what does not pass, without warnings and notes.")
@click.option("-v", "--verbose", is_flag=True, help="Text: rules that hold, too.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 where applications fail or are undecided.")
@traceback_option
@click.version_option(__version__, prog_name="onboard-check")
def check_command(
    paths: tuple[str, ...],
    registry: str | None,
    as_of: str | None,
    ruleset: str,
    formats: tuple[str, ...],
    lang: str | None,
    color: str,
    independent: bool,
    quiet: bool,
    verbose: bool,
    exit_zero: bool,
    traceback: bool,
) -> int:
    """Say whether the businesses in these application files may open a shop, and why not.

    A folder stands for all .json files in it; `-` reads standard input. Applications of one call are judged
    together: one that passes counts as an open shop for the later ones.

    \b
    Examples:
      onboard-check application.json --registry registry.jsonl
      onboard-check applications/ --as-of 2024-08-05 --lang zh
      onboard-check - -o json < application.json

    \b
    Exit codes:
      0  all pass
      1  at least one fails
      2  usage, invalid input, bad ruleset, registry out of reach
      3  none fails, at least one is undecided
    """
    day, now = _day(as_of), today()
    rules = load_ruleset(ruleset)
    documents = [read(path) for path in expand(paths)]
    if not documents:
        raise click.UsageError(f"no `.json` file in {', '.join(f'`{path}`' for path in paths)}")
    histories: dict[str, History] | None = None
    about = None
    if registry:
        opened = open_registry(registry)
        found = opened.look_up({s for d in documents if isinstance(d, Document) and (s := subject_of(d.application))})
        histories, about = found.histories, {"source": opened.source, "digest": found.digest}
    run = Run(__version__, day, day < now, {"id": rules.id, "digest": rules.digest}, about, _about(rules, day))
    style = Style(language(lang), _colored(color), _width(), verbosity=verbose - quiet)
    summary: Counter[str] = Counter()
    with ExitStack() as files:
        outputs = list(_outputs(formats or (default_format(),), run, style, files))
        for result in _results(documents, histories, day, rules, independent, _past_note(day, now)):
            summary[result.verdict] += 1
            for output in outputs:
                output.result(result)
        for output in outputs:
            output.end(summary)
    code = next((code for verdict, code in EXIT_CODES.items() if summary[verdict]), 0)
    return 0 if exit_zero and code != 2 else code


def _results(
    documents: Sequence[Document | Invalid],
    histories: dict[str, History] | None,
    day: date,
    ruleset: Ruleset,
    independent: bool,
    notes: tuple[Note, ...],
) -> Iterator[Result]:
    """The results in the order given. Rules are local to one subject, so its applications alone are judged together."""
    groups: dict[Any, list[int]] = {}
    for position, document in enumerate(documents):
        subject = None if independent or isinstance(document, Invalid) else subject_of(document.application)
        groups.setdefault(subject or position, []).append(position)
    waiting: dict[int, Result] = {}
    members = {position: group for group in groups.values() for position in group}
    for position, document in enumerate(documents):
        if isinstance(document, Invalid):
            yield document
            continue
        if position not in waiting:
            together = [d for p in members[position] if isinstance(d := documents[p], Document)]
            reports = check_together([d.application for d in together], histories, day, ruleset)
            for member, one, report in zip(members[position], together, reports, strict=True):
                waiting[member] = one.report(report.noted(notes))
        yield waiting.pop(position)


def _about(ruleset: Ruleset, day: date) -> tuple[RuleAbout, ...]:
    rules = ruleset.on(day)
    return tuple(RuleAbout(r.id, r.level, r.clause, r.title, r.remedy, r.in_force(day)) for r in rules)


def _day(text: str | None) -> date:
    try:
        # `date.fromisoformat` would also take weeks and dates without hyphens.
        return msgspec.convert(text, date) if text else today()
    except msgspec.ValidationError:
        raise click.UsageError(f"`--as-of {text}` is no day; give one as `YYYY-MM-DD`") from None


def _past_note(day: date, now: date) -> tuple[Note, ...]:
    if day >= now:
        return ()
    return (Note({"en": f"Judged as of {day}, a day that is over.", "zh": f"按已过去的日期 {day} 判定。"}),)


def _outputs(formats: Sequence[str], run: Run, style: Style, files: ExitStack) -> Iterator[Output]:
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


def _colored(color: str) -> bool:
    """The flag, else NO_COLOR, else FORCE_COLOR, else whether the output is a terminal."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def _width() -> int:
    return min(os.get_terminal_size().columns, 100) if sys.stdout.isatty() else 80
