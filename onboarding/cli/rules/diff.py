"""`onboard rules diff`: what changed between two rulesets, and what that does to real applications."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from msgspec import to_builtins

from ...authoring.impact import Impact, Moved, Turned, impact, moved_cases
from ...authoring.schema_diff import Change, changes
from ...errors import InputError
from ...messages import Lang, labelled, listed, say, text
from ...outputs import Invalid
from ...outputs.interface import safe
from ...reading.documents import Document
from ...reading.own_fields import OwnFields, both
from ...registry import open_registry
from ...rules.loading import cases_folder, load_ruleset, ruleset_folder
from ...rules.validator import Difference
from ..errors import usage_error
from ..inputs import expand, read, refuse_clashes
from ..language import resolve_language
from ..options import RegistryOption, day_asked_for, lang_option, traceback_option
from ..output_files import standard_output

_MOST_EXAMPLES = 3  # of each kind, unless all are asked for
_TURNS = ("newly-refused", "newly-admitted", "newly-undecided")


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--applications", metavar="FOLDER", help="Judge these applications under both.")
@click.option(
    "--registry",
    cls=RegistryOption,
    envvar="ONBOARD_REGISTRY",
    metavar="ADDRESS",
    help="What is on record of their subjects.",
)
@click.option("--as-of", metavar="YYYY-MM-DD", help="The day to judge on.  [default: today in Asia/Shanghai]")
@click.option(
    "--fail-on",
    type=click.Choice(["newly-refused", "newly-admitted", "newly-undecided", "any"]),
    multiple=True,
    help="Exit with 1 where an application takes this turn. May be repeated.",
)
@click.option(
    "-o",
    "--output-format",
    "output_format",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="How to show it.",
)
@click.option("--all", "show_all", is_flag=True, help="Every application and every case, not a few of each.")
@lang_option
@traceback_option
def diff_rules(
    old: str,
    new: str,
    applications: str | None,
    registry: str | None,
    as_of: str | None,
    fail_on: tuple[str, ...],
    output_format: str,
    show_all: bool,
    lang: str | None,
    traceback: bool,
) -> int:
    """Say in plain words what changed from OLD to NEW, each a ruleset's name or folder.

    Also say which of OLD's cases come out otherwise under NEW, rule by rule. With --applications, judge a folder of
    them under both and say whose verdict changes. What a change cannot show (no registry, not in force on the day) is
    told, and with --fail-on it fails.

    \b
    Examples:
      onboard rules diff douyin my-rules/
      onboard rules diff douyin my-rules/ --applications corpus/ --registry corpus.jsonl --fail-on newly-refused

    \b
    Exit codes:
      0  shown
      1  a turn that --fail-on names was taken, or could not have shown
      2  usage, invalid input, bad ruleset, registry out of reach
    """
    if fail_on and not applications:
        raise usage_error("cli.fail-on-without-applications")
    day, before, after = day_asked_for(as_of), load_ruleset(old), load_ruleset(new)
    found = list(changes(before, after))
    judged = None
    if applications:
        documents = _documents(applications, both(before.own_fields, after.own_fields))
        histories = None
        if registry:
            named = (rules.subject_id(d.application) for rules in (before, after) for d in documents)
            subjects = {subject for subject in named if subject}
            with open_registry(registry) as opened:
                histories = opened.look_up(subjects).histories
        judged = impact(documents, histories, day, before, after)
    tables = cases_folder(ruleset_folder(old))
    moved, unseen_cases = moved_cases(tables, before, after) if found and tables.is_dir() else ([], [])
    most = None if show_all else _MOST_EXAMPLES
    show = {"text": _text, "markdown": _markdown, "json": _json}[output_format]
    out = sys.stdout if output_format == "text" else standard_output()
    spoken = resolve_language(lang)
    for line in show(found, moved, judged, most, spoken):
        out.write(line + "\n")
    for why in unseen_cases:
        click.echo(safe(say("cli.note", spoken, message=why)), err=True)
    wanted = set(_TURNS) if "any" in fail_on else set(fail_on)
    unseen = fail_on and judged and judged.unseen
    return 1 if unseen or (judged and any(judged.count(turn) for turn in wanted)) else 0


def _documents(folder: str, own: OwnFields) -> list[Document]:
    documents = refuse_clashes([d for path in expand([folder]) for d in read(path, own=own)])
    # A corpus that was not judged whole proves nothing.
    problems = [problem for document in documents if isinstance(document, Invalid) for problem in document.errors]
    if problems:
        raise InputError(*problems)
    if not documents:
        raise usage_error("cli.nothing-to-compare", paths=listed([folder]))
    return [document for document in documents if isinstance(document, Document)]


def _text(
    found: list[Change], moved: list[Moved], judged: Impact | None, most: int | None, lang: Lang
) -> Iterator[str]:
    for change, relation in _told(found, lang):
        yield safe(change)
        if relation:
            yield safe(f"  {relation}")
    if not found:
        yield say("authoring.no-change", lang)
    if moved:
        yield ""
        yield from (safe("  " * depth + line) for depth, line in _cases(moved, most, lang))
    if judged:
        yield ""
        yield from map(safe, _counts(judged, lang))
        yield from map(safe, _by_rule(judged, lang))
        shown, left = _examples(judged, most)
        for one in shown:
            turn, rules = text(f"authoring.turn-{one.turn}"), say("punctuation.list-separator", lang).join(one.rules)
            named = {"source": one.source, "application": one.application_id, "rules": rules}
            yield safe(say("authoring.turned", lang, turn=turn, **named))
        if left:
            yield say("authoring.more-turned", lang, n=left)


def _markdown(
    found: list[Change], moved: list[Moved], judged: Impact | None, most: int | None, lang: Lang
) -> Iterator[str]:
    yield f"## {say('authoring.rules-heading', lang)}"
    yield ""
    for change, relation in _told(found, lang):
        yield safe(f"- {labelled(change, lang) + relation if relation else change}")
    if not found:
        yield say("authoring.nothing-changed", lang)
    if moved:
        yield ""
        yield f"## {say('authoring.cases-heading', lang)}"
        yield ""
        yield from (f"{'  ' * depth}- {safe(line)}" for depth, line in _cases(moved, most, lang))
    if judged:
        yield ""
        yield f"## {say('authoring.impact-heading', lang)}"
        yield ""
        yield from map(safe, _counts(judged, lang))
        yield ""
        yield from (f"- {safe(line.strip())}" for line in _by_rule(judged, lang))
        yield ""
        yield say("authoring.turn-table", lang)
        yield "|---|---|---|---|"
        shown, left = _examples(judged, most)
        for one in shown:
            turn = say(f"authoring.turn-{one.turn}", lang)
            cells = (turn, one.source, one.application_id, say("punctuation.list-separator", lang).join(one.rules))
            yield "| " + " | ".join(safe(cell).replace("|", "\\|") for cell in cells) + " |"
        if left:
            yield ""
            yield say("authoring.more-turned", lang, n=left)


def _json(
    found: list[Change], moved: list[Moved], judged: Impact | None, most: int | None, lang: Lang
) -> Iterator[str]:
    """For programs: plain JSON values, all of them, in English whatever `lang` is."""
    plain: dict[str, Any] = {"changes": [_plain(change) for change in found], "moved_cases": to_builtins(moved)}
    if judged:
        counts = {turn: judged.count(turn) for turn in _TURNS}
        unseen = [words["en"] for words in judged.unseen]
        plain["impact"] = {**to_builtins(judged), "counts": counts, "by_rule": judged.by_rule(), "unseen": unseen}
    yield json.dumps(plain, ensure_ascii=True, indent=2)


def _told(found: list[Change], lang: Lang) -> Iterator[tuple[str, str]]:
    """Each change in words; the relation of the two schemas behind the last one of its edition, once."""
    for number, change in enumerate(found, 1):
        last = not any(_same_edition(later, change) for later in found[number:])
        difference = next((c.difference for c in found if c.difference and _same_edition(c, change)), None)
        yield change.words(lang), _relation(difference, lang) if last and difference else ""


def _same_edition(one: Change, other: Change) -> bool:
    return (one.rule, one.edition) == (other.rule, other.edition)


def _cases(moved: list[Moved], most: int | None, lang: Lang) -> Iterator[tuple[int, str]]:
    """The cases that come out otherwise, by rule: how many, then which, each with how deep it stands."""
    yield 0, say("authoring.moved-cases", lang, n=len(moved))
    for rule, cases in groupby(moved, key=lambda one: one.rule):
        of_rule = sorted(cases, key=lambda one: Path(one.source).stem != one.rule)
        yield 1, say("authoring.moved-by-rule", lang, rule=rule, n=len(of_rule))
        for one in of_rule[:most]:
            before, after = (text(f"authoring.status-{status}") for status in (one.before, one.after))
            named = {"source": Path(one.source).name, "case": one.case}
            yield 2, say("authoring.moved-case", lang, **named, before=before, after=after)
        if most is not None and len(of_rule) > most:
            yield 2, say("authoring.more-cases", lang, n=len(of_rule) - most)


def _by_rule(judged: Impact, lang: Lang) -> Iterator[str]:
    for turn, rules in judged.by_rule().items():
        for rule, number in rules.items():
            yield "  " + say("authoring.turn-by-rule", lang, turn=text(f"authoring.turn-{turn}"), rule=rule, n=number)


def _examples(judged: Impact, most: int | None) -> tuple[list[Turned], int]:
    """A few of those that took each turn by the same rules, and how many are left out."""
    seen: Counter[tuple[str, tuple[str, ...]]] = Counter()
    shown = []
    for one in judged.turned:
        seen[one.turn, one.rules] += 1
        if most is None or seen[one.turn, one.rules] <= most:
            shown.append(one)
    return shown, len(judged.turned) - len(shown)


def _plain(change: Change) -> dict[str, Any]:
    sides = {"before": change.before["en"], "after": change.after["en"]}
    return {"words": change.words("en"), **to_builtins(change), **sides}


def _counts(judged: Impact, lang: Lang) -> Iterator[str]:
    yield say("authoring.judged-under-both", lang, n=judged.judged, day=judged.as_of)
    for verdict in ("pass", "fail", "undecided"):
        sides = {"before": judged.before[verdict], "after": judged.after[verdict]}
        yield say("authoring.before-after", lang, verdict=text(f"authoring.verdict-{verdict}"), **sides)
    counts = ((text(f"authoring.turn-{turn}"), judged.count(turn)) for turn in _TURNS)
    listed = (say("authoring.turn-count", lang, turn=turn, n=n) for turn, n in counts)
    yield say("punctuation.list-separator", lang).join(listed)
    yield from (say("authoring.unseen", lang, why=why) for why in judged.unseen)


def _relation(difference: Difference, lang: Lang) -> str:
    parts = [say(f"authoring.relation-{difference.relation}", lang)]
    for key, schema in (("holds-now", difference.newly_holds), ("fails-now", difference.newly_fails)):
        where = _narrowed(schema, lang) if schema is not None else ""
        if where and len(where) <= 120:
            parts.append(say(f"authoring.{key}", lang, where=where))
    return say("punctuation.clause-separator", lang).join(parts)


def _narrowed(schema: dict[str, Any], lang: Lang) -> str:
    """`schema` from the one value on that it says something of."""
    names = []
    while len(schema.get("properties", {})) == 1 and schema.keys() <= {"properties", "required", "type"}:
        ((name, schema),) = schema["properties"].items()
        names.append(name)
    return say("authoring.narrowed", lang, name=".".join(names), schema=json.dumps(schema, ensure_ascii=False))
