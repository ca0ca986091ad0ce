"""The desk: staff find, look, decide, change and take back; each change has a name, a reason, and was shown before."""

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import OTHER_USCC, ROOT, USCC, application, ban, brand, mark, shop, violation
from registry.make import load, subject
from web.calls import Desk
from web.visitor import Visitor, field_of, words_of

from onboarding import library
from onboarding.decisions.erasure import erase, erasures_before
from onboarding.decisions.handed_in import hand_in
from onboarding.messages import catalogue
from onboarding.reading.documents import read_application
from onboarding.registry import open_database
from onboarding.registry.sql import Entry, SqlRegistry
from onboarding.rules.loading import load_ruleset
from onboarding.web import audits
from onboarding.web.desk_forms import ACTIONS
from onboarding.web.dossiers import PAGE
from onboarding.web.service import today

LASTING = {"/brands/0/evidence/valid_until": None}
SUBJECT = f"/desk/subject?id={USCC}"
CLOSE = f"/desk/do/close?subject={USCC}&record=shop:S-1"
CLOSING = {"on": "2024-08-01", "closed_for": "voluntary_exit", "note": "ticket 1"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{7919*7919}}"


def registry_of(service: Desk) -> SqlRegistry:
    registry: SqlRegistry = service.app.state.service.registry
    return registry


def give(service: Desk, changes: dict[str, Any] | None = None, *, days_ago: int = 0, **left_out: Any) -> None:
    """Hand in an application, as a seller does."""
    rules = load_ruleset("douyin")
    wanted, _ = read_application(application(LASTING | (changes or {}), **left_out), rules.own_fields)
    hand_in(wanted, registry=registry_of(service), rules=rules, at=datetime.now(UTC) - timedelta(days=days_ago))


@pytest.fixture
def staff(service: Desk) -> Visitor:
    return Visitor(service.app).sign_in(service.secret("staff"))


@pytest.fixture
def second(service: Desk) -> Visitor:
    """Another one."""
    return Visitor(service.app).sign_in(service.secret("staff", name="chen"))


def test_the_queue_says_of_each_what_a_check_with_the_history_says(service: Desk, staff: Visitor) -> None:
    load(registry_of(service), shop("S-1", ("云上",)))
    give(service, {"/application_id": "A-refused"}, days_ago=3)
    give(service, {"/application_id": "A-ready", "/brands/0/name": "晴川"}, days_ago=2)
    give(service, {"/application_id": "A-open", "/business_license/uscc": "91999999MATEKTO19L"}, days_ago=1)
    for verdict, ids in {
        "": ["A-refused", "A-ready", "A-open"],
        "pass": ["A-ready"],
        "fail": ["A-refused", "A-open"],
        "undecided": [],
    }.items():
        staff.get("/desk", params={"verdict": verdict} if verdict else None)
        found = [id_ for id_ in staff.text.split() if id_.startswith("A-")]
        assert found == ids


def test_a_long_queue_goes_on_where_it_ended(service: Desk, staff: Visitor) -> None:
    for number in range(PAGE + 2):
        give(service, {"/application_id": f"A-{number}"})
    first = staff.get("/desk?verdict=pass").text
    more = re.search(r'class="button other" href="([^"]*)"', first)
    assert more
    second = staff.get("/desk" + html.unescape(more[1])).text
    assert 'class="button other" href' not in second
    shown = [re.findall(r"<bdi>(A-\d+)</bdi>", page) for page in (first, second)]
    assert shown == [[f"A-{n}" for n in range(PAGE)], [f"A-{n}" for n in (PAGE, PAGE + 1)]]


@pytest.mark.parametrize("more", [0, 1])
def test_the_page_of_a_subject_says_where_more_waits_than_it_shows(service: Desk, staff: Visitor, more: int) -> None:
    for number in range(PAGE + more):
        give(service, {"/application_id": f"W-{number:02}"})
    page = html.unescape(staff.get(SUBJECT).text)
    assert len(set(re.findall(r"W-\d\d", page))) == PAGE
    assert (f"/desk/search?q={USCC}" in page) == bool(more)
    assert len(set(re.findall(r"W-\d\d", staff.get(f"/desk/search?q={USCC}").text))) == PAGE + more


def test_what_admission_refuses_to_decide_is_told_beside_the_reason_that_was_typed(
    service: Desk, staff: Visitor
) -> None:
    give(service)
    load(registry_of(service), shop("S-1", ("别样",), application_id="A-1"))
    staff.get("/desk/application?id=A-1")
    staff.send("/desk/application?id=A-1", verdict="pass", note="ticket 9")
    assert (staff.page.status_code, ">ticket 9</textarea>" in staff.page.text) == (409, True)
    assert "opened shop S-1 already" in staff.text


