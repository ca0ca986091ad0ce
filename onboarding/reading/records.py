"""Records from JSON lines, one object a line; a broken line is an error with its number, never skipped."""

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import chain, islice
from typing import IO, Any, NamedTuple

import msgspec

from ..errors import InputError, Problem, RegistryError
from ..identity import is_no_id, normal_text
from ..messages import Text, listed, text
from ..models import RECORDS, WAIVER, Brand, Record, Shop, record_id, to_record
from ..pointers import to_pointer
from ..subject_number import can_be_subject, is_scheme, normal_subject, scheme_of, schemes, subject_of_record
from . import json_text
from .documents import MAX_TEXT, MAX_UNKNOWN
from .encoding import MAX_BYTES
from .own_fields import slip
from .sound import SoundReader
from .validation import did_you_mean, explain, is_longer, meant, refuse_odd, unknown_fields
from .wrong_file import wrong_file

MAX_PROBLEMS = 100
# So many, and nobody mends them one by one: the rest of the file is not read.
TOO_MANY_PROBLEMS = 1000
# Of a shop on record: it may carry more than one application may ask for.
MAX_BRANDS = 1000
_SOUND: SoundReader[Record] = SoundReader(RECORDS)


# By the kind of a record, the fields of its first day and of the first day after its last.
_TERMS = {
    "shop": ("opened_on", "closed_on"),
    "ban": ("on", "revoked_on"),
    "violation": ("on", "resolved_on"),
    "mark": ("on", "until"),
}


class Line(NamedTuple):
    """One record, its subject's normal id, and the line it stands on."""

    number: int
    subject: str
    record: Record


def read_records(lines: Iterable[bytes], source: str) -> Iterator[Line]:
    """The records of `lines`, in order. Every line is read strictly, whomever it is about.

    Raises RegistryError at the end of the lines, with every problem (the first hundred), if any is broken; of thousands
    it does not read to the end, nor of a file that is known for something else.
    """
    problems = Problems(source)
    subjects: dict[int, int] = {}
    for number, line in enumerate(_looked_at(lines, source), start=1):
        if number == 1:
            line = without_mark(line)
        if is_blank(line):
            continue
        try:
            subject, record = read_line(line)
            refuse_other_subject(record, subject, subjects)
        except InputError as error:
            problems.add(number, error.problems)
            if problems.too_many:
                break
        else:
            if not problems:
                yield Line(number, subject, record)
    problems.refuse()


def read_line(line: bytes) -> tuple[str, Record]:
    """The record on one line, after its subject's normal USCC; raises InputError with everything wrong with it."""
    record = _SOUND.read(line)
    if record is None:
        record = _record(json_text.parse(line))
    elif problems := _broken(record):
        raise InputError(*problems)
    return normal_subject(record.subject_id), record


def without_mark(lines: bytes) -> bytes:
    """`lines`, the first of a file, without the byte order mark; where the first of them is too long, it stays so."""
    return lines.removeprefix(BOM_UTF8) if (lines.find(b"\n") + 1 or len(lines)) <= MAX_BYTES else lines


def is_blank(line: bytes) -> bool:
    """Whether nothing stands on `line`. Of one that is too long, nobody knows: it may be the beginning alone."""
    return len(line) <= MAX_BYTES and (not line or line.isspace())


def index_lines(lines: bytes) -> list[tuple[str, str | None]] | None:
    """Of the record on each of `lines` its subject's normal id and its own; see `record_id`.

    None where not all are plainly sound: then `read_line` says of each whether it is.
    """
    found = _SOUND.read_lines(lines)
    if found is None:
        return None
    indexed: list[tuple[str, str | None]] = []
    for record in found:
        subject = subject_of_record(record.subject_id, record.subject_type or None)
        if subject is None or _incoherent(record):
            return None
        indexed.append((subject, record_id(record)))
    return indexed


def _looked_at(lines: Iterable[bytes], source: str) -> Iterable[bytes]:
    """`lines`; raises RegistryError where the first is no record and they are known for something else."""
    lines = iter(lines)
    first = next(lines, None)
    if first is None:
        return ()
    ahead: list[bytes] = []
    try:
        read_line(without_mark(first))
    except InputError:
        size = len(first)
        while size < MAX_BYTES and (line := next(lines, b"")):
            ahead.append(line)
            size += len(line)
        if other := wrong_file(b"".join((first, *ahead)), "registry", source):
            raise RegistryError(other) from None
    return chain((first,), ahead, lines)


