"""From bytes or plain values to an Application: every InputError is born here, and lists every problem."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from ..errors import InputError, Problem
from ..messages import text
from ..models import Application, BusinessLicense, Evidence, to_plain
from ..pointers import looks_like_a_name, to_pointer
from ..report import Note, Report
from . import json_text
from .encoding import decode
from .validation import build, known_at, nearest, refuse_odd, unknown_fields

MAX_BRANDS = 200
MAX_UNKNOWN = 1000
MAX_NAME = 200
MAX_TEXT = 2000


class Document:
    """An application file: where it came from, the application in it, and where each field stands."""

    def __init__(self, source: str, data: bytes | str) -> None:
        """Read `data`, which `source` names in messages; raises InputError with every problem located."""
        self.source = source
        self._data = data
        problems: list[Problem] = []
        try:
            value, problems = json_text.scan(data)
            self.application, self.notes = read_application(value)
        except InputError as error:
            problems += error.problems
        if problems:
            positions = cache(self._positions)
            located = (self._located(problem, positions) for problem in problems)
            raise InputError(*sorted(located, key=lambda p: (p.line or 0, p.column or 0)))

    def report(self, report: Report) -> Report:
        """`report` on this document's application, with its notes and with lines and columns."""
        positions = cache(self._positions)
        return report.noted(self.notes).located(self.source, lambda pointer: positions().region(pointer))

    def _positions(self) -> json_text.Positions:
        # Not kept: in a run over many files they would take more memory than all else.
        return json_text.Positions(decode(self._data))

    def _located(self, problem: Problem, positions: Callable[[], json_text.Positions]) -> Problem:
        if problem.line is not None or problem.pointer is None:
            return replace(problem, source=self.source)
        line, column, end_line, end_column = positions().region(problem.pointer)
        return replace(problem, source=self.source, line=line, column=column, end_line=end_line, end_column=end_column)


def read_application(value: Any) -> tuple[Application, tuple[Note, ...]]:
    """The application in a plain value, and notes on unknown fields and reversed days.

    An Application is checked again; a pydantic model is taken by its values. Raises InputError with every problem,
    each with its JSON pointer.
    """
    plain = _to_plain(value)
    refuse_odd(plain, max_name=MAX_NAME, max_text=MAX_TEXT)
    _refuse_many(plain)
    application, unknown = build(plain, Application)
    # `$schema` tells an editor by which schema to help; it is no field of ours and no slip of the pen.
    notes = (_unknown_field(path) for path in unknown if path != ("$schema",))
    # Two that cannot be named stand at one place and read alike.
    told = {(note.pointer, note.message["en"]): note for note in notes}
    return application, (*told.values(), *_reversed(application))


def _to_plain(value: Any) -> Any:
    if isinstance(value, Application):
        return to_plain(value)
    if isinstance(value, Mapping):
        return dict(value)
    # pydantic's models give their values by this method; asking for it imports nothing.
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if callable(dump) else value


def _refuse_many(plain: Any) -> None:
    brands = plain.get("brands") if isinstance(plain, dict) else None
    if isinstance(brands, list | tuple) and len(brands) > MAX_BRANDS:
        raise InputError(Problem(text("reading.too-many-brands", limit=MAX_BRANDS), "/brands"))
    if sum(1 for _ in unknown_fields(plain, Application)) > MAX_UNKNOWN:
        raise InputError(Problem(text("reading.too-many-unknown", limit=MAX_UNKNOWN), ""))


def _reversed(application: Application) -> Iterator[Note]:
    """What ends before it begins, and so is never in force: a rule refuses it, and this says what is odd."""
    dated: list[tuple[str, BusinessLicense | Evidence | None]] = [("/business_license", application.business_license)]
    dated += [(f"/brands/{index}/evidence", brand.evidence) for index, brand in enumerate(application.brands or ())]
    for pointer, paper in dated:
        if paper and paper.valid_from and paper.valid_until and paper.valid_until < paper.valid_from:
            words = text("reading.reversed", begin=paper.valid_from, end=paper.valid_until)
            yield Note(words, f"{pointer}/valid_until", "reversed")


def _unknown_field(path: tuple[str | int, ...]) -> Note:
    name = str(path[-1])
    near = nearest(name, known_at(Application, to_pointer(path)))
    words = text("reading.unknown-field-near", near=near) if near else text("reading.unknown-field")
    # Where the name does not look like one, but like a number or a text, it is not repeated.
    return Note(words, to_pointer(path if looks_like_a_name(name) else path[:-1]), "unknown_field")
