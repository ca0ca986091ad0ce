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

    审核决定：结论、依据，以及由谁在何时作出。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    application_id: str
    """The application's id.

    申请编号。
    """
    subject_id: str | None
    """The subject's unified social credit code; null where the application has none that can be right.

    主体的统一社会信用代码；未填写或不可能正确时为 null。
    """
    verdict: Verdict
    """pass: admitted; fail: refused; undecided: it may be judged again.

    pass：准入；fail：不予准入；undecided：无法判定，可再次审核。
    """
    shop_id: str | None
    """The shop that was opened; null where none was.

    据此所开的店铺；未开店时为 null。
    """
    report: Report
    """Why.

    审核报告。
    """
    application: Application
    """What was decided on.

    所审核的申请。
    """
    digest: str
    """The digest of the application's content.

    申请内容的摘要值。
    """
    ruleset: str
    """The id of the ruleset judged by.

    所用规则集的编号。
    """
    ruleset_digest: str
    """The digest of the ruleset's content.

    规则集内容的摘要值。
    """
    revision: int
    """The last entry on record of the subject that was read; 0 where there was none. The same can be read again.

    审核时所读到的该主体最后一条记录的入库序号；没有记录时为 0。据此可重读同样的记录。
    """
    as_of: date
    """The day judged on.

    判定日期。
    """
    at: str
    """When it was decided, in UTC.

    作出决定的时刻（UTC）。
    """
    by: str
    """Who asked for it.

    经办人。
    """
    note: str | None = None
    """The reason or reference.

    理由或依据。
    """
    repeated: bool = False
    """Whether it was on record before the call.

    本次调用之前是否已有此决定。
    """

    @property
    def admitted(self) -> bool:
        """Whether the application passed, and so opened its shop."""
        return self.verdict == "pass"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, without the application: that is kept to be judged again, not to be told."""
        told = (field.name for field in fields(self) if field.name != "application")
        return {name: self.report.to_dict() if name == "report" else to_builtins(getattr(self, name)) for name in told}
