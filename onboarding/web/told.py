"""What the form says of what was typed: beside which field, and above them all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from ..errors import Problem
from ..messages import LANGS, Text
from ..report import Note, Outcome, Reason, Report
from ..rules.outline import Part
from .report_view import report_view
from .typed import Place, Typed, name_of


class Said(NamedTuple):
    """One thing that is wrong: in words, by the name of the field or part that it is about (None: about none), with
    the way out where there is one.
    """

    at: str | None
    words: Text
    way_out: Text | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that is said: what is wrong, by field as well; and of what was judged, what else is worth knowing.

    `complete` says that all could be read, so that `report` is about all that was typed. What a rule could not decide,
    the platform looks into, or whoever fills in the form supplies, in the field named; the same reason is told once.
    `waiting_until` is the day from which it would pass if nothing were on record that bars it.
    """

    wrong: Sequence[Said] = ()
    beside: Mapping[str, list[Said]] = field(default_factory=dict)
    complete: bool = True
    report: Report | None = None
    by_platform: Sequence[list[Outcome]] = ()
    by_seller: Sequence[tuple[str, list[Outcome]]] = ()
    warnings: Sequence[Reason] = ()
    waiting_until: date | None = None
    notes: Sequence[Note] = ()


def said_of(
    typed: Typed,
    whole: Part,
    problems: Iterable[Problem],
    report: Report | None = None,
    waiting_until: date | None = None,
) -> Told:
    """What is to be said of `typed`: its `problems`, and what the report on the rest of it says."""
    places, problems = set(_places(typed, whole, ())), list(problems)
    wrong = [Said(_place_of(p.pointer, places), {lang: p.words(lang) for lang in LANGS}) for p in problems]
    unread = [said.at for said in wrong if said.at]
    for outcome in report.failures if report else ():
        for reason in outcome.reasons:
            at = _place_of(reason.pointer, places)
            # What could not be read is as if it were not there; of that nothing is to be said.
            if at is None or not any(_is_within(at, one) or _is_within(one, at) for one in unread):
                wrong.append(Said(at, reason.message, outcome.remedy))
    order = {name: number for number, name in enumerate(_places(typed, whole, ()))}
    wrong.sort(key=lambda said: order.get(said.at or "", -1))
    beside: dict[str, list[Said]] = {}
    for said in wrong:
        if said.at:
            beside.setdefault(said.at, []).append(said)
    if report is None:
        return Told(wrong, beside, complete=not problems)
    view = report_view(report)
    undecided = [group for group in view.groups if group[0].status == "undecided"]
    lacking = [(_lacking(group[0], places), group) for group in undecided]
    return Told(
        wrong,
        beside,
        complete=not problems,
        report=report,
        by_platform=[group for at, group in lacking if at is None],
        # What is wrong is told already.
        by_seller=[(at, group) for at, group in lacking if at is not None and at not in beside],
        warnings=[
            reason
            for outcome in report.warnings
            for reason in outcome.reasons
            if _place_of(reason.pointer, places) not in beside
        ],
        waiting_until=waiting_until if not problems else None,
        notes=view.notes,
    )


def _lacking(outcome: Outcome, places: set[str]) -> str | None:
    """The field for want of which `outcome` is undecided; None where it is for want of the record."""
    pointer = outcome.reasons[0].pointer if outcome.reasons else "/facts"
    return None if pointer.startswith("/facts") else _place_of(pointer, places)


def _places(typed: Typed, part: Part, at: Place) -> Iterator[str]:
    """The names of all fields and parts, in the order of the form: what is about the whole comes last."""
    own = [name_of((*at, asked.name)) for asked in part.fields]
    yield from own if at else ()
    for inner in part.parts:
        here = (*at, inner.name)
        yield name_of(here)
        for index in range(typed.brands if inner.several else 0):
            yield name_of((*here, index))
            yield from _places(typed, inner, (*here, index))
        if not inner.several:
            yield from _places(typed, inner, here)
    yield from () if at else own


def _place_of(pointer: str | None, places: set[str]) -> str | None:
    """The field or part that `pointer` is about, or the nearest one around it; None where it is about none."""
    parts = (pointer or "").removeprefix("/facts").split("/")[1:]
    near = (".".join(parts[:depth]) for depth in range(len(parts), 0, -1))
    return next((name for name in near if name in places), None)


def _is_within(place: str, other: str) -> bool:
    return place == other or place.startswith(f"{other}.")
