"""A report and an application as people read them at the desk."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..messages import LANGS, Text, joined, same, text
from ..models import Application, to_plain
from ..outputs.presentation import group_by_reason, notes_of, noteworthy, waiting_of
from ..reading.own_fields import OwnFields
from ..report import Note, Outcome, Report
from ..rules.outline import Asked, Part, outline, value_label


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


def sections(application: Application, own: OwnFields, earlier: Application | None = None) -> list[Section]:
    """What an application says, as people are asked for it, and beside each field what `earlier` has there, if any."""
    plain, was = to_plain(application), to_plain(earlier) if earlier else None
    found = _sections(outline(own), plain, was)
    return [section for section in found if section.rows]


def _sections(part: Part, now: Any, was: Any) -> Iterator[Section]:
    """The fields of a part, and then those of its own parts; of a list, those of each item."""
    rows = [_row(asked, now, was) for asked in part.fields]
    yield Section(part.label, [row for row in rows if row.value or row.earlier])
    for inner in part.parts:
        new, old = _at(now, inner.name), _at(was, inner.name)
        if not inner.several:
            yield from _sections(inner, new, None if was is None else old or {})
            continue
        for index in range(max(len(new or ()), len(old or ()))):
            number = text("desk.part-brand", n=index + 1)
            before = None if was is None else _at(old, index) or {}
            first, *others = _sections(inner, _at(new, index), before)
            yield first._replace(title=number)
            yield from (other._replace(title=joined("part-separator", [number, other.title])) for other in others)


def _row(asked: Asked, now: Any, was: Any) -> Row:
    value, before = _at(now, asked.name), _at(was, asked.name)
    differs = was is not None and value != before and asked.path != ("application_id",)
    return Row(asked.label, _said(asked, value, now), _said(asked, before, was), differs)


def _at(value: Any, key: str | int) -> Any:
    """What `value` has there; None where it has nothing."""
    if isinstance(key, int):
        return value[key] if isinstance(value, list) and key < len(value) else None
    return value.get(key) if isinstance(value, dict) else None


def _said(asked: Asked, value: Any, around: Any) -> Text | None:
    """The value of a field as people read it; a term of which `around` says something and no last day has none."""
    if value is None:
        return text("pages.no-end") if asked.ends and around else None
    if isinstance(value, bool):
        return text("desk.is-yes" if value else "desk.is-no")
    return (value_label(value) if asked.field.values else None) or same(str(value))
