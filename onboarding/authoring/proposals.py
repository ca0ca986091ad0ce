"""Cases that nobody has written yet: one just inside and one just outside each limit, and what shows how it is counted.

A proposal is an existing case bent until what the rule compares lies where no case stands. What it states is what the
rules say of it, so a person has to confirm it: until then it is marked as `proposed`, and shows nothing.
"""

import copy
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from msgspec import structs

from ..errors import OnboardingError
from ..facts.declarations import BRAND_KEYS, Counted, Dated, Declaration, Months, Selection, Summed, read_declarations
from ..facts.selection import KINDS, chosen_day
from ..messages import say
from ..months import first_day_after, nearest_day
from ..pointers import Path as Place
from ..pointers import to_pointer, walk
from ..reading.validation import Field
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset
from ..rules.subschemas import fact_name
from ..subject_number import BY_USCC, SubjectNumber
from .cases import Step, holds, outcome_of, read_inputs, run_cases
from .coverage import Point, points_of, uncovered, values_read
from .fact_coverage import OTHER, FactPoint, points_of_facts, stands_at, uncovered_facts
from .fact_mutation import surviving_facts, with_fact
from .mutation import spoilt, survivors

Case = dict[str, Any]
_MOST_BASES = 12
_MOST_BASES_TWICE = 3
_MOST_RECORDS = 60
_NOTHING_STATED: Case = {"verdict": "", "fails": [], "undecided": [], "warns": [], "eligible_from": None}
_NOT_KEPT = ("case", "loose", "proposed")
_PROPOSED_ID = re.compile("(?:S-P|P-)([0-9]+)")
# What a record must have beside what selects it.
_REQUIRED: dict[str, dict[str, Any]] = {
    "shop": {"brands": [{"name": "样例"}], "closed_for": "other"},
    "ban": {"reason": "serious_violation"},
    "violation": {"kind": "other"},
    "mark": {"kind": "other", "by": "样例"},
}


def propose(ruleset: Ruleset, cases: list[tuple[str, Case]]) -> Iterator[tuple[str, Case]]:
    """A case for each point at which none of `cases` stands, with the id of its rule, as far as one is found."""
    steps = run_cases(cases, ruleset)
    first = [("", _first_case(ruleset))]
    bases = [*_bases(cases, steps), *_bases(first, run_cases(first, ruleset))]
    bases.sort(key=lambda base: base[1].found.verdict != "pass")
    names = {case["case"] for _, case in cases}
    for rule in ruleset.rules:
        # The rule's own table first: what its conditions ask for is there.
        own = sorted(bases, key=lambda base: Path(base[1].source).stem != rule.id)
        proposed: list[Step] = []
        for point in uncovered(rule, steps)[1]:
            if any(_lies(point, rule, step) for step in proposed):
                continue  # an earlier proposal lies there, too
            case = _proposal(rule, point, own, ruleset)
            if case is not None:
                case["case"] = _new_name(case["case"], names)
                names.add(case["case"])
                yield rule.id, case
                made = run_cases([("", case)], ruleset)
                proposed += made
                cases = [*cases, ("", case)]
                # Where one limit stands at its edge, another may be brought to its own.
                own = sorted([(case, made[0]), *own], key=lambda base: base[1].found.verdict != "pass")
        steps = [*steps, *proposed]
        for case in _against_mutants(rule, steps, own, ruleset):
            case["case"] = _new_name(case["case"], names)
            names.add(case["case"])
            steps = [*steps, *run_cases([("", case)], ruleset)]
            cases = [*cases, ("", case)]
            yield rule.id, case
    of_facts: list[Case] = []
    for name, shows in _to_show(ruleset, cases):
        if any(map(shows, of_facts)):
            continue  # an earlier proposal shows it, too
        bases = sorted(_bases(cases, steps), key=lambda base: base[1].found.verdict != "pass")
        of_fact = _case_of_fact(name, shows, bases, ruleset)
        if of_fact is not None:
            of_fact["case"] = _new_name(of_fact["case"], names)
            names.add(of_fact["case"])
            steps = [*steps, *run_cases([("", of_fact)], ruleset)]
            cases = [*cases, ("", of_fact)]
            of_facts.append(of_fact)
            yield next(rule.id for rule in ruleset.rules if name in rule.facts), of_fact