@pytest.mark.parametrize("q", [USCC, USCC[:12], "S-1x", "S-1", "晴川茶业", "晴", "TeaHouse", "A-42", "云上茶业有限"])
def test_whoever_is_meant_is_found(service: Desk, staff: Visitor, q: str) -> None:
    load(registry_of(service), shop("S-1x", ("TEAHOUSE 100%",)))
    give(service, {"/application_id": "A-42", "/shop/name": "晴川茶业旗舰店"})
    staff.get("/desk/search", params={"q": q})
    assert USCC in staff.text


def test_every_kind_of_registry_is_searched_listed_and_audited(desk: Callable[..., Desk], tmp_path: Path) -> None:
    service = desk(evaluation_log=tmp_path / "evaluations.jsonl")
    staff = Visitor(service.app).sign_in(service.secret("staff"))
    load(registry_of(service), shop("S-1", ("TeaHouse 100%",)), ban())
    give(service)
    assert "Ban after fraud" in staff.get("/desk/application?id=A-1").text
    # What staff are shown can be explained later, as what they decide.
    assert '"action":"look","by":"li.na"' in (tmp_path / "evaluations.jsonl").read_text("utf-8")
    staff.send("/desk/application?id=A-1", verdict="fail", note="ticket 9")
    for page in ("/desk/search?q=HOUSE+100%25", "/desk/search?q=S-1", f"/desk/search?q={USCC[:9]}", "/desk/decisions"):
        assert USCC in staff.get(page).text, page
    assert "1 subject looked at" in words_of(staff.get("/desk/audit?verdict=undecided"))
    assert staff.get("/desk/audit?after=x%00").status_code == 404


@pytest.mark.parametrize("q", ["zzz", "%", "_", "shop", "\0", "'; DROP TABLE records; --", "\\", "ﷺ" * 2000])
def test_what_is_no_name_of_anybody_finds_nobody(service: Desk, staff: Visitor, q: str) -> None:
    load(registry_of(service), shop("S-1"))
    staff.get("/desk/search", params={"q": q})
    assert staff.page.status_code == 200
    assert USCC not in staff.text


def test_a_subject_is_a_timeline_of_who_when_why_and_what_it_replaced(service: Desk, staff: Visitor) -> None:
    registry = registry_of(service)
    load(registry, shop("S-1"), ban(id="B-1"), violation(id="V-1"), mark())
    at = datetime(2024, 8, 20, 4, 30, tzinfo=UTC)
    library.close("S-1", "other", date(2024, 8, 10), registry=registry, by="chen", note="ticket 7", at=at)
    library.reopen("S-1", registry=registry, by="li.na", note="wrong shop", at=at + timedelta(hours=1))
    library.revoke("B-1", date(2024, 8, 15), registry=registry, by="li.na", note="appeal 3", at=at)
    staff.get(SUBJECT)
    for said in (
        "Closing taken back: Shop S-1, open since 2022-01-01",
        "2024-08-20 13:30 · li.na · what it replaced wrong shop",
        "Closed from: 2024-08-10 → nothing",
        "Shop S-1, closed since 2024-08-10: other 2024-08-20 12:30 · chen · what it replaced ticket 7",
        "Ban revoked from 2024-08-15",
        "Violation on 2024-03-01 in shop S-1: late shipment",
        "Mark b_points of 6 from 2024-03-01",
    ):
        assert said in staff.text
    assert staff.text.index("Closing taken back") < staff.text.index("ticket 7")


def test_a_subject_of_whom_nothing_is_on_record_can_be_looked_at(staff: Visitor) -> None:
    staff.get(SUBJECT)
    assert staff.page.status_code == 200
    assert "Nothing is on record of this subject" in staff.text


def test_staff_admit_with_a_reason_and_the_report_beside_it(service: Desk, staff: Visitor) -> None:
    give(service)
    staff.get("/desk/application?id=A-1")
    assert "Admit and open the shop" in staff.text
    assert "Rules that hold" in staff.text
    staff.send("/desk/application?id=A-1", verdict="pass", note="ticket 9")
    assert "The decision is on record" in staff.text
    (made,) = library.history(USCC, registry=registry_of(service))[:1]
    assert (made.by, made.note) == ("li.na", "ticket 9")  # type: ignore[union-attr]
    assert "A-1" not in staff.get("/desk").text
    assert "ticket 9" in staff.get("/desk/decisions").text
    staff.get(SUBJECT)
    assert all(said in staff.text for said in ("云上茶业有限公司", "云上茶业旗舰店 · 云上", "Application A-1 admitted"))


