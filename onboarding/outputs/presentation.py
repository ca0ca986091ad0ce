"""What every format for people says alike: its words in both languages, and how a result falls into parts."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from ..errors import Problem
from ..messages import Lang, Text
from ..report import Note, Outcome, Reason, Report
from .interface import VERDICTS, Invalid, Result, Run

Kind = Literal["fail", "undecided", "warning", "pass", "not_in_force"]

# The worst first: where room is short, refusals are what is shown.
RANKS = ("fail", "invalid", "undecided", "pass")

WORDS: dict[str, Text] = {
    "pass": {"en": "Pass", "zh": "通过"},
    "fail": {"en": "Refused", "zh": "不通过"},
    "undecided": {"en": "Undecided", "zh": "无法判定"},
    "invalid": {"en": "Invalid file", "zh": "文件无效"},
    "warning": {"en": "Warning", "zh": "提醒"},
    "not_in_force": {"en": "Not in force", "zh": "未生效"},
    "required": {"en": "required", "zh": "必须满足"},
    "advisory": {"en": "advisory", "zh": "仅供参考"},
    "n pass": {"en": "{n} pass", "zh": "{n} 份通过"},
    "n fail": {"en": "{n} refused", "zh": "{n} 份不通过"},
    "n undecided": {"en": "{n} undecided", "zh": "{n} 份无法判定"},
    "n invalid": {"en": "{n} invalid", "zh": "{n} 份文件无效"},
    "checked": {"en": "{n} checked", "zh": "共检查 {n} 份"},
    "brand": {"en": "brand {name}: ", "zh": "品牌 {name}："},
    "evidence": {"en": "evidence", "zh": "依据"},
    "way out": {"en": "way out", "zh": "解决办法"},
    "clause": {"en": "clause", "zh": "条款"},
    "note": {"en": "note", "zh": "提示"},
    "eligible": {
        "en": "Would pass from {day}, with nothing else changed.",
        "zh": "其他情况不变时，自 {day} 起可通过。",
    },
    "waiting": {"en": "Waiting alone does not cure this.", "zh": "仅靠等待无法解决。"},
    "as of": {"en": "As of {day}", "zh": "判定日期 {day}"},
    "past": {"en": "Judged as of {day}, a day that is over", "zh": "按已过去的日期 {day} 判定"},
    "ruleset": {"en": "ruleset", "zh": "规则集"},
    "registry": {"en": "registry", "zh": "登记库"},
    "no registry": {"en": "no registry: history is unknown", "zh": "未提供登记库，历史记录未知"},
}


def say(key: str, lang: Lang, **values: object) -> str:
    """The words for `key` in `lang`, filled in."""
    return WORDS[key][lang].format(**values)


def label(key: str, lang: Lang) -> str:
    """The words for `key` in `lang`, as what follows them is to be read."""
    return WORDS[key][lang] + ("：" if lang == "zh" else ": ")


def counts(summary: Counter[str], lang: Lang) -> str:
    """How many were checked, and how many of each verdict there were."""
    parts = [say(f"n {verdict}", lang, n=summary[verdict]) for verdict in VERDICTS if summary[verdict]]
    listed = ("、" if lang == "zh" else ", ").join(parts)
    total = say("checked", lang, n=summary.total())
    return f"{total}{'：' if lang == 'zh' else ': '}{listed}" if listed else total


def day_of(run: Run, lang: Lang) -> str:
    """The day judged on, and whether it is over."""
    return say("past" if run.past else "as of", lang, day=run.as_of)


def kind_of(outcome: Outcome) -> Kind:
    """The outcome's status; a failing advisory rule is a warning."""
    return "warning" if (outcome.level, outcome.status) == ("advisory", "fail") else outcome.status


def name_of(outcome: Outcome) -> str:
    """The rule's id, or its edition's name where it has several."""
    return outcome.edition or outcome.rule


def noteworthy(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes that have something to say: refusals first, then the undecided, then warnings."""
    order = ("fail", "undecided", "warning")
    return sorted((o for o in outcomes if kind_of(o) in order), key=lambda o: order.index(kind_of(o)))


def group_by_reason(outcomes: list[Outcome]) -> list[list[Outcome]]:
    """`outcomes` in their order, the undecided ones that lack the same thing together."""
    groups: dict[object, list[Outcome]] = {}
    for outcome in outcomes:
        messages = {reason.message["en"] for reason in outcome.reasons}
        same = next(iter(messages)) if outcome.status == "undecided" and len(messages) == 1 else outcome.rule
        groups.setdefault(same, []).append(outcome)
    return list(groups.values())


def brand_of(pointer: str, report: Report) -> str | None:
    """The name of the brand that `pointer` is about; None where it is about none, or about one without a name."""
    parts = pointer.removeprefix("/facts").split("/")
    if parts[1:2] != ["brands"] or len(parts) < 3:
        return None
    name: str | None = report.names["brands"][int(parts[2])]
    return name


def evidence_of(reason: Reason) -> str:
    """The records that a reason rests on, in one line."""
    return "; ".join(", ".join(f"{key} {value}" for key, value in entry.items()) for entry in reason.evidence)


def place_of(item: Reason | Note | Problem) -> str:
    """Line, column and pointer, as far as they are known: `9:13 /business_license/uscc`."""
    place = f"{item.line}:{item.column}" if isinstance(item.line, int) else ""
    return " ".join(filter(None, (place, item.pointer)))


def names_of(result: Result) -> list[str]:
    """Shop, subject and number of the subject, as far as they are known."""
    if isinstance(result, Invalid):
        return []
    return [name for name in (result.names["shop"], result.names["subject"], result.subject_id) if name]


def notes_of(report: Report, run: Run) -> list[Note]:
    """The notes but the one that the day is over: these formats say that once, for the whole run."""
    return [note for note in report.notes if note.kind != "past"]


def waiting_of(report: Report, lang: Lang) -> str | None:
    """Whether waiting cures a refusal; None where there is nothing to cure."""
    if report.verdict != "fail":
        return None
    return say("eligible", lang, day=report.eligible_from) if report.eligible_from else say("waiting", lang)