def _to_show(ruleset: Ruleset, cases: list[tuple[str, Case]]) -> Iterator[tuple[str, Callable[[Case], bool]]]:
    """What none of `cases` shows of the facts: that one is not counted otherwise, and the points where no case stands.

    Each with the fact's name, and whether a case shows it.
    """
    for mutant in surviving_facts(ruleset, cases)[1]:
        name = str(mutant.path[0])
        yield name, partial(_notices, with_fact(ruleset, name, mutant.schema))
    for point in uncovered_facts(ruleset, cases)[1]:
        yield point.fact, partial(_stands_at, point, ruleset)


def _notices(otherwise: Ruleset, case: Case) -> bool:
    return not holds(case, read_inputs(case, otherwise), otherwise)


def _stands_at(point: FactPoint, ruleset: Ruleset, case: Case) -> bool:
    return stands_at(point, case, ruleset)


def _new_name(name: str, names: set[str]) -> str:
    """`name`, numbered where another case has it: a rule may have two limits of one kind."""
    numbered = (f"{name} ({number})" for number in count(2))
    return name if name not in names else next(other for other in numbered if other not in names)


def _bases(cases: list[tuple[str, Case]], steps: list[Step]) -> Iterator[tuple[Case, Step]]:
    """The cases of one application each, with what came out."""
    by_name = {(step.source, step.case): step for step in steps}
    for source, case in cases:
        if len(case["applications"]) == 1:
            yield case, by_name[source, case["case"]]


def _first_case(ruleset: Ruleset) -> Case:
    """A case to bend where there is none yet: an invented company that is new to the platform."""
    day = max([date(2025, 1, 1), *(rule.effective_from for rule in ruleset.rules if rule.effective_from)])
    evidence: Case = {"type": "authorization_letter", "valid_from": "2020-01-01", "valid_until": None}
    evidence |= {"sealed_by_subject": True, "signed_by_legal_representative": True}
    application: Case = {
        "application_id": "A-1",
        "submitted_on": day.isoformat(),
        "subject": {"type": "enterprise", "name": "样例有限公司"},
        "business_license": {
            "uscc": "91999999MATEKT019L",
            "name": "样例有限公司",
            "valid_from": "2020-01-01",
            "valid_until": None,
        },
        "shop": {"name": "样例旗舰店"},
        "brands": [{"name": "云上", "evidence": evidence}],
    }
    for path, own in ruleset.own_fields.application.items():
        *above, last = (0 if part == "[]" else part for part in path)
        walk(application, tuple(above))[last] = _some_value(own.field, day)
    case = {"case": "first", "as_of": day.isoformat(), "registry": [], "applications": [application]}
    case["expect"] = [_NOTHING_STATED]
    number = ruleset.subject_number
    if number == BY_USCC:
        return case
    return _with_field(case, number.path, _invented(number))


def _invented(number: SubjectNumber) -> str | None:
    """A number of nines that is sound all the same, its end perhaps a letter; None where the scheme takes none."""
    ends = [*(f"{end:02}" for end in range(100)), *(f"9{letter}" for letter in ascii_uppercase)]
    starts = (f"{first}{'9' * (length - 3)}" for first in range(10) for length in range(7, 16))
    return next((written for start in starts for end in ends if number.on_record(written := start + end)), None)


def _some_value(field: Field, day: date) -> Any:
    """A value that `field` may have."""
    if field.values is not None:
        return field.values[0]
    texts = {"integer": 1, "boolean": True}
    return day.isoformat() if field.day else texts.get(field.kind, "样例")


def _proposal(rule: Rule, point: Point, bases: list[tuple[Case, Step]], ruleset: Ruleset) -> Case | None:
    """The first bent case that lies at `point`; None where none does.

    An edge of one alternative shows only where the others fail, and that of a `then` only where its `if` holds, so a
    base may have to be bent twice.
    """
    usable = [base for base in bases if rule.in_force(base[1].as_of) or point.day]
    before = list(_to_bend_before(point, rule))
    for number_of_bases, twice in ((_MOST_BASES, False), (_MOST_BASES_TWICE, bool(before))):
        for base, step in usable[:number_of_bases]:
            starts = [bent for other in before for bent in _bent(rule, other, base, step)] if twice else [base]
            for bent in (bent for start in starts for bent in _bent(rule, point, start, step)):
                made = _made(bent, rule, point, ruleset)
                if made is not None:
                    return made
    return None