def test_staff_read_by_which_rules_a_seller_has_applied(tmp_path: Path) -> None:
    with open_database(tmp_path / "registry.db") as registry:
        registry.init()
    service = Desk(str(tmp_path / "registry.db"), tmp_path, rulesets=("douyin", "douyin-2020"))
    rules = load_ruleset("douyin-2020")
    wanted, _ = read_application(application(LASTING), rules.own_fields)
    hand_in(wanted, registry=registry_of(service), rules=rules, at=datetime.now(UTC))
    page = words_of(Visitor(service.app).sign_in(service.secret("staff")).get("/desk/application?id=A-1"))
    assert f"Rules {rules.title['en']} (douyin-2020)" in page
    registry_of(service).close()


def test_by_rules_that_the_service_does_not_have_nothing_is_decided(service: Desk, staff: Visitor) -> None:
    rules = load_ruleset("douyin-2020")
    wanted, _ = read_application(application(LASTING), rules.own_fields)
    hand_in(wanted, registry=registry_of(service), rules=rules, at=datetime.now(UTC))
    assert "Undecided" in staff.get("/desk").text
    assert "A-1" in words_of(staff.get("/desk?verdict=undecided"))
    staff.get("/desk/application?id=A-1")
    assert "handed in for the ruleset “douyin-2020”, which is not at hand here" in staff.text
    sign = field_of(staff.get(f"/desk/do/ban?subject={USCC}"), "sign")
    for verdict in ("undecided", "pass"):
        assert staff.send("/desk/application?id=A-1", sign=sign, verdict=verdict, note="x").status_code == 409
    assert library.history(USCC, registry=registry_of(service)) == ()


def test_of_two_who_decide_at_once_the_second_is_shown_what_the_first_decided(
    service: Desk, staff: Visitor, second: Visitor
) -> None:
    give(service)
    for visitor in (staff, second):
        visitor.get("/desk/application?id=A-1")
    staff.send("/desk/application?id=A-1", verdict="pass", note="mine")
    second.send("/desk/application?id=A-1", verdict="pass", note="theirs")
    assert second.page.status_code == 200
    assert "This was decided already" in second.text
    assert "li.na" in second.text
    assert "theirs" not in second.text
    assert len(library.history(USCC, registry=registry_of(service))) == 2


def test_who_saw_another_report_decides_nothing(service: Desk, staff: Visitor) -> None:
    give(service)
    staff.get("/desk/application?id=A-1")
    load(registry_of(service), ban())
    staff.send("/desk/application?id=A-1", verdict="pass", note="ticket 9")
    assert (staff.page.status_code, "Look again" in staff.text) == (409, True)
    assert "Put the refusal on record" in staff.text
    assert ">ticket 9</textarea>" in staff.page.text
    assert len(library.history(USCC, registry=registry_of(service))) == 1


@pytest.mark.parametrize("note", ["", "  ", "\u200b", "x" * 2001])
def test_nothing_is_decided_without_a_reason(service: Desk, staff: Visitor, note: str) -> None:
    give(service)
    staff.get("/desk/application?id=A-1")
    assert staff.send("/desk/application?id=A-1", verdict="pass", note=note).status_code == 422
    assert library.history(USCC, registry=registry_of(service)) == ()


