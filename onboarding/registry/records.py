"""Records from JSON lines, one object a line; a broken line is an error with its number, never skipped."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from .. import strictjson
from ..errors import InputError, Problem, RegistryError
from ..identity import normal_code
from ..models import Ban, Record, Shop, Violation
from ..shape import build, known_at, nearest

MAX_PROBLEMS = 100

_decoder = msgspec.json.Decoder(Record)
_MODELS: dict[str, type[Shop] | type[Ban] | type[Violation]] = {"shop": Shop, "ban": Ban, "violation": Violation}


class Line(NamedTuple):
    """One record, its subject's normal USCC, and the line it stands on."""

    number: int
    subject: str
    record: Record


def read_records(lines: Iterable[bytes], source: str, wanted: Callable[[str], bool]) -> Iterator[Line]:
    """The records of `lines`, in order, those of subjects that are not `wanted` included.

    Every line is checked; one of a wanted subject also for duplicate keys and misspelt fields. Raises
    RegistryError at the end of the lines, with every problem (the first hundred), if any is broken.
    """
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.isspace():
            continue
        try:
            record = _decoder.decode(line)
            subject = normal_code(record.subject_id)
            if wanted(subject) or line.count(b'"subject_id"') != 1:
                read_record(strictjson.parse(line))
        except (msgspec.DecodeError, UnicodeDecodeError, InputError) as error:
            problems += _explain(line, number, source, error)
        else:
            if not problems:
                yield Line(number, subject, record)
    if problems:
        more = len(problems) - MAX_PROBLEMS
        rest = [Problem(f"and {more} more problems", source=source)] if more > 0 else []
        raise RegistryError(*problems[:MAX_PROBLEMS], *rest)


def read_record(value: Any) -> Record:
    """The record in a plain value; raises InputError with everything that is wrong with it."""
    if not isinstance(value, dict):
        raise InputError(Problem("a record is an object", ""))
    kind = value.get("record")
    model = _MODELS.get(kind) if isinstance(kind, str) else None
    if model is None:
        near = nearest(kind, _MODELS) if isinstance(kind, str) else None
        hint = f"did you mean `{near}`?" if near else f"known: {', '.join(f'`{name}`' for name in _MODELS)}"
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


def _explain(line: bytes, number: int, source: str, error: Exception) -> Iterator[Problem]:
    try:
        read_record(strictjson.parse(line))
    except InputError as found:
        for problem in found.problems:
            yield msgspec.structs.replace(problem, source=source, line=number, column=problem.column)
    else:
        message = str(error)
        yield Problem(message[:1].lower() + message[1:], line=number, source=source)
