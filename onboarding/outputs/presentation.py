"""What every format for people says alike: how a result falls into parts, and what they are called."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any, Literal

from msgspec import Struct

from ..errors import Problem
from ..messages import LANGS, Lang, aside, catalogue, labelled, say, value_words
from ..report import Note, Outcome, Reason, Report
from .interface import VERDICTS, Invalid, Result, Run, safe, safe_joined
from .kept import Kept, Records

Kind = Literal["fail", "undecided", "warning", "pass", "not_in_force"]

# The worst first: where room is short, refusals are what is shown.
RANKS = ("fail", "invalid", "undecided", "pass")
# Of the brands of which the same is said, and of the records that something rests on, people are shown so many.
FEW_NAMED = 10


def label(key: str, lang: Lang, **values: object) -> str:
    """The words of `key` in `lang`, as what follows them is to be read: with a colon."""
    return labelled(say(key, lang, **values), lang)


def counts(summary: Counter[str], lang: Lang) -> str:
    """How many were checked, and how many of each verdict there were."""
    total, parts = say("outputs.checked", lang, n=summary.total()), parts_of(summary, lang)
    return labelled(total, lang) + parts if parts else total


def parts_of(summary: Counter[str], lang: Lang) -> str:
    """How many there were of each verdict."""
    parts = [say(f"outputs.n-{verdict}", lang, n=summary[verdict]) for verdict in VERDICTS if summary[verdict]]
    return say("punctuation.list-separator", lang).join(parts)


class InFull:
    """Which results are told in full: the first `most` of each subject, and of each verdict the first `in_all`; of
    others, which rules keep them from passing.

    An audit of thousands of shops says much the same of each, and nobody reads thousands of cards.
    """

    def __init__(self, most: int, in_all: int | None = None) -> None:
        self.most, self.in_all = most, in_all
        self._of_subject: Counter[str] = Counter()
        self._of_verdict: Counter[str] = Counter()
        self._more = 0

    def takes(self, result: Result) -> bool:
        """Whether `result` is told in full."""
        if isinstance(result, Invalid):
            return True
        self._of_verdict[result.verdict] += 1
        taken = self.in_all is None or self._of_verdict[result.verdict] <= self.in_all
        if result.subject_id is not None:
            self._of_subject[result.subject_id] += 1
            taken = taken and self._of_subject[result.subject_id] <= self.most
        self._more += not taken
        return taken

    def told(self, lang: Lang) -> str:
        """How many were told in short, and why; empty where none was."""
        if not self._more:
            return ""
        key = "outputs.in-short" if self.in_all is None else "outputs.in-short-of-all"
        return say(key, lang, n=self._more, most=self.most, in_all=self.in_all)


class ByRule:
    """How many applications each required rule refuses or leaves undecided."""

    def __init__(self) -> None:
        self.applications = 0
        self._found: dict[str, Counter[str]] = {}

    def add(self, result: Result) -> None:
        """Count the required rules of `result` that do not hold."""
        if isinstance(result, Invalid) or result.verdict == "pass":
            return
        self.applications += 1
        for outcome in result.outcomes:
            if outcome.level == "required" and outcome.status in ("fail", "undecided"):
                self._found.setdefault(outcome.rule, Counter())[outcome.status] += 1

    def rules(self) -> list[tuple[str, Counter[str]]]:
        """The rules, those that refuse the most first, each with how many it refuses and leaves undecided."""
        return sorted(self._found.items(), key=lambda item: (-item[1]["fail"], -item[1]["undecided"], item[0]))


def judged_on(run: Run, lang: Lang) -> str:
    """The day judged on, and whether it is over."""
    return say("outputs.past" if run.past else "outputs.as-of", lang, day=run.as_of)


def kind_of(outcome: Outcome) -> Kind:
    """The outcome's status; a failing advisory rule is a warning."""
    return "warning" if outcome.status == "fail" and outcome.level == "advisory" else outcome.status


def name_of(outcome: Outcome) -> str:
    """The rule's id, or its edition's name where it has several."""
    return outcome.edition or outcome.rule


