"""What programs know a reason by that compare one report with another: fingerprints are made of it."""

from ..report import Outcome, Reason, Report
from .json import text_to_json
from .presentation import brand_of


def trouble_of(outcome: Outcome, reason: Reason, report: Report) -> str:
    """What a reason is about, as JSON: the same for the same trouble of an application, wherever it stands in it."""
    brand, at, named = brand_of(reason.pointer, report), reason.pointer, "null"
    if brand is not None:
        named, at = text_to_json(brand), at.split("/brands/")[-1].partition("/")[2]
    return f"[{text_to_json(report.application_id)}, {text_to_json(outcome.rule)}, {named}, {text_to_json(at)}]"
