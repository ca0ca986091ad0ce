"""For staff: one page that needs nothing else, neither network nor server; both languages are in it.

Its style and its script are told to the browser by their digests, so that nothing else on the page can run.
The markup stands in `templates/`; every text that a template shows is escaped, and made `safe` before that.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ..errors import Problem
from ..messages import LANGS, Lang, Text, text
from ..report import Outcome, Reason, Report
from .buffer import Buffer
from .interface import Invalid, Result, RuleAbout, Run, Section, Style, safe
from .presentation import (
    FEW_NAMED,
    RANKS,
    ByRule,
    InFull,
    brands_label,
    evidence_of,
    gravest,
    group_by_reason,
    is_known,
    judged_on,
    kind_of,
    label,
    name_of,
    names_of,
    notes_of,
    noteworthy,
    place_of,
    said_once,
    waiting_of,
    waiver_of,
)

_Words = tuple[tuple[str, str], ...]
_TEMPLATES = Path(__file__).with_name("templates")

# How many results people read one after the other; of more they want to know first what they have in common.
FEW = 10


def sections_page(title: str, sections: Sequence[Section], lang: Lang) -> str:
    """A page in one language of sections, each of them lines and then a list."""
    style = (_TEMPLATES / "page.css").read_text("utf-8")
    page = templates(_TEMPLATES).get_template("impact.html.jinja")
    return page.render(title=title, sections=sections, lang=lang, style=style, digest=_digest(style))


class Group(NamedTuple):
    """Results that stand together on the page: of one verdict, and where there are many of one rule, `rule`."""

    rule: Outcome | None
    cards: Buffer


class HtmlOutput:
    """The page, written at the end; `style.lang` is the language it opens in.

    Under each verdict, up to `FEW` results are listed; more are grouped by the first rule that keeps them from passing,
    or warns. Those that do not pass lie open where there are no more than `FEW` of them.
    """

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._run, self._lang, self._write = run, style.lang, write
        self._templates = templates(_TEMPLATES)
        self._templates.globals |= _texts(self._templates)
        cards: Any = self._templates.get_template("card.html.jinja").module
        # To call a macro takes a fraction of what it takes to render a template.
        self._card, self._short = cards.card, self._templates.get_template("in_short.html.jinja")
        # Thousands differ in nothing but their names.
        self._around_names = lru_cache(maxsize=64)(self._made_around_names)
        self._in_full = InFull(500, in_all=1000)  # a page is searched
        self._seen: Counter[str] = Counter()
        self._held: dict[str, list[Result]] = {rank: [] for rank in RANKS}
        self._groups: dict[str, dict[str | None, Group]] = {rank: {} for rank in RANKS}
        self._by_rule = ByRule()

    def result(self, result: Result) -> None:
        self._by_rule.add(result)
        self._seen[result.verdict] += 1
        self._held[result.verdict].append(result)
        if self._seen[result.verdict] > FEW:
            self._lay_out(result.verdict, is_open=False)

    def end(self, summary: Counter[str]) -> None:
        few = self._seen.total() - self._seen["pass"] <= FEW
        for verdict in RANKS:
            self._lay_out(verdict, is_open=few and verdict != "pass")
        style, script = ((_TEMPLATES / f"page.{kind}").read_text("utf-8") for kind in ("css", "js"))
        page = self._templates.get_template("page.html.jinja").generate(
            run=self._run,
            lang=self._lang,
            style=style,
            script=script,
            digests={"style": _digest(style), "script": _digest(script)},
            day={lang: judged_on(self._run, lang) for lang in LANGS},
            summary=summary,
            verdicts=list(_shares(summary, RANKS, summary.total())),
            bars=list(self._bars()),
            in_short={lang: self._in_full.told(lang) for lang in LANGS},
            sections=[(rank, self._seen[rank] > FEW, _ordered(self._groups[rank])) for rank in RANKS],
        )
        for part in page:
            self._write(part)

    def _lay_out(self, verdict: str, is_open: bool) -> None:
        """Render what is held: only now is it known whether there are few."""
        for result in self._held[verdict]:
            rule = _first_rule(result) if self._seen[verdict] > FEW else None
            groups, key = self._groups[verdict], rule.rule if rule else None
            if key not in groups:
                groups[key] = Group(rule, Buffer())
            groups[key].cards.add(self._rendered(result, is_open and not is_known(result)))
        self._held[verdict].clear()

    def _rendered(self, result: Result, is_open: bool) -> str:
        said = _said_by(result)
        if isinstance(result, Report) and not self._in_full.takes(result):
            names = [result.source or "application", *names_of(result)]
            said_by, rules = (outcome.rule for outcome in said), map(name_of, gravest(said))
            waiver = waiver_of(result)
            words = tuple(waiver.message.items()) if waiver else None
            begin, *behind = self._around_names(len(names), result.verdict, tuple(said_by), tuple(rules), words)
            shown = (f"{escape(safe(name))}{after}" for name, after in zip(names, behind, strict=True))
            return begin + "".join(shown)
        report = result if isinstance(result, Report) else None
        source = result.source or "application"
        names = names_of(result) or [source]
        rendered: str = self._card(
            result=result,
            is_open=is_open,
            source=source,
            headline=names[0],
            names=names[1:],
            brands=[name for name in report.names["brands"] if name] if report else [],
            said=said,
            why=gravest(said),
            problems=result.errors if isinstance(result, Invalid) else (),
            groups=group_by_reason(said),
            waiting=_waiting_of(report) if report else None,
            notes=notes_of(report) if report else (),
            holding=[o for o in report.outcomes if o.status == "pass"] if report else (),
        )
        return rendered

    def _made_around_names(
        self, names: int, verdict: str, said_by: tuple[str, ...], rules: tuple[str, ...], waiver: _Words | None
    ) -> list[str]:
        """What stands before, between and behind so many names of a result that is told in short."""
        waived = dict(waiver) if waiver else None
        place = Markup("\0")  # in no text, where it would be spelt out
        return self._short.render(
            verdict=verdict, names=[place] * names, said_by=said_by, rules=rules, waiver=waived
        ).split(place)

    def _bars(self) -> Iterator[tuple[RuleAbout, Counter[str], list[tuple[str, float, float]]]]:
        """The rules that refuse or leave undecided; the longest bar is as wide as there is room."""
        found, about = self._by_rule.rules(), {rule.id: rule for rule in self._run.rules}
        most = max((counts.total() for _, counts in found), default=0)
        for rule, counts in found:
            yield about[rule], counts, list(_shares(counts, ("fail", "undecided"), most))


def _texts(environment: Environment) -> dict[str, Callable[..., Markup]]:
    """What `texts.html.jinja` makes of texts: of those that come again, as most do where results are many, once."""
    macros: Any = environment.get_template("texts.html.jinja").module
    both, typed = (lru_cache(maxsize=512)(_of_two(macro)) for macro in (macros.both, macros.typed))
    branded, say, label, named, code, aside = (
        lru_cache(maxsize=256)(macro)
        for macro in (macros.branded, macros.say, macros.label, macros.named, macros.code, macros.aside)
    )

    def listed(names: Iterable[str]) -> Markup:
        between: Markup = say("punctuation.list-separator")
        return between.join(map(named, names))

    @lru_cache(maxsize=256)
    def joined(words: tuple[tuple[str, str], ...], between: str) -> Markup:
        return escape(between).join(both(en, zh) for en, zh in words)

    def titles(outcomes: Iterable[Outcome], between: str) -> Markup:
        return joined(tuple([(outcome.title["en"], outcome.title["zh"]) for outcome in outcomes]), between)

    return {
        "both": lambda words: both(words["en"], words["zh"]),
        "titles": titles,
        "typed": lambda words: typed(words["en"], words["zh"]),
        "place": macros.place,
        "file_named": macros.file_named,
        "aside": aside,
        "branded": lambda brands: branded(len(brands), listed(brands[:FEW_NAMED])),
        "say": say,
        "label": label,
        "named": named,
        "code": code,
        "listed": listed,
    }


def _of_two(macro: Callable[[Text], Markup]) -> Callable[[str, str], Markup]:
    return lambda en, zh: macro({"en": en, "zh": zh})


def _said_by(result: Result) -> list[Outcome]:
    return noteworthy(result.outcomes) if isinstance(result, Report) else []


def _first_rule(result: Result) -> Outcome | None:
    """The rule that a result is listed under: the first that keeps it from passing, else the first that warns."""
    said = _said_by(result)
    return next((outcome for outcome in said if outcome.level == "required"), said[0] if said else None)


def _ordered(groups: dict[str | None, Group]) -> list[Group]:
    """The largest first; last what no rule has anything to say of."""
    return sorted(groups.values(), key=lambda group: (group.rule is None, -group.cards.count))


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
        "coded": coded,
        "labelled": _labelled,
        "words_of": _words_of,
        "brands_label": _brands_label,
        "FEW_NAMED": FEW_NAMED,
        "evidence_of": _evidence_of,
        "kind_of": kind_of,
        "name_of": name_of,
        "place_of": place_of,
        "said_once": said_once,
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


def _brands_label(number: int) -> Text:
    return {lang: brands_label(number, "{names}", lang) for lang in LANGS}


def _evidence_of(reason: Reason) -> Text:
    return {lang: evidence_of(reason, lang) for lang in LANGS}


def _words_of(problem: Problem) -> Text:
    return {lang: problem.words(lang) for lang in LANGS}


def _waiting_of(report: Report) -> Text | None:
    said = {lang: waiting_of(report, lang) for lang in LANGS}
    return {lang: words for lang, words in said.items() if words} or None


def _shares(counts: Counter[str], verdicts: Iterable[str], total: int) -> Iterator[tuple[str, float, float]]:
    """Each of `verdicts` with where its share of `total` begins, and how wide it is, in hundredths."""
    start = 0.0
    for verdict in verdicts:
        width = 100 * counts[verdict] / (total or 1)
        yield verdict, start, width
        start += width


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
