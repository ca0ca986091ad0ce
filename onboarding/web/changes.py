"""What staff say of a change: what the calls of the library take, as JSON bodies. Who makes it, the call tells."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar

import msgspec

from ..errors import InputError, Problem
from ..messages import text
from ..models import BanReason, ClosedFor, Day, Flag, NotBlank, Value, ViolationKind, Words
from ..pointers import to_pointer
from ..reading import json_text
from ..reading.documents import MAX_NAME, MAX_TEXT
from ..reading.validation import build, did_you_mean, refuse_odd, unknown_fields

Change = TypeVar("Change")
MOST_DAYS = 36_500
Said = Annotated[str, msgspec.Meta(pattern=r"\S"), NotBlank]


@dataclass(frozen=True, slots=True)
class Closing:
    """The closing of a shop.

    关闭店铺。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    on: Day
    """The first day on which the shop is no longer open, YYYY-MM-DD.

    店铺关闭之日（自该日起不再营业，YYYY-MM-DD）。
    """
    reason: ClosedFor
    """Why it closes; for application_fraud or serious_violation its subject is barred for good.

    关店原因；因 application_fraud 或 serious_violation 关闭的，主体将被永久封禁。
    """
    note: Words | None = None
    """The reason or reference of the change.

    变更的理由或依据。
    """


@dataclass(frozen=True, slots=True)
class Banning:
    """A ban of a subject.

    封禁主体。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    on: Day
    """The ban's first day, YYYY-MM-DD.

    封禁起始日（YYYY-MM-DD）。
    """
    reason: BanReason
    """application_fraud or serious_violation.

    application_fraud：申请造假；serious_violation：严重违规。
    """
    note: Words | None = None
    """The reason or reference of the change.

    变更的理由或依据。
    """


@dataclass(frozen=True, slots=True)
class Violating:
    """A violation of a subject, or in one of its shops.

    主体或其店铺的违规。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    on: Day
    """The day of the violation, YYYY-MM-DD.

    违规日期（YYYY-MM-DD）。
    """
    kind: ViolationKind
    """late_shipment, false_advertising, customer_fraud or other.

    late_shipment：未按时发货；false_advertising：虚假宣传；customer_fraud：欺诈客户；other：其他。
    """
    shop_id: Words | None = None
    """The shop in which it happened.

    发生违规的店铺编号。
    """
    again: Flag = False
    """Whether it is another one where an equal violation is on record; otherwise it is refused.

    已有相同的违规记录时，是否另作一条登记；否则不予登记。
    """
    note: Words | None = None
    """The reason or reference of the change.

    变更的理由或依据。
    """


@dataclass(frozen=True, slots=True)
class Marking:
    """A mark on a subject.

    对主体的标记。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    on: Day
    """The mark's first day, YYYY-MM-DD.

    标记起始日（YYYY-MM-DD）。
    """
    kind: Said
    """What kind of mark it is; the ruleset declares the kinds that it counts. waiver: of one rule.

    标记种类；计入哪些种类由规则集声明。waiver：对某条规则的豁免。
    """
    until: Day | None = None
    """The first day on which it no longer holds; null while no end is known.

    标记失效之日（自该日起不再有效）；未定时为 null。
    """
    value: Value | None = None
    """A whole number that goes with it, such as how many points.

    标记所附的整数，如记分的分数。
    """
    about: Words | None = None
    """The id of the rule that it is about; a waiver has one.

    所涉规则的标识；豁免须填写。
    """
    note: Words | None = None
    """The reason or reference of the change.

    变更的理由或依据。
    """


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a ban, a violation or a mark.

    封禁、违规或标记的终止。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    on: Day
    """The day from which it no longer counts, YYYY-MM-DD.

    不再计入之日（YYYY-MM-DD）。
    """
    note: Words | None = None
    """The reason or reference of the change.

    变更的理由或依据。
    """


@dataclass(frozen=True, slots=True)
class Reopening:
    """The taking back of a closing that was entered wrongly.

    取消录入有误的关店。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    note: Said
    """Why it was wrong.

    说明错在何处。
    """


@dataclass(frozen=True, slots=True)
class Correcting:
    """The correction of a record that was entered wrongly.

    更正录入有误的记录。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    changes: dict[str, Any]
    """The fields that are otherwise, as in `registry-record.schema.json`; null takes one away.

    需要更正的字段，格式见 `registry-record.schema.json`；null 表示删去该字段。
    """
    note: Said
    """Why it was wrong.

    说明错在何处。
    """
    replaces: int | None = None
    """The `seq` of the entry that was looked at: where another has come since, nothing is corrected.

    所查看记录的入库序号；此后如有新的版本，则不作更正。
    """


@dataclass(frozen=True, slots=True)
class Withdrawing:
    """The taking back of a ban, a violation or a mark that was entered in error.

    作废误录的封禁、违规或标记。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    note: Said
    """Why it was wrong.

    说明错在何处。
    """
    replaces: int | None = None
    """The `seq` of the entry that was looked at: where another has come since, nothing is withdrawn.

    所查看记录的入库序号；此后如有新的版本，则不作废。
    """


@dataclass(frozen=True, slots=True)
class Answering:
    """The confirmation or the rejection of a proposal.

    确认或驳回一项提议。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    note: Words | None = None
    """Why.

    理由。
    """


@dataclass(frozen=True, slots=True)
class Erasing:
    """The erasure of what people wrote in an application.

    擦除一份申请中由人填写的内容。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    note: Said
    """Why: whose request, or a reference.

    擦除的理由，如何人提出或依据。
    """


@dataclass(frozen=True, slots=True)
class Purging:
    """The erasure of what was handed in long ago.

    擦除很久以前提交的申请。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    older_than_days: Value
    """How many days ago at least, from 1 to 36500.

    至少多少天以前提交的（1 至 36500）。
    """
    note: Said
    """Why.

    理由。
    """


def read_change(data: bytes, model: type[Change]) -> Change:
    """The change that a body tells; raises InputError with everything that is wrong with it.

    A field that is not known is refused: what it was meant to say would not be on record.
    """
    value = json_text.parse(data)
    refuse_odd(value, max_name=MAX_NAME, max_text=MAX_TEXT)
    problems = [_unknown(str(path[-1]), to_pointer(path), model) for path in unknown_fields(value, model)]
    try:
        change = build(value, model)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(*problems)
    if nul := [name for name, text_ in value.items() if isinstance(text_, str) and "\0" in text_]:
        raise InputError(*(Problem(text("web.nul"), to_pointer((name,))) for name in nul))
    return change


def _unknown(name: str, pointer: str, model: Any) -> Problem:
    return Problem(text("web.unknown-field"), pointer, hint=did_you_mean(name, model.__dataclass_fields__))
