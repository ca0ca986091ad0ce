"""`onboard registry queue|application`: what sellers have handed in, and what a check with the history says of it."""

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple, get_args

import click

from ... import __version__
from ...decisions.admission import latest_decision
from ...decisions.decision import Decision
from ...decisions.handed_in import HandedIn, Waiting, find, handed_in_after, judge_waiting, note_other_content
from ...errors import ConflictError, NotOnRecordError, Problem
from ...identity import normal_text
from ...messages import catalogue, labelled, say, text, value_words
from ...models import to_plain
from ...outputs import Origin, Run, Style, make_output
from ...outputs.interface import safe
from ...registry.sql import SqlRegistry
from ...registry.timestamps import show_instant
from ...report import Report, Verdict
from ...rules.loading import load_ruleset, shipped_rulesets
from ...rules.ruleset import Ruleset
from ..options import CONTEXT, colored, lang_option, today, traceback_option, width
from ..output_files import write_json
from .options import (
    format_option,
    open_from_options,
    registry_option,
    resolve_language,
    rules_of,
    ruleset_option,
    said,
)

_PAGE = 100


class Kept(NamedTuple):
    """An application that was handed in or decided on. `report` is the decision's, or else what a check says today."""

    handed_in: HandedIn | None
    decision: Decision | None
    report: Report


@click.command("queue", context_settings=CONTEXT)
@click.option("--verdict", type=click.Choice(get_args(Verdict)), help="Only those of which a check says so.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many to show at most.")
@ruleset_option
@registry_option
@lang_option
@format_option
@traceback_option
def queue_command(
    verdict: Verdict | None, limit: int, ruleset: str | None, registry: str | None, output_format: str, **_: Any
) -> None:
    """List the applications that sellers have handed in and that wait for a decision, the oldest first.

    Each with what a check with the history says of it today. One that was handed in for a ruleset in a folder of
    yours is judged where `--ruleset` names that folder, and is undecided elsewhere.

    \b
    Examples:
      onboard registry queue --registry registry.db
      onboard registry admit --handed-in A-2024-0001 --note "ticket 4711" --registry registry.db
    """
    with open_from_options(registry) as database:
        waiting = (one for one in _waiting(database, ruleset) if verdict in (None, one.report.verdict))
        found = list(islice(waiting, limit + 1))
    shown = found[:limit]
    if output_format == "json":
        write_json({"schema_version": 1, "handed_in": [_plain(*one) for one in shown], "more": len(found) > limit})
        return
    for one in shown:
        click.echo(safe("  ".join(_line(*one))))
    if len(found) != len(shown) or not found:
        click.echo(said("queue-more" if found else "queue-empty", shown=len(shown)), err=True)


@click.command("application", context_settings=CONTEXT)
@click.argument("application_id")
@ruleset_option
@registry_option
@lang_option
@format_option
@traceback_option
def application_command(
    application_id: str, ruleset: str | None, registry: str | None, output_format: str, **_: Any
) -> None:
    """Show an application that was handed in or decided on: what it says, and the report on it.

    The report is the decision's, or else what a check with the history says today.

    \b
    Example: onboard registry application A-2024-0001 --registry registry.db
    """
    with open_from_options(registry) as database:
        kept = _find(database, application_id, ruleset)
        source = database.source
    of = kept.decision or kept.handed_in
    assert of is not None
    says = to_plain(of.application)
    if output_format == "json":
        about = {"schema_version": 1, "application": says, "report": kept.report.to_dict()}
        decision = kept.decision.to_dict() if kept.decision else None
        write_json(about | {"handed_in_at": kept.handed_in.at if kept.handed_in else None, "decision": decision})
        return
    run = Run(__version__, today(), False, Origin(of.ruleset), Origin(source))
    style = Style(resolve_language(), colored("auto"), width())
    make_output("text", run, style, sys.stdout.write).result(kept.report)
    for line in _about(kept):
        click.echo(safe(line))
    for name, value in _fields(says):
        click.echo(safe("  " + labelled(name, resolve_language()) + value))


