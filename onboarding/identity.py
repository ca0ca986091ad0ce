"""One subject, one brand: what is written in many ways, brought to one comparable form."""

import re
import unicodedata
from functools import cache, lru_cache
from itertools import groupby
from operator import mul
from typing import Literal

from .unicode_data.radicals import RADICALS

LicenseNumber = Literal[
    "uscc", "early_fujian", "wrong_check_character", "impossible_characters", "fifteen_digits", "wrong_length"
]
NameDifference = Literal["none", "dots_dashes_spaces", "letters"]

# GB 32100-2015 leaves these letters out of the code, because they are read as digits (or as U).
LOOKALIKES = {"O": "0", "I": "1", "S": "5", "Z": "2"}

# Invisible, yet not of category Cf (Unicode: Default_Ignorable_Code_Point).
_INVISIBLE_CHARS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
_INVISIBLE = f"[{_INVISIBLE_CHARS}]"  # compiled when used: few texts hold one
# Python calls them printable, although nothing of them is seen.
_UNSEEN = re.compile(f"[{_INVISIBLE_CHARS}\N{BRAILLE PATTERN BLANK}]")
PLAIN_ASCII = bytes(range(0x20, 0x7F))
# The others are compiled when used as well: a start would take a fiftieth longer.
# Signs that NFKC would turn into letters: ™, ℠, those typed as superscripts, a circled or squared R, C or TM by itself.
_SIGNS = "[™℠🅪🅫🅬🄫🄬]|ᵀᴹ|ᵗᵐ|ˢᴹ|ᴿ|ʳ|(?<![Ⓐ-ⓩ])(?:[ⓇⓡⒸⓒ]|[ⓉⓣⓈⓢ][Ⓜⓜ])(?![Ⓐ-ⓩ])|(?<![🄰-🅉])(?:[🅁🄲]|[🅃🅂]🄼)(?![🄰-🅉])"
# In brackets, `R标` and `TM标` as clerks call them, and what they mean; without, as web pages write them.
_TYPED_SIGNS = (
    r"(?i)[(\[{<«‹⁅⌈⌊❨❪❬❮❰❲❴⟅⟦⟨⟪⟬⟮⦃⦅⦇⦉⦋⦍⦏⦑⦓⦕⦗⧘⧚⧼⸢⸤⸦⸨「『【〔〖〘〚]\s*"
    r"(?:(?:r|t\.?\s*m|s\.?\s*m|c)\.?(?:\s*标)?|(?:已?[注註][册冊])?商[标標]|已?[注註][册冊]"
    r"|(?:registered\s*)?trade\s*mark|reg(?:istered|\.)?)"
    r"\s*[)\]}>»›⁆⌉⌋❩❫❭❯❱❳❵⟆⟧⟩⟫⟭⟯⦄⦆⦈⦊⦌⦎⦐⦒⦔⦖⦘⧙⧛⧽⸣⸥⸧⸩」』】〕〗〙〛]"
    r"|&(?:reg|trade|copy|amp|#0*(?:174|8482|169|38)|#x0*(?:ae|2122|a9|26));"
)
# Angle brackets are mathematical symbols to Unicode, and would go before it is seen what they hold.
_PLAINER = {ord(radical): group[0] for group in RADICALS.split() for radical in group[2:]} | str.maketrans(
    "<＜〈《>＞〉》", "(((())))"
)
# What a trademark number is framed by, its end read backwards; leading zeros go with the frame. The class of goods is
# told from the number by what stands between.
_CLASS = "[0-9一二三四五六七八九十]{1,3}"
_FRAME = rf"(?:第?{_CLASS}[类類]|[国國][际際]|商[标標]|[注註][册冊]|申[请請]|[证證][书書]?|[号號]|第|NO|0|\W)*"
_FRAME_END = rf"(?:[类類]{_CLASS}(?:第|(?=\W))|[际際][国國]|[标標]商|[册冊][注註]|[书書]?[证證]|[号號]|0+\.|\W)*"
_THOUSANDS = r"[0-9]{1,3}(?:,[0-9]{3})+"
# What a spreadsheet makes of a long number: its last digits are lost, and two of them may be one now.
_ROUNDED = r"[0-9](?:[.,][0-9]+)?E\+[0-9]+|[0-9][.,][0-9]+E[0-9]+"
# What programs and clerks write where they know no id: an error of a spreadsheet, a word for nothing, or signs alone.
_NOTHING = r"N[./]?A\.?|NIL|NULL|NONE|NAN|NAT|UNDEFINED|TBD|\\N"
_NOTHING_IN_CHINESE = "暂?无(?:品牌|编号)?|暂缺|没有|未知|未填写?|未提供|不详|不明|待(?:定|补充?|填写?)|空白?"
# Which row or paper is meant is not told.
_ELSEWHERE = "[同如]上|同前|详?见附件"
_NO_ID = (
    rf"#[\w/]+[!?]|#N/?A|[(\[<{{〈《【「]?(?:{_NOTHING}|{_NOTHING_IN_CHINESE}|{_ELSEWHERE})[)\]>}}〉》】」]?|[\W_]+"
)
# Letters and characters with which none of those begins.
_BEGINS_IDS = frozenset("ABCDEFGHIJKLMOPQRSVWXYZabcdefghijklmopqrsvwxyz")
_BEGINS_NOTHING = frozenset("无暂没未不待空同如见详")
_DOTS = frozenset("·・•‧∙⋅.。｡●")
# Of the script Han to Unicode, as ideographs are: a mark of iteration (佐々木), zero, the numerals of Hangzhou.
_HAN = frozenset("々〇〡〢〣〤〥〦〧〨〩〻")
# Each character's value in a USCC, 255 where it has none, and the weights by which a sound one adds up to a multiple
# of 31 (GB 32100-2015). By hand: `python-stdnum`, which the tests ask, takes a tenth of a check to import.
_VALUES = bytes("0123456789ABCDEFGHJKLMNPQRTUWXY".find(chr(code)) % 256 for code in range(256))
_WEIGHTS = [*(3**place % 31 for place in range(17)), 1]


