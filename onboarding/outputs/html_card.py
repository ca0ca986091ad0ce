"""One result on the HTML page, and how texts get onto it: escaped, in both languages."""

from collections.abc import Iterator
from html import escape

from ..messages import LANGS, Text
from ..report import Outcome, Reason, Report
from .interface import Invalid, Result, Run, safe
from .presentation import (
    WORDS,
    brand_of,
    evidence_of,
    group_by_reason,
    kind_of,
    label,
    name_of,
    names_of,
    notes_of,
    noteworthy,
    place_of,
    waiting_of,
)

_HOLDS = {"en": "Rules that hold", "zh": "已满足的规则"}


def card(result: Result, run: Run) -> str:
    """The result as a box to open and close; open where it does not pass."""
    said = [] if isinstance(result, Invalid) else noteworthy(result.outcomes)
    body = "".join(_problems(result) if isinstance(result, Invalid) else _report(result, run, said))
    names = " · ".join(map(named, names_of(result)))
    opened = "" if result.verdict == "pass" else " open"
    rules = " ".join(outcome.rule for outcome in said)
    return (
        f'<article class="result {result.verdict}" data-verdict="{result.verdict}" data-rules="{raw(rules)}">'
        f'<details{opened}><summary><span class="badge">{both(WORDS[result.verdict])}</span>'
        f"<h3>{named(result.source or 'application')}</h3>"
        + (f'<span class="names">{names}</span>' if names else "")
        + f'</summary><div class="body">{body}</div></details></article>\n'
    )


def raw(text: str) -> str:
    """Text that is text alone: no markup, no control characters."""
    return escape(safe(text), quote=True)


def named(text: str) -> str:
    """A text from elsewhere: whichever way it is written, it turns nothing beside it."""
    return f"<bdi>{raw(text)}</bdi>"


def code(text: str) -> str:
    """What is typed or pointed at, word for word."""
    return f"<code>{raw(text)}</code>"


def both(text: Text) -> str:
    """`text` in both languages, of which the page shows one."""
    return f'<span class="en" lang="en">{raw(text["en"])}</span><span class="zh" lang="zh-CN">{raw(text["zh"])}</span>'


def labelled(key: str) -> str:
    """The word for `key`, in both languages."""
    return both({lang: label(key, lang) for lang in ("en", "zh")})


def _place(place: str) -> str:
    return f'<span class="place">{code(place)}</span> ' if place else ""


def _problems(invalid: Invalid) -> Iterator[str]:
    yield "<ul>"
    for problem in invalid.errors:
        yield f"<li>{_place(place_of(problem))}{both({lang: problem.words(lang) for lang in LANGS})}</li>"
    yield "</ul>"


def _report(report: Report, run: Run, said: list[Outcome]) -> Iterator[str]:
    for group in group_by_reason(said):
        yield from _outcomes(group, report)
    waiting = {lang: waiting_of(report, lang) or "" for lang in ("en", "zh")}
    if waiting["en"]:
        yield f"<p>{both(waiting)}</p>"
    notes = notes_of(report, run)
    if notes:
        items = (f"<li>{_place(place_of(note))}{both(note.message)}</li>" for note in notes)
        yield f"<ul>{''.join(items)}</ul>"
    if holds := [outcome for outcome in report.outcomes if outcome.status == "pass"]:
        listed = " · ".join(both(outcome.title) for outcome in holds)
        yield f'<p class="holds">{both(_HOLDS)}: {listed}</p>'


def _outcomes(group: list[Outcome], report: Report) -> Iterator[str]:
    first, several = group[0], len(group) > 1
    kind = kind_of(first)
    titles = "; ".join(both(outcome.title) for outcome in group)
    rules = ", ".join(f"{code(name_of(outcome))} ({named(outcome.clause)})" for outcome in group)
    yield f'<section class="outcome is-{kind}"><h4><span class="badge">{both(WORDS[kind])}</span> {titles}</h4>'
    yield f'<span class="rules">{rules}</span><ul>'
    for reason in first.reasons:
        yield f"<li>{_reason(reason, report, several)}</li>"
    yield "</ul>"
    if first.status == "fail":
        yield f'<p class="way"><b>{labelled("way out")}</b>{both(first.remedy)}</p>'
    yield "</section>"


def _reason(reason: Reason, report: Report, several: bool) -> str:
    name = None if several else brand_of(reason.pointer, report)
    brand = both(WORDS["brand"]).format(name=named(name)) if name else ""
    place = _place(place_of(reason)) if isinstance(reason.line, int) else ""
    text = f"{brand}{both(reason.message)}{' ' if place else ''}{place}"
    if reason.evidence:
        text += f'<div class="evidence"><b>{labelled("evidence")}</b>{code(evidence_of(reason))}</div>'
    return text
