"""What a file is that was given in place of another: said once, with where it belongs, not by all that it lacks."""

from codecs import BOM_UTF8
from typing import Any, Literal

import msgspec

from ..errors import Problem
from ..messages import Text, catalogue, text
from ..models import RECORDS
from .columns import COLUMNS, column_of
from .encoding import MAX_BYTES

Wanted = Literal["application", "registry", "ruleset", "settings"]
_MAGIC = {b"SQLite format 3\0": "database", b"PK\3\4": "workbook", b"PAR1": "parquet"}


def wrong_file(data: bytes | None, wanted: Wanted, source: str) -> Problem | None:
    """What is to be said of the file `source`, which begins with `data` and was given where `wanted` was.

    None where it is not known for something else, or could not be read (`data` is None). What counts is what it holds,
    whatever its name.
    """
    kind = _kind_of(data) if data is not None else None
    # A registry and settings may be empty; that is no other file.
    known = kind not in (None, wanted) and (kind != "nothing" or wanted == "application")
    return _told(str(kind), wanted, source) if known else None


def _told(kind: str, wanted: Wanted, source: str) -> Problem:
    words = text("reading.wrong-file", given=_words(f"is-{kind}"), wanted=_words(f"wanted-{wanted}"))
    own = f"goes-{kind}-as-{wanted}"
    return Problem(words, source=source, hint=text(f"reading.{own if own in catalogue('reading') else f'goes-{kind}'}"))


def _words(name: str) -> Text:
    return text(f"reading.{name}")


def _kind_of(data: bytes) -> str | None:
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            return kind
    whole = len(data) <= MAX_BYTES
    data = data.removeprefix(BOM_UTF8).strip()
    if not data:
        return "nothing" if whole else None
    first = data.partition(b"\n")[0]
    for part in (data, first) if data.startswith(b"{") else ():
        try:
            # Which of two equal keys counts does not matter here: what it is has been refused already.
            return _kind_of_object(msgspec.json.decode(part))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    header = first.decode(errors="replace") if _is_utf_8(first) else first.decode("gb18030", errors="replace")
    names = {column_of(name.strip(' "\r')) for name in header.replace("\t", ",").replace(";", ",").split(",")}
    return "table" if len(names & {*COLUMNS}) > 1 else None


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _kind_of_object(value: Any) -> str | None:
    keys = value.keys() if isinstance(value, dict) else set()
    if "subject" in keys and "application_id" in keys:
        return "application"
    if isinstance(value, dict) and isinstance(record := value.get("record"), str) and record in RECORDS:
        return "registry"
    if "x-rule" in keys:
        return "rule"
    if {"id", "clauses"} <= keys:
        return "manifest"
    if {"tool", "results"} <= keys or {"source", "verdict"} <= keys:
        return "report"
    return None