def lines_of(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of `file`. One that is longer than a line may be comes as far as it may go, and none after it."""
    length = 0
    while length <= MAX_BYTES and (line := file.readline(MAX_BYTES + 1)):
        length = len(line)
        yield line


def refuse_other_subject(record: Record, subject: str, subjects: dict[int, int]) -> None:
    """Raise InputError where a record of one subject was another's before; `subjects` keeps what was there, by hashes.

    One of the two would be found by nobody.
    """
    key = record_id(record)
    if key is not None and subjects.setdefault(hash(key), owner := hash(subject)) != owner:
        shop = isinstance(record, Shop)
        raise InputError(
            Problem(text(f"reading.{'other-subject' if shop else 'other-subject-id'}"), "/shop_id" if shop else "/id")
        )


class Problems:
    """The problems of the lines of `source`: all that are found are counted, the first hundred kept."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._kept: list[Problem] = []
        self._count = 0

    def __bool__(self) -> bool:
        return self._count > 0

    @property
    def too_many(self) -> bool:
        """Whether reading on is of no use."""
        return self._count >= TOO_MANY_PROBLEMS

    def add(self, number: int, problems: Iterable[Problem]) -> None:
        """Note `problems` of line `number`."""
        for problem in problems:
            self._count += 1
            if len(self._kept) < MAX_PROBLEMS:
                self._kept.append(replace(problem, source=self._source, line=number))

    def refuse(self) -> None:
        """Raise RegistryError if there are any."""
        more = self._count - len(self._kept)
        words = "reading.more-problems-unread" if self.too_many else "reading.more-problems"
        rest = [Problem(text(words, n=more), source=self._source)] if more else []
        if self:
            raise RegistryError(*self._kept, *rest)


def read_record(value: Any) -> Record:
    """The record in a plain value; raises InputError with everything that is wrong with it."""
    refuse_odd(value)
    return _record(value)


def subject_problem(subject: str) -> Problem:
    """What is wrong with a `subject_id` that can be no subject's; the number itself is not repeated."""
    scheme, hint = scheme_of(subject), text("reading.find-nobody")
    if scheme is None:
        words, hint = text("reading.no-subject"), text("reading.find-nobody-bare")
    elif is_scheme(scheme):
        words = text("reading.not-of-scheme", scheme=scheme)
    else:
        words, hint = text("reading.unknown-scheme", scheme=scheme), scheme_meant(scheme)
    return Problem(words, "/subject_id", hint=hint)


def scheme_meant(name: str) -> Text:
    """What to write instead of `name`, which is no scheme."""
    return did_you_mean(name, schemes()) or text("reading.scheme-form")


def _record(value: Any) -> Record:
    _refuse_many(value)
    try:
        record = to_record(value)
    except msgspec.ValidationError:
        raise InputError(*_explain(value)) from None
    if problems := [*_slips(record), *_broken(record), *_long_names(record)]:
        raise InputError(*problems)
    return record


def _refuse_many(value: Any) -> None:
    brands = value.get("brands") if isinstance(value, dict) else None
    if isinstance(brands, list | tuple) and len(brands) > MAX_BRANDS:
        raise InputError(Problem(text("reading.too-many-brands", limit=MAX_BRANDS), "/brands"))
    model = RECORDS.get(value["record"]) if isinstance(value, dict) and isinstance(value.get("record"), str) else None
    if model and len(list(islice(unknown_fields(value, model), MAX_UNKNOWN + 1))) > MAX_UNKNOWN:
        raise InputError(Problem(text("reading.too-many-unknown", limit=MAX_UNKNOWN), ""))


def _explain(value: Any) -> list[Problem]:
    """What is wrong with a value that is no record."""
    if not isinstance(value, dict):
        return [Problem(text("reading.record-object"), "")]
    kind = value.get("record")
    model = RECORDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        hint = meant(kind, RECORDS) if isinstance(kind, str) else text("reading.known", names=listed(RECORDS))
        what = "unknown-record" if "record" in value else "record-missing"
        return [Problem(text(f"reading.{what}"), "/record", hint=hint)]
    return explain(value, model)


def _slips(record: Record) -> Iterator[Problem]:
    """A field that nobody knows may stay; one that is nearly a known one was meant to say something."""
    extras: list[tuple[str, type, dict[str, Any]]] = [("", type(record), record.extra)] if record.extra else []
    if isinstance(record, Shop):
        extras += [(f"/brands/{i}", Brand, brand.extra) for i, brand in enumerate(record.brands) if brand.extra]
    for place, model, extra in extras:
        for name in extra:
            if near := _slip(name, model):
                hint = text("reading.did-you-mean", near=near)
                yield Problem(text("reading.record-field", name=name), place + to_pointer((name,)), hint=hint)


@lru_cache(maxsize=1024)
def _slip(name: str, model: type) -> str | None:
    return slip(name, model)


def _long_names(record: Record) -> Iterator[Problem]:
    """A brand's name or number that no application could carry, and that would take long to compare."""
    for index, brand in enumerate(record.brands if isinstance(record, Shop) else ()):
        for field, written in (("name", brand.name), ("trademark_no", brand.trademark_no)):
            if written and is_longer(written, MAX_TEXT):
                yield Problem(text("reading.text-too-long", limit=MAX_TEXT), f"/brands/{index}/{field}")


def _broken(record: Record) -> list[Problem]:
    """What makes a record one that nobody can find, or that contradicts itself."""
    nobody = not can_be_subject(record.subject_id, record.subject_type)
    return [*([subject_problem(record.subject_id)] if nobody else []), *_incoherent(record)]


def _incoherent(record: Any) -> list[Problem]:
    """What makes a record, or what `SoundReader.read_lines` finds of one, one of no id, one that was over before it
    began, or a waiver of nothing or by nobody."""
    problems = []
    name = "shop_id" if record.record == "shop" else "id"
    if (own := getattr(record, name)) and is_no_id(own):
        hint = text(f"reading.no-{'shop-id' if name == 'shop_id' else 'id'}-cure")
        problems.append(Problem(text("reading.no-id", name=name), f"/{name}", hint=hint))
    if record.record == "mark" and normal_text(record.kind) == WAIVER:
        for name in ("about", "by"):
            if not normal_text(getattr(record, name) or ""):
                words = text("reading.waiver-lacks", name=name)
                problems.append(Problem(words, f"/{name}", hint=text("reading.waiver-says")))
    first, last = _TERMS[record.record]
    if (end := getattr(record, last)) and end < (begin := getattr(record, first)):
        problems.append(Problem(text("reading.end-before-beginning", begin=begin, end=end), f"/{last}"))
    return problems