# What staff do: where, what the form says, what follows as it is shown, and what the timeline says then.
DONE: dict[str, tuple[str, dict[str, str], str, str]] = {
    "close": (
        "close?record=shop:S-1",
        {"on": "2024-08-01", "closed_for": "serious_violation"},
        "This bars this subject for good. A new application of this subject will be refused by the rule “Ban after",
        "Shop S-1, closed since 2024-08-01: serious violation",
    ),
    "close, leaving": (
        "close?record=shop:S-1",
        {"on": today().isoformat(), "closed_for": "voluntary_exit"},
        "it can be admitted again from",
        "the subject left of its own accord",
    ),
    "reopen": ("reopen?record=shop:S-3", {}, "no longer speaks against", "Closing taken back: Shop S-3"),
    "ban": (
        "ban?",
        {"on": "2024-08-01", "reason": "application_fraud"},
        "It has 2 other shops, which stay open until each is closed: Shop S-1, open",
        "Banned from 2024-08-01: fraud in the application",
    ),
    "revoke": ("revoke?record=ban:B-1", {"on": "2024-08-01"}, "no longer speaks against", "Ban revoked from"),
    "violation": (
        "violation?",
        {"on": "2024-08-01", "kind": "customer_fraud", "shop_id": "S-1"},
        "Nothing changes",
        "Violation on 2024-08-01 in shop S-1: fraud on customers",
    ),
    "resolve": ("resolve?record=violation:V-1", {"on": "2024-08-01"}, "Nothing changes", "Violation resolved on"),
    "mark": (
        "mark?",
        {"on": "2024-08-01", "kind": "b_points", "value": "6"},
        "Nothing changes",
        "Mark b_points of 6 from 2024-08-01",
    ),
    "waiver": (
        "waiver?",
        {"on": "2024-08-01", "about": "max-three-shops", "until": "2030-01-01"},
        "in the name of li.na",
        "Waiver of the rule max-three-shops from 2024-08-01",
    ),
    "unmark": ("unmark?record=mark:M-1", {"on": "2024-08-01"}, "Nothing changes", "Mark ends on 2024-08-01"),
    "correct": (
        "correct?record=shop:S-1",
        {"opened_on": "2022-02-02", "brand-0-name": "别样"},
        "Name of brand 1 别样",
        "Brands: 别的 → 别样",
    ),
    "withdraw": ("withdraw?record=ban:B-1", {}, "no longer speaks against", "Withdrawn, as entered in error"),
}


@pytest.mark.parametrize(("where", "said", "follows", "then"), DONE.values(), ids=DONE.keys())
def test_what_staff_do_is_shown_before_and_on_record_after(
    service: Desk, staff: Visitor, where: str, said: dict[str, str], follows: str, then: str
) -> None:
    registry = registry_of(service)
    closed = {"closed_on": "2024-03-01", "closed_for": "application_fraud"}
    others = [ban(id="B-1")] if "B-1" in where else [shop("S-3", **closed)] if "S-3" in where else []
    load(registry, shop("S-1"), shop("S-2"), violation(id="V-1"), mark(), *others)
    before = len(library.history(USCC, registry=registry))
    address = f"/desk/do/{where}&subject={USCC}"
    assert staff.get(address).status_code == 200
    typed = {"note": "ticket 5", **({"opened_on": "2022-01-01"} if "correct" in where else {}), **said}
    for reason in ("", " \u200b "):
        assert staff.send(address, **typed | {"note": reason, "step": "confirm"}).status_code == 422
        assert "nothing is put on record without a reason" in staff.text
    assert staff.send(address, **typed, step="look").status_code == 200
    assert follows in staff.text
    assert len(library.history(USCC, registry=registry)) == before
    staff.send(address, **typed, step="change")
    assert "ticket 5" in staff.page.text
    staff.send(address, **typed, step="confirm")
    assert staff.page.url.path == "/desk/subject"
    assert then in staff.text
    assert "li.na" in staff.text
    assert "ticket 5" in staff.text
    assert len(library.history(USCC, registry=registry)) == before + 1


