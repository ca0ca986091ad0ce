"""The desk in a real browser: by keyboard alone, without scripts, wide and narrow, light and dark."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from builders import OTHER_USCC, ROOT, USCC, application, ban, mark, shop, violation
from playwright.sync_api import Browser, Locator, Page, expect
from registry.make import load
from web.calls import Server
from web.test_form_in_a_browser import look_over

from onboarding import library
from onboarding.decisions.handed_in import hand_in
from onboarding.reading.documents import read_application
from onboarding.registry import open_database
from onboarding.rules.loading import load_ruleset
from onboarding.web.tokens import TokenFile

pytestmark = pytest.mark.needs("chromium")

Open = Callable[..., Page]
PAGES = [
    "/desk",
    "/desk?verdict=undecided",
    "/desk/search?q=A-",
    "/desk/search",
    "/desk/search?state=banned",
    "/desk/erase?id=A-refused",
    "/desk/erasures",
    "/desk/purge",
    "/desk/application?id=A-1",
    "/desk/application?id=A-refused",
    "/desk/application?id=A-again",
    f"/desk/subject?id={USCC}",
    f"/desk/subject?id={OTHER_USCC}",
    "/desk/decisions",
    "/desk/replay?id=A-refused",
    "/desk/proposals",
    "/desk/audit?verdict=undecided",
    "/desk/rules",
    "/desk/impact",
    f"/desk/do/close?subject={USCC}&record=shop:S-1",
    f"/desk/do/correct?subject={USCC}&record=shop:S-1",
    f"/desk/do/mark?subject={USCC}",
    "/desk/application?id=nobody",
]


class Site(NamedTuple):
    """A service in a process of its own, with something to look at, and a token for its staff."""

    url: str
    secret: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, now = tmp_path_factory.mktemp("desk"), datetime.now(UTC)
    rules = load_ruleset("douyin")

    def read(changes: dict[str, Any]) -> Any:
        return read_application(application({"/brands/0/evidence/valid_until": None, **changes}), rules.own_fields)[0]

    with open_database(folder / "registry.db") as registry:
        registry.init()
        load(registry, shop("S-1"), violation(id="V-1"), mark(), ban(subject_id=OTHER_USCC, id="B-1"))
        refused = read({"/application_id": "A-refused", "/brands/0/evidence/sealed_by_subject": False})
        again = read({"/application_id": "A-again", "/follows": "A-refused", "/brands/0/name": "晨露"})
        for days, wanted in enumerate((again, refused, read({"/shop/name": "晴川茶业旗舰店"}))):
            hand_in(wanted, registry=registry, rules=rules, at=now - timedelta(days=days))
        library.admit(refused, registry=registry, by="chen", note="no seal")
        library.require_two(True, registry=registry, by="owner")
        library.ban(USCC, "serious_violation", date(2024, 8, 1), registry=registry, by="chen", note="ticket 3")
        library.require_two(False, registry=registry, by="owner")
        (waiting,) = library.proposals(registry=registry)
        library.reject(waiting.proposal_id, registry=registry, by="wang", note="not so")
        library.require_two(True, registry=registry, by="owner")
        library.revoke("B-1", date(2024, 8, 1), registry=registry, by="chen", note="appeal 4")
    made = TokenFile(folder / "registry.tokens.json").create(
        "li.na", ("staff", "officer"), at=now, until=now + timedelta(days=1)
    )
    for name in ("sound", "unsound"):
        shutil.copytree(ROOT / "schemas/douyin", folder / "proposed" / name)
    limit = folder / "proposed/sound/max-three-shops.json"
    limit.write_text(limit.read_text("utf-8").replace('"maximum": 3', '"maximum": 1'), "utf-8")
    (folder / "proposed/unsound/permanent-ban.json").unlink()
    server = Server("--registry", folder / "registry.db", "--proposed-rules", folder / "proposed", cwd=folder)
    yield Site(server.url, made.secret)
    server.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Open]:
    """Opens the desk; whatever is asked of another host, or complained of, fails the test."""
    contexts, asked, complaints = [], set[str](), list[str]()

    def open_desk(lang: str = "zh-CN", **options: Any) -> Page:
        context = browser.new_context(locale=lang, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.add(request.url.split("/")[2]))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{site.url}/desk")
        return page

    yield open_desk
    for context in contexts:
        context.close()
    assert asked == {site.url.split("/")[2]}
    # That a page says no, the browser says as well.
    assert [said for said in complaints if "Failed to load resource" not in said] == []


def go_to(page: Page, what: Locator) -> None:
    """Go on with the Tab key until it has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if what.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"no Tab leads to {what}")


