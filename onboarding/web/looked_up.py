"""What those with a role are answered who look something up: the core's values, by pages."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from ..decisions.decision import Decision
from ..decisions.erasure import Erasure
from ..decisions.replay import Cause, Replay
from ..errors import Problem
from ..messages import LANGS, Text
from ..models import Application
from ..registry.listing import Listed
from ..report import Report, Verdict
from ..screening.impact import assumed_rules
from ..screening.impact_words import plain_tally
from .impact import Impact


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what is on record and was applied for.

    在册记录与申请（一页）。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    as_of: date
    """The day looked from.

    查看日期。
    """
    results: tuple[Listed, ...]
    """What was found; there may be none on a page, and more on the next.

    查找结果；某一页可能没有结果，而后面的页仍有。
    """
    next: str | None
    """What `after` takes for the next page; null on the last one.

    查看下一页时 `after` 的取值；最后一页为 null。
    """


@dataclass(frozen=True, slots=True)
class HandedInApplication:
    """An application that was handed in and waits for a decision.

    已提交、待审核的申请。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    application_id: str
    """The application's id, in normal form.

    申请编号（规范形式）。
    """
    handed_in_at: str
    """The instant, in UTC, at which it was handed in.

    提交的时刻（UTC）。
    """
    ruleset: str
    """The id of the ruleset that it was handed in for.

    提交时所用规则集的标识。
    """
    follows: str | None
    """The earlier application that it names; null where it names none.

    所承接的先前申请；未注明时为 null。
    """
    report: Report
    """What a check with the history says today; undecided, and a note, where the service does not have the ruleset.

    今天结合历史记录审核的结果；服务没有该规则集时为 undecided，并附提示。
    """


@dataclass(frozen=True, slots=True)
class HandedInApplications:
    """A page of the applications that wait for a decision.

    待审核的申请（一页）。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    applications: tuple[HandedInApplication, ...]
    """The applications, in the order in which they were handed in.

    按提交先后排列的申请。
    """
    next: int | None
    """What `after` takes for the next page; null on the last one.

    查看下一页时 `after` 的取值；最后一页为 null。
    """


@dataclass(frozen=True, slots=True)
class KeptApplication:
    """An application that was handed in or decided on.

    已提交或已作出决定的申请。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    application: Application
    """What it says; as it is, `POST /v1/applications` decides on it.

    申请内容；可原样交给 `POST /v1/applications` 作出决定。
    """
    ruleset: str
    """The id of the ruleset that it was handed in for or decided by.

    提交或审核所用规则集的标识。
    """
    handed_in_at: str | None
    """The instant, in UTC, at which it was handed in; null where it was decided on alone.

    提交的时刻（UTC）；仅有决定而未提交时为 null。
    """
    report: Report
    """The decision's report, or else what a check with the history says today.

    决定所依据的报告；尚无最终决定的，为今天结合历史记录审核的结果。
    """
    decision: Decision | None
    """The latest decision on it; null where there is none.

    对它的最新决定；没有时为 null。
    """


@dataclass(frozen=True, slots=True)
class RuleChanged:
    """One rule that comes out otherwise than one step before.

    与前一步结果不同的一条规则。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    rule: str
    """The rule's id.

    规则标识。
    """
    before: dict[str, Any] | None
    """What it said one step before; null where it was no rule then.

    前一步的结果；当时没有该规则时为 null。
    """
    after: dict[str, Any] | None
    """What it says after this step; null where it is a rule no more.

    本步之后的结果；不再有该规则时为 null。
    """


@dataclass(frozen=True, slots=True)
class LaterEntry:
    """An entry that came on record after the decision.

    决定之后入库的记录。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    seq: int
    """Its place in the order of recording.

    入库序号。
    """
    record_id: str
    """The record's id.

    记录编号。
    """
    recorded_at: str
    """The instant, in UTC.

    入库时刻（UTC）。
    """
    recorded_by: str
    """Who entered it.

    录入人。
    """
    note: str | None
    """Why.

    理由。
    """


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """What one cause changes, with all else as one step before.

    其他条件不变时，一项原因带来的变化。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    cause: Cause
    """rules, program (the rules are the same), records or day.

    rules：规则；program：规则未变，程序不同；records：记录；day：日期。
    """
    verdict: Verdict
    """The verdict after this step.

    本步之后的审核结果。
    """
    changes: tuple[RuleChanged, ...]
    """The rules that come out otherwise because of it.

    因此结果不同的规则。
    """
    rows: tuple[LaterEntry, ...]
    """What came on record after the decision, where that is the cause.

    原因为记录时，决定之后入库的记录。
    """


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision judged again: by the rules, on the record and on the day of now.

    对一项决定的重新判定：依次按现行规则、当前记录和今天的日期。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    same: bool
    """Whether nothing comes out otherwise.

    结果是否完全一致。
    """
    decision: Decision
    """What was decided.

    原决定。
    """
    ruleset_digest: str
    """The digest of the rules of now.

    现行规则的摘要值。
    """
    as_of: date
    """The day of the last step.

    最后一步的审核日期。
    """
    steps: tuple[ReplayStep, ...]
    """The steps, each from the one before.

    各步骤，均以前一步为基础。
    """


@dataclass(frozen=True, slots=True)
class Audited:
    """Shops judged on the day on which each opened, by the rules of that day: a page.

    按开店当日有效的规则复查店铺的结果（一页）。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    subjects: int
    """How many subjects were looked at for this page.

    本页复查的主体数。
    """
    results: tuple[Report, ...]
    """The reports asked for; `source` is the shop's id.

    符合所要求条件的报告；`source` 为店铺编号。
    """
    next: str | None
    """What `after` takes for the next page; null on the last one.

    查看下一页时 `after` 的取值；最后一页为 null。
    """