def test_every_action_is_tried() -> None:
    assert {where.partition("?")[0] for where, *_ in DONE.values()} == ACTIONS.keys() - {"confirm", "reject"}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"on": ""}, "Say on which day"),
        ({"on": "2024-02-30"}, "Not a day that there is"),
        ({"on": "2999-01-01"}, "has not come"),
        ({"closed_for": "bankruptcy"}, "Choose one of those"),
        ({"closed_for": ""}, "Choose one"),
        ({"on": "2021-12-31"}, "before the shop opened"),
        ({"note": "x" * 2001}, "At most 2000"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_typed_is_lost(
    service: Desk, staff: Visitor, said: dict[str, str], why: str
) -> None:
    load(registry_of(service), shop("S-1"))
    staff.get(CLOSE)
    typed = CLOSING | said
    assert staff.send(CLOSE, **typed, step="confirm").status_code in (409, 422)
    assert why in staff.text
    assert all(value in staff.page.text for value in typed.values() if value != "bankruptcy")
    assert len(library.history(USCC, registry=registry_of(service))) == 1


@pytest.mark.parametrize("seq", ["²", "9" * 5000, "-1", "x", ""])
@pytest.mark.parametrize("name", ["close", "correct"])
def test_who_does_not_say_which_version_they_saw_puts_nothing_on_record(
    service: Desk, staff: Visitor, seq: str, name: str
) -> None:
    load(registry_of(service), shop("S-1"))
    address = CLOSE.replace("close", name)
    staff.get(address)
    typed = CLOSING if name == "close" else {"opened_on": "2022-02-02", "brand-0-name": "别的", "note": "ticket 1"}
    assert staff.send(address, **typed, seq=seq).status_code == 200
    assert staff.send(address, **typed, seq=seq, step="confirm").status_code == 422
    assert "which version of the record" in staff.text
    assert "ticket 1" in staff.page.text
    assert len(library.history(USCC, registry=registry_of(service))) == 1
    assert staff.send(address, **typed, step="confirm").url.path == "/desk/subject"


def test_of_two_who_close_a_shop_the_second_reads_why_not(service: Desk, staff: Visitor, second: Visitor) -> None:
    load(registry_of(service), shop("S-1"))
    for visitor in (staff, second):
        visitor.get(CLOSE)
        visitor.send(CLOSE, **CLOSING, step="look")
    staff.send(CLOSE, **CLOSING, step="confirm")
    second.send(CLOSE, **CLOSING, step="confirm")
    assert second.page.status_code == 409
    assert "shop S-1 is closed since 2024-08-01" in second.text
    assert len(library.history(USCC, registry=registry_of(service))) == 2


def test_what_somebody_else_has_corrected_since_is_not_corrected_unseen(
    service: Desk, staff: Visitor, second: Visitor
) -> None:
    load(registry_of(service), shop("S-1"))
    address = f"/desk/do/correct?subject={USCC}&record=shop:S-1"
    seq = {}
    for visitor in (staff, second):
        visitor.get(address)
        seq[visitor] = visitor.page.text.partition('name="seq" value="')[2].partition('"')[0]
    typed = {"opened_on": "2022-02-02", "brand-0-name": "别的", "note": "x", "step": "confirm"}
    staff.send(address, **typed, seq=seq[staff])
    for _ in range(2):
        # Once more does not make it another version.
        assert second.send(address, **typed | {"opened_on": "2022-03-03", "note": ""}).status_code == 422
        second.send(address, **typed | {"opened_on": "2022-03-03"})
        assert second.page.status_code == 409
        assert "somebody else has just changed" in second.text
    assert 'value="2022-02-02"' in second.get(address).text


def test_a_ban_can_need_a_second_person(service: Desk, staff: Visitor, second: Visitor) -> None:
    registry = registry_of(service)
    library.require_two(True, registry=registry, by="owner")
    give(service)
    address, typed = f"/desk/do/ban?subject={USCC}", {"on": "2024-08-01", "reason": "application_fraud", "note": "why"}
    staff.get(address)
    staff.send(address, **typed, step="look")
    assert "once a second person has confirmed it" in staff.text
    staff.send(address, **typed, step="confirm")
    assert "waits for a second person" in staff.text
    (waiting,) = library.proposals(registry=registry)
    confirm = f"/desk/do/confirm?proposal={waiting.proposal_id}"
    staff.get("/desk/proposals")
    assert confirm not in staff.page.text
    staff.get(confirm)
    assert staff.send(confirm, note="I again", step="confirm").status_code == 409
    assert "Admit and open" not in second.get("/desk/application?id=A-1").text
    assert confirm in second.get("/desk/proposals").text
    second.get(confirm)
    second.send(confirm, note="seen too", step="look")
    assert "This bars this subject for good" in second.text
    second.send(confirm, note="seen too", step="confirm")
    assert "It is confirmed" in second.text
    assert "Banned from 2024-08-01" in second.text
    assert "proposed by li.na" in second.text
    assert library.proposals(registry=registry) == ()


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "brands <b>云0 , <b>云1 , <b>云2 : The brand's evidence bears neither"),
        ("zh", "品牌 <b>云0 、 <b>云1 、 <b>云2 ：品牌资质既未加盖"),
    ],
)
def test_what_is_wrong_with_several_brands_alike_is_said_once(
    service: Desk, staff: Visitor, lang: str, said: str
) -> None:
    unsealed = {"valid_from": "2024-01-01", "sealed_by_subject": False}
    give(service, {"/brands": [brand(f"<b>云{number}", evidence=unsealed) for number in range(3)]})
    staff.get(f"/desk/application?id=A-1&lang={lang}")
    assert staff.text.count(said) == staff.text.count(said.partition(":" if lang == "en" else "：")[2]) == 1
    assert "<b>云" not in staff.page.text


def test_who_applies_again_is_shown_beside_the_earlier_application(service: Desk, staff: Visitor) -> None:
    unsealed = {"/brands/0/evidence/sealed_by_subject": False, "/application_id": "A-1"}
    give(service, unsealed)
    staff.get("/desk/application?id=A-1")
    staff.send("/desk/application?id=A-1", verdict="fail", note="no seal")
    assert "no seal" in staff.text
    give(service, {"/application_id": "A-2", "/follows": "A-1", "/shop/name": "云上茶业新店"})
    assert "applies again" in staff.get("/desk").text
    staff.get("/desk/application?id=A-2")
    rows = [row.partition("</tr>")[0] for row in staff.page.text.split('<tr class="differs">')[1:]]
    assert [row.count("<del>") for row in rows] == [0, 1, 1]
    assert "<del><bdi>no</bdi></del>" in rows[2]
    assert "<ins><bdi>yes</bdi></ins>" in rows[2]


