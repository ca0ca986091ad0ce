"""What the service answers with where the core has no such value, and how any value becomes an answer."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from fastapi.responses import Response
from msgspec import to_builtins
from starlette.requests import Request

from ..decisions.decision import Decision
from ..decisions.proposals import Proposal
from ..errors import Problem
from ..messages import Text
from ..outputs.json import to_json
from ..registry.timeline import Recorded
from ..report import Level, Outcome
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset


@dataclass(frozen=True, slots=True)
class SubjectHistory:
    """What is on record of one subject.

    一个主体的全部记录。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    subject_id: str
    """The subject's unified social credit code.

    主体的统一社会信用代码。
    """
    as_of: date
    """The day looked from.

    查看日期。
    """
    eligible_from: date | None
    """The first day on which the record no longer bars it; null where it does not, or always will.

    就登记记录而言可再开店的最早日期；现可开店或始终不能开店时为 null。
    """
    barred_by: tuple[Outcome, ...]
    """The required rules that it fails by its record alone, whatever it applies for.

    仅凭记录即不符合的必须规则，与申请内容无关。
    """
    proposals: tuple[Proposal, ...]
    """What waits for a second person; it decides nothing yet, but nobody is admitted while a ban is proposed.

    等待第二人确认的提议；确认前不影响判定，但有待确认的封禁时不办理准入。
    """
    entries: tuple[Recorded, ...]
    """What came on record, in that order: a page of it.

    按入库先后排列的记录（一页）。
    """
    next: int | None
    """What `after` takes for the next page; null on the last one.

    查看下一页时 `after` 的取值；最后一页为 null。
    """


@dataclass(frozen=True, slots=True)
class Decisions:
    """A page of the decisions on record.

    决定列表（一页）。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    decisions: tuple[Decision, ...]
    """The decisions, in the order in which they were made.

    按作出先后排列的决定。
    """
    next: int | None
    """What `after` takes for the next page; null on the last one.

    查看下一页时 `after` 的取值；最后一页为 null。
    """


@dataclass(frozen=True, slots=True)
class Proposals:
    """What waits for a second person.

    等待第二人确认的提议。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    proposals: tuple[Proposal, ...]
    """The proposals, in the order in which they were made.

    按提出先后排列的提议。
    """


@dataclass(frozen=True, slots=True)
class RulesetName:
    """A ruleset that the service judges by.

    本服务所用的规则集。
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
    title: Text
    """Whose rules they are.

    规则集名称。
    """


@dataclass(frozen=True, slots=True)
class RulesetNames:
    """The rulesets that the service judges by; the first where a call names none.

    本服务所用的规则集；调用未指定时使用第一个。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    rulesets: tuple[RulesetName, ...]
    """The rulesets.

    规则集。
    """


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """One edition of a rule.

    一条规则的一个版本。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    id: str
    """The rule's id.

    规则标识。
    """
    edition: str | None
    """Which edition it is, where the rule has several.

    规则有多个版本时的版本名。
    """
    level: Level
    """required: failing it refuses; advisory: failing it is a warning.

    required：不符合即不予通过；advisory：不符合仅提醒。
    """
    clause: str
    """The clauses of the policy that the rule rests on.

    规则所依据的政策条款。
    """
    title: Text
    """The rule's title.

    规则名称。
    """
    remedy: Text
    """The seller's way out.

    商家的解决办法。
    """
    effective_from: date | None
    """The first day on which it applies; null where it always has.

    生效首日；一直有效时为 null。
    """
    effective_until: date | None
    """The first day on which it no longer applies; null where no end is set.

    失效之日；未定时为 null。
    """


@dataclass(frozen=True, slots=True)
class RulesetTerms:
    """The rules of a ruleset, and the clauses that they cite.

    规则集的全部规则及其所依据的条款。
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
    title: Text
    """Whose rules they are.

    规则集名称。
    """
    clauses: dict[str, Text]
    """What each clause says, by its id.

    各条款的内容，按条款编号。
    """
    marks: dict[str, Text]
    """The kinds of marks that the rules count, with what each means.

    规则计入的标记种类及其含义。
    """
    rules: tuple[RuleTerms, ...]
    """The rules, the required ones first.

    全部规则，必须规则在前。
    """


@dataclass(frozen=True, slots=True)
class RulesetStanding:
    """How a ruleset stands.

    规则集的当前状态。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    id: str
    """The ruleset's id.

    规则集标识。
    """
    digest: str
    """The digest of what it judges by.

    判定所依据内容的摘要值。
    """
    problems: tuple[Problem, ...]
    """Why its files, as they are now, do not judge; none where they do.

    当前文件不能用于判定的原因；可用时为空。
    """


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the service can answer.

    服务是否就绪。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    ready: bool
    """Whether the registry can be read.

    登记库能否读取。
    """
    registry: str
    """ok, empty (whoever is looked up is clean) or out_of_reach.

    ok：正常；empty：登记库是空的，查询任何主体都没有记录；out_of_reach：无法访问。
    """
    rulesets: tuple[RulesetStanding, ...]
    """How each ruleset stands.

    各规则集的当前状态。
    """


@dataclass(frozen=True, slots=True)
class Health:
    """The process lives.

    进程在运行。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    ok: bool
    """Always true.

    恒为 true。
    """


def terms_of(ruleset: Ruleset) -> RulesetTerms:
    """What a ruleset says, for people."""
    rules = tuple(map(_terms, ruleset.rules))
    return RulesetTerms(ruleset.id, ruleset.digest, ruleset.title, ruleset.clauses, dict(ruleset.marks), rules)


def _terms(rule: Rule) -> RuleTerms:
    days = (rule.effective_from, rule.effective_until)
    return RuleTerms(rule.id, rule.edition, rule.level, rule.clause, rule.title, rule.remedy, *days)


def answer(
    request: Request,
    value: Any,
    status: int = 200,
    *,
    public: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """`value` (plain JSON values, or a dataclass of such) as JSON, with an ETag.

    Unless it is `public`, nobody on the way may keep it. Whoever has it already (`If-None-Match`) is told so.
    """
    body = to_json(to_builtins(value)).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    given = {"etag": etag, "cache-control": "no-cache" if public else "no-store", **(headers or {})}
    if request.method in ("GET", "HEAD") and etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=given)
    return Response(body, status, given, "application/json")
