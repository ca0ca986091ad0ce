"""For staff: one page that needs nothing else, neither network nor server; both languages are in it.

Its style and its script are told to the browser by their digests, so that nothing else on the page can run;
every text that comes from elsewhere is escaped.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from ..messages import Text
from ..report import Report
from .buffer import Buffer
from .html_card import both, card, code, labelled, raw
from .interface import VERDICTS, Result, Run, Style
from .presentation import RANKS, WORDS, day_of, noteworthy

_SAID: dict[str, Text] = {
    "title": {"en": "Shop entry: report", "zh": "店铺入驻：审核报告"},
    "summary": {"en": "Summary", "zh": "概况"},
    "rules": {"en": "Refused or undecided, by rule", "zh": "各规则不通过或无法判定的份数"},
    "filter": {"en": "Filter", "zh": "筛选"},
    "verdict": {"en": "Verdict", "zh": "结论"},
    "rule": {"en": "Rule", "zh": "规则"},
    "all": {"en": "All rules", "zh": "全部规则"},
    "search": {"en": "Search in names and reasons", "zh": "搜索名称与原因"},
    "results": {"en": "Results", "zh": "结果"},
    "open": {"en": "Open all", "zh": "全部展开"},
    "close": {"en": "Close all", "zh": "全部收起"},
    "shown": {"en": "{n} of {all} shown", "zh": "显示 {n} 份，共 {all} 份"},
    "none": {"en": "No rule refuses anything.", "zh": "没有规则被违反。"},
}


class HtmlOutput:
    """The page, written at the end; `style.lang` is the language it opens in."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._run, self._lang, self._write = run, style.lang, write
        self._cards = {rank: Buffer() for rank in RANKS}
        self._rules: Counter[str] = Counter()

    def result(self, result: Result) -> None:
        if isinstance(result, Report):
            rules = (outcome.rule for outcome in noteworthy(result.outcomes) if outcome.level == "required")
            self._rules.update(rules)
        self._cards[result.verdict].add(card(result, self._run))

    def end(self, summary: Counter[str]) -> None:
        here = Path(__file__)
        style, script = (here.with_name(f"page.{kind}").read_text("utf-8") for kind in ("css", "js"))
        policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'"
        title = {lang: raw(_SAID["title"][lang]) for lang in ("en", "zh")}
        self._write(
            f'<!DOCTYPE html>\n<html lang="{"zh-CN" if self._lang == "zh" else "en"}" data-lang="{self._lang}"'
            f' data-title-en="{title["en"]}" data-title-zh="{title["zh"]}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}; form-action \'none\'">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title[self._lang]}</title>\n<style>{style}</style>\n</head>\n<body>\n{self._head()}<main>\n"
            f"{self._charts(summary)}{self._form(summary)}"
            f'<section aria-labelledby="results"><h2 id="results">{_say("results")}</h2>\n'
        )
        for rank in RANKS:
            self._cards[rank].write_to(self._write)
        self._write(f"</section>\n</main>\n<script>{script}</script>\n</body>\n</html>\n")

    def _head(self) -> str:
        day = {lang: day_of(self._run, lang) for lang in ("en", "zh")}
        about = [both(day), f"{labelled('ruleset')}{code(self._run.ruleset['id'])}"]
        source = self._run.registry["source"] if self._run.registry else None
        about.append(both(WORDS["no registry"]) if source is None else f"{labelled('registry')}{code(source)}")
        about.append(code(f"onboard-check {self._run.version}"))
        buttons = "".join(
            f'<button type="button" value="{lang}" lang="{tag}" aria-pressed="false">{name}</button> '
            for lang, tag, name in (("en", "en", "English"), ("zh", "zh-CN", "中文"))
        )
        listed = "".join(f"<li>{item}</li>" for item in about)
        return (
            f'<header><div class="top"><h1>{_say("title")}</h1>'
            f'<div class="languages" role="group" aria-label="Language / 语言" hidden>{buttons}</div></div>\n'
            f'<ul class="about">{listed}</ul></header>\n'
        )

    def _charts(self, summary: Counter[str]) -> str:
        total, at, bars, keys = summary.total(), 0.0, "", ""
        for verdict in VERDICTS:
            share = 100 * summary[verdict] / total if total else 0.0
            bars += f'<rect class="{verdict}" x="{at:.3f}%" width="{share:.3f}%" height="100%"/>'
            key = f'<svg class="key" aria-hidden="true"><rect class="{verdict}" width="100%" height="100%"/></svg>'
            keys += f"<li>{key}<b>{summary[verdict]}</b>{both(WORDS[verdict])}</li>"
            at += share
        most = max(self._rules.values(), default=0)
        rows = "".join(
            f'<li><span>{both(rule.title)}</span><svg aria-hidden="true"><rect class="fail" height="100%" '
            f'width="{100 * self._rules[rule.id] / most:.1f}%"/></svg>'
            f'<span class="n">{self._rules[rule.id]}</span></li>'
            for rule in sorted(self._run.rules, key=lambda rule: -self._rules[rule.id])
            if self._rules[rule.id]
        )
        return (
            '<div class="charts">\n<section class="panel" aria-labelledby="summary">'
            f'<h2 id="summary">{_say("summary")}</h2><svg class="share" aria-hidden="true">{bars}</svg>'
            f'<ul class="legend">{keys}</ul></section>\n<section class="panel" aria-labelledby="by-rule">'
            f'<h2 id="by-rule">{_say("rules")}</h2>'
            + (f'<ul class="bars">{rows}</ul>' if rows else f"<p>{_say('none')}</p>")
            + "</section>\n</div>\n"
        )

    def _form(self, summary: Counter[str]) -> str:
        checks = "".join(
            f'<label class="check"><input type="checkbox" name="verdict" value="{verdict}" checked>'
            f"{both(WORDS[verdict])} ({summary[verdict]})</label>"
            for verdict in VERDICTS
        )
        options = [("", _SAID["all"]), *((rule.id, rule.title) for rule in self._run.rules)]
        listed = "".join(
            f'<option value="{raw(value)}" data-en="{raw(text["en"])}" data-zh="{raw(text["zh"])}">'
            f"{raw(text[self._lang])}</option>"
            for value, text in options
        )
        number = f'<span class="n">{summary.total()}</span>'
        shown = {lang: text.format(n=number, all=summary.total()) for lang, text in _SAID["shown"].items()}
        return (
            f'<form class="panel" aria-label="Filter / 筛选" autocomplete="off" hidden>\n'
            f"<fieldset><legend>{_say('verdict')}</legend>{checks}</fieldset>\n"
            f'<label class="field"><span>{_say("rule")}</span><select name="rule">{listed}</select></label>\n'
            f'<label class="field"><span>{_say("search")}</span><input type="search" name="text"></label>\n'
            f'<p class="shown" role="status"><span class="en" lang="en">{shown["en"]}</span>'
            f'<span class="zh" lang="zh-CN">{shown["zh"]}</span></p>\n'
            f'<div class="actions"><button type="button" id="open">{_say("open")}</button>'
            f'<button type="button" id="close">{_say("close")}</button></div>\n</form>\n'
        )


def _say(key: str) -> str:
    return both(_SAID[key])


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
