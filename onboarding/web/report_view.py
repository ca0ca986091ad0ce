"""A report and an application as people read them at the desk."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..messages import LANGS, Text, joined, same, text
from ..models import Application, to_plain
from ..outputs.presentation import group_by_reason, notes_of, noteworthy, waiting_of
from ..report import Note, Outcome, Report
from .record_view import choice, field_name

# Where the fields of an application stand that a reader compares, by the first part of their pointers.
_PARTS = ("subject", "business_license", "shop", "brands")


class ReportView(NamedTuple):
    """A report in the parts that a page shows: what speaks against admission comes first."""

    report: Report
    groups: list[list[Outcome]]
    holding: list[Outcome]
    waiting: Text | None
    notes: list[Note]


class Row(NamedTuple):
    """One field of an application, in this one and in the one that it follows; None where it is missing."""

    label: Text
    value: Text | None
    earlier: Text | None
    differs: bool


class Section(NamedTuple):
    """Fields of an application that belong together."""

    title: Text
    rows: list[Row]


def report_view(report: Report) -> ReportView:
    """`report` for a page."""
    waiting = {lang: waiting_of(report, lang) for lang in LANGS}
    return ReportView(
        report,
        group_by_reason(noteworthy(report.outcomes)),
        [outcome for outcome in report.outcomes if outcome.status == "pass"],
        {lang: words for lang, words in waiting.items() if words} or None,
        notes_of(report),
    )


def sections(application: Application, earlier: Application | None = None) -> list[Section]:
    """The fields of an application, and beside each what `earlier` has there, where one is given."""
    now, before = dict(_fields(application)), dict(_fields(earlier)) if earlier else {}
    found: dict[tuple[str, ...], Section] = {}
    for path in [*now, *(path for path in before if path not in now)]:
        place = path[:2] if path[0] == "brands" else path[:1] if path[0] in _PARTS else ()
        section = found.setdefault(place, Section(_title(place), []))
        value, was = now.get(path), before.get(path)
        differs = earlier is not None and value != was and path != ("application_id",)
        section.rows.append(Row(_label(path), value, was, differs))
    order = [(), *(place for place in sorted(found, key=lambda place: _PARTS.index(place[0]) if place else -1) if place)]
    return [found[place] for place in order if place in found]


def _fields(application: Application) -> Iterator[tuple[tuple[str, ...], Text]]:
    """Every value that is there, by its path."""
    yield from _leaves((), to_plain(application))


def _leaves(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Text]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves((*path, name), inner)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, inner in enumerate(value):
            yield from _leaves((*path, str(index)), inner)
    elif isinstance(value, list):
        yield path, joined("list-separator", [same(str(item)) for item in value])
    elif isinstance(value, bool):
        yield path, text("desk.is-yes" if value else "desk.is-no")
    else:
        yield path, choice(value) if path[-1] == "type" else same(str(value))


def _title(place: tuple[str, ...]) -> Text:
    if place[:1] == ("brands",):
        return text("desk.part-brand", n=int(place[1]) + 1)
    return text(f"desk.part-{place[0]}" if place else "desk.part-application")


def _label(path: tuple[str, ...]) -> Text:
    name = path[-1]
    if name in ("type", "name", "valid_from", "valid_until"):
        holder = path[-2] if path[0] != "brands" or path[-2] == "evidence" else "brands"
        return field_name(f"{holder}-{name}")
    return field_name(name)
