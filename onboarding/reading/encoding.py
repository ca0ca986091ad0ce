"""From bytes to text: UTF-8 of a bearable length, or what else it likely is."""

import codecs
import re
from contextlib import suppress
from typing import IO, Literal

from ..errors import InputError, Problem
from ..messages import Text, text

MAX_BYTES = 1 << 20
MAX_DEPTH = 64  # of what is nested in a text
MAX_PROBLEMS = 1000  # that are told of one
# The characters of UTF-8 that take three bytes, but the one that stands for broken ones. Compiled when used: that
# takes as long as a check does to judge.
_THREE_BYTES = "[\u0800-\ufffc]"
# A character of GB18030 that is not ASCII; its first two bytes where it is a Chinese one or punctuation of GB2312, as
# nearly all are that Chinese tables hold.
_OF_GB18030 = rb"[\x81-\xfe](?:[\x30-\x39]..|[\x40-\xfe])"
_OF_GB2312 = re.compile(rb"[\xa1\xa3\xb0-\xf7][\xa1-\xfe]")


def decode(data: bytes | str) -> str:
    """`data` as text, without its byte order mark; raises InputError where it is too long or not UTF-8."""
    raw = encoded(data)
    if len(raw) > MAX_BYTES:
        raise InputError(Problem(text("reading.too-large", limit=MAX_BYTES), line=1, column=1))
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise InputError(
            Problem(text("reading.not-utf8", likely=likely_encoding(raw)), line=line, column=column)
        ) from None


def encoded(data: bytes | str) -> bytes:
    """`data` as bytes; what is no character in a text is no UTF-8 then."""
    return data.encode(errors="surrogatepass") if isinstance(data, str) else data


def likely_encoding(raw: bytes) -> Text:
    """What bytes that are not UTF-8 likely are, and what to do about it; `raw` may end within a character."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return text("reading.is-utf16")
    try:
        codecs.getincrementaldecoder("gb18030")().decode(raw)
    except UnicodeDecodeError:
        return text("reading.is-broken")
    return text("reading.is-gb18030")


def table_encoding(file: IO[bytes]) -> Literal["utf-8-sig", "gb18030"] | None:
    """What the table in `file` is encoded in: UTF-8, or plainly GB18030 (GBK); None where it is neither.

    UTF-8 of which a byte is lost can often be read as GB18030, and would give other names. It can be told apart: the
    rest of it has sound characters of three bytes, which the bytes of GB18030 make hardly ever. So can Big5 and
    Shift JIS, which make of it characters that hardly anybody writes.
    """
    utf8 = gb18030 = True
    sound = broken = common = characters = 0
    # Neither has a line feed within a character.
    for line in iter(lambda: file.readline(MAX_BYTES + 1), b""):
        if len(line) > MAX_BYTES:  # no table, and perhaps without an end
            return None
        if line.isascii():
            continue
        utf8, gb18030 = utf8 and _is(line, "utf-8"), gb18030 and _is(line, "gb18030")
        as_utf8 = line.decode("utf-8", "replace")
        sound += len(re.findall(_THREE_BYTES, as_utf8))
        broken += as_utf8.count("\ufffd")
        if gb18030 and not utf8:
            found = re.findall(_OF_GB18030, line, re.DOTALL)
            characters += len(found)
            common += sum(map(bool, map(_OF_GB2312.match, found)))
    if utf8:
        return "utf-8-sig"
    return "gb18030" if gb18030 and sound * 5 < broken and common * 5 >= characters * 4 else None


def _is(line: bytes, encoding: str) -> bool:
    with suppress(UnicodeDecodeError):
        line.decode(encoding)
        return True
    return False
