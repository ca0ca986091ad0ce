"""Audit: each shop on record judged on the day on which it opened, by the rules in force on that day."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from msgspec import structs

from ..evaluation import judge
from ..facts.context import Context
from ..facts.definitions import FACTS
from ..facts.derivation import facts_of, names_of
from ..identity import normal_code
from ..kernel import check
from ..models import Application, Ban, Brand, BrandWanted, BusinessLicense, History, Record, Shop, Violation
from ..models import Subject as Applicant
from ..registry.iteration import Subject
from ..report import Note, Outcome, Reason, Report, Status, verdict_of
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset

_NO_PAPERS = {
    "en": "The papers of this entry are not on record. Whoever keeps them can supply them.",
    "zh": "登记库中没有该店铺入驻时的申请材料，无法查知此项。请由保存材料的一方提供。",
}


def audit(subjects: Iterable[Subject], ruleset: Ruleset) -> Iterator[Report]:
    """A report on each shop of `subjects`; its `source` is the shop's id. What has happened is cured by no waiting.

    The history is what is now known of that day, without the shop itself and without those that were opened on
    the same day but came on record later. Where the registry admitted the shop, its application is judged;
    elsewhere only the record is there, and a rule that reads more than that is undecided.
    """
    of_record = by_record(ruleset, with_type=True)
    without_type = by_record(ruleset, with_type=False)
    for subject in subjects:
        for shop in [record for record in subject.records if isinstance(record, Shop)]:
            application = subject.applications.get(shop.shop_id)
            history = _before(shop, subject)
            if application is not None:
                report = check(application, history, shop.opened_on, ruleset)
            else:
                known = of_record if shop.subject_type else without_type
                report = _by_record_alone(shop, history, known, ruleset)
            note = {
                "en": f"The entry of shop {shop.shop_id}, judged on the day it opened, {shop.opened_on}.",
                "zh": f"店铺 {shop.shop_id} 的入驻，按其开店日 {shop.opened_on} 判定。",
            }
            yield structs.replace(report, source=shop.shop_id, eligible_from=None, notes=(Note(note),))


def by_record(ruleset: Ruleset, *, with_type: bool) -> Ruleset:
    """`ruleset` without the rules that read more than the registry knows (of the subject: its type, or not even it)."""
    known = {("application",), ("application", "subject"), ("application", "subject", "type")} if with_type else set()

    def on_record(rule: Rule) -> bool:
        for path in _reads(rule.schema):
            if path[0] == "application" and path not in known:
                return False
            fact = FACTS.get(".".join(path[1:]))
            if fact is not None and not fact.from_registry:
                return False
        return True

    return structs.replace(ruleset, rules=tuple(rule for rule in ruleset.rules if on_record(rule)))


def applicant(subject: str, type_: Any, brands: tuple[Brand, ...], application_id: str) -> Application:
    """The little of an application that the record tells."""
    return Application(
        application_id,
        Applicant(type_ or "other"),
        business_license=BusinessLicense(subject),
        brands=tuple(BrandWanted(brand.name, brand.trademark_no) for brand in brands),
    )


def _by_record_alone(shop: Shop, history: History, known: Ruleset, ruleset: Ruleset) -> Report:
    application = applicant(shop.subject_id, shop.subject_type, shop.brands, shop.application_id or shop.shop_id)
    # Whatever its number, the record says whose history it is: one of 15 digits, from before 2015, has one too.
    facts = facts_of(Context(application, history, "no_registry", shop.opened_on))
    judged = {outcome.rule: outcome for outcome in judge(application, facts, shop.opened_on, known)}
    outcomes = tuple(judged.get(rule.id) or _untold(rule, shop.opened_on) for rule in ruleset.on(shop.opened_on))
    return Report(
        verdict=verdict_of(outcomes),
        application_id=application.application_id,
        subject_id=normal_code(shop.subject_id),
        eligible_from=None,
        outcomes=outcomes,
        facts=facts.values,
        names=names_of(application),
    )


def _untold(rule: Rule, day: date) -> Outcome:
    status: Status = "undecided" if rule.in_force(day) else "not_in_force"
    reasons = (Reason(_NO_PAPERS, ""),) if status == "undecided" else ()
    return Outcome(rule.id, rule.level, status, rule.title, rule.clause, rule.remedy, reasons)


def _before(shop: Shop, subject: Subject) -> History:
    """What there was of the subject when `shop` was opened; what is of a later day, the kernel leaves out."""
    before: list[Record] = []
    own_turn = False
    for record in subject.records:
        own_turn = own_turn or record is shop
        later = isinstance(record, Shop) and record.opened_on == shop.opened_on and own_turn
        if record is not shop and not later:
            before.append(record)
    return History(
        tuple(record for record in before if isinstance(record, Shop)),
        tuple(record for record in before if isinstance(record, Ban)),
        tuple(record for record in before if isinstance(record, Violation)),
    )


def _reads(schema: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where in a case a rule's schema looks; `brands[]` stands for each brand."""
    for name, inner in schema.get("properties", {}).items():
        yield (*path, name)
        yield from _reads(inner, (*path, name))
    if "items" in schema:
        yield from _reads(schema["items"], (*path[:-1], f"{path[-1]}[]"))
    for keyword in ("not", "if", "then", "else"):
        if keyword in schema:
            yield from _reads(schema[keyword], path)
    for keyword in ("allOf", "anyOf"):
        for inner in schema.get(keyword, []):
            yield from _reads(inner, path)
