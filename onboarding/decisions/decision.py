"""What the registry keeps of a decision on an application."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, ClassVar

from msgspec import to_builtins

from ..models import Application
from ..report import Report, Verdict


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, all that it rested on, and who asked for it when.

    审核决定：审核结果、全部依据，以及由谁在何时作出。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    application_id: str
    """The application's id, in normal form.

    申请编号（规范形式）。
    """
    subject_id: str | None
    """The subject's unified social credit code; null where the application has none that can be right.

    主体的统一社会信用代码；未填写或不可能正确时为 null。
    """
    verdict: Verdict
    """The report's verdict: pass has opened the shop.

    审核结果；pass 表示店铺已开设。
    """
    shop_id: str | None
    """The shop that was opened; null where none was.

    所开设店铺的编号；未开店为 null。
    """
    report: Report
    """Why: the report that the verdict is from.

    得出该审核结果的报告。
    """
    application: Application
    """The application that was judged, with the fields that are known.

    所审核的申请，仅含已知字段。
    """
    digest: str
    """The digest of the application's content.

    申请内容的摘要值。
    """
    ruleset: str
    """The id of the ruleset judged by.

    所用规则集的标识。
    """
    ruleset_digest: str
    """The digest of that ruleset's content.

    所用规则集内容的摘要值。
    """
    revision: int
    """The highest `seq` among the subject's rows that were read, by which they can be read again; 0 with none.

    所读取主体记录中最大的 `seq`，据此可重新读取同样的记录；没有记录为 0。
    """
    as_of: date
    """The day judged on, YYYY-MM-DD.

    判定日期（YYYY-MM-DD）。
    """
    at: str
    """The instant of the decision, in UTC.

    作出决定的时刻（UTC）。
    """
    by: str
    """Who asked for it.

    提交审核的人。
    """
    follows: str | None = None
    """The id of the earlier application that this one follows; null where it names none.

    本申请所承接的先前申请的编号；未填写为 null。
    """
    note: str | None = None
    """The reason or reference.

    理由或依据。
    """
    erased_at: str | None = None
    """The instant, in UTC, at which what people wrote in the application was erased; null while it is kept.

    申请中由人填写的内容被擦除的时刻（UTC）；未擦除为 null。
    """
    repeated: bool = False
    """Whether it was on record before the call.

    本次调用之前是否已有该决定。
    """

    @property
    def admitted(self) -> bool:
        """Whether the application passed, and so opened its shop."""
        return self.verdict == "pass"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, without the application: that is kept to be judged again, not to be told."""
        return {
            known.name: self.report.to_dict() if known.name == "report" else to_builtins(getattr(self, known.name))
            for known in fields(self)
            if known.name != "application"
        }