def test_a_decision_is_judged_again_and_shops_are_audited(service: Desk, staff: Visitor) -> None:
    registry = registry_of(service)
    give(service)
    staff.get("/desk/application?id=A-1")
    staff.send("/desk/application?id=A-1", verdict="pass", note="x")
    assert "The same verdict for the same reasons" in staff.get("/desk/replay?id=A-1").text
    load(registry, ban(), at=datetime.now(UTC))
    staff.get("/desk/replay?id=A-1")
    assert "permanent-ban : Pass → Refused" in staff.text
    of_one, of_all = staff.get(f"/desk/audit?id={USCC}"), staff.get("/desk/audit")
    assert "1 shop to look at" in words_of(of_one)
    assert words_of(of_one) == words_of(of_all).replace("1 subject looked at", USCC)
    assert "permanent-ban" in staff.get("/desk/rules").text


EVERYWHERE = [
    "/desk",
    "/desk/decisions",
    "/desk/proposals",
    "/desk/audit?verdict=undecided",
    "/desk/audit",
    "/desk/rules",
    "/desk/search?q=script",
    SUBJECT,
    "/desk/application?id=A-1",
    "/desk/application?id=A-2",
    "/desk/replay?id=A-1",
    "/desk/search",
    "/desk/audit.csv?verdict=undecided",
    "/desk/erase?id=A-1",
    "/desk/erasures",
    f"/desk/do/close?subject={USCC}&record=shop:S-1%3Cscript%3E",
    f"/desk/do/correct?subject={USCC}&record=shop:S-1%3Cscript%3E",
    f"/desk/do/violation?subject={USCC}",
]


@pytest.fixture
def marked_up(service: Desk) -> Callable[[], None]:
    """Puts markup in every field that anybody fills in."""

    def put() -> None:
        registry = registry_of(service)
        evil = {"/subject/name": EVIL, "/business_license/name": EVIL, "/shop/name": EVIL, "/brands/0/name": EVIL}
        evil |= {"/brands/0/trademark_no": EVIL}
        load(registry, shop("S-1<script>", (EVIL,), application_id=EVIL), violation(id=EVIL, shop_id=None))
        load(registry, mark(EVIL, note=EVIL, by=EVIL), ban("serious_violation", id=EVIL, subject_id=OTHER_USCC))
        give(service, evil)
        give(service, evil | {"/application_id": "A-2", "/follows": "A-1"})
        rules = load_ruleset("douyin")
        wanted, _ = read_application(application(LASTING | evil), rules.own_fields)
        library.admit(wanted, registry=registry, by=EVIL, note=EVIL)
        library.require_two(True, registry=registry, by=EVIL, note=EVIL)
        give(service, evil | {"/application_id": EVIL})
        erase(EVIL, registry=registry, entry=Entry(datetime.now(UTC), EVIL, EVIL))
        library.ban(USCC, "serious_violation", date(2024, 8, 1), registry=registry, by=EVIL, note=EVIL)

    return put


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_markup_in_every_field_is_shown_and_never_is_markup(
    service: Desk, marked_up: Callable[[], None], lang: str
) -> None:
    marked_up()
    visitor = Visitor(service.app, lang=lang).sign_in(service.secret("staff"))
    for page in EVERYWHERE:
        visitor.get(page)
        assert visitor.page.status_code == 200, page
        if page.startswith("/desk/audit.csv"):
            assert visitor.page.headers["content-type"] == "text/csv; charset=utf-8"
            continue
        assert "<script>alert" not in visitor.page.text, page
        assert "<img" not in visitor.page.text, page
        assert "62710561" not in visitor.text, page
        # Nothing that stands in a page can run: there is no style, no program and no handler in it.
        assert not any(sign in visitor.page.text for sign in (" style=", "<style", " onclick=", "javascript:")), page
        assert "default-src 'none'" in visitor.page.headers["content-security-policy"]
        assert visitor.page.headers["cache-control"] == "no-store"
    visitor.get("/desk/search", params={"q": EVIL})
    assert "<script>alert" not in visitor.page.text


