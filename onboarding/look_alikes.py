"""Brand names that are not equal, yet that a person may take for each other."""

import re
from functools import cache, lru_cache

from .identity import forms, letters, normalized, without_signs

# No person takes names of this length for each other at a glance; what they look like would take long to tell.
LONGEST = 200
# White on black (🅲, 🅒) and those of flags: to Unicode symbols, which a brand is compared without.
_FRAMED = {first + place: chr(ord("A") + place) for first in (0x1F150, 0x1F170, 0x1F1E6) for place in range(26)}
# Unicode's blocks of combining diacritical marks, and those of Cyrillic.
_ACCENTS = "[\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"


@lru_cache(maxsize=1 << 14)
def brand_looks(name: str | None) -> frozenset[str]:
    """What a brand name looks like, in each of its forms: two names look alike where these meet.

    Characters that people confuse (Unicode TS 39, by upper case, lower case and as written), traditional and simplified
    writing, accents, letters in frames, `&` and `and`, and a trailing 牌 make no difference; so equal names look alike,
    too. A name of more than LONGEST characters looks like its equals alone.
    """
    name = name or ""
    shown = without_signs(name)
    as_shown = letters(shown)
    if not as_shown:
        return frozenset()
    if len(shown) > LONGEST:
        return forms(letters(shown.casefold()))
    plain = name.translate(_FRAMED)
    framed = shown if plain == name else without_signs(plain)
    spelt = {
        text for text in (shown, framed, shown.replace("&", " and ")) for text in (text, text.casefold(), text.upper())
    }
    looks: set[str] = set()
    for whole in {as_shown, *map(letters, spelt - {shown})}:
        look = _skeleton(whole)
        looks.update(map(_skeleton, forms(whole) - {whole}))
        # A half may show only when Cyrillic has been read as Latin.
        looks |= {look} | forms(look)
    return frozenset(look for one in looks for look in (one, one.removesuffix("牌")) if look)


def _skeleton(text: str) -> str:
    """`text` as Unicode TS 39 brings confusable names to one form; in simplified characters, without accents."""
    simplified, confusable = _tables()
    read = normalized("NFKD", text).translate(simplified).translate(confusable)
    # A name of modifiers and accents alone looks like nothing else.
    return re.sub(_ACCENTS, "", normalized("NFKD", read)) or text


@cache
def _tables() -> tuple[dict[int, str], dict[int, str]]:
    # Large, and not needed unless names are compared by their looks.
    from .unicode_data.confusables import LATIN_AND_OTHERS, SIMPLIFIED

    return _table(SIMPLIFIED), _table(LATIN_AND_OTHERS)


def _table(groups: str) -> dict[int, str]:
    parted = (group.partition(":") for group in groups.split(" "))
    return {ord(source): target for target, _, sources in parted for source in sources}
