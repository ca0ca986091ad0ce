"""`onboard rules diff`: what changed between two rulesets, and what that does to real applications."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import click
from msgspec import to_builtins

from ...authoring.impact import Impact, impact
from ...authoring.schema_diff import Change, changes
from ...errors import InputError
from ...messages import Lang, say, text
from ...outputs import Invalid
from ...outputs.interface import safe
from ...reading.documents import Document
from ...registry import open_registry
from ...rules.loading import load_ruleset
from ...rules.validator import Difference
from ..errors import usage_error
from ..inputs import expand, read, refuse_clashes
from ..language import resolve_language
from ..options import day_asked_for, lang_option, traceback_option
from ..output_files import standard_output

_TURNS = ("newly-refused", "newly-admitted", "newly-undecided")


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--applications", metavar="FOLDER", help="Judge these applications under both.")
@click.option("--registry", envvar="ONBOARD_REGISTRY", metavar="ADDRESS", help="What is on record of their subjects.")
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
    lang: str | None,
    traceback: bool,
) -> int:
    """Say in plain words what changed from OLD to NEW, each a ruleset's name or folder.

    With --applications, judge a folder of them under both and say whose verdict changes.

    \b
    Examples:
      onboard rules diff douyin my-rules/
      onboard rules diff douyin my-rules/ --applications corpus/ --registry corpus.jsonl --fail-on newly-refused

    \b
    Exit codes:
      0  shown
      1  a turn that --fail-on names was taken
      2  usage, invalid input, bad ruleset, registry out of reach
    """
    if fail_on and not applications:
        raise usage_error("cli.fail-on-without-applications")
    day, before, after = day_asked_for(as_of), load_ruleset(old), load_ruleset(new)
    found = list(changes(before, after))
    judged = None
    if applications:
        documents = _documents(applications)
        histories = None
        if registry:
            subjects = {subject for d in documents if (subject := d.application.subject_id)}
            with open_registry(registry) as opened:
                histories = opened.look_up(subjects).histories
        judged = impact(documents, histories, day, before, after)
    show = {"text": _text, "markdown": _markdown, "json": _json}[output_format]
    out = sys.stdout if output_format == "text" else standard_output()
    for line in show(found, judged, resolve_language(lang)):
        out.write(line + "\n")
    wanted = set(_TURNS) if "any" in fail_on else set(fail_on)
    return 1 if judged and any(judged.count(turn) for turn in wanted) else 0


def _documents(folder: str) -> list[Document]:
    documents = refuse_clashes([read(path) for path in expand([folder])])
    # A corpus that was not judged whole proves nothing.
    problems = [problem for document in documents if isinstance(document, Invalid) for problem in document.errors]
    if problems:
        raise InputError(*problems)
    if not documents:
        raise usage_error("cli.no-file-to-compare", folder=folder)
    return [document for document in documents if isinstance(document, Document)]


def _text(found: list[Change], judged: Impact | None, lang: Lang) -> Iterator[str]:
    for change in found:
        yield safe(change.words(lang))
        if change.difference:
            yield safe(f"  {_relation(change.difference, lang)}")
    if not found:
        yield say("authoring.no-change", lang)
    if judged:
        yield ""
        yield from _counts(judged, lang)
        for one in judged.turned:
            turn, rules = text(f"authoring.turn-{one.turn}"), ", ".join(one.rules)
            named = {"source": one.source, "application": one.application_id, "rules": rules}
            yield safe(say("authoring.turned", lang, turn=turn, **named))


def _markdown(found: list[Change], judged: Impact | None, lang: Lang) -> Iterator[str]:
    yield f"## {say('authoring.rules-heading', lang)}"
    yield ""
    for change in found:
        relation = f": {_relation(change.difference, lang)}" if change.difference else ""
        yield safe(f"- {change.words(lang)}{relation}")
    if not found:
        yield say("authoring.nothing-changed", lang)
    if judged:
        yield ""
        yield f"## {say('authoring.impact-heading', lang)}"
        yield ""
        yield from _counts(judged, lang)
        yield ""
        yield say("authoring.turn-table", lang)
        yield "|---|---|---|---|"
        for one in judged.turned:
            turn = say(f"authoring.turn-{one.turn}", lang)
            cells = (turn, one.source, one.application_id, ", ".join(one.rules))
            yield "| " + " | ".join(safe(cell).replace("|", "\\|") for cell in cells) + " |"


def _json(found: list[Change], judged: Impact | None, lang: Lang) -> Iterator[str]:
    """For programs: plain JSON values, in English whatever `lang` is."""
    plain: dict[str, Any] = {"changes": [_plain(change) for change in found]}
    if judged:
        counts = {turn: judged.count(turn) for turn in _TURNS}
        plain["impact"] = {**to_builtins(judged), "counts": counts}
    yield json.dumps(plain, ensure_ascii=True, indent=2)


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
    yield say("outputs.list-separator", lang).join(listed)


def _relation(difference: Difference, lang: Lang) -> str:
    parts = [say(f"authoring.relation-{difference.relation}", lang)]
    for key, schema in (("holds-now", difference.newly_holds), ("fails-now", difference.newly_fails)):
        where = _narrowed(schema, lang) if schema is not None else ""
        if where and len(where) <= 120:
            parts.append(say(f"authoring.{key}", lang, where=where))
    return say("outputs.clause-separator", lang).join(parts)


def _narrowed(schema: dict[str, Any], lang: Lang) -> str:
    """`schema` from the one value on that it says something of."""
    names = []
    while len(schema.get("properties", {})) == 1 and schema.keys() <= {"properties", "required", "type"}:
        ((name, schema),) = schema["properties"].items()
        names.append(name)
    return say("authoring.narrowed", lang, name=".".join(names), schema=json.dumps(schema, ensure_ascii=False))