def _against_mutants(rule: Rule, steps: list[Step], bases: list[tuple[Case, Step]], ruleset: Ruleset) -> Iterator[Case]:
    """Bent cases that notice the mutants of `rule` that survive `steps`: not every case at an edge depends on it."""
    alive = survivors(rule, steps)[1]
    if not alive:
        return
    tried = [
        (bent, step, outcome_of(rule, step)[0])
        for base, of_base in bases[:_MOST_BASES]
        for point in points_of(rule)
        if not point.day
        for bent in _bent(rule, point, base, of_base)
        for step in _judged(bent, ruleset)
    ]
    shown: list[tuple[Step, str]] = []
    for mutant in alive:
        changed = spoilt(rule, mutant)
        if any(_differs(changed, step, outcome) for step, outcome in shown):
            continue
        for bent, step, outcome in tried:
            if _differs(changed, step, outcome):
                shown.append((step, outcome))
                place, edit = to_pointer(mutant.path), mutant.edit["en"]
                name = say("authoring.proposed-against", "en", rule=rule.edition or rule.id, place=place, edit=edit)
                bent = {k: v for k, v in bent.items() if k not in _NOT_KEPT}
                yield {"case": name, "proposed": True, **bent, "expect": [_stated(step)]}
                break


def _judged(case: Case, ruleset: Ruleset) -> list[Step]:
    """The steps of `case`; none where it was bent too far to be read."""
    try:
        return run_cases([("", {**case, "expect": [_NOTHING_STATED]})], ruleset)
    except OnboardingError:
        return []


def _differs(changed: Rule, step: Step, outcome: str) -> bool:
    """Whether `changed` makes something else of `step` than `outcome`, which is the rule's own."""
    try:
        return outcome_of(changed, step)[0] != outcome
    except OnboardingError:
        return True


def _to_bend_before(point: Point, rule: Rule) -> Iterator[Point]:
    """The other points on which it depends whether `point` shows: in an alternative all, else those of each `if`."""
    path = point.path
    conditions = [(*path[:index], "if") for index, step in enumerate(path) if step in ("then", "else")]
    for other in points_of(rule):
        if other.path == path or other.day:
            continue
        if "anyOf" in path or any(other.path[: len(condition)] == condition for condition in conditions):
            yield other


def _made(bent: Case, rule: Rule, point: Point, ruleset: Ruleset) -> Case | None:
    """`bent` as a proposal; None where it does not lie at `point`."""
    name = say("authoring.proposed-case", "en", rule=rule.edition or rule.id, point=point.words["en"])
    bent = {"case": name, "proposed": True, **{k: v for k, v in bent.items() if k not in _NOT_KEPT}}
    made = _judged(bent, ruleset)
    if not any(_lies(point, rule, one) for one in made):
        return None
    bent["expect"] = [_stated(one) for one in made]
    return bent


def _case_of_fact(
    name: str, shows: Callable[[Case], bool], bases: list[tuple[Case, Step]], ruleset: Ruleset
) -> Case | None:
    """The first bent case that `shows` what it is to show of the fact `name`; None where none does."""
    points = [point for point in points_of_facts(ruleset) if point.fact == name]
    for base, step in bases[: _MOST_BASES * 2]:
        for point in points:
            for records in _records_at(point, base, step, ruleset):
                bent = {k: v for k, v in _with_records(base, records, without=False).items() if k not in _NOT_KEPT}
                words = say("authoring.proposed-case", "en", rule=name, point=point.words["en"])
                bent = {"case": words, "proposed": True, **bent, "expect": [_NOTHING_STATED]}
                try:
                    bent["expect"] = [_stated(one) for one in run_cases([("", bent)], ruleset)]
                except OnboardingError:
                    continue  # bent too far: it can no longer be read
                if shows(bent):
                    return bent
    return None


