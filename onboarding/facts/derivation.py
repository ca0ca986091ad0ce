"""From application, history and day to the facts that the rules read: everything is counted here, once."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from msgspec import Struct

from ..identity import normal_code, normal_text
from ..models import Application, Brand, BrandWanted, History, Shop, to_plain
from ..reading.own_fields import NO_FIELDS, OwnFields
from ..subject_number import BY_USCC, SubjectNumber, normal_subject
from .context import Context, Counted, Unknown, Why
from .fact import Fact


class Facts(Struct, frozen=True):
    """The facts of one context, and `rule_instance`: what a rule file is applied to, `{"application", "facts"}`.

    What is unknown is absent from it. The rest goes by the fact's JSON pointer under `/facts`: the records it was
    counted from (or that keep it unknown), the field of the application that it was read from (facts of the registry
    have none) or that would have to be there to count it, why it is unknown, and what is certain of a count that may
    be larger. `known` is that of the context.
    """

    rule_instance: dict[str, Any]
    evidence: dict[str, list[dict[str, Any]]]
    fields: dict[str, str]
    unknown: dict[str, Why]
    at_least: dict[str, Counted]
    known: frozenset[str] | None

    @property
    def values(self) -> dict[str, Any]:
        """The facts alone, as reports show them."""
        values: dict[str, Any] = self.rule_instance["facts"]
        return values


def shop_of(application: Application, subject: str, day: date) -> Shop:
    """The shop that `application` opens on `day`, which is on no record yet and has no id.

    What a ruleset's own fields say of the shop and of its brands goes on record with them.
    """
    wanted = application.brands or ()
    brands = tuple(Brand(brand.name or "", brand.trademark_no, extra=brand.extra) for brand in wanted)
    extra = application.shop.extra if application.shop else {}
    type_, application_id = application.subject.type, application.application_id
    return Shop("", subject, day, brands, type_, application_id=application_id, extra=extra)


def context_of(
    application: Application,
    history: History | None,
    as_of: date,
    known: frozenset[str] | None = None,
    own: OwnFields = NO_FIELDS,
    number: SubjectNumber = BY_USCC,
) -> Context:
    """All that the facts of `application` are counted from on the day `as_of`. Nothing is read but these.

    `history` is that of the application's subject, or None where it is unknown. `known` are the fields (as JSON
    pointers) of an application of which only a record is left; None says that all of it is there. `own` are the fields
    of the ruleset's own, and `number` says which one is the number of its subjects.
    """
    subject = number.on_record(application.at(number.path))
    license_ = application.business_license
    if known is not None and license_ is not None:
        # Whatever its number, the record says whose history it is: one of 15 digits, from before 2015, has one too.
        subject = normal_subject(license_.uscc or "") or None
    comparable = _comparable_form(application)
    return Context(application, subject, history if subject else None, as_of, known, comparable, own, number)


def derive_facts(context: Context, counted: Iterable[Fact]) -> Facts:
    """Count the facts `counted` of `context`."""
    brands = context.application.brands or ()
    values: dict[str, Any] = {"brands": [{} for _ in brands]}
    facts = Facts({"application": context.comparable, "facts": values}, {}, {}, {}, {}, context.known)
    for fact in counted:
        path, _, name = fact.name.rpartition(".")
        if path == "brands[]":
            for i, brand in enumerate(brands):
                _count(facts, fact, values["brands"][i], name, f"/brands/{i}", context, brand)
        elif path:
            _count(facts, fact, values.setdefault(path, {}), name, f"/{path}", context)
        else:
            _count(facts, fact, values, name, "", context)
    for path in [path for path, value in values.items() if value == {}]:
        del values[path]
    return facts


def _comparable_form(application: Application) -> dict[str, Any]:
    """The application as rules read it: what is null or blank is left out, so that `required` finds it missing."""
    plain: dict[str, Any] = _comparable(to_plain(application))
    if code := normal_code(plain.get("business_license", {}).pop("uscc", "")):
        plain["business_license"]["uscc"] = code
    return plain


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        return normal_text(value)
    if isinstance(value, dict):
        members = {key: _comparable(inner) for key, inner in value.items()}
        return {key: inner for key, inner in members.items() if inner not in ("", None)}
    return [_comparable(inner) for inner in value] if isinstance(value, list | tuple) else value


def _count(
    facts: Facts,
    fact: Fact,
    place: dict[str, Any],
    name: str,
    parent: str,
    context: Context,
    brand: BrandWanted | None = None,
) -> None:
    pointer, owner = f"/facts{parent}/{name}", "" if brand is None else parent
    field = None if fact.field is None else owner + fact.field
    try:
        if context.known is not None and field is not None and fact.field not in context.known:
            raise Unknown("no_papers")
        place[name], facts.evidence[pointer] = fact.count(context, brand)
    except Unknown as unknown:
        facts.unknown[pointer], facts.evidence[pointer] = unknown.why, unknown.records
        if unknown.at_least is not None:
            facts.at_least[pointer] = unknown.at_least
        # The field that would have to be there for the fact to be known.
        field = f"{owner}/name" if unknown.why == "no_brand_name" else unknown.field
    if field is not None:
        facts.fields[pointer] = field
