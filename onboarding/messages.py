"""What the kernel itself says to people, in both languages; all else that they read is in the rule files."""

from datetime import date

from .facts.context import Why
from .report import Text

UNKNOWN: dict[Why, Text] = {
    "no_registry": {
        "en": "This cannot be known without the platform's registry. Whoever runs the check can supply it.",
        "zh": "未提供平台登记库，无法查知此项。请由执行检查的一方提供登记库后再查。",
    },
    "no_subject": {
        "en": "Without a sound licence number the subject cannot be looked up. The applicant can supply it.",
        "zh": "没有正确的营业执照号码，无法查询该主体的记录。请申请人补充统一社会信用代码。",
    },
    "no_brand_name": {
        "en": "The brand has no name that could be compared with those on record. The applicant can supply it.",
        "zh": "该品牌没有可供比对的名称，无法与在册店铺的品牌核对。请申请人补充品牌名称。",
    },
    "brand_on_record_unreadable": {
        "en": "A brand of one of the subject's open shops has no name to compare. The platform can correct the record.",
        "zh": "该主体某家在营店铺登记的品牌名称无法比对。请平台更正登记记录。",
    },
}


def fails_from(day: date, edition: str, title: Text) -> Text:
    """That an application which passes today fails once `edition` of the rule `title` takes effect on `day`."""
    return {
        "en": f'Passes today, fails from {day}, when edition `{edition}` of the rule "{title["en"]}" takes effect.',
        "zh": f"现可通过，但自 {day} 起规则“{title['zh']}”的版本 `{edition}` 生效后将不能通过。",
    }