def _records_at(point: FactPoint, base: Case, step: Step, ruleset: Ruleset) -> Iterator[list[Case]]:
    """Records that are likely to lie at `point`."""
    selection, application = point.selection, base["applications"][0]
    latest = step.as_of - timedelta(days=30)
    value = 1 if isinstance(selection, Summed) else None
    taken = _record(selection, base, step, 0, value=value)
    match point.part[0]:
        case "at":
            record = _record(structs.replace(selection, at=point.value), base, step, 0, value=value)
            yield [record]
            # What counts from its begin shows only if that is not long ago.
            yield [{**record, KINDS[selection.of].begin: (latest - timedelta(days=1)).isoformat()}]
        case "where":
            name = str(point.part[1])
            field = ruleset.own_fields.field_of_record(selection.of, name)
            others = [*(field.values or () if field else ()), None, "other", 0, False]
            yield from ([{**taken, name: value}] for value in (others if point.value is OTHER else [point.value]))
        case "same" if point.value is OTHER:
            key = selection.same[int(point.part[1])]
            own = ruleset.own_fields.field_of_record("shop", key)
            others = [*(own.values or () if own else ()), "other", 0, False]
            brands = [[{"name": name}] for name in ("别的牌子", "云上牌")]
            if key in BRAND_KEYS:
                yield from ([{**taken, "brands": brand}] for brand in brands)
            else:
                yield from ([{**taken, key: value}] for value in others)
        case "with":
            yield [{**taken, "application_id": application["application_id"], "brands": _brands_on_record(application)}]
        case "nth":
            yield _ended(selection, base, step, [latest - timedelta(days=n) for n in range(point.value)])
        case "within" if isinstance(selection, Dated):
            within = selection.within.months if isinstance(selection.within, Months) else 12
            earlier = [_months_on(latest, -within) - timedelta(days=n) for n in (-1, 0, 1, 2)]
            for first in [latest, *earlier, latest - timedelta(days=400)]:
                yield _ended(selection, base, step, [first, *[latest] * (selection.nth - 1)])
        case _:
            yield [taken]


def _ended(selection: Selection, base: Case, step: Step, days: list[date]) -> list[Case]:
    """A record for each of `days`, by which it is selected."""
    return [_record(selection, base, step, number, chosen) for number, chosen in enumerate(days)]


def _brands_on_record(application: Case) -> list[Case]:
    return [{"name": brand["name"]} for brand in application.get("brands", ()) if "name" in brand]


def _lies(point: Point, rule: Rule, step: Step) -> bool:
    return any(map(point.lies, [step.as_of] if point.day else values_read(rule, step).get(point.path, ())))


def _stated(step: Step) -> dict[str, Any]:
    report = step.found
    return {
        "verdict": report.verdict,
        "fails": [outcome.rule for outcome in report.failures],
        "undecided": [outcome.rule for outcome in report.outcomes if outcome.status == "undecided"],
        "warns": [outcome.rule for outcome in report.warnings],
        "eligible_from": report.eligible_from.isoformat() if report.eligible_from else None,
    }


def _bent(rule: Rule, point: Point, base: Case, step: Step) -> Iterator[Case]:
    """Copies of `base` in which what `point` speaks of is another."""
    if point.day:
        yield {**base, "as_of": point.day.isoformat()}
        return
    fact = rule.facts.get(fact_name(point.at)) if point.at[:1] == ("facts",) else None
    for value in point.values:
        if point.at[:1] == ("application",):
            yield _with_field(base, point.at[1:], value)
        elif value is ...:
            yield {**base, "registry": None}
            if fact is not None and (fact.declared or {}).get("sum"):
                summed = read_declarations({fact.name: fact.declared})[fact.name].selections[0]
                yield _with_records(base, [_record(summed, base, step, 0)], without=False)
        elif fact is not None and fact.declared is not None:
            declared = read_declarations({fact.name: fact.declared})[fact.name]
            each = ("brands", "[]") if fact.name.startswith("brands[].") else ()
            yield from _with_fact(declared, each, value, base, step)
    yield base


def _with_field(base: Case, path: Place, value: Any) -> Case:
    """`base` with `value` (`...`: nothing) in the field at `path`, of the first entry of each list."""
    bent = {**base, "applications": copy.deepcopy(base["applications"])}
    place, *_ = bent["applications"]
    *above, last = (0 if part == "[]" else part for part in path)
    try:
        for part in above:
            place = place.setdefault(part, {}) if isinstance(place, dict) else place[part]
        if value is ...:
            place.pop(last, None)
        else:
            place[last] = value
    except (AttributeError, IndexError, TypeError):
        pass  # nothing of the kind in this case: it stays as it is, and lies nowhere new
    return bent