def handed_in_application(database: SqlRegistry, application_id: str, rules: Ruleset) -> HandedIn:
    """What was handed in under an id, to be decided on by `rules`.

    Raises NotOnRecordError where nothing was, ConflictError where it was for another ruleset.
    """
    with database.reading() as session:
        kept = find(session, normal_text(application_id))
    if kept is None:
        raise NotOnRecordError(Problem(text("decisions.not-handed-in", application=application_id)))
    if kept.ruleset != rules.id:
        problem = text("decisions.other-ruleset", application=application_id, wanted=kept.ruleset)
        raise ConflictError(Problem(problem, hint=text("decisions.other-ruleset-hint")))
    return kept


def _find(database: SqlRegistry, application_id: str, ruleset: str | None) -> Kept:
    key = normal_text(application_id)
    with database.reading() as session:
        handed_in, decision = find(session, key), latest_decision(session, key)
    if decision is not None and (decision.verdict != "undecided" or handed_in is None):
        return Kept(handed_in, decision, note_other_content(decision.report, handed_in, decision.digest))
    if handed_in is None:
        raise NotOnRecordError(Problem(text("decisions.no-application", application=application_id)))
    (waiting,) = judge_waiting(database, [handed_in], lambda one: _rules_for(one, ruleset), today())
    return Kept(handed_in, decision, waiting.report)


def _waiting(database: SqlRegistry, ruleset: str | None) -> Iterator[Waiting]:
    after = 0
    while True:
        with database.reading() as session:
            page = handed_in_after(session, after, _PAGE, undecided=True)
        yield from judge_waiting(database, page, lambda one: _rules_for(one, ruleset), today())
        if len(page) < _PAGE:
            return
        after = page[-1].seq


def _rules_for(kept: HandedIn, ruleset: str | None) -> Ruleset | None:
    """The ruleset that an application was handed in for: the one that was named, or one of ours; None for others."""
    named = rules_of(ruleset)
    if named.id == kept.ruleset:
        return named
    return load_ruleset(kept.ruleset) if kept.ruleset in shipped_rulesets() else None


def _plain(kept: HandedIn, report: Report) -> dict[str, Any]:
    about = {"application_id": kept.application_id, "handed_in_at": kept.at, "ruleset": kept.ruleset}
    return about | {"follows": kept.application.follows, "report": report.to_dict()}


def _line(kept: HandedIn, report: Report) -> list[str]:
    follows = said("decision-follows", application=kept.application.follows) if kept.application.follows else ""
    names = report.names
    words = [show_instant(kept.at), said(f"status-{report.verdict}"), kept.application_id + follows]
    # What was not judged says why.
    why = [note.message[resolve_language()] for note in report.notes if not report.outcomes]
    return [word for word in (*words, report.subject_id, names["subject"], names["shop"], *why) if word]


def _about(kept: Kept) -> Iterator[str]:
    """When it was handed in, and what was decided."""
    if kept.handed_in:
        yield "  " + said("handed-in-at", at=show_instant(kept.handed_in.at))
    if (d := kept.decision) is not None:
        about = {"application": d.application_id, "verdict": said(f"status-{d.verdict}"), "day": d.as_of}
        about |= {"at": show_instant(d.at), "by": d.by, "note": d.note}
        yield "  " + said("replay-decided-with-note" if d.note else "replay-decided", **about)
        if d.erased_at:
            yield "  " + said("application-erased", at=show_instant(d.erased_at))


def _fields(value: Any, path: tuple[str, ...] = (), number: str = "") -> Iterator[tuple[str, str]]:
    """The fields of an application as lines: what each is called, in the brand of which `number`, and what it says."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _fields(inner, (*path, key), number)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value, start=1):
            yield from _fields(inner, path, f"{index}. ")
    elif value is not None:
        place = ".".join(path)
        known = f"label-{place}" in catalogue("fields")
        plain = str(value).lower() if isinstance(value, bool) else str(value)
        # Only these have words: a shop may be called as a value is.
        shown = value_words(plain)[resolve_language()] if isinstance(value, bool) or path[-1] == "type" else plain
        label = say(f"fields.label-{place}", resolve_language()) if known else place
        yield number + label.rstrip("?？"), shown
