"""`onboard-check`: judge application files, show the results, say it all in the exit code."""

import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import date
from importlib import import_module
from types import ModuleType
from typing import Any

import click

from .. import __version__
from ..identity import normal_text
from ..joint_run import first_uses
from ..messages import LANGS, listed, text
from ..models import History
from ..outputs import FORMATS, Invalid, Origin, Result, Run, Style, default_format
from ..outputs.files import refuse_overwriting
from ..outputs.interface import safe
from ..outputs.presentation import counts, is_known
from ..reading.documents import Document
from ..registry import open_registry
from ..registry.timestamps import read_instant
from ..report import Note, Report
from ..rules.loading import DEFAULT, load_ruleset, ruleset_folder
from ..rules.ruleset import Ruleset
from ..rules.validator import fast
from ..screening.results import results
from .completion import complete_addresses, complete_formats, complete_rulesets
from .config import PREFIX, config_options, settings, settings_files
from .errors import tell, usage_error
from .inputs import STDIN, expand, read, refuse_clashes, refuse_decided
from .language import resolve_language
from .options import CONTEXT, PATH, RegistryOption, colored, day_asked_for, lang_option, today, traceback_option, width
from .output_files import files_read, make_outputs, open_whole, rules_about

EXIT_CODES = {"invalid": 2, "fail": 1, "undecided": 3}  # in the order in which one beats the next


