"""In Chinese no page has an English word but names that people type or find in files: form, receipt, desk, errors."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from builders import OTHER_USCC, USCC, application, ban, mark, shop, violation
from chinese import english
from registry.make import load
from web.calls import Desk
from web.seller import VOID, Seller
from web.test_desk import DONE, SUBJECT, give, registry_of
from web.test_form import BROKEN, SOUND, WRONG
from web.visitor import Visitor

from onboarding import library, load_ruleset
from onboarding.rules.loading import shipped_rulesets

# Attributes that are shown or read out.
SAID = ("title", "placeholder", "alt", "aria-label", "aria-description", "label")
# As staff are called here: in no Latin letters.
NAME, OTHER_NAME = "李娜", "陈明"
# Ids that nobody chose, and who imports records in tests.
GIVEN = re.compile(r"A-\d{8}-\w{8}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|tester")


class Words(HTMLParser):
    """All that a page says to people, a piece a line: not what is code, nor what says of itself that it is English."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._unread: list[bool] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        unread = tag in ("script", "style", "code") or about.get("lang") == "en" or any(self._unread)
        if not unread:
            self.pieces += [about[name] for name in SAID if name in about]
        if tag not in VOID:
            self._unread.append(unread)

    def handle_endtag(self, tag: str) -> None:
        self._unread.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._unread):
            self.pieces.append(data)


def english_on(page: httpx.Response) -> list[str]:
    """The English words of a page, which says that it is Chinese."""
    assert page.headers["content-language"] == "zh-CN"
    return english(GIVEN.sub("", "\n".join(Words(page.text).pieces)))


@pytest.fixture
def staff(service: Desk) -> Visitor:
    return Visitor(service.app, lang="zh-CN").sign_in(service.secret("staff", name=NAME))


@pytest.fixture
def second(service: Desk) -> Visitor:
    return Visitor(service.app, lang="zh-CN").sign_in(service.secret("staff", name=OTHER_NAME))


def _sellers_pages(service: Desk) -> Iterator[tuple[str, httpx.Response]]:
    def filled(changes: dict[str, str] | None = None) -> Seller:
        return Seller(service.anonymous).type(SOUND | (changes or {}))

    for name, (changes, _, _) in WRONG.items():
        yield name, filled(changes).press("check").answer
    for name, (content, _) in BROKEN.items():
        yield name, filled().upload(content).answer
    for action in ("check", "add", "remove 0", "hand-in"):
        yield action, filled().press(action).answer
    yield "an id used before", filled({"application_id": "A-1"}).press("hand-in").answer
    yield "with other content", filled({"application_id": "A-1", "shop.name": "别家"}).press("hand-in").answer
    individual = filled({"subject.type": "individual"})
    yield "likely refused", individual.press("hand-in").answer
    receipt = individual.press("hand-in-anyway").answer
    yield "receipt", receipt
    yield "once more", Seller(service.anonymous, query=f"?again={receipt.url.path.split('/')[-1]}").page.answer
    path = Path(service.settings.registry)
    seller, away = filled(), path.rename(path.with_name("away"))
    yield "no registry", seller.press("hand-in").answer
    away.rename(path)


def test_no_page_for_sellers_has_an_english_word(service: Desk) -> None:
    pages = dict(_sellers_pages(service))
    assert {page.status_code for page in pages.values()} == {200, 409, 422, 503}
    assert {name: words for name, page in pages.items() if (words := english_on(page))} == {}


@pytest.mark.parametrize("ruleset", shipped_rulesets())
def test_no_form_of_a_ruleset_has_an_english_word(tmp_path: Path, ruleset: str) -> None:
    service = Desk(str(tmp_path / "registry.db"), tmp_path, rulesets=(ruleset,))
    seller = Seller(service.anonymous)
    assert english_on(seller.page.answer) == []
    assert english_on(seller.type(SOUND).press("check").answer) == []


def test_no_page_of_the_desk_has_an_english_word(service: Desk, staff: Visitor) -> None:
    registry = registry_of(service)
    give(service)
    give(service, {"/application_id": "A-2", "/brands/0/evidence/sealed_by_subject": False, "/brands/0/name": "别样"})
    seen = {"queue": staff.get("/desk"), "ready": staff.get("/desk/application?id=A-1")}
    seen["no reason"] = staff.send("/desk/application?id=A-1", verdict="pass", note="")
    seen["admitted"] = staff.send("/desk/application?id=A-1", verdict="pass", note="工单 9")
    seen["again"] = staff.send("/desk/application?id=A-1", verdict="pass", note="工单 9")
    staff.get("/desk/application?id=A-2")
    seen["refused"] = staff.send("/desk/application?id=A-2", verdict="fail", note="工单 9")
    closed = {"closed_on": "2024-03-01", "closed_for": "application_fraud"}
    load(
        registry, shop("S-1"), shop("S-2", shop_name="二店"), shop("S-3", **closed), ban(id="B-1"), violation(id="V-1")
    )
    load(registry, mark())
    give(service, {"/application_id": "A-3", "/follows": "A-2", "/brands/0/name": "别样"})
    for path in (
        SUBJECT, f"/desk/subject?id={OTHER_USCC}", "/desk/application?id=A-3", "/desk", "/desk?verdict=undecided",
        "/desk/search", "/desk/search?q=云上", "/desk/search?q=没有", "/desk/decisions", "/desk/replay?id=A-1",
        "/desk/audit", "/desk/audit?verdict=undecided", f"/desk/audit?id={USCC}", "/desk/proposals", "/desk/rules",
    ):  # fmt: skip
        seen[path] = staff.get(path)
    assert {page.status_code for page in seen.values()} == {200, 422}
    assert {name: words for name, page in seen.items() if (words := english_on(page))} == {}


