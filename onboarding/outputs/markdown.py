"""A comment for a pull request, short enough for GitHub and GitLab; also the summary of a GitHub job.

Names come from files that anybody may have written. They stand in code spans, where nothing is a mention, a
link, an issue's number or HTML.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from ..messages import aside, labelled, say
from ..report import Outcome, Reason, Report
from .interface import Invalid, Result, Run, Style, safe
from .presentation import (
    RANKS,
    brand_of,
    counts,
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

COMMENT_LIMIT = 65_536  # characters, in a comment on GitHub
SUMMARY_LIMIT = 1 << 20  # bytes, in the summary of one step of a GitHub job; nobody takes more
MARK = "<!-- onboard-check -->\n"  # by which a job finds its earlier comment, to replace it

_SPECIAL = re.compile(r"[\\*_\[\]<>&#|~!@`]")
# As Markdown has it: as many backticks end it as began it.
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")


class MarkdownOutput:
    """Refusals first; what finds no room is counted."""

    def __init__(self, run: Run, style: Style, write: Callable[[str], object]) -> None:
        self._page, self._write = Page(run, style), write

    def result(self, result: Result) -> None:
        self._page.add(result)

    def end(self, summary: Counter[str]) -> None:
        self._write(self._page.text(summary, COMMENT_LIMIT, len))


class Page:
    """The Markdown of a run, put together once all results are known."""

    def __init__(self, run: Run, style: Style) -> None:
        self._run, self._lang = run, style.lang
        self._blocks: dict[str, list[str]] = {rank: [] for rank in (*RANKS, "quiet")}
        self._length: Counter[str] = Counter()
        self._beyond: Counter[str] = Counter()

    def add(self, result: Result) -> None:
        """Keep what is to be said of `result`, or count it where as much is kept as anybody takes."""
        # What does not pass has something to say, of which nobody would see more.
        if result.verdict != "pass" and self._length[result.verdict] > SUMMARY_LIMIT:
            self._beyond[result.verdict] += 1
            return
        lines = self._block(result)
        head, first = next(lines), next(lines, None)
        rank = result.verdict if first is not None else "quiet"
        if self._length[rank] > SUMMARY_LIMIT:
            self._beyond[rank] += 1
            return
        block = f"- {head}\n" if first is None else "\n".join([f"### {head}\n", first, *lines]) + "\n\n"
        self._blocks[rank].append(block)
        self._length[rank] += len(block)

    def text(self, summary: Counter[str], limit: int, size: Callable[[str], int]) -> str:
        """All that fits into `limit`, as `size` measures it, and how many results did not."""
        about = [
            judged_on(self._run, self._lang),
            f"{say('outputs.ruleset', self._lang)} {code(self._run.ruleset.name)}",
        ]
        if self._run.registry:
            about.append(f"{say('outputs.registry', self._lang)} {code(self._run.registry.name)}")
        else:
            about.append(say("outputs.no-registry", self._lang))
        head = labelled("onboard-check", self._lang)
        text = f"{MARK}## {head}{counts(summary, self._lang)}\n\n{' · '.join(about)}\n\n"
        blocks = [(rank, block) for rank in self._blocks for block in self._blocks[rank]]
        # Room for the line that says what is left out.
        left = limit - size(text) - 300
        for position, (_, block) in enumerate(blocks):
            left -= size(block)
            if left < 0:
                missing = Counter(rank for rank, _ in blocks[position:]) + self._beyond
                missing["pass"] += missing.pop("quiet", 0)
                return f"{text}\n{self._left_out(missing)}"
            text += block
        return text

    def _left_out(self, missing: Counter[str]) -> str:
        return f"**{say('outputs.no-room', self._lang, counts=counts(missing, self._lang))}**\n"

    def _block(self, result: Result) -> Iterator[str]:
        names = [code(name) for name in (result.source or "application", *names_of(result))]
        yield f"{label(f'outputs.{result.verdict}', self._lang)}{' · '.join(names)}"
        if isinstance(result, Invalid):
            for problem in result.errors:
                yield f"- {_place(place_of(problem))}{prose(problem.words(self._lang))}"
            return
        for group in group_by_reason(noteworthy(result.outcomes)):
            yield from self._outcomes(group, result)
        if waiting := waiting_of(result, self._lang):
            yield f"- {waiting}"
        for note in notes_of(result):
            yield f"- {label('outputs.note', self._lang)}{_place(place_of(note))}{prose(note.message[self._lang])}"

    def _outcomes(self, group: list[Outcome], report: Report) -> Iterator[str]:
        """One outcome, or several that lack the same."""
        first = group[0]
        names = (code(name_of(outcome)) + aside(prose(outcome.clause), self._lang) for outcome in group)
        rules = say("punctuation.list-separator", self._lang).join(names)
        title = prose(first.title[self._lang]) if len(group) == 1 else ""
        yield f"- **{say(f'outputs.{kind_of(first)}', self._lang)}** {rules} {title}".rstrip()
        for reason in first.reasons:
            yield from self._reason(reason, report, several=len(group) > 1)
        if first.status == "fail":
            yield f"  - {label('outputs.way-out', self._lang)}{prose(first.remedy[self._lang])}"

    def _reason(self, reason: Reason, report: Report, several: bool) -> Iterator[str]:
        name = None if several else brand_of(reason.pointer, report)
        brand = label("outputs.brand", self._lang, name=code(name)) if name else ""
        place = _place(place_of(reason)) if isinstance(reason.line, int) else ""
        yield f"  - {place}{brand}{prose(reason.message[self._lang])}"
        if reason.evidence:
            yield f"    {label('outputs.evidence', self._lang)}{code(evidence_of(reason, self._lang))}"


def code(text: str) -> str:
    """`text` in a code span, whatever it holds."""
    shown = safe(text) or " "
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence, space = "`" * (longest + 1), " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{space}{shown}{space}{fence}"


def prose(text: str) -> str:
    """Our own words, in which code spans stay and nothing else is Markdown or HTML."""
    shown = safe(text)
    parts, end = [], 0
    for span in _CODE_SPAN.finditer(shown):
        # Within code spans a backslash would be seen.
        parts += [_escaped(shown[end : span.start()]), span[0]]
        end = span.end()
    return "".join((*parts, _escaped(shown[end:])))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _place(place: str) -> str:
    return f"{code(place)}: " if place else ""