@click.command(context_settings=CONTEXT | {"auto_envvar_prefix": PREFIX})
@click.argument("paths", nargs=-1, metavar="FILE|FOLDER|-...", type=PATH)
@click.option(
    "--registry",
    cls=RegistryOption,
    metavar="ADDRESS",
    type=PATH,
    shell_complete=complete_addresses,
    help="Shops, bans, violations on record: a .jsonl or .db file or postgresql://… Without one, history is unknown.",
)
@click.option("--as-of", metavar="YYYY-MM-DD", help="The day to judge on.  [default: today in Asia/Shanghai]")
@click.option("--known-at", metavar="INSTANT", help="See only what the registry knew then.  [default: now]")
@click.option(
    "--ruleset",
    default=DEFAULT,
    show_default=True,
    metavar="NAME|FOLDER",
    shell_complete=complete_rulesets,
    help="The rules to judge by.",
)
@click.option("--exclude", multiple=True, metavar="GLOB", help="Files to leave out, as in .gitignore. May be repeated.")
@click.option(
    "--changed-since",
    allow_from_autoenv=False,
    metavar="REV",
    help="Show only what is not as at this commit of git; all is judged.",
)
@click.option("--baseline", type=PATH, metavar="FILE", help="Refusals listed in it do not make the exit code.")
@click.option(
    "--write-baseline",
    allow_from_autoenv=False,
    type=PATH,
    metavar="FILE",
    help="List what does not pass, for --baseline.",
)
@click.option(
    "--stdin-filename",
    default=STDIN,
    allow_from_autoenv=False,
    metavar="NAME",
    help="What reports call the application that comes from standard input.",
)
@click.option("--allow-empty", is_flag=True, help="Having nothing to judge is no error.")
@click.option(
    "-o",
    "--output-format",
    "formats",
    envvar=f"{PREFIX}_OUTPUT_FORMAT",
    multiple=True,
    shell_complete=complete_formats,
    metavar="FORMAT[=PATH]",
    help=f"How to show the results, and where: {', '.join(FORMATS)}. May be repeated."
    "  [default: text; on GitHub Actions github]",
)
@config_options  # before the language, which is eager as well and may stand in the settings file
@lang_option
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour in text.")
@click.option("--independent", is_flag=True, help="Judge each application alone, as if it were the only one.")
@click.option(
    "-q", "--quiet", is_flag=True, help="Text: only what does not pass, without warnings and notes, and the totals."
)
@click.option("-v", "--verbose", is_flag=True, help="Text: rules that hold, too.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 where applications fail or are undecided.")
@traceback_option
@click.version_option(__version__, prog_name="onboard-check", message="%(prog)s %(version)s", allow_from_autoenv=False)
@click.pass_context
def check_command(
    ctx: click.Context,
    paths: tuple[str, ...],
    registry: str | None,
    as_of: str | None,
    known_at: str | None,
    ruleset: str,
    exclude: tuple[str, ...],
    changed_since: str | None,
    baseline: str | None,
    write_baseline: str | None,
    stdin_filename: str,
    allow_empty: bool,
    formats: tuple[str, ...],
    lang: str | None,
    color: str,
    independent: bool,
    quiet: bool,
    verbose: bool,
    exit_zero: bool,
    show_config: bool,
    traceback: bool,
) -> int:
    """Say whether the businesses in these application files may open a shop, and why not.

    A folder stands for all .json files in it, a quoted pattern ('**/*.json') for what it matches; `-` reads standard
    input. Applications of one call are judged together: one that passes counts as an open shop for the later ones.

    \b
    Examples:
      onboard-check application.json --registry registry.jsonl
      onboard-check applications/ --as-of 2024-08-05 --lang zh
      onboard-check applications/ --exclude 'drafts/' -o text -o json=report.json
      onboard-check - -o json < application.json

    Settings: a flag beats the environment (ONBOARD_REGISTRY, ONBOARD_AS_OF, ...), and that beats [tool.onboard-check]
    in pyproject.toml or onboard-check.toml, here or above.

    \b
    Exit codes:
      0  all pass
      1  at least one fails
      2  usage, invalid input, bad ruleset, registry out of reach
      3  none fails, at least one is undecided
    What --baseline lists makes neither 1 nor 3.
    """
    language = resolve_language(lang)
    if show_config:
        click.echo("\n".join(map(safe, settings(ctx, language))))
        return 0
    if not paths:
        raise usage_error("cli.no-path")
    if known_at and not registry:
        raise usage_error("cli.known-at-without-registry")
    day, now = day_asked_for(as_of), today()
    _import_validator()
    rules = load_ruleset(ruleset)
    known = listing = None
    if baseline or write_baseline:
        # Most calls have neither.
        from .baseline import NewBaseline, compare_with

        known = compare_with(baseline, rules.id) if baseline else None
        listing = NewBaseline(rules.id, day) if write_baseline else None
    is_changed = None
    if changed_since is not None:
        # Most calls ask git nothing.
        from .changes import changed

        is_changed = changed(changed_since)
    files = expand(paths, exclude)
    if not files and not allow_empty:
        raise usage_error("cli.no-file", paths=listed(paths))
    documents, shown = list[Document | Invalid](), list[bool]()
    for file in files:
        documents += read(file, stdin_filename, rules.own_fields)
        is_shown = is_changed is None or not isinstance(file, str) or is_changed(file)
        shown += [is_shown] * (len(documents) - len(shown))
    if not documents and not allow_empty:
        raise usage_error("cli.no-application", paths=listed(paths))
    if not independent:
        documents = refuse_clashes(documents)
    histories: dict[str, History] | None = None
    about, empty = None, False
    if registry:
        applications = [document.application for document in documents if isinstance(document, Document)]
        subjects = {subject for application in applications if (subject := rules.subject_id(application))}
        with open_registry(registry, known_at=read_instant(known_at) if known_at else None) as opened:
            found = opened.look_up(subjects, {normal_text(a.application_id) for a in applications})
        documents = refuse_decided(documents, found)
        histories, about, empty = found.histories, Origin(opened.source, lambda: found.digest), found.empty
    notes = run_notes(day, now, known_at, empty)
    run = Run(__version__, day, day < now, Origin(rules.id, lambda: rules.digest), about, rules_about(rules, day))
    style = Style(language, colored(color), width(), verbosity=verbose - quiet)
    named = [file for file in files if isinstance(file, str)]
    if STDIN in named and stdin_filename != STDIN:
        named.append(stdin_filename)
    kept = (*named, *files_read(registry, [ruleset_folder(ruleset)], settings_files(ctx)))
    if write_baseline:
        refuse_overwriting([write_baseline], kept)
    kept = (*kept, *filter(None, (baseline, write_baseline)))
    # Of the results that are shown, those that make the exit code; and of those that are not, how many there are.
    summary, counted, hidden = Counter[str](), Counter[str](), Counter[str]()
    with ExitStack() as opened_files:
        outputs = list(make_outputs(formats or (default_format(),), run, style, opened_files, kept))
        baseline_file = open_whole(write_baseline, opened_files) if write_baseline else None
        firsts = [None] * len(documents) if independent else _firsts(documents)
        judged = results(documents, firsts, histories, day, rules, notes, independent=independent)
        beside = _beside(documents, shown, rules) if is_changed and not independent else set[int]()
        alone = [document for place, document in enumerate(documents) if place in beside]
        unchanged = results(alone, _firsts(alone), histories, day, rules, notes, independent=False)
        for place, (document, is_shown, result) in enumerate(zip(documents, shown, judged, strict=True)):
            before = next(unchanged) if place in beside else None
            if isinstance(document, Document) and isinstance(result, Report):
                if known:
                    result = known.compare(result, document.application)
                if listing and not result.passed:
                    listing.add(result, document.application)
                if not is_shown and not (before and _differ(result, before)):
                    hidden[result.verdict] += 1
                    continue
            summary[result.verdict] += 1
            counted[result.verdict] += not is_known(result)
            for output in outputs:
                output.result(result)
        for output in outputs:
            output.end(summary)
        if listing and baseline_file:
            baseline_file.write(listing.text())
    if is_changed:
        not_shown = {lang: counts(hidden, lang) for lang in LANGS}
        tell(text("cli.not-shown", revision=changed_since, counts=not_shown), language)
    for message in known.told((summary - counted).total(), counted["fail"] + counted["undecided"]) if known else ():
        tell(message, language)
    code = next((code for verdict, code in EXIT_CODES.items() if counted[verdict]), 0)
    return 0 if exit_zero and code != 2 else code


