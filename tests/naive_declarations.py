"""Any declared fact, counted from what the dialect says alone: naive, on plain values that lack nothing."""

from datetime import date
from typing import Any

import naive_facts
import oracle

Plain = dict[str, Any]
SPANS = {
    "shop": ("opened_on", "closed_on"),
    "ban": ("on", "revoked_on"),
    "violation": ("on", "resolved_on"),
    "mark": ("on", "until"),
}


def value(declared: Plain, application: Plain, records: list[Plain], day: date, brand: Plain | None) -> Any:
    """What the fact is on `day`, for `brand` where it is counted for each."""
    verb = next(verb for verb in declared if verb != "meaning")
    about = declared[verb]
    if isinstance(about, str):
        found = at(application if brand is None else brand, about)
        return found if verb == "field" or found is None else of_day(verb, oracle.as_day(found), day)
    if verb == "count":
        found = [found_by(selection, application, records, day, brand) for selection in about]
        different = {id(record) for one in found for record in one}
        return len(different) + any("with" in selection for selection in about)
    chosen = found_by(about, application, records, day, brand)
    if verb == "sum":
        return sum(record[about["value"]] for record in chosen)
    days = [oracle.as_day(record[SPANS[about["of"]][about["at"] == "ended"]]) for record in chosen]
    last = the_nth(sorted(days), about.get("nth", 1), about.get("within"))
    return None if last is None else naive_facts.months(last, day)


def at(value: Any, pointer: str) -> Any:
    for name in pointer.split("/")[1:]:
        value = (value or {}).get(name)
    return value


def of_day(verb: str, its_day: date, day: date) -> int:
    if verb == "days_until":
        return (its_day - day).days
    if verb == "months_since":
        return naive_facts.months(its_day, day)
    return naive_facts.months(day, its_day) if day <= its_day else -naive_facts.months(its_day, day) - 1


def the_nth(days: list[date], nth: int, within: Any) -> date | None:
    """The nth latest day; or the latest by which, together with others before it, there were `nth` within the span."""
    if within is None:
        return days[-nth] if len(days) >= nth else None
    for last in reversed(days):
        if within == "calendar_year":
            together = [one for one in days if one.year == last.year]
        else:
            together = [one for one in days if one <= last and naive_facts.months(one, last) < within["months"]]
        if len(together) >= nth:
            return last
    return None


def found_by(selection: Plain, application: Plain, records: list[Plain], day: date, brand: Plain | None) -> list[Plain]:
    found = [record for record in records if record["record"] == selection["of"] and in_time(record, selection, day)]
    if "with" in selection or "look_alike_brand" in selection.get("same", ()):
        own = [record for record in found if oracle.opened_by(application, record)]
        found = [record for record in found if len(own) != 1 or record is not own[0]]
    return [
        record
        for record in found
        if all(fits(record.get(name), test) for name, test in selection.get("where", {}).items())
        and all(shared(key, record, application, brand) for key in selection.get("same", ()))
    ]


def in_time(record: Plain, selection: Plain, day: date) -> bool:
    begin, end = (record.get(name) for name in SPANS[record["record"]])
    over = end is not None and oracle.as_day(end) <= day
    begun = oracle.as_day(begin) <= day
    return {"ended": over, "begun": begun, "current": begun and not over}[selection["at"]]


def fits(found: Any, test: Plain) -> bool:
    listed = test.get("enum", [test["const"]] if "const" in test else None)
    if listed is not None and not any(found == one and type(found) is type(one) for one in listed):
        return False
    return all(
        isinstance(found, int) and (found >= limit if keyword == "minimum" else found <= limit)
        for keyword, limit in test.items()
        if keyword in ("minimum", "maximum")
    )


def shared(key: str, record: Plain, application: Plain, brand: Plain | None) -> bool:
    if key == "brand":
        return any(oracle.same_brand(brand, carried) for carried in record["brands"])
    if key == "look_alike_brand":
        same = any(oracle.same_brand(brand, carried) for carried in record["brands"])
        return not same and any(oracle.alike(brand["name"], carried["name"]) for carried in record["brands"])
    return bool(record[key] == application["shop"][key])
