"""Audit: each shop on record judged on the day on which it opened, by the rules in force on that day."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..kernel import check
from ..messages import text
from ..models import Application, Brand, BrandWanted, BusinessLicense, ShopWanted, SubjectType, by_kind
from ..models import Subject as Applicant
from ..reading.own_fields import fitted, shop_known
from ..registry.iteration import Subject
from ..report import VERDICTS, Note, Report, Verdict
from ..rules.ruleset import Ruleset

# Of the entry of a shop that was not admitted here, the record tells the history; of the application no more than
# the type of its subject, and what a ruleset's own fields say of the shop.
TYPE = frozenset({"/subject", "/subject/type"})
NOTHING: frozenset[str] = frozenset()


def audit(subjects: Iterable[Subject], ruleset: Ruleset, *, every: bool = True) -> Iterator[Report]:
    """A report on each shop of `subjects`; its `source` is the shop's id. What has happened is cured by no waiting.

    The history is what is now known of that day, without the shop itself and without those that were opened on
    the same day but came on record later. Where the registry admitted the shop, its application is judged;
    elsewhere only the record is there, and a rule that reads more than that is undecided. A report on a shop that is
    not refused, of a subject without marks, is bare unless that on `every` shop is wanted: it has no source, and says
    no reasons.
    """
    for subject in subjects:
        history = by_kind(subject.records)
        explained: tuple[Verdict, ...] = VERDICTS if every or history.marks else ("fail",)
        for shop in history.shops:
            day = shop.opened_on
            known: frozenset[str] | None = None
            application = subject.applications.get(shop.shop_id)
            if application is None:
                application_id = shop.application_id or shop.shop_id
                wanted, told = shop_known(shop, ruleset.own_fields)
                application = applicant(shop.subject_id, shop.subject_type, shop.brands, application_id, wanted)
                known = told | (TYPE if shop.subject_type else NOTHING)
            else:
                application = fitted(application, ruleset.own_fields)
            # By another number the rules may mean another subject, of which these records say nothing.
            its_own = known is not None or ruleset.subject_id(application) == subject.id
            report = check(
                application, history if its_own else None, day, ruleset, known, entry=shop, explained=explained
            )
            if report.verdict not in explained:
                yield report
                continue
            note = Note(text("decisions.audited", shop=shop.shop_id, day=day), kind="entry")
            of_marks = tuple(made for made in report.notes if made.kind in ("waiver", "undeclared_mark"))
            yield replace(report, source=shop.shop_id, notes=(note, *of_marks))


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
        Applicant(type_ or "other"),
        business_license=BusinessLicense(subject),
        shop=shop,
        brands=tuple(BrandWanted(brand.name, brand.trademark_no) for brand in brands),
    )
