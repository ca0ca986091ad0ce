"""Signing in at the desk: who is let in, how long for, and that nobody acts in another's name."""

import os
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from builders import USCC, ban
from registry.make import load
from web.calls import Desk
from web.test_access import PROXY, untouchable  # noqa: F401
from web.visitor import Visitor

from onboarding import library
from onboarding.web.app import create_app
from onboarding.web.sessions import COOKIE, HOLDS_SECONDS, Sessions, SessionsError, Throttle, sessions_beside

BAN = f"/desk/do/ban?subject={USCC}"
CHANGE = {"on": "2024-08-01", "reason": "application_fraud", "note": "ticket 1", "step": "confirm"}
PAGES = ["/desk", f"/desk/subject?id={USCC}", "/desk/application?id=A-1", BAN, "/desk/audit", "/desk/search?q=x"]


@pytest.fixture
def staff(service: Desk) -> Visitor:
    """Staff who have signed in."""
    return Visitor(service.app).sign_in(service.secret("staff"))


def on_record(service: Desk) -> int:
    return len(library.history(USCC, registry=service.app.state.service.registry))


@pytest.mark.parametrize("page", PAGES)
def test_nobody_sees_a_page_before_signing_in_and_the_registry_is_asked_nothing(untouchable: Desk, page: str) -> None:  # noqa: F811
    visitor = Visitor(untouchable.app)
    visitor.get(page)
    assert (visitor.page.url.path, visitor.page.url.params["next"]) == ("/desk/login", page)


@pytest.mark.parametrize("page", [BAN, "/desk/application?id=A-1"])
def test_what_was_sent_when_a_session_was_over_is_told_to_be_lost(untouchable: Desk, page: str) -> None:  # noqa: F811
    visitor = Visitor(untouchable.app)
    visitor.get("/desk/login")
    visitor.send(page, **CHANGE)
    assert visitor.page.url.path == "/desk/login"
    assert "was not put on record" in visitor.text


def test_whoever_signs_in_comes_to_the_page_that_was_meant(service: Desk) -> None:
    visitor = Visitor(service.app)
    visitor.get("/desk/audit")
    visitor.send("/desk/login", token=service.secret("staff", name="陈 静"), next="/desk/audit")
    assert visitor.page.url.path == "/desk/audit"
    assert "陈 静" in visitor.text
    assert visitor.get("/desk/login").url.path == "/desk"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example/desk",
        "https://evil.example/desk",
        "/\\evil.example",
        "/v1/rulesets",
        "",
        "desk",
        "//[::1",
        "http://[/desk",
        "/deskevil",
    ],
)
def test_nobody_is_sent_elsewhere(service: Desk, elsewhere: str) -> None:
    visitor = Visitor(service.app)
    visitor.get("/desk/login", params={"next": elsewhere})
    visitor.send("/desk/login", token=service.secret("staff"), next=elsewhere)
    assert (visitor.page.status_code, str(visitor.page.url)) == (200, "http://desk/desk")


def test_the_cookie_is_the_pages_own(service: Desk) -> None:
    for origin, secure in (("http://desk", False), ("https://desk", True)):
        visitor = Visitor(service.app, site=origin).sign_in(service.secret("staff"))
        given = visitor.page.history[-1].headers["set-cookie"].lower()
        assert given.startswith(COOKIE)
        assert {"httponly", "samesite=lax", "path=/"} <= set(given.split("; "))
        assert ("; secure" in given) is secure


def test_every_token_that_is_not_sound_is_refused_in_the_same_words(service: Desk) -> None:
    over, revoked = service.secret("staff", days=0), service.secret("staff")
    service.tokens.revoke(service.tokens.tokens()[-1].id, at=service.now())
    said = set()
    for wrong in (over, revoked, "onboard_x", "", "x" * 5000, '"><script>'):
        visitor = Visitor(service.app)
        visitor.sign_in(wrong)
        assert visitor.page.status_code == 401
        said.add(visitor.text)
        assert visitor.get("/desk").url.path == "/desk/login"
    assert len(said) == 1