def _with_fact(declared: Declaration, each: Place, value: Any, base: Case, step: Step) -> Iterator[Case]:
    """Copies of `base` in which the fact is likely to be `value`."""
    day = step.as_of
    if declared.pointer is not None:
        field = (*each, *declared.pointer.split("/")[1:])
        if declared.field is not None or value is None:
            yield _with_field(base, field, value)
            return
        if type(value) is not int:
            return
        months = -value if isinstance(declared.months_since, str) else value
        turned = day + timedelta(days=value) if declared.days_until is not None else _months_on(day, months)
        for shift in (0, 1, -1):
            yield _with_field(base, field, (turned + timedelta(days=shift)).isoformat())
        return
    for selection in declared.selections:
        for without in (False, True):
            if type(value) is not int:
                yield _with_records(base, [], without)
            elif isinstance(selection, Dated):
                ended = _months_on(day, -value) if value > 0 else day
                records = [_record(selection, base, step, n, ended) for n in range(selection.nth)]
                yield _with_records(base, records, without)
            elif isinstance(selection, Counted):
                for number in {value, value - 1, value - _count(base, selection)}:
                    if 0 <= number <= _MOST_RECORDS:
                        records = [_record(selection, base, step, n) for n in range(number)]
                        yield _with_records(base, records, without)
            else:
                yield _with_records(base, [_record(selection, base, step, 0, value=value)], without)


def _months_on(day: date, months: int) -> date:
    """A day from which it is so many whole months to `day`, or to which it is from `day` for a positive number."""
    if months >= 0:
        return first_day_after(day, months)
    eve = day - timedelta(days=1)
    year, month = divmod(eve.year * 12 + eve.month - 1 + months, 12)
    return nearest_day(year, month + 1, eve.day)


def _count(base: Case, selection: Selection) -> int:
    return len([record for record in base["registry"] or () if record.get("record") == selection.of]) + 1


def _next_number(records: list[Case]) -> int:
    """A number from which on no id of `records` is taken: a later record of the same id would replace the earlier."""
    ids = (_PROPOSED_ID.fullmatch(str(record.get("id") or record.get("shop_id"))) for record in records)
    return max([len(records), *(int(found[1]) for found in ids if found)]) + 1


def _with_records(base: Case, records: list[Case], without: bool) -> Case:
    """`base` with `records` beside those that it has, or without those."""
    kept = [] if without else base["registry"] or []
    return {**base, "registry": [*kept, *records]}


def _record(
    selection: Selection, base: Case, step: Step, number: int, ended: date | None = None, value: Any = None
) -> Case:
    """A record of the subject of `step` that `selection` finds on its day."""
    kind, application, day = KINDS[selection.of], base["applications"][0], step.as_of
    begun = day - timedelta(days=2000)
    record = {"record": selection.of, **_REQUIRED[selection.of], "subject_id": step.found.subject_id or ""}
    number += _next_number(base["registry"] or [])
    record |= {"shop_id": f"S-P{number}"} if selection.of == "shop" else {"id": f"P-{number}"}
    record |= {kind.begin: begun.isoformat(), kind.end: None}
    if selection.at == "ended":
        record[kind.end] = (day - timedelta(days=30)).isoformat()
    elif "closed_for" in selection.where:
        # Only a shop that is to be closed has a reason.
        record[kind.end] = (day + timedelta(days=30)).isoformat()
    elif selection.of == "shop":
        del record["closed_for"]
    if ended is not None:
        record[chosen_day(selection)] = ended.isoformat()
    for name, test in selection.where.items():
        record[name] = next(iter(test["enum"] if "enum" in test else test.values()))
    for key in selection.same:
        if key in ("brand", "look_alike_brand"):
            record["brands"] = _brands_on_record(application)[:1]
        else:
            record[key] = application.get("shop", {}).get(key)
    if value is not None:
        record[getattr(selection, "value", "value")] = value
    return record
