"""One subject, one brand: what is written in many ways, brought to one comparable form."""

import string
import unicodedata
from functools import lru_cache
from typing import Literal

LicenseNumber = Literal[
    "uscc", "early_fujian", "wrong_check_character", "impossible_characters", "fifteen_digits", "wrong_length"
]

# GB 32100-2015 leaves these letters out of the code, because they are read as digits (or as U).
LOOKALIKES = {"O": "0", "I": "1", "S": "5", "Z": "2"}

# By hand: the package that knows this too (`python-stdnum`, which the tests ask) takes a tenth of a check to import.
_VALUES = {char: value for value, char in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
_WEIGHTS = (*(pow(3, place, 31) for place in range(17)), 1)

# Invisible, yet not of category Cf (Unicode: Default_Ignorable_Code_Point).
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | {
    chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}
_MARKS = str.maketrans("", "", "®™℠©")


def normal_text(text: str) -> str:
    """`text` without zero-width characters, NFKC-normalised and trimmed: the form in which text is compared."""
    if text.isascii():
        return text.strip()
    if not (text.isprintable() and _INVISIBLE.isdisjoint(text)):
        text = "".join(c for c in text if unicodedata.category(c) != "Cf" and c not in _INVISIBLE)
    return unicodedata.normalize("NFKC", text).strip()


def normal_code(text: str) -> str:
    """A USCC or another registration number: normal text, no spaces, no hyphens, upper case."""
    if text.isascii() and text.isalnum():
        return text.upper()
    kept = "".join(c for c in normal_text(text) if not c.isspace() and unicodedata.category(c) != "Pd")
    # Again, since what stood apart may now be one character.
    return unicodedata.normalize("NFKC", kept.upper())


# Asked several times of one application, and of one subject's shops; the memory is that of one batch.
@lru_cache(maxsize=1024)
def license_number(code: str) -> LicenseNumber:
    """What kind of number the normal `code` is: a sound USCC (GB 32100-2015) or what is wrong with it.

    `early_fujian`: region 35 and `M000` at positions 9 to 12, whose check character fails by the book
    though the licence is real.
    """
    if len(code) == 15 and code.isascii() and code.isdigit():
        return "fifteen_digits"
    if len(code) != 18:
        return "wrong_length"
    if not code.isascii():
        return "impossible_characters"
    if not (code[:8].isdigit() and _VALUES.keys() >= set(code)):
        return "impossible_characters"
    if sum(_VALUES[char] * weight for char, weight in zip(code, _WEIGHTS, strict=True)) % 31 == 0:
        return "uscc"
    return "early_fujian" if code[2:4] == "35" and code[8:12] == "M000" else "wrong_check_character"


def lookalikes(code: str) -> list[dict[str, int | str]]:
    """The characters of `code` that no USCC has and that are likely mistyped, each with its position from 1."""
    return [
        {"position": position, "typed": typed, "likely": LOOKALIKES[typed]}
        for position, typed in enumerate(code, start=1)
        if typed in LOOKALIKES
    ]


def subject_id(uscc: str | None) -> str | None:
    """The normal USCC that identifies a subject; None where there is none or it cannot be right.

    A wrong number is None and not a key: looked up, it would find nothing and look like a clean history.
    """
    code = normal_code(uscc or "")
    return code if license_number(code) in ("uscc", "early_fujian") else None


@lru_cache(maxsize=1024)
def brand_names(name: str | None) -> frozenset[str]:
    """The forms by which a brand name is compared; empty where nothing of it is left to compare.

    The whole name; for a bilingual one (two Chinese characters and two Latin letters, or more) also its
    Chinese characters, and the rest where that has three Latin letters or more.
    """
    shown = normal_text((name or "").translate(_MARKS)).casefold()
    folded = unicodedata.normalize("NFKC", shown)
    whole = "".join(c for c in folded if unicodedata.category(c)[0] not in "ZPC" and c not in string.punctuation)
    chinese = "".join(c for c in whole if _is_chinese(c))
    rest = "".join(c for c in whole if not _is_chinese(c))
    latin = sum(unicodedata.name(c, "").startswith("LATIN ") for c in rest)
    names = {whole}
    if len(chinese) >= 2 and latin >= 2:
        names.add(chinese)
        if latin >= 3:
            names.add(rest)
    # Again, since what stood apart may now be one character.
    return frozenset(unicodedata.normalize("NFKC", name) for name in names - {""})


def brand_keys(name: str | None, trademark_no: str | None) -> frozenset[str]:
    """What identifies a brand: two are the same where these meet. Different trademark numbers prove nothing."""
    number = normal_code(trademark_no or "")
    # No name holds a `#`: punctuation is dropped above.
    return brand_names(name) | ({f"#{number}"} if number else set())


def _is_chinese(char: str) -> bool:
    return char == "〇" or unicodedata.name(char, "").startswith(("CJK UNIFIED", "CJK COMPATIBILITY IDEOGRAPH"))
