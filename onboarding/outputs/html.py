"""For staff: one page that needs nothing else, neither network nor server; both languages are in it.

Its style and its script are told to the browser by their digests, so that nothing else on the page can run.
The markup stands in `templates/`; every text that a template shows is escaped, and made `safe` before that.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ..errors import Problem
from ..messages import LANGS, Lang, Text, text
from ..report import Reason, Report
from .buffer import Buffer
from .interface import VERDICTS, Invalid, Result, Run, Section, Style, safe
from .presentation import (
    RANKS,
    brand_of,
    evidence_of,
    group_by_reason,
    judged_on,
    kind_of,
    label,
    name_of,
    names_of,
    notes_of,
    noteworthy,
    place_of,
    waiting_of,
)

_TEMPLATES = Path(__file__).with_name("templates")


def sections_page(title: str, sections: Sequence[Section], lang: Lang) -> str:
    """A page in one language of sections, each of them lines and then a list."""
    style = (_TEMPLATES / "page.css").read_text("utf-8")
    page = templates(_TEMPLATES).get_template("impact.html.jinja")
    return page.render(title=title, sections=sections, lang=lang, style=style, digest=_digest(style), coded=coded)


class HtmlOutput:
    """The page, written at the end; `style.lang` is the language it opens in."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._run, self._lang, self._write = run, style.lang, write
        self._templates = templates(_TEMPLATES)
        self._card = self._templates.get_template("card.html.jinja")
        self._cards = {rank: Buffer() for rank in RANKS}
        self._rules: Counter[str] = Counter()

    def result(self, result: Result) -> None:
        said = noteworthy(result.outcomes) if isinstance(result, Report) else []
        self._rules.update(outcome.rule for outcome in said if outcome.level == "required")
        self._cards[result.verdict].add(
            self._card.render(
                result=result,
                rules=" ".join(outcome.rule for outcome in said),
                names=names_of(result),
                problems=result.errors if isinstance(result, Invalid) else (),
                groups=group_by_reason(said),
                waiting=_waiting_of(result) if isinstance(result, Report) else None,
                notes=notes_of(result) if isinstance(result, Report) else (),
                holding=[o for o in result.outcomes if o.status == "pass"] if isinstance(result, Report) else (),
            )
        )

    def end(self, summary: Counter[str]) -> None:
        style, script = ((_TEMPLATES / f"page.{kind}").read_text("utf-8") for kind in ("css", "js"))
        failing = sorted((rule for rule in self._run.rules if self._rules[rule.id]), key=lambda r: -self._rules[r.id])
        page = self._templates.get_template("page.html.jinja").generate(
            run=self._run,
            lang=self._lang,
            style=style,
            script=script,
            digests={"style": _digest(style), "script": _digest(script)},
            day={lang: judged_on(self._run, lang) for lang in LANGS},
            summary=summary,
            shares=list(_shares(summary)),
            bars=[(rule, self._rules[rule.id], self._rules[rule.id] / self._rules[failing[0].id]) for rule in failing],
            cards=(part for rank in RANKS for part in self._cards[rank].parts()),
        )
        for part in page:
            self._write(part)


def templates(folder: Path) -> Environment:
    """The templates in `folder`: what they show is escaped, and made `safe` before that."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {
        "text": text,
        "labelled": _labelled,
        "words_of": _words_of,
        "brand_of": brand_of,
        "evidence_of": _evidence_of,
        "kind_of": kind_of,
        "name_of": name_of,
        "place_of": place_of,
    }
    return made


def coded(words: str) -> Markup:
    """Our own words, what stands between two backticks as code."""
    parts = safe(words).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part)
        if i % 2 and i < len(parts) - 1
        else escape(("`" if i % 2 else "") + part)
        for i, part in enumerate(parts)
    )


def _shown(value: object) -> object:
    """What a template shows is safe; Markup is what templates themselves made of texts that are."""
    return safe(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _labelled(key: str, **values: object) -> Text:
    return {lang: label(key, lang, **values) for lang in LANGS}


def _evidence_of(reason: Reason) -> Text:
    return {lang: evidence_of(reason, lang) for lang in LANGS}


def _words_of(problem: Problem) -> Text:
    return {lang: problem.words(lang) for lang in LANGS}


def _waiting_of(report: Report) -> Text | None:
    said = {lang: waiting_of(report, lang) for lang in LANGS}
    return {lang: words for lang, words in said.items() if words} or None


def _shares(summary: Counter[str]) -> Iterator[tuple[str, float, float]]:
    """Each verdict with where its share of all begins, and how wide it is, in hundredths."""
    start, total = 0.0, summary.total() or 1
    for verdict in VERDICTS:
        width = 100 * summary[verdict] / total
        yield verdict, start, width
        start += width


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
