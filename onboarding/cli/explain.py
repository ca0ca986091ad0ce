"""`onboard explain`: what a rule wants of a seller, and which rules speak of a field or a fact."""

import re
from collections.abc import Iterator

import click

from ..authoring.explain import Page, page_of, pointers
from ..errors import Problem, RulesetError
from ..messages import LANGS, Lang, text
from ..outputs.interface import safe
from ..outputs.wrap import wrap
from ..reading.validation import did_you_mean
from ..rules.loading import DEFAULT, load_ruleset
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset
from .completion import complete_rules, complete_rulesets
from .options import CONTEXT, traceback_option, width


@click.command("explain", context_settings=CONTEXT)
@click.argument("subject", metavar="RULE|POINTER", shell_complete=complete_rules)
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
@click.option("--lang", type=click.Choice(["en", "zh"]), help="One language.  [default: both]")
@traceback_option
def explain_command(subject: str, ruleset: str, lang: Lang | None, traceback: bool) -> None:
    """Say what a rule wants: the clause behind it, what it compares, all that it may say, the way out.

    A pointer, as reports give it, stands for every rule that speaks of that field or fact.

    \b
    Examples:
      onboard explain max-three-shops
      onboard explain /business_license/uscc --lang zh
      onboard explain /facts/brands/0/shops_if_admitted --ruleset my-rules/
    """
    loaded = load_ruleset(ruleset)
    rules = _about(subject, loaded) if subject.startswith("/") else [r for r in loaded.rules if r.id == subject]
    if not rules:
        known = [*(rule.id for rule in loaded.rules), *(p for rule in loaded.rules for p in pointers(rule))]
        hint = did_you_mean(subject, known) or text("authoring.list-them")
        words = text("authoring.no-rule-for", ruleset=loaded.id, subject=subject)
        raise RulesetError(Problem(words, hint=hint))
    for number, rule in enumerate(rules):
        if number:
            click.echo()
        for line in _text(page_of(rule, loaded), (lang,) if lang else LANGS):
            click.echo(safe(line))


def _about(pointer: str, ruleset: Ruleset) -> list[Rule]:
    """The rules that speak of `pointer` or of something in it."""
    wanted = re.sub(r"/\d+(?=/|$)", "/[]", pointer)
    return [r for r in ruleset.rules if any(f"{p}/".startswith(f"{wanted}/") for p in pointers(r))]


def _text(page: Page, langs: tuple[Lang, ...]) -> Iterator[str]:
    yield f"{page.name}  " + " · ".join(page.title[lang] for lang in langs)
    for lang in langs:
        yield ""
        yield from wrap(f"[{lang}] {page.terms(lang)}", width(), 2)
        for heading, items in page.sections(lang):
            yield f"  {heading}"
            for depth, item in items:
                yield from wrap(f"- {item}", width(), 4 + 2 * depth)
