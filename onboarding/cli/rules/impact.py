"""`onboard rules impact`: whom a change of rules touches, over everybody on record."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from ... import __version__
from ...authoring.schema_diff import Change as RuleChange
from ...authoring.schema_diff import changes
from ...errors import InputError
from ...files import os_words
from ...messages import LANGS, Lang, Text, listed, say
from ...outputs.files import refuse_overwriting, whole_file
from ...outputs.interface import Section, safe
from ...outputs.json import to_json
from ...outputs.markdown import prose
from ...rules.loading import load_ruleset, read_files, ruleset_folder
from ...rules.ruleset import Ruleset
from ...screening.impact import Change, Survey, assumed_rules, unseen
from ...screening.impact_words import caveats_section, changes_section, plain_tally, tally_section
from ...screening.judging import Terms
from ...screening.plan import Given, make_plan
from ...screening.workfolder import WorkFolder
from ..check import check_command
from ..completion import complete_addresses
from ..config import configured
from ..engines import engine_options, refuse_of_other_engine
from ..errors import usage_error
from ..inputs import STDIN, expand
from ..language import resolve_language
from ..options import PATH, RegistryOption, day_asked_for, lang_option, traceback_option
from ..output_files import files_read, formats_and_paths, standard_output
from ..progress import all_cores, screening_progress

_TURNS = ("newly-refused", "newly-admitted", "newly-undecided")
_FORMATS = ("text", "json", "markdown", "html")


@click.command("impact")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--registry",
    cls=RegistryOption,
    envvar="ONBOARD_REGISTRY",
    metavar="ADDRESS",
    type=PATH,
    shell_complete=complete_addresses,
    help="Who is on record, as for `onboard check`.  [env var: ONBOARD_REGISTRY; else `registry` in the settings file]",
)
@click.option(
    "--applications",
    multiple=True,
    metavar="PATH",
    type=PATH,
    help="Judge these under both as well: files as for `onboard screen`. May be repeated.",
)
@click.option("--as-of", metavar="YYYY-MM-DD", help="The day to judge on.  [default: today in Asia/Shanghai]")
@click.option(
    "--fail-on",
    type=click.Choice([*_TURNS, "any"]),
    multiple=True,
    help="Exit with 1 where somebody takes this turn, or could not have been seen to. May be repeated.",
)
@click.option(
    "-o",
    "--output-format",
    "formats",
    multiple=True,
    metavar="FORMAT[=PATH]",
    help=f"How to show it, and where: {', '.join(_FORMATS)}. May be repeated.  [default: text]",
)
@click.option(
    "--examples",
    type=click.IntRange(0, 1000),
    default=3,
    show_default=True,
    help="So many examples of each turn by the same rules.",
)
@engine_options
@lang_option
@traceback_option
def rules_impact(
    old: str,
    new: str,
    registry: str | None,
    applications: tuple[str, ...],
    as_of: str | None,
    fail_on: tuple[str, ...],
    formats: tuple[str, ...],
    examples: int,
    workers: int | None,
    engine: str,
    master: str | None,
    lang: str | None,
    traceback: bool,
) -> int:
    """Say whom a change of rules from OLD to NEW touches: who is newly refused, admitted or undecided, by which rule.

    Of each subject on record the next application is judged under both. It is sound in all that rules read of an
    application alone, and for a brand that none of the subject's shops carries: rules about a brand hold of it unless
    they allow no shop at all. What changed in rules that read papers, or are about a brand, shows by --applications.

    What could not be seen (the change is not in force on the day, nobody is on record, nothing could be decided) is
    told, and with --fail-on it fails.

    \b
    Examples:
      onboard rules impact douyin my-rules/ --registry registry.db
      onboard rules impact douyin my-rules/ --registry registry.db --applications applications.jsonl \\
        --fail-on newly-refused -o text -o html=impact.html
      onboard rules impact douyin my-rules/ --registry registry.jsonl \\
        --engine spark --master spark://host:7077

    \b
    Exit codes:
      0  shown
      1  a turn that --fail-on names was taken, or could not have shown
      2  usage, invalid input, bad ruleset, registry out of reach
    """
    language = resolve_language(lang)
    registry = registry or configured(check_command, "registry")
    if not registry:
        raise usage_error("commands_registry.no-registry")
    if STDIN in applications:
        raise usage_error("cli.screen-no-stdin")
    refuse_of_other_engine(engine, master, workers)
    day, rulesets = day_asked_for(as_of), [load_ruleset(name) for name in (old, new)]
    if applications and rulesets[0].subject_number != rulesets[1].subject_number:
        raise usage_error("screening.impact-other-number")
    folders = [ruleset_folder(name) for name in (old, new)]
    wanted = formats_and_paths(formats or ("text",), _FORMATS)
    files = _files(applications)
    refuse_overwriting((path or "-" for _, path in wanted), [*files, *files_read(registry, folders)])
    plan = make_plan(files, registry)
    assert plan.registry is not None
    source = plan.registry.source
    before, after = (
        Terms(read_files(folder), rules.digest, __version__, day, False, False, source)
        for folder, rules in zip(folders, rulesets, strict=True)
    )
    change = Change(before, after, examples)
    if engine == "local":
        # Nobody else needs processes.
        from ...screening import local

        with tempfile.TemporaryDirectory(prefix="onboard-") as place:
            work = WorkFolder(Path(place), False)
            found = local.survey(plan, change, work, workers or all_cores(), screening_progress(language))
    else:
        from ...screening import spark

        found = spark.survey(plan, change, master)
    found.refuse_unread()
    if applications and not found.applications.judged:
        raise usage_error("cli.nothing-to-compare", paths=listed(applications))
    caveats = tuple(unseen(change, found, with_applications=bool(applications)))
    told = _Told(old, new, change, found, bool(applications), tuple(changes(*rulesets)), plan.registry, caveats)
    for name, path in wanted:
        _write(_SHOW[name](told, language), name, path)
    turned = (found.subjects.turns[turn] + found.applications.turns[turn] for turn in _TURNS)
    taken = {turn for turn, count in zip(_TURNS, turned, strict=True) if count}
    red = taken.intersection(_TURNS if "any" in fail_on else fail_on) or told.unseen
    return 1 if fail_on and red else 0


class _Told(Struct, frozen=True):
    """All that is to be said."""

    old: str
    new: str
    change: Change
    found: Survey
    with_applications: bool
    rules: tuple[RuleChange, ...]
    registry: Given
    unseen: tuple[Text, ...]

    @property
    def rulesets(self) -> tuple[Ruleset, Ruleset]:
        return self.change.before.ruleset, self.change.after.ruleset


def _files(paths: Sequence[str]) -> list[str]:
    found = expand(paths)
    # Applications that were not judged whole prove nothing.
    if problems := [problem for file in found if not isinstance(file, str) for problem in file.errors]:
        raise InputError(*problems)
    if paths and not found:
        raise usage_error("cli.nothing-to-compare", paths=listed(paths))
    return [file for file in found if isinstance(file, str)]


def _write(words: str, name: str, path: str) -> None:
    if not path:
        out = sys.stdout if name == "text" else standard_output()
        out.write(words)
        return
    try:
        with whole_file(path) as file:
            file.write(words)
    except OSError as error:
        raise usage_error("cli.cannot-write", path=path, why=os_words(error, written=path)) from None


def _sections(told: _Told, lang: Lang) -> Iterator[Section]:
    names = {"old": told.old, "new": told.new, "registry": told.registry.source}
    yield Section(None, (say("screening.impact-about", lang, day=told.change.before.day, **names),))
    if told.unseen:
        yield caveats_section(told.unseen, lang)
    yield changes_section(told.rules, lang)
    yield tally_section("subjects", told.found.subjects, told.change, lang)
    if told.with_applications:
        yield tally_section("applications", told.found.applications, told.change, lang)


def _text(told: _Told, lang: Lang) -> str:
    lines: list[str] = []
    for section in _sections(told, lang):
        lines += ["", section.heading] if section.heading else []
        lines += [*section.lines, *(f"  {item}" for item in section.items)]
    return "".join(safe(line) + "\n" for line in lines)


def _markdown(told: _Told, lang: Lang) -> str:
    lines = [f"# {say('screening.impact-title', lang)}", ""]
    for section in _sections(told, lang):
        lines += [f"## {section.heading}", ""] if section.heading else []
        lines += [words for line in section.lines for words in (prose(line), "")]
        lines += [*(f"- {prose(item)}" for item in section.items), *([""] if section.items else [])]
    return "\n".join(lines).rstrip("\n") + "\n"


def _html(told: _Told, lang: Lang) -> str:
    # Few ask for a page.
    from ...outputs.html import sections_page

    return sections_page(say("screening.impact-title", lang), list(_sections(told, lang)), lang)


def _json(told: _Told, lang: Lang) -> str:
    """For programs, whatever `lang` is."""
    old, new = told.rulesets
    whole: dict[str, Any] = {
        "schema_version": 1,
        "tool": {"name": "onboard rules impact", "version": __version__},
        "as_of": told.change.before.day.isoformat(),
        "old": _about(old),
        "new": _about(new),
        "registry": {"source": told.registry.source, "digest": told.registry.digest},
        "changes": [{"rule": c.rule, "words": {lang: c.words(lang) for lang in LANGS}} for c in told.rules],
        "subjects": plain_tally(told.found.subjects, "subject"),
        "applications": plain_tally(told.found.applications, "source") if told.with_applications else None,
        "assumed": assumed_rules(told.change),
        "unseen": list(told.unseen),
    }
    return to_json(whole, indent=2) + "\n"


def _about(rules: Ruleset) -> dict[str, str]:
    return {"id": rules.id, "digest": rules.digest}


_SHOW: Mapping[str, Callable[[_Told, Lang], str]] = {"text": _text, "json": _json, "markdown": _markdown, "html": _html}
