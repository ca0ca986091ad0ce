"""Days as people write them: `2021/3/1`, `2021年3月1日`, `20210301`, and `长期` for none."""

import re
import unicodedata
from datetime import date

_ENDLESS = frozenset(("长期", "长期有效", "永久", "永久有效", "无固定期限", "无期限"))
_ENDLESS |= {"long-term", "long term", "permanent", "none", "no fixed term"}
_BETWEEN = r"\s*[{sign}./\-\s]\s*"
_SEPARATED = rf"(\d{{4}}){_BETWEEN.format(sign='年')}(\d{{1,2}}){_BETWEEN.format(sign='月')}(\d{{1,2}})\s*[日号]?"
# Without signs between them, of one length: nobody can tell `2021111`.
_WRITTEN = re.compile(rf"(?:{_SEPARATED}|(\d{{4}})(\d{{2}})(\d{{2}}))(?:[T ][\d:.+Z-]*)?", re.ASCII)
_LONGEST = 64


def read_day(written: str) -> date | None:
    """The day that `written` means, year first; None where it means none that exists, or could mean several."""
    found = _WRITTEN.fullmatch(_plain(written))
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups() if part is not None))
    except ValueError:
        return None


def is_endless(written: str) -> bool:
    """Whether `written` says that there is no last day."""
    return _plain(written).casefold() in _ENDLESS


def _plain(written: str) -> str:
    return unicodedata.normalize("NFKC", written[:_LONGEST]).strip()
