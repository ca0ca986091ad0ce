"""What people type where they are asked: days, yes and no, choices by their words. Files are read strictly.

Each function returns None for what it does not understand; who asks says so, and asks again.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from ..messages import value_words

_ENDLESS = frozenset(("长期", "长期有效", "永久", "永久有效", "无固定期限", "无期限", "long-term", "long term"))
_ENDLESS |= {"permanent", "none", "no fixed term"}
_LONGEST = 64
_YES, _NO = frozenset(("y", "true", "有", "已")), frozenset(("n", "false", "没有", "无", "未"))
# Without signs between them, year, month and day are told apart by their digits alone: `2021111` may be two days.
_SEPARATED = r"\s*[年./-]\s*([0-9]{1,2})\s*[月./-]\s*([0-9]{1,2})\s*[日号]?"
_DAY = rf"([0-9]{{4}})(?:([0-9]{{2}})([0-9]{{2}})|{_SEPARATED})"


def typed_date(given: str) -> date | None:
    """The day that `given` means: `2021-03-01`, `2021年3月1日`, `2021/3/1`, `20210301`, in digits of any width."""
    match = re.fullmatch(_DAY, _plain(given))
    try:
        return date(*(int(part) for part in match.groups() if part)) if match else None
    except ValueError:
        return None


def is_endless(given: str) -> bool:
    """Whether `given` says that something has no last day: `长期`."""
    return _plain(given).casefold() in _ENDLESS


def typed_flag(given: str) -> bool | None:
    """Yes or no: `是`, `否`, `yes`, `n`."""
    plain = _plain(given).casefold()
    if plain in _YES | set(value_words("true").values()):
        return True
    return False if plain in _NO | set(value_words("false").values()) else None


def typed_choice(given: str, values: Iterable[str]) -> str | None:
    """The one of `values` that `given` is, or is a word for: `企业` is `enterprise`."""
    plain = _plain(given).casefold()
    return next((value for value in values if plain in {value, *value_words(value).values()}), None)


def _plain(given: str) -> str:
    """`given` in plain characters; nothing where it is longer than anything that is understood."""
    trimmed = given.strip()
    return unicodedata.normalize("NFKC", trimmed).strip() if len(trimmed) <= _LONGEST else ""
