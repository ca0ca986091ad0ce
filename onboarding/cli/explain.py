"""`onboard explain`: what a rule wants of a seller, and which rules speak of a field or a fact."""

import re
from collections.abc import Iterator
from typing import Any

import click
from msgspec import Struct

from ..errors import Problem, RulesetError
from ..facts.definitions import FACTS
from ..outputs.interface import safe
from ..outputs.wrap import wrap
from ..pointers import Path, to_pointer
from ..reading.json_text import parse
from ..reading.validation import nearest
from ..rules.loading import DEFAULT, load_ruleset, read_files, ruleset_folder
from ..rules.rule import Rule, Ruleset
from ..rules.subschemas import NUMBERS, SIZES, subschemas
from .completion import complete_rules, complete_rulesets
from .options import CONTEXT, traceback_option, width

_WORDS = {
    "en": {
        "required": "required: who does not satisfy it is refused",
        "advisory": "advisory: a warning, not a refusal",
        "in force": "in force",
        "from": "from {day}",
        "until": "until the day before {day}",
        "says": "what it may say",
        "way out": "way out",
    },
    "zh": {
        "required": "必须满足，否则不予准入",
        "advisory": "仅作提醒，不影响准入",
        "in force": "生效时间",
        "from": "自 {day} 起",
        "until": "至 {day} 前一日止",
        "says": "可能给出的理由",
        "way out": "解决办法",
    },
}


class Saying(Struct, frozen=True):
    """Words that a rule has for a failure, in both languages, and the limits that they may name."""

    words: dict[str, str]
    limit: Any = None


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
def explain_command(subject: str, ruleset: str, lang: str | None, traceback: bool) -> None:
    """Say what a rule wants: the clause behind it, all that it may say, the way out.

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
        near = nearest(subject, [*(rule.id for rule in loaded.rules), *(p for r in loaded.rules for p in pointers(r))])
        hint = f"did you mean `{near}`?" if near else "`onboard rules list` lists the rules"
        raise RulesetError(Problem(f"ruleset `{loaded.id}` has no rule for `{subject}`", hint=hint))
    clauses = parse(read_files(ruleset_folder(ruleset))["ruleset.json"])["clauses"]
    for number, rule in enumerate(rules):
        for line in ([""] if number else []) + list(_page(rule, clauses, [lang] if lang else ["en", "zh"])):
            click.echo(safe(line))


def pointers(rule: Rule) -> set[str]:
    """What `rule` reads or finds missing, as reports point at it; `[]` stands for any place in a list."""
    found: set[str] = set()
    for subschema in subschemas(rule.schema):
        for path in (
            subschema.instance_path,
            *((*subschema.instance_path, name) for name in subschema.schema.get("required", ())),
        ):
            pointer = to_pointer(path)
            fact = FACTS.get(pointer.removeprefix("/facts/").replace("/[]", "[]").replace("/", "."))
            if fact is not None and pointer.startswith("/facts/"):
                parent = "" if (fact.field or "").startswith("/business") else "/brands/[]" * ("[]" in pointer)
                found |= {pointer} | ({parent + fact.field} if fact.field else set())
            elif pointer.startswith("/application/"):
                found.add(pointer.removeprefix("/application"))
    return found


def sayings(rule: Rule) -> list[Saying]:
    """All that `rule` may say, in the order of its file."""
    reasons: dict[Path, dict[str, Any]] = {}
    limits: dict[Path | None, Any] = {}
    for subschema in subschemas(rule.schema):
        if "x-reason" in subschema.schema:
            reasons[subschema.path] = subschema.schema["x-reason"]
        for keyword in (*NUMBERS, *SIZES, "const"):
            if keyword in subschema.schema:
                limits.setdefault(subschema.reason, subschema.schema[keyword])
    return [
        Saying({lang: words[lang] for lang in ("en", "zh")}, limits.get(path))
        for path, reason in reasons.items()
        for words in (reason, *reason.get("when", {}).values())
    ]


def _about(pointer: str, ruleset: Ruleset) -> list[Rule]:
    """The rules that speak of `pointer` or of something in it."""
    wanted = re.sub(r"/\d+(?=/|$)", "/[]", pointer)
    return [r for r in ruleset.rules if any(f"{p}/".startswith(f"{wanted}/") for p in pointers(r))]


def _page(rule: Rule, clauses: dict[str, dict[str, str]], langs: list[str]) -> Iterator[str]:
    yield f"{rule.id}  " + " · ".join(rule.title[lang] for lang in langs)
    for lang in langs:
        say = _WORDS[lang]
        yield ""
        yield from _wrapped(f"[{lang}] {say[rule.level]}", 2)
        for clause in rule.clause.split(", "):
            yield from _wrapped(f"{clause}: {clauses[clause][lang]}", 2)
        days = [(say["from"], rule.effective_from), (say["until"], rule.effective_until)]
        if span := " ".join(word.format(day=day) for word, day in days if day):
            yield from _wrapped(f"{say['in force']}: {span}", 2)
        yield f"  {say['says']}:"
        for saying in sayings(rule):
            # What was counted differs from case to case; what is allowed stands in the rule.
            text = saying.words[lang].replace("{limit}", str(saying.limit)).replace("{actual}", "N")
            yield from _wrapped(f"- {text}", 4)
        yield from _wrapped(f"{say['way out']}: {rule.remedy[lang]}", 2)


def _wrapped(text: str, indent: int) -> list[str]:
    return wrap(text, width(), indent)
