"""A joint run: in which order its applications are judged, which of them are one, and which cannot both be meant."""

from collections.abc import Sequence
from datetime import date
from itertools import count

from .identity import normal_text
from .models import Application


def turn(application: Application) -> date:
    """What a joint run goes by, then by the order given: the day of submission; those without one come last."""
    return application.submitted_on or date.max


def in_turn(applications: Sequence[Application]) -> list[int]:
    """The positions of `applications` in the order in which a joint run judges them; of those that are one application,
    all come where the first does.
    """
    turns = zip(map(turn, applications), first_uses(applications), count())
    return [position for *_, position in sorted(turns)]


def same_subject(subjects: Sequence[str | None]) -> list[list[int]]:
    """For each of the applications by `subjects` the positions of those of its subject; without one, its own alone."""
    groups: dict[str | int, list[int]] = {}
    keys = [subject or position for position, subject in enumerate(subjects)]
    for position, key in enumerate(keys):
        groups.setdefault(key, []).append(position)
    return [groups[key] for key in keys]


def first_uses(applications: Sequence[Application]) -> list[int]:
    """For each of `applications` the position of the first with its id, ids being compared in their normal form."""
    first: dict[str, int] = {}
    return [
        first.setdefault(normal_text(application.application_id), position)
        for position, application in enumerate(applications)
    ]


def clashes(applications: Sequence[Application]) -> dict[int, int]:
    """The positions of applications whose id another one has with other content, each with that of such another.

    An id is used once, whoever the subject is: of two contents nobody can say which is the application.
    """
    first = first_uses(applications)
    other: dict[int, int] = {}
    for position, application in enumerate(applications):
        if application != applications[first[position]]:
            other.setdefault(first[position], position)
    return {
        position: first[position] if application != applications[first[position]] else other[first[position]]
        for position, application in enumerate(applications)
        if first[position] in other
    }
