"""Wrapping of mixed Chinese and Latin text by display columns."""

import re
from collections.abc import Iterator
from functools import lru_cache

# Patterns are compiled when used: most lines fit, and are plain ASCII.
# A word, or one wide character with the punctuation that must not begin a line; of a text each character of which
# stands as its kind.
_PIECE = " +|`[^`]{1,40}`[)”]*|[(“]*(?:w|[a`“”]+)?[)”]*|."
_OPENING, _CLOSING = "（《「", "、。〉》」』】〕！），．：；？"
# Up to the punctuation at which a Chinese reader pauses; of a text in which control characters stand for that: with
# Chinese signs this would take longest of all patterns to compile.
_PHRASE = "[\x01\x02]*[^\x01\x03]+\x03*|."
_PAUSES = str.maketrans("（《“「，。；：、！？）", "\x01\x02\x02\x02" + "\x03" * 8)


def wrap(text: str, width: int, indent: int = 0) -> list[str]:
    """`text` in lines of at most `width` columns, each behind `indent` spaces.

    Breaks at spaces and between Chinese characters, but not within a Chinese phrase unless that would leave most of a
    line empty; a word longer than a line stands alone and sticks out.
    """
    room = width - indent
    if text.isascii() and text.isprintable() and text == text.strip() and room > 1:
        if len(text) <= room:
            return [" " * indent + text]
        # As below, in one go, unless a word sticks out: an audit shows long evidence thousands of times.
        found = re.findall(rf"\S(?:.{{0,{room - 2}}}\S)?(?= |$)|\S+", text)
        if max(map(len, found), default=room + 1) <= room:
            return [" " * indent + line for line in found]
    if 0 < columns(text) <= room:  # 0 is also of what has no width, as a line feed
        return [" " * indent + text.strip()]
    lines, line, used = [], "", indent
    for part in re.finditer(_PHRASE, text.translate(_PAUSES), re.DOTALL):
        phrase = text[part.start() : part.end()]
        whole = columns(phrase.rstrip())
        if used + whole > width >= indent + whole and used - indent > (width - indent) // 3:
            lines.append(line.rstrip())
            line, used = "", indent
        for piece in _pieces(phrase):
            taken = columns(piece)
            if line and not piece.isspace() and used + taken > width:
                lines.append(line.rstrip())
                line, used = "", indent
            if line or not piece.isspace():
                line, used = line + piece, used + taken
    return [" " * indent + done for done in [*lines, line.rstrip()]]


def columns(text: str) -> int:
    """How many columns `text` takes on a terminal, where a Chinese character takes two."""
    if text.isascii() and text.isprintable():
        return len(text)
    widths = [*map(_width, text)]
    if all(widths):
        return sum(widths)
    # A tenth of the start-up time, and most texts do without it.
    from wcwidth import wcswidth

    return max(wcswidth(text), 0)


def _pieces(phrase: str) -> Iterator[str]:
    """What of `phrase` no line breaks within."""
    for found in re.finditer(_PIECE, "".join(map(_kind, phrase))):
        if found[0]:
            yield phrase[found.start() : found.end()]


# By hand: a regular expression with all Chinese characters takes longer to compile than a report to write.
@lru_cache(maxsize=4096)
def _kind(char: str) -> str:
    """What stands for `char` where lines are broken: a character of its kind."""
    if char.isspace():
        return " "
    if char in _OPENING:
        return "("
    if char in _CLOSING:
        return ")"
    if char in "`“”":
        return char
    if char == "’":
        return "”"
    if "\u2e80" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff":
        return "w"
    return "f" if "\uff01" <= char <= "\uff60" else "a"


@lru_cache(maxsize=4096)
def _width(char: str) -> int:
    """The columns of printable ASCII, and of the wide characters of everyday Chinese; 0 of all whose are in doubt."""
    if " " <= char <= "~" or char == "·":
        return 1
    wide = "\u3000" < char <= "\u3029" or "\u4e00" <= char <= "\u9fff" or "\uff01" <= char <= "\uff60"
    return 2 if wide else 0