def noteworthy(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes that have something to say: refusals first, then the undecided, then warnings."""
    found: dict[Kind, list[Outcome]] = {"fail": [], "undecided": [], "warning": []}
    for outcome in outcomes:
        if (kind := kind_of(outcome)) in found:
            found[kind].append(outcome)
    return [outcome for of_kind in found.values() for outcome in of_kind]


def gravest(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Of the noteworthy outcomes those of the gravest kind: what keeps from passing, or else what warns."""
    said = noteworthy(outcomes)
    return [outcome for outcome in said if kind_of(outcome) == kind_of(said[0])]


def waiver_of(report: Report) -> Note | None:
    """The first note on a waiver without which a rule would not hold."""
    return next((note for note in report.notes if note.kind == "waiver"), None)


def group_by_reason(outcomes: list[Outcome]) -> list[list[Outcome]]:
    """`outcomes` in their order, the undecided ones that all say one and the same together: it is read once."""
    groups: dict[object, list[Outcome]] = {}
    for outcome in outcomes:
        undecided = outcome.status == "undecided"
        said = {tuple(reason.message.values()) for reason in outcome.reasons} if undecided else ()
        groups.setdefault(said.pop() if len(said) == 1 else outcome.rule, []).append(outcome)
    return list(groups.values())


def brand_of(pointer: str, report: Report) -> str | None:
    """The name of the brand that `pointer` is about; None where it is about none, or about one without a name."""
    below = pointer.removeprefix("/facts")
    if not below.startswith("/brands/"):
        return None
    name: str | None = report.names["brands"][int(below.split("/")[2])]
    return name


class Said(Struct, frozen=True):
    """A reason, and which brands it is said of: the only one, or one of several of which the same is to be said."""

    reason: Reason
    brands: list[str]


def said_once(outcome: Outcome, report: Report) -> list[Said]:
    """The reasons of `outcome`; those that say the same of several brands, and stand in no file, as one."""
    found: dict[object, Said] = {}
    for place, reason in enumerate(outcome.reasons):
        brand = brand_of(reason.pointer, report)
        alike = brand is not None and not isinstance(reason.line, int)
        key = tuple(reason.message.values()) if alike else place
        found.setdefault(key, Said(reason, [])).brands.extend(() if brand is None else (brand,))
    return list(found.values())


def brands_of(said: Said, lang: Lang) -> str:
    """The brands that something is said of, as what follows them is to be read: with a colon; nothing where none."""
    names = say("punctuation.list-separator", lang).join(said.brands[:FEW_NAMED])
    return brands_label(len(said.brands), names, lang) if names else ""


# Of thousands of shops many carry the same.
@lru_cache(maxsize=256)
def brands_label(number: int, names: str, lang: Lang) -> str:
    """The `names` of so many brands, at most `FEW_NAMED` of them, as what follows them is to be read: with a colon."""
    if number > FEW_NAMED:
        return label("outputs.brands-and-more", lang, names=names, more=number - FEW_NAMED)
    return label("outputs.brands-named" if number > 1 else "outputs.brand", lang, name=names)


def evidence_of(reason: Reason, lang: Lang) -> str:
    """The first of the records that a reason rests on, in one line."""
    return records_told(reason.evidence, lang)


def records_told(records: Records, lang: Lang) -> str:
    """The first of `records`, in one line."""
    return _records_in[lang](records)


def _records_told(lang: Lang, records: Records) -> str:
    comma, semicolon = say("punctuation.comma", lang), say("punctuation.clause-separator", lang)
    first = records[:FEW_NAMED]
    told = semicolon.join(comma.join(_told(*field, lang) for field in entry.items()) for entry in first)
    return told if len(first) == len(records) else say("outputs.evidence-and-more", lang, records=told)


_records_in = {lang: Kept[Records, str](partial(_records_told, lang)) for lang in LANGS}


def told(outcome: Outcome, reason: Reason, report: Report, lang: Lang) -> str:
    """A reason in one piece, `safe`: kind of outcome, which brand, why, by which records, and what waiting does."""
    kind, text = kind_of(outcome), because(reason, report, lang)
    if kind != "fail":
        return label(f"outputs.{kind}", lang) + text
    return text + (" " + say("outputs.eligible", lang, day=report.eligible_from) if report.eligible_from else "")


def because(reason: Reason, report: Report, lang: Lang) -> str:
    """A reason, `safe`: which brand, why, and by which records."""
    name = brand_of(reason.pointer, report)
    brand = safe(brands_label(1, name, lang)) if name else ""
    records = _aside_in[lang](reason.evidence) if reason.evidence else ""
    return safe_joined(brand, safe(reason.message[lang]), records)


def _records_aside(lang: Lang, records: Records) -> str:
    return safe(aside(label("outputs.evidence", lang) + records_told(records, lang), lang))


_aside_in = {lang: Kept[Records, str](partial(_records_aside, lang)) for lang in LANGS}


def place_of(item: Reason | Note | Problem) -> str:
    """Line, column and pointer, as far as they are known: `9:13 /business_license/uscc`."""
    place = f"{item.line}:{item.column}" if isinstance(item.line, int) else ""
    return " ".join(filter(None, (place, item.pointer)))


def names_of(result: Result) -> list[str]:
    """Shop, subject and number of the subject, as far as they are known."""
    if isinstance(result, Invalid):
        return []
    return [name for name in (result.names["shop"], result.names["subject"], result.subject_id) if name]


def notes_of(report: Report) -> list[Note]:
    """The notes but the one that the day is over: these formats say that once, for the whole run."""
    return [note for note in report.notes if note.kind != "past"]


def is_known(result: Result) -> bool:
    """Whether a baseline lists all that keeps `result` from passing."""
    return isinstance(result, Report) and any(note.kind == "baseline" for note in result.notes)


def waiting_of(report: Report, lang: Lang) -> str | None:
    """Whether waiting cures a refusal; None where there is nothing to cure."""
    if report.verdict != "fail":
        return None
    return (
        say("outputs.eligible", lang, day=report.eligible_from)
        if report.eligible_from
        else say("outputs.waiting", lang)
    )


def _told(field: str, value: Any, lang: Lang) -> str:
    """One field of a record in words; one that only a ruleset knows by its name."""
    return _told_in_words(field, str(value).lower() if isinstance(value, bool) else str(value), lang)


@lru_cache(maxsize=1024)
def _told_in_words(field: str, value: str, lang: Lang) -> str:
    words = value_words(value)[lang]
    key = f"record-{field}"
    return say(f"outputs.{key}", lang, value=words) if key in catalogue("outputs") else f"{field} {words}"
