"""Records from JSON lines, one object a line; a broken line is an error with its number, never skipped."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from ..errors import InputError, Problem, RegistryError
from ..identity import normal_code, normal_text
from ..models import KNOWN, RECORDS, Brand, Record, to_record
from . import json_text
from .encoding import MAX_BYTES
from .validation import build, known_at, nearest

MAX_PROBLEMS = 100

_plain = msgspec.json.Decoder(dict[str, Any])
_MISREAD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InputError)


class Line(NamedTuple):
    """One record, its subject's normal USCC, and the line it stands on."""

    number: int
    subject: str
    record: Record


def read_records(lines: Iterable[bytes], source: str, wanted: Callable[[str], bool] | None = None) -> Iterator[Line]:
    """The records of `lines`, in order, those of subjects that are not `wanted` included.

    Every line is checked; one of a wanted subject (None: of any) also for duplicate keys and misspelt fields.
    Raises RegistryError at the end of the lines, with every problem (the first hundred), if any is broken.
    """
    problems = Problems(source)
    for number, line in enumerate(lines, start=1):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.isspace():
            continue
        try:
            record = to_record(_plain.decode(line))
            subject = normal_code(record.subject_id)
            strictly = wanted is None or wanted(subject) or line.count(b'"subject_id"') != 1
            if strictly and not _plainly_sound(line):
                read_record(json_text.parse(line))
        except _MISREAD as error:
            problems.add(number, _explain(line, error))
        else:
            if not problems:
                yield Line(number, subject, record)
    problems.refuse()


class Problems:
    """The problems of the lines of `source`: all are counted, the first hundred kept."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._kept: list[Problem] = []
        self._count = 0

    def __bool__(self) -> bool:
        return self._count > 0

    def add(self, number: int, problems: Iterable[Problem]) -> None:
        """Note `problems` of line `number`."""
        for problem in problems:
            self._count += 1
            if len(self._kept) < MAX_PROBLEMS:
                self._kept.append(replace(problem, source=self._source, line=number))

    def refuse(self) -> None:
        """Raise RegistryError if there are any."""
        more = self._count - len(self._kept)
        rest = [Problem(f"and {more} more problems", source=self._source)] if more else []
        if self:
            raise RegistryError(*self._kept, *rest)


def read_record(value: Any) -> Record:
    """The record in a plain value; raises InputError with everything that is wrong with it."""
    if not isinstance(value, dict):
        raise InputError(Problem("a record is an object", ""))
    kind = value.get("record")
    model = RECORDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        near = nearest(kind, RECORDS) if isinstance(kind, str) else None
        hint = f"did you mean `{near}`?" if near else f"known: {', '.join(f'`{name}`' for name in RECORDS)}"
        what = "unknown record type" if "record" in value else "`record` is missing"
        raise InputError(Problem(what, "/record", hint=hint))
    record, unknown = build(value, model)
    slips = []
    for pointer in unknown:
        name = pointer.rpartition("/")[2]
        # A field that nobody knows may stay; one that is nearly a known one was meant to say something.
        if near := nearest(name, known_at(model, pointer)):
            slips.append(Problem(f"unknown field `{name}`", pointer, hint=f"did you mean `{near}`?"))
    if slips:
        raise InputError(*slips)
    return record


def _plainly_sound(line: bytes) -> bool:
    """Whether a line that decodes has no duplicate key and no unknown field, told without the strict parser.

    False may also mean that this cannot be told so cheaply. With no escapes and no space before a colon, each
    key is followed by `":`, and nothing but a key or a text that begins with a colon is.
    """
    if len(line) > MAX_BYTES or b"\\" in line or b" :" in line or b"\t" in line or b"\r:" in line:
        return False
    value = _plain.decode(line)
    if not value.keys() <= KNOWN[RECORDS[value["record"]]]:
        return False
    if not (normal_text(value["subject_id"]) and normal_text(value.get("shop_id") or "-")):
        return False  # nothing but invisible characters
    keys = len(value)
    for brand in value.get("brands") or ():
        if not brand.keys() <= KNOWN[Brand]:
            return False
        keys += len(brand)
    return keys == line.count(b'":')


def _explain(line: bytes, error: Exception) -> list[Problem]:
    try:
        read_record(json_text.parse(line))
    except InputError as found:
        return list(found.problems)
    message = str(error)
    return [Problem(message[:1].lower() + message[1:])]
