"""The library call: what a platform's own programs use."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from . import kernel
from .errors import InputError, Problem
from .facts.derivation import subject_of
from .models import Application, Record, history_of
from .reading.documents import Document, read_application
from .reading.records import read_record
from .registry.protocol import Registry
from .report import Report
from .rules.loading import DEFAULT, load_ruleset
from .rules.ruleset import Ruleset


def check(
    application: Application | Mapping[str, Any] | str | bytes,
    *,
    as_of: date,
    registry: Registry | None = None,
    history: Iterable[Record | Mapping[str, Any]] | None = None,
    ruleset: Ruleset | str | Path = DEFAULT,
) -> Report:
    """May this application be admitted on the day `as_of`?

    `application` is an Application, plain values, or the text of an application file. What is on record comes
    from `registry`, or is given as `history`: records (or plain values) in the order in which they were added.
    With neither, the history is unknown, and the report undecided at best.

    Raises InputError with every problem of the application or the history, RegistryError where the registry
    cannot be read whole, RulesetError where the ruleset is unsound. A refusal is a value, never an exception.
    """
    rules = ruleset if isinstance(ruleset, Ruleset) else load_ruleset(ruleset)
    if isinstance(application, str | bytes):
        document = Document("application", application)
        return document.report(_judge(document.application, registry, history, as_of, rules))
    wanted, notes = read_application(application)
    return _judge(wanted, registry, history, as_of, rules).noted(notes)


def _judge(
    application: Application,
    registry: Registry | None,
    history: Iterable[Record | Mapping[str, Any]] | None,
    as_of: date,
    ruleset: Ruleset,
) -> Report:
    subject, known = subject_of(application), None
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