def test_a_database_that_is_gone_is_told_and_all_is_well_when_it_is_back(service: Desk, staff: Visitor) -> None:
    path = Path(service.settings.registry)
    load(registry_of(service), shop("S-1"))
    staff.get(CLOSE)
    sign, away = staff.sign, path.rename(path.with_name("away"))
    for asked in (
        *(lambda: staff.get(SUBJECT), lambda: staff.send(CLOSE, **CLOSING, step="confirm", sign=sign)),
        lambda: staff.get("/desk/audit.csv"),
    ):
        answer = asked()
        assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert "out of reach" in staff.text
    away.rename(path)
    staff.get(CLOSE)
    assert staff.send(CLOSE, **CLOSING, step="confirm").url.path == "/desk/subject"


@pytest.mark.parametrize(
    "address",
    ["/desk/application?id=nobody", "/desk/do/erase?subject=x", f"/desk/do/close?subject={USCC}&record=shop:S-9"],
)
def test_what_is_not_there_is_404_on_a_page(staff: Visitor, address: str) -> None:
    assert staff.get(address).status_code == 404
    assert staff.page.headers["content-type"].startswith("text/html")


def test_every_action_has_all_its_words_in_both_languages() -> None:
    words = catalogue("desk")
    for name in ACTIONS:
        assert {f"do-{name}", f"sure-{name}", f"done-{name}", f"hint-{name}-note"} <= words.keys()


@pytest.mark.parametrize("typed", ["2024/8/1", "2024年8月1日", "20240801", " 2024-08-01 "])
def test_a_day_is_typed_as_people_write_it_and_shown_as_it_was_understood(
    service: Desk, staff: Visitor, typed: str
) -> None:
    registry = registry_of(service)
    load(registry, shop("S-1"))
    staff.get(CLOSE)
    staff.send(CLOSE, **CLOSING | {"on": typed, "step": "look"})
    assert "2024-08-01" in staff.text
    staff.send(CLOSE, **CLOSING | {"on": "2024-08-01", "step": "confirm"})
    (closed,) = registry.look_up([USCC]).histories[USCC].shops
    assert closed.closed_on == date(2024, 8, 1)


def test_an_application_that_was_erased_says_so_and_cannot_be_judged_again(service: Desk, staff: Visitor) -> None:
    registry = registry_of(service)
    give(service)
    staff.get("/desk/application?id=A-1")
    staff.send("/desk/application?id=A-1", verdict="pass", note="ticket 9")
    erase("A-1", registry=registry, entry=Entry(datetime.now(UTC), "chen", "asked for"))
    staff.get("/desk/application?id=A-1")
    assert "was erased; what was decided, and why, stays" in staff.text
    assert "/desk/replay" not in staff.page.text
    assert staff.get("/desk/replay?id=A-1").status_code == 404
    assert "was erased at" in staff.text


def test_staff_erase_what_a_person_wrote_and_who_did_it_stays(service: Desk, staff: Visitor) -> None:
    registry = registry_of(service)
    give(service)
    staff.get("/desk/application?id=A-1")
    staff.send("/desk/application?id=A-1", verdict="pass", note="ticket 9")
    assert "/desk/erase?id=A-1" in staff.page.text
    staff.get("/desk/erase?id=A-1")
    assert "This cannot be taken back. Names, brands, papers" in staff.text
    for note in ("", " \u200b ", "x" * 2001):
        assert staff.send("/desk/erase?id=A-1", note=note).status_code == 422
    with registry.reading() as session:
        assert erasures_before(session, 10, 10) == []
    staff.send("/desk/erase?id=A-1", note="request of the seller")
    assert staff.page.url.path == "/desk/erasures"
    assert "It is erased. Application What was erased At By A-1 all that people wrote in it" in staff.text
    assert "li.na request of the seller" in staff.text
    staff.get("/desk/application?id=A-1")
    assert ("was erased" in staff.text, "/desk/erase" in staff.page.text) == (True, False)
    assert staff.get("/desk/erase?id=nobody").status_code == 404


def test_what_was_handed_in_long_ago_is_counted_and_then_erased(service: Desk, staff: Visitor) -> None:
    give(service, days_ago=100)
    give(service, {"/application_id": "A-2"})
    staff.get("/desk/purge")
    for days in ("", "0", "-1", "x", "²", "36501", "9" * 5000):
        assert staff.send("/desk/purge", days=days, note="as we promise", step="confirm").status_code == 422
        assert "a whole number from 1 to 36500" in staff.text
    assert staff.send("/desk/purge", days="90", note="", step="confirm").status_code == 422
    staff.send("/desk/purge", days="90", note="as we promise")
    assert "1 application was handed in more than 90 days ago" in staff.text
    assert staff.get("/desk/application?id=A-1").status_code == 200
    staff.get("/desk/purge")
    staff.send("/desk/purge", days="90", note="as we promise", step="confirm")
    assert "A-1 what was handed in" in staff.text
    assert [staff.get(f"/desk/application?id={id_}").status_code for id_ in ("A-1", "A-2")] == [404, 200]