def press(page: Page, name: str, role: Any = "link", *, exact: bool = True) -> None:
    go_to(page, page.get_by_role(role, name=name, exact=exact).first)
    page.keyboard.press("Enter")


def say(page: Page, label: str, words: str) -> None:
    go_to(page, page.get_by_label(label, exact=True))
    page.keyboard.type(words)


def test_staff_admit_close_and_correct_by_keyboard_alone_and_without_scripts(visit: Open, site: Site) -> None:
    page = visit(java_script_enabled=False, viewport={"width": 390, "height": 800}, color_scheme="dark")
    expect(page.get_by_label("您的令牌")).to_be_focused()
    page.keyboard.type(site.secret)
    page.keyboard.press("Enter")
    press(page, "晴川茶业旗舰店")
    expect(page.get_by_role("heading", level=1)).to_have_text("晴川茶业旗舰店")
    say(page, "理由", "工单 4711：执照与授权书已核对")
    press(page, "准入并开店", "button")
    expect(page.get_by_role("status")).to_contain_text("决定已登记")
    press(page, USCC)
    press(page, "关闭店铺", exact=False)
    go_to(page, page.get_by_label("主动退出"))
    page.keyboard.press("Space")
    press(page, "下一步", "button")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("主动退出")).to_be_checked()
    say(page, "理由", "商家来函")
    press(page, "下一步", "button")
    expect(page.get_by_text("最早自")).to_be_visible()
    press(page, "关闭店铺", "button")
    expect(page.get_by_role("status")).to_contain_text("店铺已关闭")
    press(page, "撤回关店", exact=False)
    say(page, "理由", "关错了店铺")
    press(page, "下一步", "button")
    press(page, "撤回关店", "button")
    timeline = page.get_by_role("region", name="时间线").get_by_role("listitem")
    expect(timeline.first).to_contain_text("撤回关店")
    expect(timeline.first).to_contain_text("关错了店铺")
    expect(timeline.first).to_contain_text("li.na")
    expect(page.get_by_role("region", name="时间线")).to_contain_text("商家来函")
    press(page, "退出", "button")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录工作台")


@pytest.mark.needs("npm")
@pytest.mark.parametrize(("width", "scheme", "lang"), [(390, "dark", "zh-CN"), (1280, "light", "en")])
def test_axe_finds_nothing_and_nothing_is_too_wide(visit: Open, site: Site, width: int, scheme: Any, lang: str) -> None:
    page = visit(lang, viewport={"width": width, "height": 900}, color_scheme=scheme)
    look_over(page, width)
    page.locator("#token").fill(site.secret)
    page.keyboard.press("Enter")
    expect(page.locator(".menu")).to_be_visible()
    for path in PAGES:
        page.goto(site.url + path)
        look_over(page, width)
    page.goto(f"{site.url}/desk/impact")
    page.locator("main form button").click()
    expect(page.locator("#touched")).to_be_focused()
    look_over(page, width)
    page.goto(f"{site.url}/desk/purge")
    page.locator("main form button").click()
    expect(page.locator(".problem").first).to_be_visible()
    look_over(page, width)
    page.locator("#days").fill("1")
    page.locator("#note").fill("as we promise")
    page.locator("main form button").click()
    expect(page.get_by_role("status")).to_be_visible()
    look_over(page, width)
    page.goto(f"{site.url}/desk/do/ban?subject={USCC}")
    page.locator("button[value=look]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look_over(page, width)
    page.locator("[value=application_fraud]").check()
    page.locator("#note").fill("W" * 300)
    page.locator("button[value=look]").click()
    expect(page.locator("button[value=confirm]")).to_be_visible()
    look_over(page, width)