def test_nothing_that_staff_do_has_an_english_word(service: Desk, staff: Visitor) -> None:
    closed = {"closed_on": "2024-03-01", "closed_for": "application_fraud"}
    records = [shop("S-1"), shop("S-2"), shop("S-3", **closed), ban(id="B-1"), violation(id="V-1"), mark()]
    load(registry_of(service), *records)
    found = {}
    for name, (where, said, _, _) in DONE.items():
        address = f"/desk/do/{where}&subject={USCC}"
        pages = [staff.get(address)]
        typed = {"note": "工单 5", **({"opened_on": "2022-01-01"} if "correct" in where else {}), **said}
        for wrong in (typed | {"note": ""}, typed | {"on": "2024-02-30"}, typed | {"on": "2999-01-01"}, {}):
            pages.append(staff.send(address, **wrong, step="look"))
        pages += [staff.send(address, **typed, step=step) for step in ("look", "change", "confirm", "confirm")]
        found[name] = [word for page in pages for word in english_on(page)]
    assert not any(found.values()), found


def test_nothing_that_takes_two_has_an_english_word(service: Desk, staff: Visitor, second: Visitor) -> None:
    registry = registry_of(service)
    library.require_two(True, registry=registry, by=NAME)
    give(service)
    address, typed = f"/desk/do/ban?subject={USCC}", {"on": "2024-08-01", "reason": "application_fraud", "note": "工单"}
    staff.get(address)
    pages = [staff.send(address, **typed, step=step) for step in ("look", "confirm")]
    (waiting,) = library.proposals(registry=registry)
    for act in ("reject", "confirm"):
        where = f"/desk/do/{act}?proposal={waiting.proposal_id}"
        pages += [staff.get(where), staff.send(where, note="工单", step="confirm")]
        pages += [second.get(where), second.send(where, note="工单", step="look")]
    pages += [second.get("/desk/application?id=A-1"), second.get("/desk/proposals")]
    second.get(where)
    pages += [second.send(where, note="工单", step="confirm"), second.get("/desk/proposals"), second.get(SUBJECT)]
    assert [word for page in pages for word in english_on(page)] == []


def _errors(service: Desk, staff: Visitor) -> Iterator[httpx.Response]:
    stranger = Visitor(service.app, lang="zh-CN")
    officer = Visitor(service.app, lang="zh-CN").sign_in(service.secret("officer", name=NAME))
    yield stranger.get("/nowhere")
    yield stranger.get("/apply/receipt/x")
    yield stranger.get("/apply?ruleset=nothing")
    yield stranger.get("/desk")
    yield from (stranger.send("/desk/login", token="nothing") for _ in range(11))
    yield staff.send("/apply", **{"shop.name": "长" * (1 << 20)})
    yield staff._ask("PUT", "/apply")
    yield staff._ask("POST", "/apply", content=b"{}", headers={"content-type": "application/json"})
    yield staff.get("/desk/subject?id=x")
    yield staff.get("/desk/decisions?before=x")
    yield staff.get("/desk/application?id=A-9")
    yield staff.get("/desk/do/close?subject=x")
    yield officer.get(f"/desk/do/ban?subject={USCC}")
    yield staff._ask("POST", f"/desk/do/ban?subject={USCC}", data={}, headers={"origin": "http://elsewhere"})
    path = Path(service.settings.registry)
    away = path.rename(path.with_name("away"))
    yield staff.get(SUBJECT)
    away.rename(path)


def test_no_error_has_an_english_word(service: Desk, staff: Visitor, fault: Callable[[], None]) -> None:
    pages = list(_errors(service, staff))
    fault()
    pages.append(staff.get("/desk/rules"))
    assert {page.status_code for page in pages} >= {401, 403, 404, 405, 413, 415, 422, 429, 500, 503}
    assert {str(page.url): words for page in pages if (words := english_on(page))} == {}


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes the page of rules fail."""

    def make() -> None:
        monkeypatch.setattr("onboarding.web.routes.desk.terms_of", lambda _: load_ruleset(application()))

    return make