def normal_text(text: str) -> str:
    """`text` without zero-width characters, NFKC-normalised and trimmed: the form in which text is compared."""
    if text.isascii():
        return text.strip()
    # Two letters of Hangul are all that is no less plain and not seen.
    if _is_plain(text) and "\u115f" not in text and "\u1160" not in text:
        return text
    return normalized("NFKC", _seen(text)).strip()


def _seen(text: str) -> str:
    """`text` without what cannot be seen of it."""
    if text.isprintable() and not _UNSEEN.search(text):
        return text
    return "".join(c for c in re.sub(_INVISIBLE, "", text) if unicodedata.category(c) != "Cf")


def normalized(form: Literal["NFKC", "NFKD"], text: str) -> str:
    """`text` in a normal form of Unicode, in time linear in it.

    The standard library brings accents in a row into their order by insertion, which a long row makes quadratic; what
    has been brought apart and into that order is the same text to it, and quick.
    """
    # Shorter ones are quicker as they are.
    if len(text) > 4000 and not text.isascii():
        apart = "".join(unicodedata.normalize("NFKD", char) for char in text)
        rows = groupby(apart, key=lambda char: unicodedata.combining(char) > 0)
        text = "".join("".join(sorted(row, key=unicodedata.combining) if accents else row) for accents, row in rows)
    return unicodedata.normalize(form, text)


def unseen(text: str) -> list[str]:
    """The characters of `text`, in order, that steer a terminal or do not show, and its blanks other than U+0020."""
    if text.isascii() and text.isprintable():
        return []
    # Of a report all but a few names is plain ASCII: bytes are passed over in a fraction of the time of characters.
    rest = text.encode("utf-8", "surrogatepass").translate(None, PLAIN_ASCII).decode("utf-8", "surrogatepass")
    if rest.isprintable() and not _UNSEEN.search(rest):
        return []
    return [c for c in rest if not c.isprintable() or _UNSEEN.match(c)]