def test_an_audit_is_filtered_by_rule_and_saved_as_a_table(
    service: Desk, staff: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audits, "_AUDITED", 1)
    banned = [ban(subject_id=code, on="2021-01-01") for code in (USCC, OTHER_USCC)]
    shops = [shop("S-1", ("=云上",)), shop("S-2", subject_id=OTHER_USCC)]
    load(registry_of(service), *banned, *shops)
    assert "S-2" in words_of(staff.get(f"/desk/audit?rule=permanent-ban&id={OTHER_USCC}"))
    assert "There is none here" in words_of(staff.get(f"/desk/audit?rule=six-month-reentry&id={OTHER_USCC}"))
    table = staff.get("/desk/audit.csv?rule=permanent-ban").content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(table)))
    assert {tuple(line.values())[:2] for line in lines} == {("S-1", USCC), ("S-2", OTHER_USCC)}
    assert all("permanent-ban" in tuple(line.values())[3] for line in lines)
    undecided = staff.get("/desk/audit.csv?verdict=undecided&rule=brand-evidence").content.decode("utf-8-sig")
    assert all("brand-evidence" in tuple(line.values())[4] for line in csv.DictReader(io.StringIO(undecided)))
    assert staff.get("/desk/audit?verdict=other").status_code == 422


def test_whoever_asks_for_the_head_of_a_table_has_no_whole_registry_audited(
    service: Desk, staff: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(registry_of(service), *(shop(f"S-{n}", subject_id=subject(n)) for n in range(5)))
    asked: list[str] = []

    def audit_one(*given: Any) -> audits.Part:
        asked.append(given[-1])
        return audit_some(*given)

    monkeypatch.setattr(audits, "_AUDITED", 1)
    audit_some = audits.audit_some
    monkeypatch.setattr(audits, "audit_some", audit_one)
    staff.get("/desk/audit.csv")
    assert len(asked) == 6
    asked.clear()
    assert staff.head("/desk/audit.csv").headers["content-type"] == "text/csv; charset=utf-8"
    assert len(asked) == 1


def test_shops_that_were_in_order_by_a_waiver_alone_are_audited(tmp_path: Path) -> None:
    with open_database(tmp_path / "registry.db") as registry:
        registry.init()
        waiver = mark("waiver", about="max-three-shops", on="2022-01-02", value=None)
        load(registry, *(shop(f"S-{n}", opened_on=f"2022-01-0{n}") for n in range(1, 5)), waiver)
    service = Desk(str(registry.source), tmp_path, rulesets=(str(ROOT / "examples/rulesets/douyin-with-waivers"),))
    staff = Visitor(service.app).sign_in(service.secret("staff"))
    staff.get("/desk/audit?verdict=waiver")
    assert ("S-4" in staff.text, "S-3" in staff.text, "1 shop to look at" in staff.text) == (True, False, True)
    (line,) = csv.DictReader(io.StringIO(staff.get("/desk/audit.csv?verdict=waiver").content.decode("utf-8-sig")))
    assert next(iter(line.values())) == "S-4"
    registry_of(service).close()


def test_everything_on_record_is_listed_and_a_look_alike_brand_is_told_as_that(service: Desk, staff: Visitor) -> None:
    closed = {"closed_on": "2024-03-01", "closed_for": "application_fraud"}
    load(registry_of(service), shop("S-1", ("CLOUDTEA",)), shop("S-2", subject_id=OTHER_USCC, **closed))
    give(service, {"/application_id": "A-42"})
    assert all(one in staff.get("/desk/search").text for one in ("S-1", "S-2", "A-42"))
    staff.get("/desk/search?state=banned")
    assert ("S-1" in staff.text, "Shop S-2" in staff.text, "Banned" in staff.text) == (False, True, True)
    load(registry_of(service), shop("S-3", ("CLOUDTEA",), subject_id=OTHER_USCC))
    staff.get("/desk/search", params={"q": "СLOUDTEA"})
    assert staff.text.count("brand only looks alike") == 2
    assert staff.get("/desk/search?q=s-3").url.path == "/desk/subject"
    staff.get("/desk/search", params={"q": "СLOUDTEА"})
    assert staff.page.url.path == "/desk/search"
