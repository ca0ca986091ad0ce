"""The form in a real browser: by mouse and by keyboard, with and without scripts, wide and narrow, light and dark."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import USCC
from npm import package_file
from playwright.sync_api import Browser, Page, expect
from web.calls import Server

from onboarding.registry import open_database

pytestmark = pytest.mark.needs("chromium")

AXE = ("axe-core@4.14.1", "axe.min.js")
SIZES: list[tuple[int, Any]] = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service of its own process, which all tests here share."""
    folder = tmp_path_factory.mktemp("form")
    with open_database(folder / "registry.db") as registry:
        registry.init()
    server = Server("--registry", folder / "registry.db", "--ruleset", "douyin", "--ruleset", "douyin-2020", cwd=folder)
    yield server.url
    server.close()


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Open]:
    """Opens the form; whatever is asked of another host, or complained of, fails the test."""
    contexts, asked, complaints = [], set[str](), list[str]()

    def open_form(path: str = "/", lang: str = "zh-CN", **options: Any) -> Page:
        context = browser.new_context(locale=lang, accept_downloads=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.add(request.url.split("/")[2]))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url + path)
        return page

    yield open_form
    for context in contexts:
        context.close()
    assert asked == {url.split("/")[2]}
    assert complaints == []


def fill(page: Page, number: str = USCC, until: str = "长期") -> None:
    page.get_by_label("企业", exact=True).check()
    page.get_by_label("主体名称").fill("云上茶业有限公司")
    page.get_by_label("统一社会信用代码").fill(number)
    page.locator("[name='business_license.valid_until']").fill(until)
    page.get_by_label("店铺名称").fill("云上茶业旗舰店")
    page.get_by_label("品牌名称").fill("云上")
    page.get_by_label("品牌授权书").check()
    page.locator("[name='brands.0.evidence.valid_until']").fill("长期")
    page.get_by_role("group", name="是否加盖主体公章？").get_by_label("是").check()


def hand_in(page: Page) -> None:
    page.get_by_role("button", name="提交申请").last.click()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_seller_reads_what_is_wrong_mends_it_and_hands_it_in(visit: Open, scripts: bool) -> None:
    page = visit(java_script_enabled=scripts)
    fill(page, number="91999999MATEKTO19L", until="2020年1月1日")
    hand_in(page)
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(page).to_have_title("错误：申请开店 · 店铺入驻")
    expect(summary.get_by_role("listitem")).to_have_count(2)
    number = page.get_by_label("统一社会信用代码")
    expect(number).to_have_accessible_description(re.compile("不可能出现的字符"))
    summary.get_by_role("link").first.click()
    expect(number).to_be_focused()
    number.fill(USCC)
    page.locator("[name='business_license.valid_until']").fill("长期")
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_role("status").get_by_role("heading")).to_have_text("所填内容符合规则")
    hand_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("申请已提交")
    expect(page.locator("dl.rows")).to_have_count(6)
    page.emulate_media(media="print")
    assert page.locator(".languages:visible, button:visible, .button:visible").count() == 0


def test_the_keyboard_alone_will_do(visit: Open) -> None:
    page = visit()
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    press("Enter")
    reach(page, "subject.type")
    press("Space")
    for name, words in (
        ("subject.name", "云上茶业有限公司"),
        ("business_license.uscc", "1"),
        ("business_license.valid_until", "长期"),
        ("brands.0.name", "云上"),
    ):
        reach(page, name)
        page.keyboard.type(words)
    # In a field the Enter key checks, whatever other buttons the page has.
    press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    press("Tab")
    press("Enter")
    expect(page.get_by_label("统一社会信用代码")).to_be_focused()
    press("Control+A")
    page.keyboard.type(USCC)
    reach(page, "brands.0.evidence.type")
    press("Space")
    reach(page, "brands.0.evidence.valid_until")
    page.keyboard.type("长期")
    reach(page, "brands.0.evidence.sealed_by_subject")
    press("Space")
    reach(page, "hand-in")
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("申请已提交")


def reach(page: Page, name: str) -> None:
    """Go on with the Tab key until the field, or the button, of this name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(e => e.name === 'action' ? e.value : e.name)(document.activeElement)") == name:
            return
    raise AssertionError(f"no Tab leads to {name}")


@pytest.mark.needs("npm")
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_axe_finds_nothing_and_nothing_is_too_wide(visit: Open, lang: str) -> None:
    page = visit("/?ruleset=douyin-2020", lang)
    look_over_in_all_sizes(page)
    page.locator("[name='subject.type']").first.check()
    page.locator("[name='subject.name']").fill("云上" * 60)
    page.locator("[name='brands.0.name']").fill("W" * 100)
    page.locator("[name='brands.0.evidence.valid_from']").fill("2024/1/1")
    page.locator("button[value=add]").click()
    page.locator("[name='brands.1.name']").fill("甲")
    page.locator("button[value=hand-in]").last.click()
    expect(page.get_by_role("alert")).to_be_visible()
    look_over_in_all_sizes(page)
    page.locator("[name='brands.0.evidence.valid_until']").fill("2030年1月1日")
    page.locator("button[value=hand-in]").last.click()
    page.locator("button[value=hand-in-anyway]").click()
    expect(page.locator("dl.rows").first).to_be_visible()
    look_over_in_all_sizes(page)


def look_over_in_all_sizes(page: Page) -> None:
    for width, scheme in SIZES:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        look_over(page, width)


def look_over(page: Page, width: int) -> None:
    if not page.evaluate("'axe' in window"):
        page.evaluate(package_file(*AXE).decode())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_was_typed_is_still_there_after_the_page_was_left(visit: Open, url: str) -> None:
    page = visit()
    page.get_by_role("button", name="添加品牌").click()
    page.get_by_label("主体名称").fill("云上茶业有限公司")
    page.goto(f"{url}/apply")
    page.get_by_role("button", name="继续填写").click()
    expect(page.get_by_label("主体名称")).to_have_value("云上茶业有限公司")
    fill(page)
    page.reload()
    page.goto(f"{url}/apply")
    page.get_by_role("button", name="继续填写").click()
    expect(page.get_by_label("统一社会信用代码")).to_have_value(USCC)
    hand_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("申请已提交")
    page.goto(f"{url}/apply")
    expect(page.get_by_role("button", name="继续填写")).to_be_hidden()


def test_another_language_keeps_what_was_typed(visit: Open) -> None:
    page = visit()
    fill(page)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_label("Registered name")).to_have_value("云上茶业有限公司")
    expect(page.get_by_label("Company", exact=True)).to_be_checked()


def test_a_file_goes_out_and_comes_in_again(visit: Open, tmp_path: Path) -> None:
    page = visit()
    fill(page)
    page.get_by_text("存为文件，或用文件填写").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="下载申请文件").click()
    saved.value.save_as(tmp_path / "application.json")
    other = visit()
    other.get_by_text("存为文件，或用文件填写").click()
    other.get_by_label("申请文件", exact=True).set_input_files(tmp_path / "application.json")
    other.get_by_role("button", name="用文件填写").click()
    expect(other.get_by_label("统一社会信用代码")).to_have_value(USCC)
