"""From application, history and day to the facts that the rules read: everything is counted here, once."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from ..identity import normal_code, normal_text
from ..models import KNOWN, Application, Brand, BrandWanted, History, Shop
from ..reading.own_fields import NO_FIELDS, OwnFields
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
    evidence: dict[str, Iterable[dict[str, Any]]]
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
    read: Mapping[str, Any] | None = None,
) -> Context:
    """All that the facts of `application` are counted from on the day `as_of`. Nothing is read but these.

    `history` is that of the application's subject, or None where it is unknown. `known` are the fields (as JSON
    pointers) of an application of which only a record is left; None says that all of it is there. `own` are the fields
    of the ruleset's own. Of the application, rules are to read all, or the fields that the tree `read` names.
    """
    subject = application.subject_id
    license_ = application.business_license
    if known is not None and license_ is not None:
        # Whatever its number, the record says whose history it is: one of 15 digits, from before 2015, has one too.
        subject = normal_code(license_.uscc or "") or None
    comparable = _comparable_form(application, read)
    return Context(application, subject, history if subject else None, as_of, known, comparable, own)


def derive_facts(context: Context, counted: Iterable[Fact]) -> Facts:
    """Count the facts `counted` of `context`."""
    brands = context.application.brands or ()
    values: dict[str, Any] = {"brands": [{} for _ in brands]}
    facts = Facts({"application": context.comparable, "facts": values}, {}, {}, {}, {}, context.known)
    for fact in counted:
        if fact.parent == "brands[]":
            for at, brand in enumerate(brands):
                _count(fact, facts, values["brands"][at], f"/brands/{at}", context, brand)
        elif fact.parent:
            _count(fact, facts, values.setdefault(fact.parent, {}), "", context, None)
        else:
            _count(fact, facts, values, "", context, None)
    for path in [path for path, value in values.items() if value == {}] if facts.unknown else ():
        del values[path]
    return facts


def _count(
    fact: Fact, facts: Facts, place: dict[str, Any], owner: str, context: Context, brand: BrandWanted | None
) -> None:
    """Count one fact, of the brand that is its `owner` where there is one."""
    pointer = f"/facts{owner}{fact.pointer}" if owner else fact.pointer
    field = fact.field
    try:
        if field is not None:
            if context.known is not None and field not in context.known:
                raise Unknown("no_papers")
            field = owner + field
        place[fact.key], facts.evidence[pointer] = fact.count(context, brand)
    except Unknown as unknown:
        facts.unknown[pointer], facts.evidence[pointer] = unknown.why, unknown.records
        if unknown.at_least is not None:
            facts.at_least[pointer] = unknown.at_least
        # The field that would have to be there for the fact to be known.
        field = f"{owner}/name" if unknown.why == "no_brand_name" else unknown.field
    if field is not None:
        facts.fields[pointer] = field


def _comparable_form(application: Application, read: Mapping[str, Any] | None) -> dict[str, Any]:
    """The application as rules read it: what is null or blank is left out, so that `required` finds it missing."""
    plain: dict[str, Any] = _comparable(application, read)
    license_ = plain.get("business_license", {})
    if "uscc" in license_:
        license_["uscc"] = normal_code(license_["uscc"])
        if not license_["uscc"]:
            del license_["uscc"]
    return plain


def _comparable(value: Any, read: Mapping[str, Any] | None) -> Any:
    """`value` in comparable form; of a model the fields in the tree `read` alone, or all where there is none."""
    kind = type(value)
    if kind is tuple or kind is list:
        of_items = read["[]"] if read and "[]" in read else read
        return [_comparable(item, of_items) for item in value]
    if kind is str:
        return normal_text(value)
    if kind is date:
        return str(value)
    known = KNOWN.get(kind)
    if known is not None:
        names = read if read is not None else (*known, *value.extra)
        members = {name: getattr(value, name) if name in known else value.extra.get(name) for name in names}
    elif kind is dict:
        members = value
    else:
        return value
    kept = {}
    for name, inner in members.items():
        if inner is not None and inner is not True and inner is not False:
            inner = _comparable(inner, read and read.get(name))
        if inner is not None and inner != "":
            kept[name] = inner
    return kept
