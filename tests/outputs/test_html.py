"""The page, in a real browser: it filters, speaks both languages, asks the network for nothing, shuts nobody out."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import builders
import pytest
from chinese import english
from in_process import run_here
from npm import package_file
from playwright.sync_api import Browser, Page

from onboarding import Report, check, load_ruleset
from onboarding.cli.output_files import rules_about
from onboarding.messages import say
from onboarding.outputs import Origin, Run, Style, make_output

pytestmark = pytest.mark.needs("chromium")

AXE = ("axe-core@4.14.1", "axe.min.js")


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """Where one page after the other is opened: a new one would take longer than most tests."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def page(tab: Page, show: Callable[..., str], tmp_path: Path) -> Iterator[Page]:
    """The sample run's page."""
    yield from visit(tab, show("html"), tmp_path)


@pytest.fixture(scope="module")
def five_hundred(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of 500 applications, every fourth refused, for one of three reasons; one is of another brand."""
    kinds = [
        builders.application(without=("/business_license", "/brands")),
        builders.application({"/subject/type": "individual"}),
        builders.application({"/brands/0/evidence/sealed_by_subject": False}),
    ]
    registry = tmp_path_factory.mktemp("registry") / "registry.jsonl"
    registry.write_text(json.dumps(builders.shop(subject_id=builders.OTHER_USCC)), "utf-8")
    rules = load_ruleset()

    def judged(application: Any) -> Report:
        return check(application, as_of=builders.DAY, ruleset=rules, registry=registry)

    sound, refused = judged(builders.application()), [judged(kind) for kind in kinds]
    other = judged(builders.application({"/brands/0/name": "ＭＯＪＩ／墨集"}))
    written: list[str] = []
    about = Origin(rules.id, lambda: rules.digest)
    run = Run("0", builders.DAY, False, about, None, rules_about(rules, builders.DAY))
    output = make_output("html", run, Style(), written.append)
    for number in range(499):
        output.result(replace(refused[number % 3] if number % 4 == 0 else sound, source=f"{number}.json"))
    output.result(replace(other, source="other.json"))
    output.end(Counter({"pass": 375, "fail": 125}))
    return "".join(written)


@pytest.fixture
def large(tab: Page, five_hundred: str, tmp_path: Path) -> Iterator[Page]:
    """The page of 500 applications."""
    yield from visit(tab, five_hundred, tmp_path)


def visit(tab: Page, text: str, tmp_path: Path) -> Iterator[Page]:
    """A page opened from a file; whatever else it asks for, or complains of, fails the test."""
    path = tmp_path / "report.html"
    path.write_text(text, encoding="utf-8")
    asked: list[str] = []
    complaints: list[str] = []
    heard: dict[Any, Callable[[Any], None]] = {
        "request": lambda request: asked.append(request.url),
        "console": lambda message: complaints.append(message.text),
        "pageerror": lambda error: complaints.append(str(error)),
    }
    for event, hear in heard.items():
        tab.on(event, hear)
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.emulate_media(media="null", color_scheme="light")
    tab.goto(path.as_uri())
    yield tab
    tab.goto("about:blank")
    for event, hear in heard.items():
        tab.remove_listener(event, hear)
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
    page.get_by_label("Search shops, brands, numbers and reasons").fill("fujian EARLY")
    assert shown(page) == ["b/early-fujian.json"]
    page.get_by_label("Search shops, brands, numbers and reasons").fill("等待期")
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


def test_in_chinese_nothing_on_it_is_english(page: Page) -> None:
    page.get_by_role("button", name="中文").click()
    page.get_by_role("button", name="全部展开").click()
    page.evaluate("document.querySelector('.languages').remove()")
    assert english(page.locator("body").inner_text()) == []


def test_names_each_part_in_the_language_that_it_speaks(page: Page) -> None:
    page.get_by_role("button", name="中文").click()
    tree = page.locator("body").aria_snapshot()
    verdict = say("outputs.verdict", "zh")
    names = [
        'group "语言"',
        'region "概况"',
        'form "筛选"',
        f'group "{verdict}"',
        'region "不通过 4"',
        'searchbox "搜索',
    ]
    assert [name for name in names if name not in tree] == []


def test_the_shop_is_the_headline_and_the_file_where_nothing_else_is_known(page: Page) -> None:
    refused = page.locator(".result.fail h3").all_inner_texts()
    assert refused == ["a/bare.json", "云上茶业旗舰店", "云上茶业旗舰店", "云上茶业旗舰店"]


# The lines on which the last part of a file's name stands.
LINES = """heading => {
  const range = document.createRange();
  range.selectNodeContents(heading.querySelector("bdi").lastChild);
  return range.getClientRects().length;
}"""


def test_a_narrow_page_breaks_a_file_behind_its_folder(tab: Page, tmp_path: Path) -> None:
    file = tmp_path / "applications/of-this-week/misspelt-by-hand.json"
    file.parent.mkdir(parents=True)
    file.write_text("{", encoding="utf-8")
    written = run_here("onboard-check", file.relative_to(tmp_path), "-o", "html", cwd=tmp_path).stdout
    for page in visit(tab, written, tmp_path):
        page.set_viewport_size({"width": 390, "height": 900})
        assert page.locator("h3.source").evaluate(LINES) == 1


@pytest.mark.parametrize("width", [390, 1280])
def test_500_results_open_as_three_screens_of_groups(large: Page, width: int) -> None:
    large.set_viewport_size({"width": width, "height": 900})
    assert large.evaluate("document.documentElement.scrollHeight") < 3 * 900
    assert large.locator(".fail .group b:visible").all_inner_texts() == [
        "Business licence",
        "Kind of subject",
        "Brand evidence",
    ]
    assert [int(count) for count in large.locator(".fail .group .count").all_inner_texts()] == [42, 42, 41]
    assert shown(large) == []


def test_what_a_search_finds_by_its_brand_lies_open_until_the_search_is_over(large: Page) -> None:
    search = large.locator("input[type=search]")
    search.fill("moji/墨集")
    assert shown(large) == ["other.json"]
    assert large.locator(".result details[open]").count() == 1
    search.fill("")
    assert shown(large) == []


def test_a_search_that_finds_many_counts_them_and_keeps_them_closed(large: Page) -> None:
    large.locator("select").select_option("no-individual-sellers")
    assert large.locator(".verdict:visible .count:visible").all_inner_texts() == ["42", "42"]
    assert large.locator(".result:visible").count() == 42
    assert large.locator(".result details[open]").count() == 0


def test_opens_in_the_language_asked_for(tab: Page, show: Callable[..., str], tmp_path: Path) -> None:
    for page in visit(tab, show("html", lang="zh"), tmp_path):
        assert page.locator("h1").inner_text() == "店铺入驻：审核报告"


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
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


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
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.needs("npm")
def test_axe_finds_no_violation_in_groups(large: Page) -> None:
    large.locator(".group summary").first.click()
    large.evaluate(package_file(*AXE).decode())
    assert violations(large) == []


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe has to complain of, and where."""
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [(violation["id"], [node["html"] for node in violation["nodes"]]) for violation in found["violations"]]


def test_works_without_its_script(browser: Browser, five_hundred: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(five_hundred, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(path.as_uri())
    assert shown(opened) == []
    opened.locator(".group > details > summary").first.click()
    assert len(shown(opened)) == 42
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
