"""What the registry keeps of a decision on an application."""

from datetime import date
from typing import Any

from msgspec import Struct, structs, to_builtins

from ..models import Application
from ..report import Report, Verdict


class Decision(Struct, frozen=True):
    """A verdict, all that it rested on, and who asked for it when.

    `revision` is the highest `seq` among the subject's rows that were read (0 where there were none), so the same
    rows can be read again; `digest` is that of the application's content. `shop_id` names the shop that was
    opened; None where none was. `repeated` says that this decision was on record before the call.
    """

    application_id: str
    subject_id: str | None
    verdict: Verdict
    shop_id: str | None
    report: Report
    application: Application
    digest: str
    ruleset: str
    ruleset_digest: str
    revision: int
    as_of: date
    at: str
    by: str
    note: str | None = None
    repeated: bool = False

    @property
    def admitted(self) -> bool:
        """Whether the application passed, and so opened its shop."""
        return self.verdict == "pass"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, without the application: that is kept to be judged again, not to be told."""
        return {
            name: self.report.to_dict() if name == "report" else to_builtins(value)
            for name, value in structs.asdict(self).items()
            if name != "application"
        }
