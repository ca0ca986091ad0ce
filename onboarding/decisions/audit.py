"""Audit: each shop on record judged on the day on which it opened, by the rules in force on that day."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from ..identity import brand_names
from ..kernel import check, verdict_on_entry
from ..messages import text
from ..models import (
    Application,
    Brand,
    BrandWanted,
    BusinessLicense,
    History,
    Shop,
    ShopWanted,
    SubjectType,
    by_kind,
)
from ..models import Subject as Applicant
from ..reading.own_fields import fitted, shop_known
from ..registry.iteration import Subject
from ..report import Note, Report, Verdict
from ..rules.ruleset import Ruleset

# Of the entry of a shop that was not admitted here, the record tells the history; of the application no more than
# the type of its subject, and what a ruleset's own fields say of the shop.
TYPE = frozenset({"/subject", "/subject/type"})
NOTHING: frozenset[str] = frozenset()
# Of so many shops of one subject, most are likely refused.
_MANY = 100


class Audited(NamedTuple):
    """The verdict on the entry of the `shop` of a subject (its normal id), and the report where that was asked for."""

    subject: str
    shop: Shop
    verdict: Verdict
    report: Report | None


def audit(subjects: Iterable[Subject], ruleset: Ruleset) -> Iterator[Report]:
    """A report on each shop of `subjects`; its `source` is the shop's id. What has happened is cured by no waiting.

    The history is what is now known of that day, without the shop itself and without those that were opened on
    the same day but came on record later. Where the registry admitted the shop, its application is judged;
    elsewhere only the record is there, and a rule that reads more than that is undecided.
    """
    return (one.report for one in audit_fully(subjects, ruleset) if one.report)


def audit_fully(subjects: Iterable[Subject], ruleset: Ruleset) -> Iterator[Audited]:
    """What `audit` says of each shop of `subjects`."""
    for subject in subjects:
        history = by_kind(subject.records)
        for shop in history.shops:
            report = _report(shop, _entry(shop, subject, history, ruleset), ruleset)
            yield Audited(subject.id, shop, report.verdict, report)


def audit_briefly(subjects: Iterable[Subject], ruleset: Ruleset) -> Iterator[Audited]:
    """What `audit` says of each shop of `subjects`: of most, which are in order, the verdict alone.

    The report is there where a shop is refused, where its subject has marks, which may have waived a rule, and where a
    shop is likely refused: after another one of its subject, or of over a hundred.
    """
    of_nothing: dict[tuple[date, SubjectType | None, int], Verdict] = {}
    for subject in subjects:
        history = by_kind(subject.records)
        first = _first(history)
        likely = len(history.shops) > _MANY  # to be refused
        for shop in history.shops:
            entry: _Entry | None = None
            verdict: Verdict | None = None
            if shop is first and _is_plain(shop, subject, ruleset):
                # Where there is nothing to count, a ruleset says the same whoever the subject is.
                alike = shop.opened_on, shop.subject_type, len(shop.brands)
                verdict = of_nothing.get(alike)
                if verdict is None:
                    entry = _entry(shop, subject, history, ruleset)
                    verdict = of_nothing[alike] = _verdict(shop, entry, ruleset)
            elif not history.marks and not likely:
                entry = _entry(shop, subject, history, ruleset)
                verdict = _verdict(shop, entry, ruleset)
            if verdict is None or verdict == "fail":
                report = _report(shop, entry or _entry(shop, subject, history, ruleset), ruleset)
                # Who has too many shops has them still when the next one opens.
                likely = likely or report.verdict == "fail"
                yield Audited(subject.id, shop, report.verdict, report)
            else:
                yield Audited(subject.id, shop, verdict, None)


def applicant(
    subject: str,
    type_: SubjectType | None = None,
    brands: tuple[Brand | BrandWanted, ...] = (),
    application_id: str = "",
    shop: ShopWanted | None = None,
) -> Application:
    """The little of an application that the record tells."""
    return Application(
        application_id,
        _of_type(type_ or "other"),
        business_license=_license_of(subject),
        shop=shop,
        brands=tuple([_wanted(brand.name, brand.trademark_no) for brand in brands]),
    )


# Of thousands of shops of one subject each has an application of its own.
_of_type, _license_of, _wanted = lru_cache(Applicant), lru_cache(BusinessLicense), lru_cache(BrandWanted)


class _Entry(NamedTuple):
    """What is judged of the entry of a shop: its application, the history, and what of the application is known."""

    application: Application
    history: History | None
    known: frozenset[str] | None


def _entry(shop: Shop, subject: Subject, history: History, ruleset: Ruleset) -> _Entry:
    admitted = subject.applications.get(shop.shop_id)
    if admitted is not None:
        application = fitted(admitted, ruleset.own_fields)
        # By another number the rules may mean another subject, of which these records say nothing.
        return _Entry(application, history if ruleset.subject_id(application) == subject.id else None, None)
    wanted, told = shop_known(shop, ruleset.own_fields)
    application_id = shop.application_id or shop.shop_id
    application = applicant(shop.subject_id, shop.subject_type, shop.brands, application_id, wanted)
    of_type = TYPE if shop.subject_type else NOTHING
    return _Entry(application, history, told | of_type if told else of_type)


def _report(shop: Shop, entry: _Entry, ruleset: Ruleset) -> Report:
    report = check(entry.application, entry.history, shop.opened_on, ruleset, entry.known, entry=shop)
    note = Note(text("decisions.audited", shop=shop.shop_id, day=shop.opened_on), kind="entry")
    of_marks = tuple(made for made in report.notes if made.kind in ("waiver", "undeclared_mark"))
    return report.on_record(shop.shop_id, (note, *of_marks))


def _verdict(shop: Shop, entry: _Entry, ruleset: Ruleset) -> Verdict:
    return verdict_on_entry(entry.application, entry.history, ruleset, entry.known, shop)


def _first(history: History) -> Shop | None:
    """The shop on whose entry nothing of `history` is counted, if there is one: all else is later."""
    shops = history.shops
    if not shops or history.bans or history.violations or history.marks:
        return None
    if len(shops) == 1:
        return shops[0]
    first = min(shops, key=attrgetter("opened_on"))  # of those of one day, the one that came on record first
    ends = (shop.closed_on for shop in shops if shop is not first)
    return first if all(end is None or end > first.opened_on for end in ends) else None


def _is_plain(shop: Shop, subject: Subject, ruleset: Ruleset) -> bool:
    """Whether of the entry of `shop` nothing is known but what every record tells, with brands that can be told."""
    return (
        shop.shop_id not in subject.applications
        and shop.subject_id == subject.id
        and not (shop.extra and ruleset.own_fields.application)
        and all(brand_names(brand.name) for brand in shop.brands)
    )