def normal_code(text: str) -> str:
    """A USCC or another registration number: normal text, no spaces, no hyphens, upper case."""
    if text.isascii() and text.isalnum():
        return text.upper()
    kept = "".join(c for c in normal_text(text) if not c.isspace() and unicodedata.category(c) != "Pd")
    # Again, since what stood apart may now be one character.
    return normalized("NFKC", kept.upper())


def is_no_id(text: str) -> bool:
    """Whether `text` stands where an id should, and is none: a spreadsheet's `7.31E+18` or `#REF!`, or a word for
    nothing (`N/A`, `无`, `-`). Of two records that have it, nobody can tell whether they are one.
    """
    # As nearly all are: a letter or a character with which none of those words begins, or digits.
    first = text[:1]
    if (
        (text.isdigit() or first in _BEGINS_IDS)
        if text.isascii()
        else "一" <= first <= "鿿" and first not in _BEGINS_NOTHING
    ):
        return False
    code = normal_text(text).upper()
    return bool(re.fullmatch(f"{_ROUNDED}|{_NO_ID}", code))


def license_number(code: str) -> LicenseNumber:
    """What kind of number the normal `code` is: a sound USCC (GB 32100-2015) or what is wrong with it.

    `early_fujian`: region 35 and `M000` at positions 9 to 12, whose check character fails by the book
    though the licence is real.
    """
    if len(code) == 15 and code.isascii() and code.isdigit():
        return "fifteen_digits"
    return _of_18_characters(code) if len(code) == 18 else "wrong_length"


# Asked several times of one application, and of one subject's shops; the memory is that of one batch.
@lru_cache(maxsize=1024)
def _of_18_characters(code: str) -> LicenseNumber:
    if not code.isascii():
        return "impossible_characters"
    values = code.encode().translate(_VALUES)
    if 255 in values or not code[:8].isdigit():
        return "impossible_characters"
    if sum(map(mul, _WEIGHTS, values)) % 31 == 0:
        return "uscc"
    return "early_fujian" if code[2:4] == "35" and code[8:12] == "M000" else "wrong_check_character"


def lookalikes(code: str) -> list[dict[str, int | str]]:
    """The characters of `code` that no USCC has and that are likely mistyped, each with its position from 1."""
    return [
        {"position": position, "typed": typed, "likely": LOOKALIKES[typed]}
        for position, typed in enumerate(code, start=1)
        if typed in LOOKALIKES
    ]


def name_difference(one: str, other: str) -> NameDifference:
    """How two names differ: in nothing, only in dots, dashes or spaces, or in more."""
    if one == other:
        return "none"
    first, second = normal_text(one), normal_text(other)
    if first == second:
        return "none"
    return "dots_dashes_spaces" if _without_dots(first) == _without_dots(second) else "letters"


@lru_cache(maxsize=1 << 14)
def brand_names(name: str | None) -> frozenset[str]:
    """The forms by which a brand name is compared; empty where nothing of it is left to compare."""
    return forms(letters(without_signs(name or "").casefold()))


@lru_cache(maxsize=1 << 14)
def tells_brand(name: str | None) -> bool:
    """Whether `name` tells a brand from others: something of it is left to compare, and it is neither a spreadsheet's
    error (`#REF!`) or rounded number nor a word for nothing (`N/A`, `无`), which may stand for any brand.
    """
    return bool(brand_names(name)) and not is_no_id(name or "")


# Asked again for each day and each fact, by a subject that may have as many brands on record as a file of 1 MiB names.
@lru_cache(maxsize=1 << 16)
def brand_keys(name: str | None, trademark_no: str | None) -> frozenset[str]:
    """What identifies a brand: two are the same where these meet. Different trademark numbers prove nothing."""
    number = trademark_number(trademark_no) if trademark_no else None
    # No name holds a `#`: punctuation is dropped above.
    return brand_names(name) | ({f"#{number}"} if number else set())


