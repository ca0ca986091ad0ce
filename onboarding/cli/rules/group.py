"""`onboard rules`: read the rules, and see that they are sound."""

from pathlib import Path

import click
from msgspec import structs

from ...authoring.fact_words import counted_in_words, kind_in_words, named_fields
from ...authoring.pages import rule_page
from ...errors import InputError, Problem, RulesetError
from ...messages import aside, say, text
from ...outputs.files import whole_file
from ...outputs.interface import safe
from ...reading.json_text import parse
from ...reading.validation import did_you_mean
from ...rules.domain import type_of
from ...rules.lint.lint import canonical, lint
from ...rules.loading import DEFAULT, load_ruleset, read_files, ruleset_folder, schemas_folder
from ..completion import complete_rules, complete_rulesets
from ..errors import shown
from ..language import resolve_language
from ..options import CONTEXT, lang_option, traceback_option
from .diff import diff_rules
from .export import export_rules
from .impact import rules_impact
from .new import new_ruleset
from .pages import write_pages
from .test import test_rules

_ruleset = click.option(
    "--ruleset",
    default=DEFAULT,
    envvar="ONBOARD_RULESET",
    show_default=True,
    metavar="NAME|FOLDER",
    is_eager=True,
    shell_complete=complete_rulesets,
    help="Whose rules.",
)


@click.group("rules", context_settings=CONTEXT)
def rules_group() -> None:
    """The rules: list them, show one, see that the files are sound.

    \b
    Examples:
      onboard rules list
      onboard rules show max-three-shops --lang zh
      onboard rules lint my-rules/
    """


@rules_group.command("list")
@_ruleset
@lang_option
@traceback_option
def list_rules(ruleset: str, lang: str | None, traceback: bool) -> None:
    """List the rules of a ruleset: level, clause, id, title, and from when to when they apply.

    \b
    Example: onboard rules list --ruleset my-rules/ --lang zh
    """
    language = resolve_language(lang)
    for rule in load_ruleset(ruleset).rules:
        days = (("from", rule.effective_from), ("until", rule.effective_until))
        span = " ".join(say(f"authoring.span-{edge}", language, day=day) for edge, day in days if day)
        level = say(f"authoring.list-level-{rule.level}", language)
        line = f"{level:9} {rule.clause:7} {rule.id:26} {rule.title[language]}"
        click.echo(safe(line + (aside(span, language) if span else "")))


@rules_group.command("show")
@click.argument("rule_id", metavar="RULE", shell_complete=complete_rules)
@_ruleset
@lang_option
@traceback_option
def show_rule(rule_id: str, ruleset: str, lang: str | None, traceback: bool) -> None:
    """Show one rule: what it wants, where that is written, the way out, and its file.

    \b
    Example: onboard rules show six-month-reentry
    """
    loaded = load_ruleset(ruleset)
    if rule_id not in (known := [rule.id for rule in loaded.rules]):
        hint = did_you_mean(rule_id, known) or text("authoring.list-them")
        raise RulesetError(Problem(text("authoring.no-such-rule", ruleset=loaded.id, rule=rule_id), hint=hint))
    for line in rule_page(ruleset, rule_id, resolve_language(lang)).splitlines():
        click.echo(safe(line))


@rules_group.command("facts")
@_ruleset
@lang_option
@traceback_option
def list_facts(ruleset: str, lang: str | None, traceback: bool) -> None:
    """List the facts that a rule can read: name, type, how it is counted; then the ruleset's own fields and marks.

    \b
    Example: onboard rules facts --ruleset my-rules/
    """
    loaded, spoken = load_ruleset(ruleset), resolve_language(lang)
    click.echo(say("authoring.known-by", spoken, **structs.asdict(loaded.subject_number)) + "\n")
    for name, fact in loaded.facts.items():
        star = " *" if fact.from_registry else ""
        click.echo(safe(f"{name}{star}  {type_of(fact, loaded.facts, loaded.own_fields)}"))
        click.echo(safe(f"    {fact.meaning[spoken]}"))
        if words := counted_in_words(fact):
            click.echo(safe(f"    = {words[spoken]}"))
    click.echo("\n" + say("authoring.from-registry", spoken))
    if fields := dict(named_fields(loaded.own_fields)):
        click.echo("\n" + say("authoring.own-fields", spoken))
        for name, own in fields.items():
            click.echo(safe(f"{name}  {kind_in_words(own)[spoken]}"))
            click.echo(safe(f"    {own.meaning[spoken]}"))
    if loaded.marks:
        click.echo("\n" + say("authoring.own-marks", spoken))
        for kind, meaning in loaded.marks.items():
            click.echo(safe(f"{kind}"))
            click.echo(safe(f"    {meaning[spoken]}"))


@rules_group.command("lint")
@click.argument("folder", default=DEFAULT, metavar="[NAME|FOLDER]", shell_complete=complete_rulesets)
@click.option("--fix", is_flag=True, help="Write files that are not in canonical form anew.")
@lang_option
@traceback_option
def lint_rules(folder: str, fix: bool, lang: str | None, traceback: bool) -> int:
    """See that the rule files in FOLDER are sound; every problem with file, line, pointer and a hint.

    \b
    Example: onboard rules lint my-rules/ --fix
    """
    place = ruleset_folder(folder)
    if fix:
        _write_canonical(place)
    files = read_files(place)
    problems = lint(files, schemas_folder(), str(place))
    for problem in problems:
        click.echo(shown(problem.said(resolve_language(lang))))
    click.echo(say("authoring.lint-total", resolve_language(lang), files=len(files), problems=len(problems)))
    return 2 if problems else 0


rules_group.add_command(new_ruleset)
rules_group.add_command(test_rules)
rules_group.add_command(diff_rules)
rules_group.add_command(rules_impact)
rules_group.add_command(export_rules)
rules_group.add_command(write_pages)


def _write_canonical(folder: Path) -> None:
    for name, data in read_files(folder).items():
        try:
            text = canonical(parse(data))
        except InputError:
            continue  # the lint says what is wrong with it
        if text.encode() != data:
            with whole_file(folder / name) as file:
                file.write(text)
