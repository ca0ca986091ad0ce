"""The page, in a real browser: it filters, speaks both languages, asks the network for nothing, shuts nobody out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from npm import package_file
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.needs("chromium")

AXE = ("axe-core@4.14.1", "axe.min.js")


@pytest.fixture
def page(browser: Browser, show: Callable[..., str], tmp_path: Path) -> Iterator[Page]:
    """The sample run's page, opened from a file; whatever else it asks for, or complains of, fails the test."""
    path = tmp_path / "report.html"
    path.write_text(show("html"), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(path.as_uri())
    yield opened
    context.close()
    assert asked == [path.as_uri()]
    assert complaints == []


def shown(page: Page) -> list[str]:
    return page.locator(".result:visible .source").all_inner_texts()


def test_shows_refusals_first(page: Page) -> None:
    assert shown(page) == [
        "a/bare.json", "a/refused.json", "a/wrong fields.json", "b/waiting.json", "b/invalid.json", "b/not-json.json",
        "b/no-brand-name.json", "b/early-fujian.json", "b/pass.json",
    ]  # fmt: skip
    assert page.locator(".result.fail details[open]").count() == 4
    assert page.locator(".result.pass details[open]").count() == 0


def test_filters_by_verdict(page: Page) -> None:
    for verdict in ("fail", "undecided", "invalid"):
        page.locator(f"input[value={verdict}]").uncheck()
    assert shown(page) == ["b/early-fujian.json", "b/pass.json"]
    assert page.locator(".shown:visible").inner_text() == "2 of 9 shown"


def test_filters_by_rule(page: Page) -> None:
    page.locator("select").select_option("license-number-review")
    assert shown(page) == ["a/wrong fields.json", "b/early-fujian.json"]


def test_searches_names_and_reasons_in_both_languages(page: Page) -> None:
    page.get_by_label("Search in names and reasons").fill("fujian EARLY")
    assert shown(page) == ["b/early-fujian.json"]
    page.get_by_label("Search in names and reasons").fill("等待期")
    assert "b/waiting.json" in shown(page)


def test_filters_work_together(page: Page) -> None:
    page.locator("input[value=pass]").uncheck()
    page.locator("select").select_option("license-number-review")
    page.locator("input[type=search]").fill("no such words")
    assert shown(page) == []
    assert page.locator(".shown:visible").inner_text() == "0 of 9 shown"


def test_speaks_both_languages(page: Page) -> None:
    assert page.title() == "Shop entry: report"
    page.get_by_role("button", name="中文").click()
    assert page.title() == "店铺入驻：审核报告"
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.locator("h1").inner_text() == "店铺入驻：审核报告"
    text = page.locator("body").inner_text()
    assert "平台已不再接受个人申请开店" in text
    assert "Individuals can no longer" not in text
    assert page.locator("select option").first.inner_text() == "全部规则"
    page.get_by_role("button", name="English").click()
    assert "Individuals can no longer" in page.locator("body").inner_text()


def test_opens_in_the_language_asked_for(browser: Browser, show: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "zh.html"
    path.write_text(show("html", lang="zh"), encoding="utf-8")
    opened = browser.new_page()
    opened.goto(path.as_uri())
    assert opened.locator("h1").inner_text() == "店铺入驻：审核报告"
    opened.close()


def test_opens_and_closes_all(page: Page) -> None:
    page.get_by_role("button", name="Open all").click()
    assert page.locator(".result details[open]").count() == 9
    page.get_by_role("button", name="Close all").click()
    assert page.locator(".result details[open]").count() == 0


def test_prints_every_result_and_no_controls(page: Page) -> None:
    page.get_by_role("button", name="Close all").click()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("form:visible, .languages:visible").count() == 0
    assert page.locator(".result .body:visible").count() == 9


@pytest.mark.needs("npm")
@pytest.mark.parametrize("lang", ["English", "中文"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation(page: Page, width: int, scheme: str, lang: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.get_by_role("button", name=lang).click()
    page.get_by_role("button", name="Open all" if lang == "English" else "全部展开").click()
    page.evaluate(package_file(*AXE).decode())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_works_without_its_script(browser: Browser, show: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(show("html"), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(path.as_uri())
    assert len(shown(opened)) == 9
    assert opened.locator("form:visible, .languages:visible").count() == 0
    context.close()


def test_runs_no_script_but_its_own(browser: Browser, show: Callable[..., str], tmp_path: Path) -> None:
    """The policy in the page holds even where something got in."""
    path = tmp_path / "report.html"
    path.write_text(show("html").replace("<main>", "<main><script>window.pwned = 1</script>"), encoding="utf-8")
    opened = browser.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.goto(path.as_uri())
    assert opened.evaluate("window.pwned") is None
    assert ["Content Security Policy" in complaint for complaint in complaints] == [True]
    assert len(shown(opened)) == 9
    opened.close()
