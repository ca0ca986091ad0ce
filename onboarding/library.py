"""The library call: what a platform's own programs use."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from msgspec import ValidationError, convert

from . import kernel
from .errors import InputError, Problem
from .models import Application, Record, history_of
from .reading.documents import Document, read_application
from .reading.records import read_record
from .registry import open_registry
from .registry.protocol import Registry
from .report import Report
from .rules.loading import DEFAULT, load_ruleset
from .rules.rule import Ruleset


def check(
    application: Application | Mapping[str, Any] | str | bytes,
    *,
    as_of: date | str,
    registry: Registry | str | Path | None = None,
    history: Iterable[Record | Mapping[str, Any]] | None = None,
    ruleset: Ruleset | str | Path = DEFAULT,
) -> Report:
    """May this application be admitted on the day `as_of`?

    `application` is an Application, plain values (a pydantic model's, too), or the text of an application file.
    What is on record comes from `registry` (or its path or address), or is given as `history`: records (or plain
    values) in the order in which they were added. With neither, the history is unknown, and the report undecided
    at best. `as_of` is a date, or its text as `YYYY-MM-DD`.

    Raises TypeError or ValueError where an argument is none of these, InputError with every problem of the
    application or the history, RegistryError where the registry cannot be read whole, RulesetError where the
    ruleset is unsound. A refusal is a value, never an exception.
    """
    day = _day(as_of)
    if isinstance(registry, str | Path):
        with open_registry(registry) as opened:
            return check(application, as_of=day, registry=opened, history=history, ruleset=ruleset)
    if registry is not None and not hasattr(registry, "look_up"):
        raise TypeError(f"`registry` is a registry, its path or its address, not a `{type(registry).__name__}`")
    rules = ruleset if isinstance(ruleset, Ruleset) else load_ruleset(ruleset)
    if isinstance(application, str | bytes):
        document = Document("application", application)
        return document.report(_judge(document.application, registry, history, day, rules))
    wanted, notes = read_application(application)
    return _judge(wanted, registry, history, day, rules).noted(notes)


def _day(value: Any) -> date:
    """The day that a caller gave; raises TypeError or ValueError where it is none."""
    if isinstance(value, datetime):
        raise TypeError("`as_of` is a day, not an instant: give `.date()` of it, in the time zone that is meant")
    if isinstance(value, str):
        try:
            return convert(value, date)
        except ValidationError:
            raise ValueError("`as_of` is no day: give a date, or its text as `YYYY-MM-DD`") from None
    if not isinstance(value, date):
        raise TypeError(f"`as_of` is a date, or its text as `YYYY-MM-DD`, not a `{type(value).__name__}`")
    return value


def _judge(
    application: Application,
    registry: Registry | None,
    history: Iterable[Record | Mapping[str, Any]] | None,
    as_of: date,
    ruleset: Ruleset,
) -> Report:
    subject, known = application.subject_id, None
    if subject and history is not None:
        known = history_of(subject, _records(history))
    elif subject and registry is not None:
        known = registry.look_up([subject]).histories[subject]
    return kernel.check(application, known, as_of, ruleset)


def _records(history: Iterable[Record | Mapping[str, Any]]) -> list[Record]:
    records: list[Record] = []
    problems: list[Problem] = []
    for index, item in enumerate(history):
        try:
            records.append(item if isinstance(item, Record) else read_record(item))
        except InputError as error:
            problems += (replace(p, pointer=f"/history/{index}{p.pointer}") for p in error.problems)
    if problems:
        raise InputError(*problems)
    return records
