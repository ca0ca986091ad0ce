"""From bytes to text: UTF-8 of a bearable length, or what else it likely is."""

import codecs

from ..errors import InputError, Problem

MAX_BYTES = 1 << 20


def decode(data: bytes | str) -> str:
    """`data` as text, without its byte order mark; raises InputError where it is too long or not UTF-8."""
    raw = data.encode(errors="surrogatepass") if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        raise InputError(Problem(f"larger than {MAX_BYTES} bytes", line=1, column=1))
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise InputError(Problem(f"not UTF-8: {likely_encoding(raw)}", line=line, column=column)) from None


def likely_encoding(raw: bytes) -> str:
    """What bytes that are not UTF-8 likely are, and what to do about it; `raw` may end within a character."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "this looks like UTF-16; save it as UTF-8"
    try:
        codecs.getincrementaldecoder("gb18030")().decode(raw)
    except UnicodeDecodeError:
        return "broken bytes; save it as UTF-8"
    return "this looks like GB18030 (GBK); save it as UTF-8"
