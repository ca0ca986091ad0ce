"""From bytes or plain values to an Application: every InputError is born here, and lists every problem."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

from ..errors import InputError, Problem
from ..messages import text
from ..models import Application, to_plain
from ..pointers import Path, looks_like_a_name, to_pointer
from ..report import Note, Region, Report
from . import json_text
from .encoding import decode
from .own_fields import NO_FIELDS, OwnFields, sort_out
from .sound import SoundReader
from .validation import build, is_plain, nearest, parts, refuse_odd, terms, unknown_fields

MAX_BRANDS = 200
MAX_UNKNOWN = 1000
MAX_NAME = 200
MAX_TEXT = 2000
_SOUND = SoundReader({"application": Application})


class Document:
    """An application file: where it came from, the application in it, and where each field stands."""

    def __init__(self, source: str, data: bytes | str, own: OwnFields = NO_FIELDS, line: int = 1) -> None:
        """Read `data`, which `source` names in messages and of which it is line `line`, with the fields of a ruleset's
        `own`.

        Raises InputError with every problem located.
        """
        self.source = source
        self._data = data
        self._first = line
        problems: list[Problem] = []
        try:
            sound = _SOUND.read(data)
            if sound is not None:
                self.application, self.notes = sound, tuple(_reversed(sound))
            else:
                value, problems = json_text.scan(data)
                self.application, self.notes = read_application(value, own)
        except InputError as error:
            problems += error.problems
        if problems:
            raise InputError(*sorted(self._located(problems), key=lambda p: (p.line or 0, p.column or 0)))

    def report(self, report: Report) -> Report:
        """`report` on this document's application, with its notes and with lines and columns."""
        noted = report.noted(self.notes)
        pointers = noted.pointers
        return noted.located(self.source, self._regions(pointers, distinct=True) if pointers else None)

    def locate(self, problem: Problem) -> Problem:
        """`problem` with this document's name, and with line and column."""
        return self._located([problem])[0]

    def _regions(self, pointers: Collection[str], *, distinct: bool = False) -> Callable[[str], Region]:
        # Not kept: in a run over many files they would take more memory than all else.
        # Imported where a place is to be told: a file that passes has none.
        from .json_places import Positions

        positions = Positions(decode(self._data), pointers, distinct=distinct)
        if self._first == 1:
            return positions.region

        def region(pointer: str) -> Region:
            line, column, end_line, end_column = positions.region(pointer)
            return self._in_file(line), column, self._in_file(end_line), end_column

        return region

    def _in_file(self, line: int) -> int:
        """Which line of the file is `line` of this text."""
        # Not summed up where it need not be: of a file of many broken lines each number is held once.
        return self._first if line == 1 else self._first + line - 1

    def _located(self, problems: Sequence[Problem]) -> list[Problem]:
        wanted = [p.pointer for p in problems if p.line is None and p.pointer is not None]
        region = self._regions(wanted) if wanted else None
        located = []
        for problem in problems:
            if problem.line is not None:
                problem = replace(problem, source=self.source, line=self._in_file(problem.line))
            elif region is not None and problem.pointer is not None:
                line, column, end_line, end_column = region(problem.pointer)
                problem = replace(
                    problem, source=self.source, line=line, column=column, end_line=end_line, end_column=end_column
                )
            else:
                problem = replace(problem, source=self.source)
            located.append(problem)
        return located


def read_application(value: Any, own: OwnFields = NO_FIELDS) -> tuple[Application, tuple[Note, ...]]:
    """The application in a plain value, and notes on unknown fields and reversed days.

    The fields of the ruleset's `own` by which it is to be judged are read as all others are; see `own_fields`.

    An Application is checked again; a pydantic model is taken by its values. Raises InputError with every problem,
    each with its JSON pointer.
    """
    plain = _to_plain(value)
    if is_plain(plain, Application):
        return _build(plain)
    refuse_odd(plain, max_name=MAX_NAME, max_text=MAX_TEXT)
    _refuse_many_brands(plain)
    unknown = _unknown(plain)
    plain, problems = sort_out(plain, unknown, own)
    try:
        application = build(plain, Application)
    except InputError as error:
        problems = [*error.problems, *problems]
    if problems:
        raise InputError(*problems)
    # `$schema` tells an editor by which schema to help; it is no field of ours and no slip of the pen.
    notes = (_unknown_field(path, own) for path in unknown if path != ("$schema",) and own.at(path) is None)
    # Two that cannot be named stand at one place and read alike.
    told = {(note.pointer, note.message["en"]): note for note in notes}
    return application, (*told.values(), *_reversed(application))


def _build(plain: Any) -> tuple[Application, tuple[Note, ...]]:
    """The application in a value of which nothing else can be wrong than what a field is."""
    _refuse_many_brands(plain)
    application = build(plain, Application)
    return application, tuple(_reversed(application))


def _to_plain(value: Any) -> Any:
    if isinstance(value, Application):
        return to_plain(value)
    if isinstance(value, Mapping):
        return dict(value)
    # pydantic's models give their values by this method; asking for it imports nothing.
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if callable(dump) else value


def _refuse_many_brands(plain: Any) -> None:
    brands = plain.get("brands") if isinstance(plain, dict) else None
    if isinstance(brands, list | tuple) and len(brands) > MAX_BRANDS:
        raise InputError(Problem(text("reading.too-many-brands", limit=MAX_BRANDS), "/brands"))


def _unknown(plain: Any) -> list[Path]:
    """The paths of the fields that the core does not know, in order."""
    paths = list(islice(unknown_fields(plain, Application), MAX_UNKNOWN + 1))
    if len(paths) > MAX_UNKNOWN:
        raise InputError(Problem(text("reading.too-many-unknown", limit=MAX_UNKNOWN), ""))
    return sorted(paths, key=to_pointer)


def _reversed(value: Any, path: Path = ()) -> list[Note]:
    """What ends before it begins, and so is never in force: a rule refuses it, and this says what is odd."""
    notes: list[Note] = []
    _note_reversed(value, path, notes)
    return notes


def _note_reversed(value: Any, path: Path, notes: list[Note]) -> None:
    model: Any = type(value)
    terms, inner = _dated(model)
    for first, last in terms:
        begin, end = getattr(value, first), getattr(value, last)
        if begin and end and end < begin:
            notes.append(Note(text("reading.reversed", begin=begin, end=end), to_pointer((*path, last)), "reversed"))
    for name in inner:
        below = getattr(value, name)
        if type(below) is tuple:
            for index, item in enumerate(below):
                _note_reversed(item, (*path, name, index), notes)
        elif below is not None:
            _note_reversed(below, (*path, name), notes)


@cache
def _dated(model: Any) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The fields of `model` that are a first and a last day, and those that hold a model which has some."""
    return terms(model), tuple(name for name, below in parts(model) if any(_dated(below)))


def _unknown_field(path: Path, own: OwnFields) -> Note:
    name = str(path[-1])
    near = nearest(name, own.names_at(path))
    words = text("reading.unknown-field-near", near=near) if near else text("reading.unknown-field")
    # Where the name does not look like one, but like a number or a text, it is not repeated.
    return Note(words, to_pointer(path if looks_like_a_name(name) else path[:-1]), "unknown_field")
