"""From application, history and day to the facts that the rules read: everything is counted here, once."""

from datetime import date
from typing import Any

from msgspec import Struct

from ..identity import normal_code, normal_text
from ..models import Application, Brand, History, Shop, to_plain
from .context import Context, Fact, Unknown, Why
from .definitions import FACTS

# The field that would have to be there, of the application or of the brand, for the fact to be known.
_MISSING: dict[Why, str] = {"no_subject": "/business_license/uscc", "no_brand_name": "/name"}


class Facts(Struct, frozen=True):
    """The facts of one situation, as the rules read them; what is unknown is absent from `values`.

    The other three go by the fact's JSON pointer under `/facts`: the records it was counted from (or that keep
    it unknown), the field of the application that it was read from (facts of the registry have none) or that
    would have to be there to count it, and why it is unknown.
    """

    values: dict[str, Any]
    evidence: dict[str, list[dict[str, Any]]]
    fields: dict[str, str]
    unknown: dict[str, Why]


def shop_of(application: Application, subject: str, day: date) -> Shop:
    """The shop that `application` opens on `day`, which is on no record yet and has no id."""
    brands = tuple(Brand(brand.name or "", brand.trademark_no) for brand in application.brands or ())
    return Shop("", subject, day, brands, application.subject.type, application_id=application.application_id)


def derive_facts(application: Application, history: History | None, as_of: date) -> Facts:
    """Count every fact of `application` on the day `as_of`.

    `history` is that of the application's subject, or None where it is unknown. Nothing is read but these.
    """
    if application.subject_id is None:
        return facts_of(Context(application, None, "no_subject", as_of))
    return facts_of(Context(application, history, "no_registry", as_of))


def facts_of(situation: Context) -> Facts:
    """Count every fact of `situation`, whose history is taken for that of the application's subject."""
    application = situation.application
    facts = Facts({"brands": [{} for _ in application.brands or ()]}, {}, {}, {})
    for fact in FACTS.values():
        path, _, name = fact.name.rpartition(".")
        if path == "brands[]":
            for i, brand in enumerate(application.brands or ()):
                _count(facts, fact, facts.values["brands"][i], name, f"/brands/{i}", situation, brand)
        else:
            place = facts.values.setdefault(path, {}) if path else facts.values
            _count(facts, fact, place, name, f"/{path}" if path else "", situation)
    for path in [path for path, value in facts.values.items() if value == {}]:
        del facts.values[path]
    return facts


def rule_instance(application: Application, facts: Facts) -> dict[str, Any]:
    """What a rule file is applied to: the application in comparable form and the facts.

    What is null or blank is left out, so that a rule's `required` finds it missing.
    """
    plain: dict[str, Any] = _comparable(to_plain(application))
    if code := normal_code(plain.get("business_license", {}).pop("uscc", "")):
        plain["business_license"]["uscc"] = code
    return {"application": plain, "facts": facts.values}


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        return normal_text(value)
    if isinstance(value, dict):
        members = {key: _comparable(inner) for key, inner in value.items()}
        return {key: inner for key, inner in members.items() if inner not in ("", None)}
    return [_comparable(inner) for inner in value] if isinstance(value, list | tuple) else value


def _count(facts: Facts, fact: Fact, place: dict[str, Any], name: str, parent: str, *args: Any) -> None:
    pointer, field = f"/facts{parent}/{name}", fact.field
    try:
        place[name], facts.evidence[pointer] = fact.count(*args)
    except Unknown as unknown:
        facts.unknown[pointer], facts.evidence[pointer] = unknown.why, unknown.records
        field = _MISSING.get(unknown.why)
    if field is not None:
        facts.fields[pointer] = field if field.startswith("/business") else parent + field
