"""From bytes to text: UTF-8 of a bearable length, or what else it likely is."""

import codecs

from ..errors import InputError, Problem
from ..messages import Text, text

MAX_BYTES = 1 << 20


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