def test_tries_that_fail_are_throttled_by_address(service: Desk) -> None:
    secret = service.secret("staff")
    visitor = Visitor(service.app)
    statuses = [visitor.sign_in("onboard_x").page.status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert visitor.sign_in(secret).page.headers["retry-after"] == "60"
    assert Visitor(service.app, peer="203.0.113.10").sign_in(secret).page.url.path == "/desk"


def test_tries_that_fail_are_throttled_all_together() -> None:
    throttle = Throttle(per_minute=2, in_total=3)
    for address in "abc":
        assert throttle.allows(address)
        throttle.failed(address)
    assert not throttle.allows("d")


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_has_added(service: Desk) -> None:
    app = create_app(replace(service.settings, proxies=("10.0.0.5",)))
    secret = service.secret("staff")

    def tries(secret: str, *, by: str) -> int:
        visitor = Visitor(app, peer="10.0.0.5")
        visitor.headers["x-forwarded-for"] = by
        return visitor.sign_in(secret).page.status_code

    assert {tries("onboard_x", by=f"198.51.100.{n}, 203.0.113.9") for n in range(10)} == {401}
    assert tries(secret, by="198.51.100.1, 203.0.113.9") == 429
    assert tries(secret, by="203.0.113.9, 198.51.100.1") == 200


def test_a_token_that_is_revoked_ends_its_sessions(service: Desk, staff: Visitor) -> None:
    staff.get(BAN)
    service.tokens.revoke(service.tokens.tokens()[0].id, at=service.now())
    staff.send(BAN, **CHANGE)
    assert staff.page.url.path == "/desk/login"
    assert on_record(service) == 0


def test_a_cookie_is_of_no_use_after_signing_out_in_any_process(service: Desk, staff: Visitor) -> None:
    kept = staff.cookies[COOKIE]
    staff.send("/desk/logout")
    assert staff.page.url.path == "/desk/login"
    for app in (service.app, create_app(service.settings)):
        thief = Visitor(app)
        thief.cookies.set(COOKIE, kept)
        assert thief.get("/desk").url.path == "/desk/login"


def test_signing_out_who_has_not_signed_in_keeps_nothing(service: Desk) -> None:
    assert service.settings.tokens is not None
    folder = sessions_beside(service.settings.tokens)
    visitor = Visitor(service.app)
    for _ in range(3):
        visitor.get("/desk/login")
        visitor.send("/desk/logout")
        assert visitor.page.url.path == "/desk/login"
    assert [path.name for path in folder.iterdir()] == ["key"]


def test_a_session_is_over_after_a_working_day(service: Desk, staff: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = time.time()
    monkeypatch.setattr(time, "time", lambda: begun + HOLDS_SECONDS - 5)
    assert staff.get("/desk").url.path == "/desk"
    monkeypatch.setattr(time, "time", lambda: begun + HOLDS_SECONDS + 5)
    assert staff.get("/desk").url.path == "/desk/login"


def test_a_session_that_somebody_else_has_chosen_is_not_signed_in(service: Desk) -> None:
    visitor = Visitor(service.app)
    visitor.get("/desk/login")
    before = visitor.cookies[COOKIE]
    visitor.send("/desk/login", token=service.secret("staff"))
    assert visitor.page.url.path == "/desk"
    thief = Visitor(service.app)
    thief.cookies.set(COOKIE, before)
    assert thief.get("/desk").url.path == "/desk/login"


def test_a_cookie_that_we_did_not_make_is_nothing(service: Desk, staff: Visitor, tmp_path: Path) -> None:
    made = staff.cookies[COOKIE]
    token = service.tokens.tokens()[0].id
    other = Sessions(tmp_path / "other", b"x" * 32)
    for forged in (made[:-1], made[1:], made + "x", other.cookie(other.begin(token)), "", "x", "a.b.c"):
        visitor = Visitor(service.app)
        visitor.headers["cookie"] = f"{COOKIE}={forged}"
        assert visitor.get("/desk").url.path == "/desk/login"


def test_a_cookie_counts_on_pages_and_never_on_the_api(staff: Visitor) -> None:
    assert staff.get("/v1/decisions").status_code == 401


@pytest.mark.parametrize(
    "said",
    [
        {"sign": ""},
        {"sign": "x"},
        {"headers": {"origin": "https://evil.example"}},
        {"headers": {"origin": "null"}},
        {"headers": {"origin": "http://[::1"}},
        {"headers": {"sec-fetch-site": "cross-site"}},
        {"headers": {"sec-fetch-site": "same-site"}},
        {"headers": {"content-type": "text/plain"}},
    ],
    ids=str,
)
def test_a_form_that_is_not_of_our_page_does_nothing(service: Desk, staff: Visitor, said: dict[str, str]) -> None:
    staff.get(BAN)
    assert staff.send(BAN, **CHANGE | said).status_code in (403, 415)
    assert on_record(service) == 0
    assert staff.get(BAN).status_code == 200
    assert staff.send(BAN, **CHANGE).status_code == 200
    assert on_record(service) == 1


def test_a_form_of_another_session_does_nothing(service: Desk, staff: Visitor) -> None:
    mine, theirs = Visitor(service.app).sign_in(service.secret("staff", name="eve")), staff
    theirs.get(BAN)
    assert theirs.send(BAN, **CHANGE | {"sign": mine.sign}).status_code == 403
    assert on_record(service) == 0


@pytest.mark.parametrize("address", [BAN, "/desk/application?id=A-1", "/desk/do/close?subject=x&record=shop:S-1"])
def test_an_officer_looks_and_changes_nothing(service: Desk, address: str) -> None:
    officer = Visitor(service.app).sign_in(service.secret("officer"))
    officer.get(f"/desk/subject?id={USCC}")
    assert "/desk/do/" not in officer.page.text
    assert officer.send(address, **CHANGE).status_code == 403
    assert on_record(service) == 0


def test_who_comes_by_a_proxy_needs_no_token_and_is_on_record(service: Desk) -> None:
    app = create_app(replace(service.settings, proxies=("10.0.0.5",)))
    visitor = Visitor(app, peer="10.0.0.5")
    visitor.headers |= {"x-forwarded-user": "li.na", "x-forwarded-groups": "staff"}
    visitor.get(BAN)
    assert "/desk/logout" not in visitor.page.text
    assert visitor.send(BAN, **CHANGE | {"sign": ""}).status_code == 403
    visitor.get(BAN)
    visitor.send(BAN, **CHANGE)
    (made,) = library.history(USCC, registry=service.app.state.service.registry)
    assert (made.recorded_by, made.note) == ("li.na", "ticket 1")  # type: ignore[union-attr]
    # The same browser under another name: its forms are another's.
    sign = visitor.sign
    visitor.headers["x-forwarded-user"] = "chen"
    assert visitor.send(BAN, **CHANGE | {"sign": sign}).status_code == 403


def test_nobody_else_says_who_calls(service: Desk) -> None:
    app = create_app(replace(service.settings, proxies=("10.0.0.5",)))
    visitor = Visitor(app, peer="10.0.0.6")
    visitor.headers |= dict.fromkeys(PROXY, "staff") | {"x-forwarded-for": "10.0.0.5"}
    assert visitor.get("/desk").url.path == "/desk/login"


def test_who_does_not_sign_in_learns_nothing_of_what_is_on_record(service: Desk) -> None:
    def answers() -> list[str]:
        return [urlsplit(str(Visitor(service.app).get(page).url)).path for page in PAGES]

    before = answers()
    load(service.app.state.service.registry, ban())
    assert answers() == before


def test_the_key_is_its_owners_alone_and_shared_by_all_processes(tmp_path: Path) -> None:
    folder = sessions_beside(tmp_path / "registry.tokens.json")
    assert folder.name == "registry.sessions"
    one, other = Sessions(folder, b"1" * 32), Sessions(folder, b"2" * 32)
    session = one.begin("t")
    assert other.read(one.cookie(session)) == session
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "key")] == [0o700, 0o600]
    (folder / "key").chmod(0o640)
    with pytest.raises(SessionsError, match="chmod"):
        Sessions(folder, b"3" * 32)


def test_the_ends_of_sessions_are_forgotten_when_their_cookies_are_over(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "sessions", b"1" * 32)
    old, new = sessions.begin("t"), sessions.begin("t")
    sessions.end(old)
    (kept,) = (tmp_path / "sessions").glob("ended-*")
    long_ago = time.time() - HOLDS_SECONDS - 5
    os.utime(kept, (long_ago, long_ago))
    sessions.end(new)
    assert [path.name for path in (tmp_path / "sessions").glob("ended-*")] == [f"ended-{new.id}"]
