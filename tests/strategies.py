"""Random applications and records, close enough to the limits that every rule is often met and often missed."""

from datetime import date, timedelta
from typing import Any

from builders import DAY, FUJIAN_USCC, OTHER_USCC, SOLE_TRADER_USCC, USCC
from hypothesis import strategies as st

NAMES = (
    *(
        "云上",
        "云 上®",
        "云\u200b上",
        "山下",
        "NIKE/耐克",
        "耐克(NIKE)",
        "nike",
        "耐克",
        "云上CT",
        "CT",
        "云上CTX",
        "ＣＴＸ",
    ),
    *("云A", "A", "Straße", "STRASSE", "七匹狼SEPT7", "®", " "),
    *("云上(R)", "云上★", "Ⓡ云上", "⻓风", "长风", "雲上", "云上牌", "СTХ", "NІKЕ", "NIKÉ", "A&B", "A and B", "AB"),
)
NUMBERS = (None, "", "12345678", "12 345 678", "87654321", "第12345678号", "No.0012345678", "87654321.0", "无", "000")
CODES = (
    *(USCC, USCC, USCC, USCC.lower(), "91-999999-MATEKT019L", OTHER_USCC, SOLE_TRADER_USCC, FUJIAN_USCC),
    *("91999999MATEKT019M", "91999999MATEKTO19L", "999999000000019", "9199", "", None),
)
DAYS = tuple(
    (DAY + timedelta(days=step)).isoformat()
    for step in (-400, -190, -185, -184, -183, -150, -60, -31, -2, -1, 0, 1, 2, 30, 60, 184, 350)
)
IDS = ("A-1", "A-1 ", "A-2", None)

days = st.sampled_from(DAYS)
some_day = st.sampled_from((*[None] * len(DAYS), *DAYS))


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """`usual` more often than not, else one of `others`."""
    return st.sampled_from([usual] * (2 * len(others) + 2) + list(others))


brands_on_record = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from(NAMES)}, optional={"trademark_no": st.sampled_from(NUMBERS)}),
    max_size=2,
)
evidence = st.fixed_dictionaries(
    {"sealed_by_subject": mostly(True, False, None)},
    optional={
        "type": st.sampled_from(["authorization_letter", "other"]),
        "valid_from": mostly(DAYS[0], None, *DAYS[8:13]),
        "valid_until": mostly(None, *DAYS[8:]),
        "signed_by_legal_representative": st.booleans(),
    },
)
brands_wanted = st.lists(
    st.fixed_dictionaries(
        {"name": mostly("云上", *NAMES, None)},
        optional={"trademark_no": st.sampled_from(NUMBERS), "evidence": evidence | evidence | evidence | st.none()},
    ),
    max_size=3,
)
licences = st.fixed_dictionaries(
    {"uscc": mostly(USCC, *CODES)},
    optional={
        "name": mostly("云上茶业", "云上茶业 ", "云上·茶业", "别家", "", None),
        "valid_from": mostly(DAYS[0], None, *DAYS[8:13]),
        "valid_until": mostly(None, *DAYS[8:]),
    },
)
applications = st.fixed_dictionaries(
    {
        "application_id": mostly("A-1", "A-2"),
        "subject": st.fixed_dictionaries(
            {"type": mostly("enterprise", "individual_business", "individual", "other")},
            optional={"name": mostly("云上茶业", "云上茶业\u200b", None)},
        ),
        "business_license": licences | licences | licences | licences | st.none(),
        "brands": brands_wanted.filter(len) | brands_wanted,
    },
    optional={"submitted_on": some_day},
)
subjects = st.sampled_from((USCC, USCC, USCC.lower(), OTHER_USCC, SOLE_TRADER_USCC, FUJIAN_USCC))


def _in_order(record: dict[str, Any], first: str, last: str) -> dict[str, Any]:
    """`record` with its days in order: nothing ends before it begins."""
    if record.get(last) is not None and record[last] < record[first]:
        record[first], record[last] = record[last], record[first]
    return record


def _closed(record: dict[str, Any]) -> dict[str, Any]:
    if record["closed_on"] is None:
        del record["closed_for"]
    return _in_order(record, "opened_on", "closed_on")


def _with_own_id(record: dict[str, Any]) -> dict[str, Any]:
    """No two subjects have a record of one id: that would be a broken history."""
    name = "shop_id" if record["record"] == "shop" else "id"
    return record if record[name] is None else {**record, name: f"{record[name]}-{record['subject_id'].upper()[-4:]}"}


shops = (
    st.fixed_dictionaries(
        {
            "record": st.just("shop"),
            "shop_id": st.sampled_from([f"S-{n}" for n in range(6)]),
            "subject_id": subjects,
            "brands": brands_on_record,
            "opened_on": days,
            "closed_on": some_day,
            "closed_for": mostly("voluntary_exit", "other", "other", "application_fraud", "serious_violation"),
            "application_id": st.sampled_from(IDS),
        }
    )
    .map(_closed)
    .map(_with_own_id)
)
bans = st.fixed_dictionaries(
    {
        "record": st.just("ban"),
        "subject_id": subjects,
        "on": days,
        "reason": st.sampled_from(["application_fraud", "serious_violation"]),
        "revoked_on": some_day,
        "id": st.sampled_from([None, "X-1", "X-2"]),
    }
).map(lambda record: _with_own_id(_in_order(record, "on", "revoked_on")))
violations = st.fixed_dictionaries(
    {
        "record": st.just("violation"),
        "subject_id": subjects,
        "on": days,
        "kind": st.sampled_from(["late_shipment", "other"]),
        "resolved_on": some_day,
        "id": st.sampled_from([None, "X-1", "X-2"]),
    }
).map(lambda record: _with_own_id(_in_order(record, "on", "resolved_on")))
_own_shops = shops.map(lambda record: _with_own_id({**record, "subject_id": USCC}))
histories = st.lists(shops | shops | shops | shops | bans | violations, max_size=6) | st.lists(_own_shops, max_size=7)
few_records = st.lists(shops | violations, max_size=3)
judged_on = st.sampled_from([DAY + timedelta(days=step) for step in (-1, 0, 0, 0, 1, 30, 31, 200)])


def day_of(record: dict[str, Any]) -> date:
    """The day from which `record` exists."""
    return date.fromisoformat(record["opened_on"] if record["record"] == "shop" else record["on"])