def _import_validator() -> None:
    """Import the validator, without `email.utils` where that is not there yet.

    By it jsonschema-rs reads, when it is imported, the date on which it was built. Nobody asks for that, and with
    `socket`, `random` and others the module takes a twelfth of a check. What stands in for it leaves the date as it is
    written; whatever else is asked of it, the module itself answers. No other thread runs that could ask.
    """
    name = "email.utils"
    if name in sys.modules:
        return
    stand_in = ModuleType(name)

    def of_the_module(attribute: str) -> Any:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return getattr(import_module(name), attribute)

    vars(stand_in).update(parsedate_to_datetime=str, __getattr__=of_the_module)
    sys.modules[name] = stand_in
    # A release that cannot do with it is imported as it wants when the rules are read.
    with suppress(Exception):
        fast()
    if sys.modules.get(name) is stand_in:
        del sys.modules[name]


def _beside(documents: Sequence[Document | Invalid], shown: Sequence[bool], rules: Ruleset) -> set[int]:
    """The places of the `documents` not to be `shown` whose subject has others that are: what these open may count."""
    subjects = [rules.subject_id(one.application) if isinstance(one, Document) else None for one in documents]
    touched = {subject for subject, is_shown in zip(subjects, shown, strict=True) if is_shown and subject}
    told = enumerate(zip(subjects, shown, strict=True))
    return {place for place, (subject, is_shown) in told if not is_shown and subject in touched}


def _differ(now: Report, before: Result) -> bool:
    """Whether what keeps an application from passing is not the same as `before`, without those that have changed."""
    kept_now = (*now.failures, *now.undecided)
    return not isinstance(before, Report) or kept_now != (*before.failures, *before.undecided)


def _firsts(documents: Sequence[Document | Invalid]) -> list[str | None]:
    """For each of `documents` the source of the one that is the same application and was given first; None itself."""
    sound = [document for document in documents if isinstance(document, Document)]
    firsts = (sound[first] for first in first_uses([document.application for document in sound]))
    told: list[str | None] = []
    for document in documents:
        first = next(firsts) if isinstance(document, Document) else document
        told.append(None if first is document else first.source)
    return told


def run_notes(day: date, now: date, known_at: str | None, empty: bool) -> tuple[Note, ...]:
    """What is to be noted on every result of a run on the day `day`, by a registry that is `empty` or not."""
    past = Note(text("cli.judged-as-of", day=day), kind="past")
    known = Note(text("cli.judged-by-what-was-known", instant=known_at), kind="known_at")
    nothing = Note(text("cli.registry-empty"), kind="empty_registry")
    return (past,) * (day < now) + (known,) * (known_at is not None) + (nothing,) * empty
