"""`onboard rules diff`: what changed between two rulesets, and what that does to real applications."""

import json
from collections.abc import Iterator
from typing import Any

import click
from msgspec import to_builtins

from ...authoring.impact import Impact, impact
from ...authoring.schema_diff import Change, changes
from ...errors import InputError
from ...facts.derivation import subject_of
from ...outputs import Invalid
from ...outputs.interface import safe
from ...reading.documents import Document
from ...registry import open_registry
from ...rules.loading import load_ruleset
from ..inputs import expand, read, refuse_clashes
from ..options import day_of, traceback_option

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
@traceback_option
def diff_rules(
    old: str,
    new: str,
    applications: str | None,
    registry: str | None,
    as_of: str | None,
    fail_on: tuple[str, ...],
    output_format: str,
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
        raise click.UsageError("`--fail-on` judges applications: name their folder with `--applications`")
    day, before, after = day_of(as_of), load_ruleset(old), load_ruleset(new)
    found = list(changes(before, after))
    judged = None
    if applications:
        documents = _documents(applications)
        histories = None
        if registry:
            subjects = {subject for d in documents if (subject := subject_of(d.application))}
            with open_registry(registry) as opened:
                histories = opened.look_up(subjects).histories
        judged = impact(documents, histories, day, before, after)
    show = {"text": _text, "markdown": _markdown, "json": _json}[output_format]
    for line in show(found, judged):
        click.echo(line)
    wanted = set(_TURNS) if "any" in fail_on else set(fail_on)
    return 1 if judged and any(judged.count(turn) for turn in wanted) else 0


def _documents(folder: str) -> list[Document]:
    documents = refuse_clashes([read(path) for path in expand([folder])])
    # A corpus that was not judged whole proves nothing.
    problems = [problem for document in documents if isinstance(document, Invalid) for problem in document.errors]
    if problems:
        raise InputError(*problems)
    if not documents:
        raise click.UsageError(f"no file to judge in `{folder}`")
    return [document for document in documents if isinstance(document, Document)]


def _text(found: list[Change], judged: Impact | None) -> Iterator[str]:
    for change in found:
        yield safe(str(change))
        if change.difference:
            yield f"  {_relation(change)}"
    if not found:
        yield "no rule changed"
    if judged:
        yield ""
        yield from _counts(judged)
        for one in judged.turned:
            yield safe(f"{one.turn}  {one.source} ({one.application_id}): {', '.join(one.rules)}")


def _markdown(found: list[Change], judged: Impact | None) -> Iterator[str]:
    yield "## Rules"
    yield ""
    for change in found:
        yield f"- {safe(str(change))}" + (f": {_relation(change)}" if change.difference else "")
    if not found:
        yield "No rule changed."
    if judged:
        yield ""
        yield "## Impact"
        yield ""
        yield from _counts(judged)
        yield ""
        yield "| turn | file | application | rules |"
        yield "|---|---|---|---|"
        for one in judged.turned:
            cells = (one.turn, one.source, one.application_id, ", ".join(one.rules))
            yield "| " + " | ".join(safe(cell).replace("|", "\\|") for cell in cells) + " |"


def _json(found: list[Change], judged: Impact | None) -> Iterator[str]:
    plain: dict[str, Any] = {"changes": [{"words": str(change), **to_builtins(change)} for change in found]}
    if judged:
        counts = {turn: judged.count(turn) for turn in _TURNS}
        plain["impact"] = {**to_builtins(judged), "counts": counts}
    yield json.dumps(plain, ensure_ascii=True, indent=2)


def _counts(judged: Impact) -> Iterator[str]:
    yield f"{judged.judged} applications judged as of {judged.as_of} under both"
    for verdict, words in (("pass", "pass"), ("fail", "refused"), ("undecided", "undecided")):
        yield f"{words}: {judged.before[verdict]} → {judged.after[verdict]}"
    yield ", ".join(f"{turn}: {judged.count(turn)}" for turn in _TURNS)


def _relation(change: Change) -> str:
    assert change.difference is not None
    relation = change.difference.relation
    words = {
        "same": "the two schemas hold for the same applications",
        "looser": "proven looser: whatever held before still holds",
        "stricter": "proven stricter: whatever holds now held before",
        "both": "looser in part, stricter in part",
        "unknown": "not comparable by proof",
    }
    gained, lost = change.difference.newly_holds, change.difference.newly_fails
    parts = [words[relation]]
    for said, schema in (("holds now where", gained), ("fails now where", lost)):
        text = _narrowed(schema) if schema is not None else ""
        if text and len(text) <= 120:
            parts.append(f"{said} {text}")
    return "; ".join(parts)


def _narrowed(schema: dict[str, Any]) -> str:
    """`schema` from the one value on that it says something of."""
    names = []
    while len(schema.get("properties", {})) == 1 and schema.keys() <= {"properties", "required", "type"}:
        ((name, schema),) = schema["properties"].items()
        names.append(name)
    return f"`{'.'.join(names)}` is {json.dumps(schema, ensure_ascii=False)}"
