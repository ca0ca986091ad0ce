"""From application, history and day to the facts that the rules read: everything is counted here, once."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from msgspec import Struct

from ..identity import brand_names, normal_code, normal_text
from ..models import KNOWN, NO_RECORDS, Application, Brand, BrandWanted, History, Shop
from ..reading.own_fields import NO_FIELDS, OwnFields
from ..subject_number import BY_USCC, SubjectNumber, normal_subject
from .context import Context, Unknown
from .fact import Counting, Fact, FactSet
from .selection import ENDED_SHOPS, KINDS

_PARTS = frozenset(kind.kept_in for kind in KINDS.values()) | {ENDED_SHOPS}

_NO_PAPERS = Unknown("no_papers")


class Facts(Struct, frozen=True):
    """The facts `counted` of one context, and what a rule file is applied to: `{"application": …, "facts": …}`.

    What is `unknown` is absent from it; why that is goes by the fact's JSON pointer, and so do the records that are
    `behind` a fact. Those that are `settled` (their names) come to what they do because nothing is on record that they
    count. What else is asked of a fact is found out then: of most facts nothing is.
    """

    rule_instance: dict[str, Any]
    unknown: dict[str, Unknown]
    behind: dict[str, Iterable[dict[str, Any]]]
    context: Context
    counted: FactSet
    settled: frozenset[str]

    @property
    def values(self) -> dict[str, Any]:
        """The facts alone, as reports show them."""
        values: dict[str, Any] = self.rule_instance["facts"]
        return values

    def evidence(self, pointer: str) -> Iterable[dict[str, Any]]:
        """The records that the fact at `pointer` was counted from, or that keep it unknown; none where no fact is."""
        unknown = self.unknown.get(pointer)
        return self.behind.get(pointer, ()) if unknown is None else unknown.records

    def field(self, pointer: str) -> str | None:
        """The field of the application that the fact at `pointer` was read from, or that would have to be there to
        count it; facts of the registry have none.
        """
        fact, owner = self._at(pointer)
        if fact is None:
            return None
        if pointer not in self.unknown:
            return fact.field and owner + fact.field
        unknown = self.unknown[pointer]
        return f"{owner}/name" if unknown.why == "no_brand_name" else unknown.field

    def _at(self, pointer: str) -> tuple[Fact | None, str]:
        """The fact at `pointer`, if it is one, with the pointer of the brand that it is counted for."""
        name, owner = _named_at(pointer)
        return (self.counted.get(name) if name else None), owner


# An audit asks for the same ones with each of thousands of shops.
@lru_cache(maxsize=1024)
def _named_at(pointer: str) -> tuple[str | None, str]:
    """The name that a fact at `pointer` would have, and the pointer of the brand that it would be counted for."""
    if not pointer.startswith("/facts/"):
        return None, ""
    _, _, *path = pointer.split("/")
    if path[0] == "brands" and len(path) == 3:
        return f"brands[].{path[2]}", f"/brands/{path[1]}"
    return ".".join(path), ""


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
    read: Mapping[str, Any] | None = None,
    entry: Shop | None = None,
) -> Context:
    """All that the facts of `application` are counted from on the day `as_of`. Nothing is read but these.

    `history` is that of the application's subject, or None where it is unknown. `known` are the fields (as JSON
    pointers) of an application of which only a record is left; None says that all of it is there. `own` are the fields
    of the ruleset's own, and `number` says which one is the number of its subjects. Of the application, rules are to
    read all, or the fields that the tree `read` names. `entry` is the shop of `history` whose entry this is.
    """
    license_ = application.business_license
    if known is not None and license_ is not None:
        # Whatever its number, the record says whose history it is: one of 15 digits, from before 2015, has one too.
        subject = normal_subject(license_.uscc or "") or None
    else:
        subject = number.on_record(application.at(number.path))
    comparable = _comparable_form(application, read)
    return Context(application, subject, history if subject else None, as_of, known, comparable, own, number, entry)


def context_of_subject(
    subject: str | None,
    application: Application,
    history: History | None,
    as_of: date,
    own: OwnFields,
    number: SubjectNumber,
    read: Mapping[str, Any],
) -> Context:
    """The same of an application of which all is there, and whose `subject` is known already."""
    return Context(application, subject, history, as_of, None, _comparable_form(application, read), own, number)


def derive_facts(context: Context, counted: FactSet) -> Facts:
    """Count the facts `counted` of `context`."""
    counting = counted.where_empty(_empty_parts(context.history))
    values = counting.values.copy()
    for parent in counting.parents:
        values[parent] = values[parent].copy()
    brands = context.application.brands or ()
    # What a brand without a name is on record for cannot be told, not even that it is for nothing.
    named = [brand for brand in brands if brand_names(brand.name)]
    settled = counting.settled if len(named) == len(brands) else frozenset[str]()
    facts = Facts({"application": context.comparable, "facts": values}, {}, {}, context, counted, settled)
    values["brands"] = [_of_brand(at, brand, counting, facts) for at, brand in enumerate(brands)]
    for fact in counting.left:
        _count(fact, facts, values[fact.parent] if fact.parent else values, fact.pointer)
    for path in [path for path, value in values.items() if value == {}] if facts.unknown else ():
        del values[path]
    return facts


def _of_brand(at: int, brand: BrandWanted, counting: Counting, facts: Facts) -> dict[str, Any]:
    """The facts of the `brand` at this place."""
    left: Iterable[Fact]
    if brand_names(brand.name):
        values, left = counting.of_brand.copy(), counting.left_of_brand
    else:
        values, left = {}, (fact for fact in facts.counted.values() if fact.of_brand)
    for fact in left:
        _count(fact, facts, values, f"/facts/brands/{at}{fact.pointer}", brand)
    return values


def _count(fact: Fact, facts: Facts, place: dict[str, Any], pointer: str, brand: BrandWanted | None = None) -> None:
    """Put `fact`, counted for the `brand` or else for the whole, into `place`, or say why it is unknown."""
    context = facts.context
    if context.known is not None and fact.field and fact.field not in context.known:
        facts.unknown[pointer] = _NO_PAPERS
    else:
        try:
            place[fact.key], evidence = fact.count(context, brand)
            if evidence:
                facts.behind[pointer] = evidence
            return
        except Unknown as raised:
            facts.unknown[pointer] = raised.with_traceback(None)
    place.pop(fact.key, None)


def _empty_parts(history: History | None) -> frozenset[str]:
    """The parts of `history` that hold no record; none of them where it is unknown."""
    if history is None:
        return frozenset()
    if history is NO_RECORDS or history == NO_RECORDS:
        return _PARTS
    if _PARTS not in history.kept:
        history.kept[_PARTS] = frozenset(part for part in _PARTS if not getattr(history, part))
    empty: frozenset[str] = history.kept[_PARTS]
    return empty


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
    if kind is str:
        return normal_text(value)
    if kind is tuple or kind is list:
        of_items = read["[]"] if read and "[]" in read else read
        return [_comparable(item, of_items) for item in value]
    if kind is date:
        return str(value)
    if kind in KNOWN:
        known, extra = KNOWN[kind], value.extra
        fields = read if read is not None else dict.fromkeys((*known, *extra))
    elif kind is dict:
        known, extra, fields = frozenset(), value, {name: read and read.get(name) for name in value}
    else:
        return value
    kept: dict[str, Any] = {}
    for name, below in fields.items():
        inner = getattr(value, name) if name in known else extra.get(name)
        if inner is None:
            continue
        kind = type(inner)
        if kind is bool:
            kept[name] = inner
        elif kind is str:
            if text := normal_text(inner):
                kept[name] = text
        else:
            kept[name] = _comparable(inner, below)
    return kept
