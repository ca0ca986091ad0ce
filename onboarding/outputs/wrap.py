"""Wrapping of mixed Chinese and Latin text by display columns."""

import re

# Patterns are compiled when used: most lines fit, and are plain ASCII.
# A word, or one wide character with the punctuation that must not begin a line.
_PIECE = (
    r"\s+|`[^`]{1,40}`[、。！），．：；？”]*|[（《“「]*(?:[\u2e80-\u9fff\uf900-\ufaff]|[^\s\u2e80-\u9fff\uf900-\ufaff\u3000-\u303f\uff01-\uff60]+)?"
    r"[、。〉》」』】〕！），．：；？”’]*|."
)
# Up to the punctuation at which a Chinese reader pauses.
_PHRASE = "[（《“「]*[^，。；：、！？（）]+[，。；：、！？）]*|."
# Whose width is beyond doubt: printable ASCII, and the wide characters of everyday Chinese.
_SETTLED = "[ -~·\u3001-\u3029\u4e00-\u9fff\uff01-\uff60]*"


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
    lines, line, used = [], "", indent
    for phrase in re.findall(_PHRASE, text, re.DOTALL):
        whole = columns(phrase.rstrip())
        if used + whole > width >= indent + whole and used - indent > (width - indent) // 3:
            lines.append(line.rstrip())
            line, used = "", indent
        for piece in re.findall(_PIECE, phrase, re.DOTALL):
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
    if re.fullmatch(_SETTLED, text):
        return len(text) + sum(char > "\u3000" for char in text)
    # A tenth of the start-up time, and most texts do without it.
    from wcwidth import wcswidth

    return max(wcswidth(text), 0)