@dataclass(frozen=True, slots=True)
class Erasures:
    """What was erased, the newest first: a page.

    擦除记录，最近的在前（一页）。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    erasures: tuple[Erasure, ...]
    """The erasures.

    擦除记录。
    """
    next: int | None
    """What `before` takes for the next page; null on the last one.

    查看下一页时 `before` 的取值；最后一页为 null。
    """


@dataclass(frozen=True, slots=True)
class ProposedRules:
    """A ruleset that officers may ask about.

    可供监督人员查看影响的规则集。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    name: str
    """The name of its folder, by which it is asked about.

    文件夹名，查询影响时使用。
    """
    id: str | None
    """The ruleset's id; null where its files are unsound.

    规则集标识；文件有误时为 null。
    """
    digest: str | None
    """The digest of its content; null where its files are unsound.

    内容摘要值；文件有误时为 null。
    """
    problems: tuple[Problem, ...]
    """Why it judges nothing; none where it does.

    不能用于判定的原因；可用时为空。
    """


@dataclass(frozen=True, slots=True)
class ProposedRulesets:
    """The rulesets that officers may ask about.

    可供监督人员查看影响的规则集。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    proposed: tuple[ProposedRules, ...]
    """The rulesets.

    规则集。
    """


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the two rulesets that are compared.

    所比较的规则集之一。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    id: str
    """The ruleset's id.

    规则集标识。
    """
    digest: str
    """The digest of its content.

    内容摘要值。
    """


@dataclass(frozen=True, slots=True)
class RuleDiffers:
    """What changed in one rule.

    一条规则的改动。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    rule: str
    """The rule's id.

    规则标识。
    """
    words: Text
    """The change in one line.

    改动说明。
    """


@dataclass(frozen=True, slots=True)
class TurnedOnes:
    """How many turned, among those that were judged.

    结果有变化的数量。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    judged: int
    """How many were judged.

    判定的数量。
    """
    before: dict[str, int]
    """How many had each verdict before.

    改动前各审核结果的数量。
    """
    after: dict[str, int]
    """How many have each verdict after.

    改动后各审核结果的数量。
    """
    counts: dict[str, int]
    """How many are newly refused, newly admitted, newly undecided.

    新增不通过、新增通过、新增无法判定的数量。
    """
    by_rule: dict[str, dict[str, int]]
    """How many took each turn, by rule.

    各变化按规则的数量。
    """
    examples: list[dict[str, Any]]
    """A few of each turn by the same rules.

    每种变化的若干例子，按涉及的规则归类。
    """


@dataclass(frozen=True, slots=True)
class Touched:
    """Whom it touches if a proposed ruleset takes the place of one that the service judges by.

    以拟用规则集取代现行规则集的影响。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    as_of: date
    """The day judged on.

    判定日期。
    """
    old: Compared
    """What judges now.

    现行规则集。
    """
    new: Compared
    """What is proposed.

    拟用规则集。
    """
    complete: bool
    """Whether everybody on record was judged; where time ran out, those with the smallest numbers were.

    是否已判定全部在册主体；时间用尽时，只判定了代码排在前面的主体。
    """
    on_record: int
    """How many subjects there are on record.

    在册主体总数。
    """
    changes: list[RuleDiffers]
    """What changed in the rules.

    规则的改动。
    """
    subjects: TurnedOnes
    """The next application of each subject on record.

    各在册主体的下一份申请。
    """
    waiting: TurnedOnes
    """Applications that wait for a decision, the first 500 of them.

    待审核的申请（前 500 份）。
    """
    assumed: list[str]
    """The rules that a next application is taken to satisfy, for they read what no record tells.

    视为已满足的规则：其读取的内容登记记录中没有。
    """
    unseen: tuple[Text, ...]
    """What of the change could not show, and why.

    此报告看不出的内容及原因。
    """


def touched(impact: Impact) -> dict[str, Any]:
    """`impact` as it is answered with, as `Touched` describes."""
    old, new = impact.change.before, impact.change.after
    return {
        "as_of": old.day,
        "old": {"id": old.ruleset.id, "digest": old.ruleset_digest},
        "new": {"id": new.ruleset.id, "digest": new.ruleset_digest},
        "complete": impact.complete,
        "on_record": impact.subjects,
        "changes": [{"rule": one.rule, "words": {lang: one.words(lang) for lang in LANGS}} for one in impact.rules],
        "subjects": plain_tally(impact.found.subjects, "subject"),
        "waiting": plain_tally(impact.found.applications, "source"),
        "assumed": assumed_rules(impact.change),
        "unseen": impact.unseen,
    }


def replayed(again: Replay) -> Replayed:
    """`again` as it is answered with."""
    steps = tuple(
        ReplayStep(
            step.cause,
            step.verdict,
            tuple(RuleChanged(change.rule, change.before, change.after) for change in step.changes),
            tuple(LaterEntry(row.seq, row.record_id, row.recorded_at, row.recorded_by, row.note) for row in step.rows),
        )
        for step in again.steps
    )
    return Replayed(again.same, again.decision, again.ruleset_digest, again.as_of, steps)
