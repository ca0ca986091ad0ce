"""What the columns of a table of shops are called, and which is meant by a name."""

from dataclasses import fields

from ..identity import normal_text
from ..models import Brand, Shop

# One column for each field of a brand but its name, which `brands` is: each a list, in the order of the brands.
LISTS = {f"{known.name}s": known.name for known in fields(Brand) if known.name not in ("name", "extra")}
# Who comes before when; what is new in the models comes last.
_FIRST = ("shop_id", "subject_id", "subject_type", "brands", *LISTS)
FIELDS = {known.name: known for known in fields(Shop) if known.name not in ("record", "extra")}
COLUMNS = (*_FIRST, *(name for name in FIELDS if name not in _FIRST))
# What Chinese tables call the columns; the first is what we call them.
CALLED = {
    "shop_id": ("店铺编号", "店铺id", "店铺号"),
    "subject_id": ("统一社会信用代码", "社会信用代码", "信用代码", "主体编号", "主体代码", "主体号码"),
    "subject_type": ("主体类型", "商家类型"),
    "brands": ("品牌", "品牌名称", "经营品牌"),
    "trademark_nos": ("商标注册号", "商标号"),
    "opened_on": ("开店日期", "入驻日期", "开业日期"),
    "closed_on": ("关闭日期", "关店日期", "闭店日期"),
    "closed_for": ("关店原因", "关闭原因", "闭店原因"),
    "application_id": ("申请编号", "申请单号"),
}
NAMES = {name: name for name in COLUMNS} | {words: name for name, called in CALLED.items() for words in called}


def column_of(name: str) -> str:
    """The column that is called `name`; the name itself where there is none."""
    plain = normal_text(name.removeprefix("\ufeff"))
    return NAMES.get("".join(plain.casefold().split()), plain)
