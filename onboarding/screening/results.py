"""From documents to results: what a check does in one process, and a screening in each of its workers."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from ..errors import InputError, Problem
from ..kernel import Histories, check_apart, check_together
from ..messages import text
from ..outputs import Invalid, Result
from ..reading.documents import Document
from ..report import Note, Report
from ..rules.ruleset import Ruleset


def results(
    documents: Sequence[Document | Invalid],
    firsts: Sequence[str | None],
    histories: Histories,
    day: date,
    ruleset: Ruleset,
    notes: tuple[Note, ...],
    *,
    independent: bool,
) -> Iterator[Result]:
    """The results in the order given, each as soon as it is known, with `notes` on each.

    `firsts` are the sources of those that were given before and are judged with them once.
    """
    applications = [document.application for document in documents if isinstance(document, Document)]
    # One alone has nothing to be judged with, and is judged sooner.
    judge = check_apart if independent or len(applications) == 1 else check_together
    return results_of(documents, firsts, judge(applications, histories, day, ruleset), notes)


def results_of(
    documents: Iterable[Document | Invalid],
    firsts: Iterable[str | None],
    reports: Iterator[Report],
    notes: tuple[Note, ...],
) -> Iterator[Result]:
    """The same, where the `reports` on those that could be read are there."""
    for document, first in zip(documents, firsts, strict=True):
        if isinstance(document, Invalid):
            yield document
            continue
        once = () if first is None else (Note(text("kernel.judged-once", file=first), kind="judged_once"),)
        yield document.report(next(reports).noted((*notes, *once)))


def clash(document: Document, other: str) -> Invalid:
    """What `document` is where the application of the source `other` has its id and other content."""
    problem = Problem(text("kernel.id-used-in", file=other), "/application_id", hint=text("kernel.id-used-in-hint"))
    return Invalid(document.source, (document.locate(problem),))


def refused(document: Document, error: InputError) -> Invalid:
    """What `document` is, for what is wrong with its application."""
    return Invalid(document.source, tuple(map(document.locate, error.problems)))
