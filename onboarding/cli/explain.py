"""`onboard explain`: what a rule wants of a seller, and which rules speak of a clause, a field or a fact."""

import re
from collections.abc import Iterator

import click

from ..authoring.explain import Page, names, page_of, pointers
from ..errors import Problem, RulesetError
from ..identity import normal_text
from ..messages import Lang, text
from ..outputs.interface import safe
from ..outputs.wrap import wrap
from ..reading.validation import did_you_mean
from ..rules.loading import DEFAULT, load_ruleset
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset
from .completion import complete_rules, complete_rulesets
from .language import resolve_language
from .options import CONTEXT, lang_option, traceback_option, width


@click.command("explain", context_settings=CONTEXT)
@click.argument("subject", metavar="RULE|CLAUSE|TITLE|FACT|POINTER", shell_complete=complete_rules)
@click.option(
    "--ruleset",
    default=DEFAULT,
    envvar="ONBOARD_RULESET",
    show_default=True,
    metavar="NAME|FOLDER",
    shell_complete=complete_rulesets,
    is_eager=True,
    help="Whose rules.",
)
@lang_option
@traceback_option
def explain_command(subject: str, ruleset: str, lang: str | None, traceback: bool) -> None:
    """Say what a rule wants: the clause behind it, what it compares, all that it may say, the way out.

    A clause, a fact, or a pointer as reports give it stands for every rule that speaks of it. A title may be in
    either language.

    \b
    Examples:
      onboard explain max-three-shops
      onboard explain P3
      onboard explain shops_if_admitted
      onboard explain 品牌资质 --lang zh
      onboard explain /business_license/uscc
      onboard explain /facts/brands/0/shops_if_admitted --ruleset my-rules/
    """
    loaded = load_ruleset(ruleset)
    rules = _about(subject, loaded) if subject.startswith("/") else _called(subject, loaded)
    if not rules:
        known = [name for rule in loaded.rules for name in (*names(rule), *pointers(rule))]
        hint = did_you_mean(subject, known) or text("authoring.list-them")
        words = text("authoring.no-rule-for", ruleset=loaded.id, subject=subject)
        raise RulesetError(Problem(words, hint=hint))
    for number, rule in enumerate(rules):
        if number:
            click.echo()
        for line in _text(page_of(rule, loaded), resolve_language(lang)):
            click.echo(safe(line))


def _called(name: str, ruleset: Ruleset) -> list[Rule]:
    """The rules that go by `name`, however its letters are typed."""
    wanted = normal_text(name).casefold()
    return [rule for rule in ruleset.rules if wanted in {normal_text(one).casefold() for one in names(rule)}]


def _about(pointer: str, ruleset: Ruleset) -> list[Rule]:
    """The rules that speak of `pointer` or of something in it."""
    wanted = re.sub(r"/\d+(?=/|$)", "/[]", pointer)
    return [r for r in ruleset.rules if any(f"{p}/".startswith(f"{wanted}/") for p in pointers(r))]


def _text(page: Page, lang: Lang) -> Iterator[str]:
    yield f"{page.name}  {page.title[lang]}"
    yield ""
    yield from wrap(page.terms(lang), width(), 2)
    for heading, items in page.sections(lang):
        yield f"  {heading}"
        for depth, item in items:
            yield from wrap(f"- {item}", width(), 4 + 2 * depth)
