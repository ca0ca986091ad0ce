"""The API says what the library says: checks, admission, history and corrections, on both kinds of registry."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders import DAY, ROOT, USCC, application, ban, brand, mark, shop, violation
from registry.make import load

from onboarding import Report, check, load_ruleset, require_two
from onboarding.decisions.handed_in import hand_in
from onboarding.outputs.json import to_json
from onboarding.reading.documents import read_application
from onboarding.registry.sql import SqlRegistry
from onboarding.web.service import today

NUMBERLESS = application(without=("/business_license",))
LASTING = {"/brands/0/evidence/valid_until": None}


def on_record(service: Any, *records: dict[str, Any]) -> SqlRegistry:
    registry: SqlRegistry = service.app.state.service.registry
    load(registry, *records)
    return registry


def plain(report: Report) -> Any:
    return json.loads(to_json(report.to_dict()))


def test_a_check_without_a_role_says_what_the_command_line_says_without_a_registry(desk: Any) -> None:
    service = desk()
    on_record(service, ban())
    data = json.dumps(application(LASTING)).encode()
    answer = service.anonymous("POST", "/v1/check", content=data, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    assert answer.json() == plain(check(data, as_of=today()))
    undecided = {outcome["rule"] for outcome in answer.json()["outcomes"] if outcome["status"] == "undecided"}
    assert undecided == {
        "one-shop-per-brand",
        "max-three-shops",
        "six-month-reentry",
        "permanent-ban",
        "violation-record",
    }


@pytest.mark.parametrize("role", ["staff", "officer"])
def test_a_check_with_a_role_knows_the_history(desk: Any, role: Any) -> None:
    service = desk()
    registry = on_record(service, ban())
    data = json.dumps(application(LASTING)).encode()
    answer = service.holding(role)("POST", "/v1/check", content=data, headers={"content-type": "application/json"})
    assert answer.json() == plain(check(data, as_of=today(), registry=registry))
    assert answer.json()["verdict"] == "fail"


@pytest.mark.parametrize("wanted", [application(LASTING), NUMBERLESS, application({"/brands": []})], ids=str)
def test_a_check_is_200_whatever_the_verdict(desk: Any, wanted: dict[str, Any]) -> None:
    assert desk().anonymous.post("/v1/check", wanted).status_code == 200


def test_a_check_as_of_a_day_that_is_over_says_so(desk: Any) -> None:
    answer = desk().anonymous.post("/v1/check?as_of=2024-08-05", application())
    said = plain(check(json.dumps(application()).encode(), as_of=DAY))
    assert answer.json() == said | {"notes": answer.json()["notes"]}
    assert [note["kind"] for note in answer.json()["notes"]] == ["past"]


@pytest.mark.parametrize("call", ["/v1/check?as_of=2024-08-05&as_of=2023-01-01", "/v1/check?ruleset=douyin&ruleset=x"])
def test_of_a_parameter_that_is_given_twice_none_is_taken(desk: Any, call: str) -> None:
    answer = desk().anonymous.post(call, application())
    assert (answer.status_code, answer.json()["errors"][0]["message"]["en"]) == (422, "a parameter is given twice")


@pytest.mark.parametrize(
    ("method", "call", "known"),
    [
        ("POST", "/v1/check?asof=2024-08-05", "known: `as_of`, `ruleset`"),
        ("POST", "/v1/check?as_of=2024-08-05&rule_set=jd", "known: `as_of`, `ruleset`"),
        ("POST", "/v1/check?Ruleset=jd", "known: `as_of`, `ruleset`"),
        ("POST", "/v1/applications?ruleset%20=jd", "known: `note`, `ruleset`"),
        ("POST", "/v1/applications?as_of=2024-08-05", "known: `note`, `ruleset`"),
        ("GET", "/v1/audit?rules=permanent-ban", "known: `after`, `rule`, `ruleset`, `subject_id`, `verdict`"),
        ("GET", "/v1/decisions?subject=91999999MATEKT019L", "known: `after`, `limit`, `subject_id`"),
        ("GET", "/v1/rulesets?ruleset=jd", "it has no parameters"),
    ],
)
def test_a_parameter_that_a_call_does_not_have_is_not_passed_over(
    desk: Any, method: str, call: str, known: str
) -> None:
    body = {"json": application(LASTING)} if method == "POST" else {}
    answer = desk().holding("staff")(method, call, **body)
    (told,) = answer.json()["errors"]
    name = call.partition("?")[2].split("&")[-1].partition("=")[0]
    shown = name if name.isidentifier() else "…"
    assert (answer.status_code, told["message"]["en"]) == (422, f"this call does not have `{shown}`")
    assert told["hint"]["en"] == known


def test_a_page_takes_parameters_of_whoever_led_to_it(desk: Any) -> None:
    assert desk().anonymous.get("/apply?utm_source=letter").status_code == 200


def test_an_empty_registry_is_noted(desk: Any) -> None:
    answer = desk().holding("staff").post("/v1/check", application(LASTING))
    assert [note["kind"] for note in answer.json()["notes"]] == ["empty_registry"]


def test_an_admission_is_201_and_200_when_repeated(desk: Any) -> None:
    staff = desk().holding("staff", name="李娜")
    first = staff.post("/v1/applications?note=4711 号工单", application(LASTING))
    again = staff.post("/v1/applications", application(LASTING))
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["verdict"], first.json()["by"], first.json()["note"]) == ("pass", "李娜", "4711 号工单")
    assert again.json() == first.json() | {"repeated": True}
    assert staff.get(first.headers["location"]).json() == first.json()


def test_an_id_used_with_other_content_is_409(desk: Any) -> None:
    staff = desk().holding("staff")
    staff.post("/v1/applications", application(LASTING))
    answer = staff.post("/v1/applications", application(LASTING | {"/shop/name": "别家"}))
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["pointer"] == "/application_id"


def test_a_check_with_a_role_says_of_such_an_id_what_admission_would_say(desk: Any) -> None:
    service = desk()
    staff = service.holding("staff")
    staff.post("/v1/applications", application(LASTING))
    other = application(LASTING | {"/shop/name": "别家"})
    assert staff.post("/v1/check", other).status_code == 409
    assert service.anonymous.post("/v1/check", other).status_code == 200


def test_a_refusal_is_a_decision_too(desk: Any) -> None:
    service = desk()
    on_record(service, ban())
    answer = service.holding("staff").post("/v1/applications", application(LASTING))
    assert (answer.status_code, answer.json()["verdict"], answer.json()["shop_id"]) == (201, "fail", None)


def test_an_id_with_any_characters_is_found_at_its_location(desk: Any) -> None:
    staff = desk().holding("staff")
    for odd in ("A/1", "A?x=1", "A%2F1", "申请 1", "A#1"):
        made = staff.post("/v1/applications", application({"/application_id": odd, "/brands/0/name": f"牌{odd}"}))
        assert staff.get(made.headers["location"]).json()["application_id"] == odd, odd


def test_decisions_come_by_pages_in_the_order_in_which_they_were_made(desk: Any) -> None:
    staff = desk().holding("staff")
    for number in range(5):
        staff.post("/v1/applications", application({"/application_id": f"A-{number}"}))
    seen, after = [], 0
    while after is not None:
        page = staff.get(f"/v1/decisions?limit=2&after={after}&subject_id={USCC}").json()
        assert len(page["decisions"]) <= 2
        seen += [decision["application_id"] for decision in page["decisions"]]
        after = page["next"]
    assert seen == [f"A-{number}" for number in range(5)]


def test_a_subjects_page_says_who_wrote_what_down_and_what_it_replaced(desk: Any) -> None:
    service = desk()
    on_record(service, shop("S-1"))
    service.holding("staff", name="李娜").post(
        "/v1/shops/S-1/close", {"on": "2024-02-05", "reason": "voluntary_exit", "note": "4711"}
    )
    found = service.holding("officer").get(f"/v1/subjects/{USCC.lower()}").json()
    first, second = found["entries"]
    assert (first["recorded_by"], first["replaces"]) == ("tester", None)
    assert (second["recorded_by"], second["note"], second["replaces"]) == ("李娜", "4711", first["seq"])
    assert second["record"]["closed_for"] == "voluntary_exit"
    assert found["barred_by"] == []


def test_a_subjects_page_says_what_bars_it(desk: Any) -> None:
    service = desk()
    on_record(service, ban())
    found = service.holding("staff").get(f"/v1/subjects/{USCC}").json()
    assert [outcome["rule"] for outcome in found["barred_by"]] == ["permanent-ban"]
    assert found["eligible_from"] is None


def test_a_subjects_entries_come_by_pages(desk: Any) -> None:
    service = desk()
    on_record(service, *(violation(id=f"V-{number}") for number in range(5)))
    staff, seen, after = service.holding("staff"), [], 0
    while after is not None:
        page = staff.get(f"/v1/subjects/{USCC}?limit=2&after={after}").json()
        seen += [entry["record"]["id"] for entry in page["entries"]]
        after = page["next"]
    assert seen == [f"V-{number}" for number in range(5)]


def test_a_subject_of_which_nothing_is_on_record_is_404(desk: Any) -> None:
    assert desk().holding("staff").get(f"/v1/subjects/{USCC}").status_code == 404


def test_a_number_that_its_scheme_refuses_is_422_wherever_it_names_a_subject(desk: Any) -> None:
    staff = desk().holding("staff")
    wrong = "th.tin:0994000617722"
    answers = [
        staff.get(f"/v1/subjects/{wrong}"),
        staff.get(f"/v1/decisions?subject_id={wrong}"),
        staff.post(f"/v1/subjects/{wrong}/bans", {"on": "2024-02-05", "reason": "application_fraud"}),
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422]


# Each change: what is on record before it, where it is posted, its body, the status, and what must then be so.
CHANGES: dict[str, tuple[list[dict[str, Any]], str, dict[str, Any], int, dict[str, Any]]] = {
    "close": (
        [shop("S/1")],
        "/v1/shops/S%2F1/close",
        {"on": "2024-02-05", "reason": "application_fraud"},
        200,
        {"closed_on": "2024-02-05", "closed_for": "application_fraud"},
    ),
    "ban": (
        [],
        f"/v1/subjects/{USCC}/bans",
        {"on": "2024-02-05", "reason": "serious_violation"},
        201,
        {"record": "ban", "reason": "serious_violation"},
    ),
    "revoke": (
        [ban(id="B-1")],
        f"/v1/subjects/{USCC}/bans/B-1/revoke",
        {"on": "2024-02-05"},
        200,
        {"id": "B-1", "revoked_on": "2024-02-05"},
    ),
    "violation": (
        [shop("S-1")],
        f"/v1/subjects/{USCC}/violations",
        {"on": "2024-02-05", "kind": "late_shipment", "shop_id": "S-1"},
        201,
        {"record": "violation", "shop_id": "S-1"},
    ),
    "resolve": (
        [violation(id="V-1")],
        f"/v1/subjects/{USCC}/violations/V-1/resolve",
        {"on": "2024-04-05"},
        200,
        {"id": "V-1", "resolved_on": "2024-04-05"},
    ),
    "mark": (
        [],
        f"/v1/subjects/{USCC}/marks",
        {"on": "2024-02-05", "kind": "waiver", "about": "max-three-shops", "note": "4711"},
        201,
        {"kind": "waiver", "about": "max-three-shops", "note": "4711", "by": "李娜"},
    ),
    "reopen": (
        [shop("S/1", closed_on="2024-02-05", closed_for="application_fraud")],
        "/v1/shops/S%2F1/reopen",
        {"note": "S/2 was meant"},
        200,
        {"shop_id": "S/1"},
    ),
    "correct": (
        [ban(id="B/1")],
        f"/v1/subjects/{USCC}/records/ban:B%2F1/correct",
        {"changes": {"reason": "serious_violation", "on": "2023-04-01"}, "note": "why"},
        200,
        {"id": "B/1", "reason": "serious_violation", "on": "2023-04-01"},
    ),
    "end": (
        [mark(id="M-1")],
        f"/v1/subjects/{USCC}/marks/M-1/end",
        {"on": "2024-04-05"},
        200,
        {"id": "M-1", "until": "2024-04-05"},
    ),
}


@pytest.mark.parametrize(("before", "path", "body", "status", "after"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_put_on_record_in_the_callers_name(
    desk: Any, before: list[dict[str, Any]], path: str, body: dict[str, Any], status: int, after: dict[str, Any]
) -> None:
    service = desk()
    on_record(service, *before)
    staff = service.holding("staff", name="李娜")
    answer = staff.post(path, {"note": "why", **body})
    assert answer.status_code == status, answer.text
    assert answer.json().items() >= after.items()
    last = staff.get(f"/v1/subjects/{USCC}").json()["entries"][-1]
    assert last["record"] == answer.json()
    assert (last["recorded_by"], last["note"]) == ("李娜", body.get("note", "why"))


@pytest.mark.parametrize(
    ("before", "path", "body"), [(b, p, body) for b, p, body, s, _ in CHANGES.values() if b and s == 200]
)
def test_what_was_ended_already_is_409(
    desk: Any, before: list[dict[str, Any]], path: str, body: dict[str, Any]
) -> None:
    service = desk()
    on_record(service, *before)
    staff = service.holding("staff")
    assert staff.post(path, body).status_code == 200
    assert staff.post(path, body).status_code == 409


@pytest.mark.parametrize(("path", "body"), [(p, body) for b, p, body, _, _ in CHANGES.values() if b])
def test_what_is_not_on_record_is_404(desk: Any, path: str, body: dict[str, Any]) -> None:
    assert desk().holding("staff").post(path, body).status_code == 404


ENDING: dict[str, Any] = {"on": "2024-05-05"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("bans/B-1/revoke", ENDING),
        ("violations/V-1/resolve", ENDING),
        ("marks/M-1/end", ENDING),
        ("records/ban:B-1/correct", {"changes": {"on": "2023-01-01"}, "note": "why"}),
        ("records/ban:B-1/withdraw", {"note": "why"}),
    ],
)
def test_what_is_another_subjects_is_404(desk: Any, kind: str, body: dict[str, Any]) -> None:
    service = desk()
    on_record(service, ban(id="B-1"), violation(id="V-1"), mark(id="M-1"))
    assert service.holding("staff").post(f"/v1/subjects/91999999MATEKT027F/{kind}", body).status_code == 404


def test_what_is_withdrawn_is_gone_and_its_page_says_who_withdrew_it_and_why(desk: Any) -> None:
    service = desk()
    on_record(service, violation(id="V-1"), shop("S-1"))
    staff = service.holding("staff", name="李娜")
    answer = staff.post(f"/v1/subjects/{USCC}/records/violation:V-1/withdraw", {"note": "弄错了主体"})
    assert (answer.status_code, answer.json()["id"]) == (200, "V-1")
    last = staff.get(f"/v1/subjects/{USCC}").json()["entries"][-1]
    assert (last["action"], last["record"], last["recorded_by"], last["note"]) == (
        "withdrawn",
        None,
        "李娜",
        "弄错了主体",
    )
    again = staff.post(f"/v1/subjects/{USCC}/records/violation:V-1/withdraw", {"note": "弄错了主体"})
    assert again.status_code == 404


def test_of_two_who_correct_what_they_both_saw_the_second_is_told(desk: Any) -> None:
    service = desk()
    on_record(service, shop("S-1"))
    staff = service.holding("staff")
    (seen,) = staff.get(f"/v1/subjects/{USCC}").json()["entries"]
    place = f"/v1/subjects/{USCC}/records/shop:S-1/correct"
    body = {"changes": {"opened_on": "2021-12-01"}, "note": "why", "replaces": seen["seq"]}
    assert staff.post(place, body).status_code == 200
    assert staff.post(place, body | {"changes": {"opened_on": "2021-11-01"}}).status_code == 409


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"changes": {"opened_on": "2021-12-01"}}, "/note"),
        ({"changes": {"opened_on": "2021-12-01"}, "note": " "}, "/note"),
        ({"changes": {"opened_on": "2021-12-01"}, "note": "\u200b"}, None),
        ({"changes": {"opened_on": "yesterday"}, "note": "why"}, "/opened_on"),
        ({"changes": [], "note": "why"}, "/changes"),
    ],
)
def test_a_correction_that_no_record_could_keep_is_422(desk: Any, body: dict[str, Any], place: str | None) -> None:
    service = desk()
    on_record(service, shop("S-1"))
    answer = service.holding("staff").post(f"/v1/subjects/{USCC}/records/shop:S-1/correct", body)
    assert answer.status_code == 422
    assert place in {error.get("pointer") for error in answer.json()["errors"]}


def test_an_equal_violation_is_409_unless_it_happened_again(desk: Any) -> None:
    service = desk()
    on_record(service, shop("S-1"))
    staff = service.holding("staff")
    place, body = f"/v1/subjects/{USCC}/violations", {"on": "2024-02-05", "kind": "late_shipment"}
    answers = [staff.post(place, sent) for sent in (body, body, body | {"again": True})]
    assert [answer.status_code for answer in answers] == [201, 409, 201]


def test_where_two_are_needed_a_ban_waits_for_the_second(desk: Any) -> None:
    service = desk()
    require_two(True, registry=on_record(service, shop("S-1")), by="the head of the desk")
    chen, li = service.holding("staff", name="chen"), service.holding("staff", name="li")
    ban_ = {"on": "2024-02-05", "reason": "application_fraud", "note": "forged seal"}
    made = chen.post(f"/v1/subjects/{USCC}/bans", ban_)
    assert (made.status_code, made.json()["proposed_by"]) == (202, "chen")
    page = li.get(f"/v1/subjects/{USCC}").json()
    assert (page["proposals"], len(page["entries"])) == ([made.json()], 1)
    assert li.get("/v1/proposals").json()["proposals"] == [made.json()]
    assert li.post("/v1/applications", application(LASTING)).status_code == 409
    place = f"/v1/proposals/{made.json()['proposal_id']}"
    assert chen.post(f"{place}/confirm", {}).status_code == 409
    assert li.post(f"{place}/confirm", {"note": "papers seen"}).json()["outcome"] == "confirmed"
    assert li.post(f"{place}/reject", {}).status_code == 409
    last = li.get(f"/v1/subjects/{USCC}").json()["entries"][-1]
    assert (last["record"]["record"], last["recorded_by"], last["proposed_by"]) == ("ban", "li", "chen")


def test_a_decision_names_the_application_that_it_follows(desk: Any) -> None:
    staff = desk().holding("staff")
    staff.post("/v1/applications", application({"/brands": []}))
    staff.post("/v1/applications", application(LASTING | {"/application_id": "A-2", "/follows": "A-1"}))
    told = staff.get("/v1/decisions").json()["decisions"]
    assert [(one["application_id"], one["verdict"], one["follows"]) for one in told] == [
        ("A-1", "fail", None),
        ("A-2", "pass", "A-1"),
    ]


# Bodies of a closing, with the places that are wrong with them.
BROKEN: dict[str, tuple[str, set[str]]] = {
    "a field is missing": ('{"on": "2024-02-05"}', {"/reason"}),
    "no such day": ('{"on": "2024-02-30", "reason": "other"}', {"/on"}),
    "another writing of a day": ('{"on": "20240205", "reason": "other"}', {"/on"}),
    "no such reason": ('{"on": "2024-02-05", "reason": "tired"}', {"/reason"}),
    "two at once": ('{"on": 1, "reason": 2}', {"/on", "/reason"}),
    "an unknown field": ('{"on": "2024-02-05", "reason": "other", "noet": "x"}', {"/noet"}),
    "a key twice": ('{"on": "2024-02-05", "on": "2024-02-06", "reason": "other"}', {"/on"}),
    "NaN": ('{"on": NaN, "reason": "other"}', {"/on"}),
    "a NUL": ('{"on": "2024-02-05", "reason": "other", "note": "\\u0000"}', {"/note"}),
    "a lone surrogate": ('{"on": "2024-02-05", "reason": "other", "note": "\\ud800"}', {"/note"}),
    "a list": ("[]", {""}),
    "not JSON": ("{", {None}),  # type: ignore[dict-item]
}


@pytest.mark.parametrize(("body", "places"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_body_is_422_with_every_place_in_both_languages(desk: Any, body: str, places: set[str]) -> None:
    service = desk()
    on_record(service, shop("S-1"))
    staff = service.holding("staff")
    answer = staff("POST", "/v1/shops/S-1/close", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    errors = answer.json()["errors"]
    assert places <= {error.get("pointer") for error in errors}
    assert all({"en", "zh"} <= error["message"].keys() for error in errors)
    assert len(staff.get(f"/v1/subjects/{USCC}").json()["entries"]) == 1


def test_a_broken_application_is_422_with_line_and_column(desk: Any) -> None:
    body = '{"application_id": "A-1",\n "subject": {"type": "enterprize"}}'
    answer = desk().anonymous("POST", "/v1/check", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["line"], error["column"]) == ("/subject/type", 2, 22)


@pytest.mark.parametrize(("asked", "lang"), [("zh-CN,en;q=0.5", "zh"), ("en", "en"), ("fr", "en"), ("", "en")])
def test_a_problems_title_is_in_the_language_asked_for(desk: Any, asked: str, lang: str) -> None:
    answer = desk().anonymous.get("/nowhere", headers={"accept-language": asked})
    assert answer.headers["content-language"] == lang
    assert answer.json()["title"] == {"en": "there is no such thing", "zh": "没有所请求的内容"}[lang]


def test_a_field_of_the_rulesets_own_reaches_the_rules(desk: Any) -> None:
    service = desk(rulesets=("douyin", str(ROOT / "tests/rules/own_fields")))
    other = service.anonymous.get("/v1/rulesets").json()["rulesets"][1]["id"]
    wanted = application({"/shop/type": "flagshp"})
    assert service.anonymous.post("/v1/check", wanted).status_code == 200
    refused = service.anonymous.post(f"/v1/check?ruleset={other}", wanted)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/shop/type"]


def test_the_rules_can_be_read_by_anybody(desk: Any) -> None:
    anonymous = desk().anonymous.get
    (named,) = anonymous("/v1/rulesets").json()["rulesets"]
    whole = anonymous(f"/v1/rulesets/{named['id']}").json()
    assert whole["digest"] == named["digest"]
    assert {"title", "clause", "remedy"} <= whole["rules"][0].keys()
    assert whole["clauses"].keys() >= {clause for rule in whole["rules"] for clause in rule["clause"].split(", ")}
    assert anonymous("/v1/rulesets/nowhere").status_code == 404


def test_every_answer_names_the_rulesets_digest_and_a_sound_one_has_an_etag(desk: Any) -> None:
    service = desk(rulesets=("douyin", "tmall-2019"))
    digests = {one["id"]: one["digest"] for one in service.anonymous.get("/v1/rulesets").json()["rulesets"]}
    judged = service.anonymous.post("/v1/check?ruleset=tmall-2019", application())
    assert judged.headers["ruleset-digest"] == digests["tmall-2019"]
    assert judged.headers["etag"]
    assert service.anonymous.get("/nowhere").headers["ruleset-digest"] == digests["douyin"]


def test_what_has_not_changed_is_not_sent_again(desk: Any) -> None:
    service = desk()
    first = service.anonymous.get("/v1/rulesets/douyin")
    again = service.anonymous.get("/v1/rulesets/douyin", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_is_on_record_is_kept_by_nobody_on_the_way(desk: Any) -> None:
    staff = desk().holding("staff")
    staff.post("/v1/applications", application())
    assert staff.get("/v1/decisions").headers["cache-control"] == "no-store"


def test_two_brands_are_judged_together_with_what_is_on_record(desk: Any) -> None:
    service = desk()
    on_record(service, shop("S-1", ("云上",)))
    wanted = application(LASTING | {"/brands": [brand("云上"), brand("别的牌")]})
    failing = service.holding("staff").post("/v1/check", wanted).json()["outcomes"]
    assert "one-shop-per-brand" in {outcome["rule"] for outcome in failing if outcome["status"] == "fail"}


def test_what_waits_is_listed_shown_decided_on_judged_again_and_erased(desk: Any) -> None:
    service = desk()
    registry, staff = on_record(service), service.holding("staff")
    wanted, _ = read_application(application(LASTING))
    hand_in(wanted, registry=registry, rules=load_ruleset(), at=datetime.now(UTC) - timedelta(days=100))
    (waiting,) = staff.get("/v1/applications?verdict=pass").json()["applications"]
    assert (waiting["application_id"], waiting["ruleset"], waiting["report"]["verdict"]) == ("A-1", "douyin", "pass")
    assert staff.get("/v1/applications?verdict=fail").json() == {"applications": [], "next": None}
    kept = staff.get("/v1/applications/A-1").json()
    assert (kept["report"]["verdict"], kept["decision"]) == ("pass", None)
    assert staff.post("/v1/applications", kept["application"]).status_code == 201
    kept = staff.get("/v1/applications/A-1").json()
    assert (kept["decision"]["by"], kept["application"]["shop"]["name"]) == ("li.na", "云上茶业旗舰店")
    assert staff.get("/v1/applications").json()["applications"] == []
    again = staff.get("/v1/decisions/A-1/replay").json()
    assert (again["same"], [step["cause"] for step in again["steps"]]) == (True, ["program", "records", "day"])
    purged = staff.post("/v1/handed-in/purge", {"older_than_days": 90, "note": "as we promise"}).json()
    assert [one["what"] for one in purged["erasures"]] == ["handed_in"]
    assert staff.post("/v1/applications/A-1/erase", {"note": " "}).status_code == 422
    made = staff.post("/v1/applications/A-1/erase", {"note": "asked for"}).json()
    assert (made["application_id"], made["by"], made["note"]) == ("A-1", "li.na", "asked for")
    first = staff.get("/v1/erasures?limit=1").json()
    second = staff.get(f"/v1/erasures?limit=1&before={first['next']}").json()
    assert [page["erasures"][0]["what"] for page in (first, second)] == ["application", "handed_in"]
    assert staff.get("/v1/decisions/A-1/replay").status_code == 404


@pytest.mark.parametrize("days", [0, -1, 36_501, "90", 1.5, None])
def test_how_long_ago_is_a_whole_number_of_days(service: Any, days: Any) -> None:
    answer = service.holding("staff").post("/v1/handed-in/purge", {"older_than_days": days, "note": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/older_than_days")


def test_what_is_on_record_is_searched_and_audited(desk: Any) -> None:
    service = desk()
    on_record(service, ban(on="2021-01-01"), shop("S-1", ("云上",)))
    officer = service.holding("officer")
    found = officer.get("/v1/search", params={"q": "云上"}).json()
    assert [(one["shop_id"], one["banned"], one["matched"]) for one in found["results"]] == [("S-1", True, ["brand"])]
    assert officer.get("/v1/search?state=closed").json()["results"] == []
    assert officer.get("/v1/search?q=%00").json()["results"] == []
    audited = officer.get(f"/v1/audit?rule=permanent-ban&subject_id={USCC}").json()
    assert [one["source"] for one in audited["results"]] == ["S-1"]
    assert officer.get("/v1/audit?ruleset=nowhere").status_code == 404
