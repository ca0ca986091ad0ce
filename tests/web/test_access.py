"""Who may what: anonymous callers learn nothing of the record, and nobody is taken for somebody else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import USCC, application, ban
from fastapi.routing import iter_route_contexts
from registry.make import load
from web.calls import Client, Desk

from onboarding.registry.sql import SqlRegistry
from onboarding.web.app import create_app

CHANGE = {"on": "2024-02-05", "reason": "other"}
FOR_READERS = [
    ("GET", "/v1/decisions"),
    ("GET", "/v1/decisions/A-1"),
    ("GET", f"/v1/subjects/{USCC}"),
    ("GET", "/v1/proposals"),
    ("GET", "/v1/applications"),
    ("GET", "/v1/applications/A-1"),
    ("GET", "/v1/decisions/A-1/replay"),
    ("GET", "/v1/search"),
    ("GET", "/v1/audit"),
    ("GET", "/v1/erasures"),
    ("GET", "/metrics"),
]
FOR_STAFF = [
    ("POST", "/v1/applications"),
    ("POST", "/v1/applications/A-1/erase"),
    ("POST", "/v1/handed-in/purge"),
    ("POST", "/v1/shops/S-1/close"),
    ("POST", "/v1/shops/S-1/reopen"),
    ("POST", f"/v1/subjects/{USCC}/records/ban:B-1/correct"),
    ("POST", f"/v1/subjects/{USCC}/records/ban:B-1/withdraw"),
    ("POST", "/v1/proposals/P-1/confirm"),
    ("POST", "/v1/proposals/P-1/reject"),
    ("POST", f"/v1/subjects/{USCC}/bans"),
    ("POST", f"/v1/subjects/{USCC}/bans/B-1/revoke"),
    ("POST", f"/v1/subjects/{USCC}/violations"),
    ("POST", f"/v1/subjects/{USCC}/violations/V-1/resolve"),
    ("POST", f"/v1/subjects/{USCC}/marks"),
    ("POST", f"/v1/subjects/{USCC}/marks/M-1/end"),
]
FOR_OFFICERS = [("GET", "/v1/impact?proposed=stricter"), ("GET", "/v1/proposed-rules")]
FOR_ALL = [("POST", "/v1/check"), ("GET", "/v1/rulesets"), ("GET", "/v1/rulesets/{ruleset_id}"), ("GET", "/healthz")]
# Pages, which no program asks for.
PAGES_FOR_ALL = [
    ("GET", "/"),
    ("GET", "/apply"),
    ("POST", "/apply"),
    ("GET", "/apply/receipt/{receipt}"),
    ("GET", "/apply/receipt/{receipt}/application.json"),
    ("GET", "/desk/login"),
    ("POST", "/desk/login"),
    ("POST", "/desk/logout"),
    ("GET", "/openapi.json"),
]
PAGES_FOR_READERS = [
    ("GET", "/desk"),
    ("GET", "/desk/search"),
    ("GET", "/desk/application"),
    ("GET", "/desk/subject"),
    ("GET", "/desk/decisions"),
    ("GET", "/desk/replay"),
    ("GET", "/desk/audit"),
    ("GET", "/desk/audit.csv"),
    ("GET", "/desk/erasures"),
    ("GET", "/desk/proposals"),
    ("GET", "/desk/rules"),
]
PAGES_FOR_STAFF = [
    ("POST", "/desk/application"),
    ("GET", "/desk/do/{name}"),
    ("POST", "/desk/do/{name}"),
    ("GET", "/desk/erase"),
    ("POST", "/desk/erase"),
    ("GET", "/desk/purge"),
    ("POST", "/desk/purge"),
]
PAGES_FOR_OFFICERS = [("GET", "/desk/impact"), ("POST", "/desk/impact")]
NAMED = {"id": "x", "subject": USCC, "q": "x"}


def test_every_page_is_for_somebody(service: Desk) -> None:
    """A new page has to be put on one of the lists above."""
    contexts = [
        route for route in iter_route_contexts(service.app.routes) if not getattr(route, "include_in_schema", True)
    ]
    pages = {(method, route.path) for route in contexts for method in route.methods or ()}
    assert pages == {*PAGES_FOR_ALL, *PAGES_FOR_READERS, *PAGES_FOR_STAFF, *PAGES_FOR_OFFICERS}


@pytest.mark.parametrize(("method", "path"), [*PAGES_FOR_READERS, *PAGES_FOR_STAFF, *PAGES_FOR_OFFICERS])
def test_a_page_of_the_desk_is_for_those_who_sign_in(untouchable: Desk, method: str, path: str) -> None:
    answer = untouchable.anonymous(method, path, params=NAMED)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/desk/login")


@pytest.mark.parametrize(("method", "path"), PAGES_FOR_STAFF)
def test_an_officer_gets_no_page_to_change_anything(service: Desk, method: str, path: str) -> None:
    assert service.holding("officer")(method, path, params=NAMED).status_code == 403


@pytest.mark.parametrize(("method", "path"), PAGES_FOR_READERS)
def test_an_officer_looks_at_every_page(service: Desk, method: str, path: str) -> None:
    assert service.holding("officer")(method, path, params=NAMED).status_code in (200, 404)


def test_every_route_is_for_somebody(service: Desk) -> None:
    """A new route has to be put on one of the lists above."""
    named = {(method.lower(), path) for method, path in [*FOR_ALL, ("GET", "/readyz")]}
    for path, about in service.app.openapi()["paths"].items():
        for method, said in about.items():
            assert ({} in said["security"]) == ((method, path) in named), (method, path)
    assert sum(len(about) for about in service.app.openapi()["paths"].values()) == len(
        [*named, *FOR_READERS, *FOR_STAFF, *FOR_OFFICERS]
    )


@pytest.mark.parametrize(("method", "path"), [*FOR_READERS, *FOR_STAFF, *FOR_OFFICERS])
def test_who_shows_no_token_is_asked_for_one(service: Desk, method: str, path: str) -> None:
    answer = service.anonymous(method, path)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="onboard"')


@pytest.mark.parametrize(("method", "path"), FOR_STAFF)
def test_an_officer_changes_nothing(service: Desk, method: str, path: str) -> None:
    assert service.holding("officer")(method, path, json=CHANGE).status_code == 403


@pytest.mark.parametrize(("method", "path"), [*FOR_OFFICERS, *PAGES_FOR_OFFICERS])
def test_what_is_for_officers_is_for_nobody_else(service: Desk, method: str, path: str) -> None:
    assert service.holding("staff")(method, path).status_code == 403
    # A form that comes without the sign of its page is nobody's.
    assert service.holding("officer")(method, path).status_code in {"GET": (200, 404), "POST": (403, 415)}[method]


@pytest.mark.parametrize("role", ["staff", "officer"])
@pytest.mark.parametrize(("method", "path"), FOR_READERS)
def test_staff_and_officers_read(service: Desk, role: Any, method: str, path: str) -> None:
    assert service.holding(role)(method, path).status_code in (200, 404)


class _Untouchable(SqlRegistry):
    """A registry that fails whoever asks it anything."""

    source = "untouchable"

    def _fail(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("an anonymous call asked the registry")

    init = reading = writing = look_up = rows = _fail


@pytest.fixture
def untouchable(service: Desk) -> Desk:
    service.app.state.service.registry.close()
    service.app.state.service.registry = _Untouchable()
    return service


@pytest.mark.parametrize("wanted", [application(), application({"/business_license/uscc": "1"}), {"x": 1}], ids=str)
def test_an_anonymous_check_asks_the_registry_nothing(untouchable: Desk, wanted: dict[str, Any]) -> None:
    assert untouchable.anonymous.post("/v1/check", wanted).status_code in (200, 422)


def test_the_form_asks_the_registry_nothing_before_something_is_handed_in(untouchable: Desk) -> None:
    form = {"subject.type": "enterprise", "application_id": "A-1", "business_license.uscc": USCC}
    for action in ("check", "add", "stay", "download"):
        assert untouchable.anonymous("POST", "/apply", data=form | {"action": action}).status_code == 200
    assert untouchable.anonymous.get("/apply").status_code == 200


@pytest.mark.parametrize(("method", "path"), [*FOR_READERS, *FOR_STAFF, *FOR_OFFICERS])
def test_an_anonymous_refusal_asks_the_registry_nothing(untouchable: Desk, method: str, path: str) -> None:
    assert untouchable.anonymous(method, path, json=CHANGE).status_code == 401


def test_an_anonymous_answer_is_the_same_whatever_is_on_record(service: Desk) -> None:
    def answers() -> list[Any]:
        checked = service.anonymous.post("/v1/check?as_of=2024-08-05", application()).json()
        refused = [service.anonymous(method, path, json=CHANGE).json() for method, path in [*FOR_READERS, *FOR_STAFF]]
        return [checked, *(one | {"instance": None} for one in refused)]

    before = answers()
    load(service.app.state.service.registry, ban())
    assert answers() == before


def test_a_token_that_is_not_sound_is_refused_and_never_taken_for_none(service: Desk) -> None:
    """A check without the history must not look like one with it."""
    over, revoked = service.secret("staff", days=0), service.secret("staff")
    service.tokens.revoke(service.tokens.tokens()[-1].id, at=service.now())
    for shown in (over, revoked, "onboard_x", "", "x" * 5000):
        for scheme in ("Bearer", "bearer", "Basic", ""):
            answer = service.anonymous.post("/v1/check", application(), headers={"authorization": f"{scheme} {shown}"})
            assert (answer.status_code, answer.headers["www-authenticate"]) == (
                401,
                'Bearer realm="onboard", error="invalid_token"',
            )


def test_two_tokens_at_once_are_none(service: Desk) -> None:
    shown = [("authorization", f"Bearer {service.secret('staff')}") for _ in range(2)]
    assert service.anonymous.get("/v1/decisions", headers=shown).status_code == 401


def test_a_file_of_tokens_that_is_broken_lets_nobody_in(service: Desk) -> None:
    secret = service.secret("staff")
    service.tokens.path.write_text("{")
    assert Client(service.app, secret).get("/v1/decisions").status_code == 503
    assert service.anonymous.post("/v1/check", application()).status_code == 200


PROXY = {"x-forwarded-user": "李娜".encode(), "x-forwarded-groups": "sales, staff"}


def behind(service: Desk, peer: str, *, proxies: tuple[str, ...] = ("10.0.0.5", "fd00::/8"), **more: Any) -> Client:
    """A client that reaches the service from `peer`."""
    return Client(create_app(replace(service.settings, proxies=proxies, **more)), peer=peer)


@pytest.mark.parametrize("peer", ["10.0.0.5", "::ffff:10.0.0.5", "fd00::1"])
def test_the_proxy_says_who_calls(service: Desk, peer: str) -> None:
    made = behind(service, peer).post("/v1/applications", application(), headers=PROXY)
    assert (made.status_code, made.json()["by"]) == (201, "李娜")


@pytest.mark.parametrize("peer", ["10.0.0.6", "127.0.0.1", "::1", "testclient"])
def test_nobody_else_does(service: Desk, peer: str) -> None:
    forged = PROXY | {"x-forwarded-for": "10.0.0.5", "x-real-ip": "10.0.0.5", "forwarded": "for=10.0.0.5"}
    assert behind(service, peer).post("/v1/applications", application(), headers=forged).status_code == 401


def test_without_a_proxy_the_header_is_nothing(service: Desk) -> None:
    assert behind(service, "127.0.0.1", proxies=()).get("/v1/decisions", headers=PROXY).status_code == 401


@pytest.mark.parametrize("groups", ["", "Staff", "staffing", "admin", "staff;officer"])
def test_a_group_that_is_no_role_gives_none(service: Desk, groups: str) -> None:
    told = PROXY | {"x-forwarded-groups": groups}
    assert behind(service, "10.0.0.5").get("/v1/decisions", headers=told).status_code == 401


@pytest.mark.parametrize("name", [b"", b"   ", b"\xff\xfe", b"x" * 101, "\u202eevil".encode(), b"\xc2\x85"])
def test_a_name_that_cannot_stand_on_record_is_refused(service: Desk, name: bytes) -> None:
    told = PROXY | {"x-forwarded-user": name}
    assert behind(service, "10.0.0.5").post("/v1/check", application(), headers=told).status_code == 401


def test_the_headers_may_have_other_names(service: Desk) -> None:
    client = behind(service, "10.0.0.5", identity_header="Remote-User", roles_header="Remote-Groups")
    assert client.get("/v1/decisions", headers=PROXY).status_code == 401
    told = {"remote-user": "li.na", "remote-groups": "officer"}
    assert client.get("/v1/decisions", headers=told).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_page_elsewhere_can_make_a_browser_send_is_refused(service: Desk, kind: str) -> None:
    """Behind a proxy a browser is let in by its cookie, and a form elsewhere can post; but not this type."""
    client = behind(service, "10.0.0.5")
    answer = client("POST", "/v1/applications", content=b"{}", headers=PROXY | {"content-type": kind})
    assert answer.status_code == 415


def test_a_proxy_without_an_address_is_refused_at_the_start(service: Desk, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"proxy\.example"):
        behind(service, "10.0.0.5", proxies=("proxy.example",))
