"""From bytes or plain values to an Application: every InputError is born here, and lists every problem."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from msgspec import to_builtins

from ..errors import InputError, Problem
from ..models import Application
from ..report import Note, Report
from . import json_text
from .encoding import decode
from .validation import build, known_at, nearest


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

    def locate(self, problem: Problem) -> Problem:
        """`problem` with this document's name, and with line and column."""
        return self._located(problem, cache(self._positions))

    def _positions(self) -> json_text.Positions:
        # Not kept: in a run over many files they would take more memory than all else.
        return json_text.Positions(decode(self._data))

    def _located(self, problem: Problem, positions: Callable[[], json_text.Positions]) -> Problem:
        if problem.line is not None or problem.pointer is None:
            return replace(problem, source=self.source)
        line, column, end_line, end_column = positions().region(problem.pointer)
        return replace(problem, source=self.source, line=line, column=column, end_line=end_line, end_column=end_column)


def read_application(value: Any) -> tuple[Application, tuple[Note, ...]]:
    """The application in a plain value (or an Application, checked again), and a note for each unknown field.

    Raises InputError with every problem, each with its JSON pointer.
    """
    plain = to_builtins(value) if isinstance(value, Application) else value
    application, unknown = build(plain, Application)
    # `$schema` tells an editor by which schema to help; it is no field of ours and no slip of the pen.
    return application, tuple(_unknown_field(pointer) for pointer in unknown if pointer != "/$schema")


def _unknown_field(pointer: str) -> Note:
    near = nearest(pointer.rpartition("/")[2], known_at(Application, pointer))
    en, zh = "Unknown field; it decides nothing.", "未知字段，不影响审核结果。"
    if near:
        en, zh = f"{en} Did you mean `{near}`?", f"{zh}是否想写 `{near}`？"
    return Note({"en": en, "zh": zh}, pointer)