def trademark_number(text: str) -> str | None:
    """A trademark's number without its frame (`第…号`, `No.`, `.0`, leading zeros) and a spreadsheet's commas; None
    where none is told, or not all of it (`1.23E+07`).
    """
    if text.isascii() and text.isdigit() and text[0] != "0":
        return text
    code = normal_code(text)
    if re.fullmatch(_ROUNDED, code):
        return None
    frame = re.match(_FRAME, code)[0]  # type: ignore[index]
    begun = code[len(frame) :]
    number = begun[: len(begun) - re.match(_FRAME_END, begun[::-1]).end()]  # type: ignore[union-attr]
    if "," in number and re.fullmatch(_THOUSANDS, number):
        number = number.replace(",", "")
    number = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in number)
    number = number.lstrip("0") if any(unicodedata.digit(c, 0) for c in number) else ""
    # Of an international registration the G may be left to the words: without it, the number is that of another mark.
    # Behind it, where a country was added later, stands a letter that is its own.
    if re.search("[国國][际際]", code) and re.fullmatch("[0-9]+[A-Z]?", number):
        number = f"G{number}"
    return number or None


def without_signs(name: str) -> str:
    """The normal text of a brand name without ®, ™ and other signs and symbols, in whatever writing."""
    if not name.isascii():
        name = name.translate(_PLAINER)
        if not _is_plain(name):
            name = _without_symbols(_compiled(_SIGNS).sub(" ", _seen(name)))
    text = normal_text(name)
    return text if text.isalnum() else _compiled(_TYPED_SIGNS).sub(" ", text)


# Looked up at once, where a hundred thousand names are compared; `re` takes as long to look one up as to use it.
_compiled = cache(re.compile)


def letters(text: str) -> str:
    """The letters and digits of `text` with their accents, in NFKC; empty where there are accents only."""
    text = normalized("NFKC", text)
    if text.isalnum():
        return text
    kept, of_letter = [], False
    for char in text:
        category = unicodedata.category(char)
        # An accent goes with what it stands on: that of an overline (‾, to NFKC a blank with one) is none of the name.
        if category[0] != "M":
            of_letter = category[0] in "LN"
        if of_letter and category != "Me":
            kept.append(char)
    # Again, since what stood apart may now be one character.
    return normalized("NFKC", "".join(kept))


def forms(whole: str) -> frozenset[str]:
    """The name itself; for a bilingual one (two Chinese characters and two Latin letters, or more) also its
    Chinese characters, and the rest where that has three Latin letters or more.
    """
    if whole.isascii():
        return frozenset({whole} - {""})
    chinese = "".join(filter(_is_chinese, whole))
    names = {whole}
    # An accent goes with the character that it stands on, and not to the letter before that.
    rest = letters("".join(" " if _is_chinese(c) else c for c in whole)) if len(chinese) >= 2 else ""
    latin = sum(unicodedata.name(c, "").startswith("LATIN ") for c in rest)
    if latin >= 2:
        names.add(chinese)
        if latin >= 3:
            names.add(rest)
    # Again, since what stood apart may now be one character.
    return frozenset(normalized("NFKC", name) for name in names - {""})


def _is_plain(text: str) -> bool:
    """Whether `text` is nothing but letters and digits, and its own normal form, which none of `_SIGNS` is."""
    return text.isalnum() and unicodedata.is_normalized("NFKC", text)


def _without_symbols(text: str) -> str:
    """`text` with blanks for ®, ★, °, × and the like; a symbol that stands for letters or digits (㈱, ℃) is kept."""
    if not any(map(_is_mere_symbol, text)):
        return text
    # Else an accent on one would come to stand on the letter before it.
    return "".join(" " if _is_mere_symbol(char) else char for char in text)


@lru_cache(maxsize=4096)
def _is_mere_symbol(char: str) -> bool:
    return unicodedata.category(char)[0] == "S" and not letters(char)


def _without_dots(text: str) -> str:
    return "".join(c for c in text if not (c.isspace() or unicodedata.category(c) == "Pd" or c in _DOTS))


@lru_cache(maxsize=4096)
def _is_chinese(char: str) -> bool:
    return char in _HAN or unicodedata.name(char, "").startswith(("CJK UNIFIED", "CJK COMPATIBILITY IDEOGRAPH"))
