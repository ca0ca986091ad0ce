"""Names from a hostile pull request, in every format: they are shown, and steer nothing."""

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import builders
import pytest
from in_process import run_here, run_in_turn
from markupsafe import escape
from playwright.sync_api import Browser
from workflow_commands import read

import onboarding
from onboarding import RulesetError, load_ruleset
from onboarding.cli.output_files import rules_about
from onboarding.outputs import Origin, Run, Style, html, make_output
from onboarding.outputs.interface import safe
from onboarding.outputs.json import to_json
from onboarding.outputs.presentation import InFull

EVIL = [
    "; rm -rf ~",
    "$(touch pwned)",
    "`touch pwned`",
    "a\nb",
    "\r::error::pwned",
    "::error::pwned",
    "云::add-mask::1",
    "x ::stop-commands::pwned",
    "##[error]pwned",
    "%0A::error::pwned",
    "%25%0D,title=x:y",
    "\x1b[2J\x1b]0;pwned\x07",
    "]]>&<!--",
    "</script><script>pwned()</script>",
    "'\"><img src=x onerror=pwned()>",
    "a | b | c",
    "``` ```",
    "[x](https://example.org) @team #1 https://example.org",
    "![x](https://example.org/x.png)",
    "\u202egnp.exe\u2066",
    "{0} {{1}} {actual}",
    "\u2028\u2029\x85\ufeff",
    "--help",
    "\ud800",
]
STEERING: dict[str, str] = json.loads((builders.ROOT / "tests/hostile/steering.json").read_text("utf-8"))
EVIL += STEERING.values()
# Printable to Python, and yet nothing of them is seen.
UNSEEN = {"\u034f", "\u3164", "\u180e", "\u2800", "\ufe0f", "\U000e0100"}
FORMATS = ["text", "json", "jsonl", "junit", "sarif", "github", "gitlab", "markdown", "html", "csv"]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For each evil text, an application with it wherever a text can stand, in a file of that name."""
    folder = tmp_path_factory.mktemp("hostile")
    for n, evil in enumerate(EVIL):
        name = re.sub(r"[/\0]", "_", f"{n:02} {evil}.json").encode("utf-8", "surrogatepass")
        value = builders.application(
            {"/application_id": f"{n} {evil}", "/shop/name": evil, "/subject/name": f"s{evil}",
             "/brands/0/name": f"b{evil}", "/brands/0/evidence/sealed_by_subject": False,
             f"/{evil.replace('/', '')}": 1}
        )  # fmt: skip
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:
            # A lone surrogate is no sound JSON: that file is invalid, and has to be told all the same.
            file.write(json.dumps(value).encode())
    return folder


@cache
def _text(folder: Path, output: str, lang: str = "en") -> str:
    done = run_here("onboard-check", ".", "--as-of", "2024-08-05", "-o", output, "--lang", lang, cwd=folder)
    assert done.returncode == 2, done.stderr
    assert done.stderr == ""
    assert not (folder / "pwned").exists()
    return done.stdout


def _steering(text: str) -> set[str]:
    return {c for c in text if not c.isprintable() or c in UNSEEN}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("output", FORMATS)
def test_no_control_or_direction_character_comes_through(hostile: Path, output: str, lang: str) -> None:
    text = _text(hostile, output, lang)
    # Without a byte order mark at its beginning, Excel would show no Chinese.
    assert _steering(text.removeprefix("\ufeff") if output == "csv" else text) <= {"\n"}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("output", FORMATS)
def test_the_runner_of_github_takes_only_our_own_commands(hostile: Path, output: str, lang: str) -> None:
    commands = read(_text(hostile, output, lang))
    assert bool(commands) is (output == "github")
    assert all("pwned" not in name for name, _, _ in commands)


@pytest.mark.parametrize("output", FORMATS)
def test_every_file_is_told(hostile: Path, output: str) -> None:
    text = _text(hostile, output)
    assert [n for n in range(len(EVIL)) if f"{n:02} " not in text and f"{n:02}%20" not in text] == []


def test_junit_is_sound_xml_with_a_suite_a_file(hostile: Path) -> None:
    assert len(ET.fromstring(_text(hostile, "junit"))) == len(EVIL)


def test_sarif_messages_hold_no_link_and_no_placeholder(hostile: Path) -> None:
    results = json.loads(_text(hostile, "sarif"))["runs"][0]["results"]
    texts = [result["message"]["text"] for result in results]
    assert any("example.org" in text for text in texts)
    assert not any(re.search(r"(?<!\\)\[|(?<!\{)\{\d", text) for text in texts)


def test_github_properties_are_those_that_we_write(hostile: Path) -> None:
    for _, properties, _ in read(_text(hostile, "github")):
        assert properties.keys() <= {"file", "line", "endLine", "col", "endColumn", "title"}
        assert re.fullmatch(r"(Refused|Undecided|Invalid file|note)(: .*)?", properties["title"])


def test_markdown_holds_names_in_code_spans_alone(hostile: Path) -> None:
    for line in _text(hostile, "markdown").splitlines()[1:]:
        bare = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", line)
        assert not re.search(r"pwned|example|@team|<|\]\(", bare), line


class _Tags(HTMLParser):
    """The tags, and the names of the attributes, of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(f"{tag} {name}" for name, _ in attributes)}


def test_html_has_no_tag_that_a_name_brought(hostile: Path, show: Callable[..., str]) -> None:
    evil, sound = _Tags(), _Tags()
    evil.feed(_text(hostile, "html"))
    sound.feed(show("html"))
    assert evil.seen <= sound.seen
    assert "img" not in evil.seen


def test_html_has_no_tag_that_a_name_brought_of_what_is_told_in_short(
    show: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "InFull", lambda *_, **__: InFull(0))
    rules, written = load_ruleset(), list[str]()
    report = onboarding.check(builders.application(), as_of=builders.DAY, ruleset=rules)
    run = Run("0", builders.DAY, False, Origin(rules.id), None, rules_about(rules, builders.DAY))
    output = make_output("html", run, Style(), written.append)
    for evil in dict.fromkeys(EVIL):
        output.result(replace(report, source=evil, names={**report.names, "shop": f"s{evil}"}))
    output.end(Counter({report.verdict: len(set(EVIL))}))
    page, evil_tags, sound = "".join(written), _Tags(), _Tags()
    evil_tags.feed(page)
    sound.feed(show("html"))
    assert evil_tags.seen <= sound.seen
    assert _steering(page) <= {"\n"}
    assert [evil for evil in EVIL if page.count(f"<bdi>{escape(safe(evil))}</bdi>") != 1] == []


@pytest.mark.needs("chromium")
def test_a_browser_runs_and_fetches_nothing_that_a_name_brought(
    hostile: Path, browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(_text(hostile, "html"), encoding="utf-8")
    opened = browser.new_page()
    noticed: list[str] = []
    opened.on("request", lambda request: noticed.append(request.url))
    opened.on("console", lambda message: noticed.append(message.text))
    opened.on("pageerror", lambda error: noticed.append(str(error)))
    opened.goto(path.as_uri())
    assert opened.locator(".result").count() == len(EVIL)
    assert opened.locator(".result a, .result script, .result img").count() == 0
    assert noticed == [path.as_uri()]
    opened.close()


def test_json_keeps_the_value_of_what_it_escapes(hostile: Path) -> None:
    names = {result.get("names", {}).get("shop") for result in json.loads(_text(hostile, "json"))["results"]}
    assert {STEERING["escape sequence"], STEERING["carriage return"].strip(), STEERING["blank of Braille"]} <= names


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING.keys())
def test_whatever_steers_is_escaped_in_json_and_spelt_out_elsewhere(text: str) -> None:
    assert json.loads(to_json(text)) == text
    assert _steering(to_json(text) + safe(text)) == set()
    assert "##[" not in to_json(text) + safe(text)


@pytest.fixture(scope="module")
def hostile_rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program whose shipped rules somebody has edited in place, which a check does not lint; a file to
    judge beside it. Every steering text is in their titles, remedies, reasons and clauses."""
    folder = tmp_path_factory.mktemp("rules")
    left_out = shutil.ignore_patterns("schemas", "cases", "__pycache__")
    shutil.copytree(Path(onboarding.__file__).parent, folder / "onboarding", ignore=left_out)
    shutil.copytree(builders.ROOT / "schemas", folder / "schemas", ignore=left_out)
    # The lint refuses numbers in a reason: they belong to the rule.
    evil = re.sub("[0-9]", "", "".join(STEERING.values()))

    def spoilt(value: Any, said: bool = False) -> Any:
        if isinstance(value, dict):
            words = said or value.keys() == {"en", "zh"}
            return {k: spoilt(v, words) for k, v in value.items()}
        return [spoilt(v) for v in value] if isinstance(value, list) else f"{value} {evil}" if said else value

    for file in (folder / "schemas/douyin").glob("*.json"):
        _write(file, spoilt(json.loads(file.read_text("utf-8"))))
    (folder / "refused.json").write_text(json.dumps(builders.application(without=("/brands",))), "utf-8")
    return folder


def _write(file: Path, rule: Any) -> None:
    file.write_text(json.dumps(rule, ensure_ascii=False, indent=2) + "\n", "utf-8")


SOUND = str(builders.ROOT / "schemas/douyin")
RULE_COMMANDS = {
    "list": ("rules", "list", "--lang"),
    "show": ("rules", "show", "brand-evidence", "--lang"),
    "explain": ("explain", "brand-evidence", "--lang"),
    "diff": ("rules", "diff", SOUND, "douyin"),
    "diff, json": ("rules", "diff", SOUND, "douyin", "-o", "json"),
    "diff, markdown": ("rules", "diff", SOUND, "douyin", "-o", "markdown"),
    "export": ("rules", "export", "douyin"),
}


REPORTED = {
    (output, lang): ("onboard-check", "refused.json", "--as-of", "2024-08-05", "-o", output, "--lang", lang)
    for output in FORMATS
    for lang in ("en", "zh")
}
SHOWN = {
    (name, lang): ("onboard", *args, *([lang] if args[-1] == "--lang" else []))
    for name, args in RULE_COMMANDS.items()
    for lang in ("en", "zh")
}
Edited = dict[tuple[str, str], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def edited(hostile_rules: Path) -> Edited:
    """What the program with the edited rules says."""
    calls = REPORTED | SHOWN
    done = run_in_turn(calls.values(), cwd=hostile_rules, importing=hostile_rules)
    return dict(zip(calls, done, strict=True))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("output", FORMATS)
def test_texts_of_a_rule_file_steer_nothing_in_a_report(edited: Edited, output: str, lang: str) -> None:
    done = edited[output, lang]
    assert (done.returncode, done.stderr) == (1, "")
    assert "gnp.exe" in done.stdout
    assert _steering(done.stdout.removeprefix("\ufeff")) <= {"\n"}
    assert all("pwned" not in name for name, _, _ in read(done.stdout))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", RULE_COMMANDS)
def test_texts_of_a_rule_file_steer_nothing_where_rules_are_shown(edited: Edited, name: str, lang: str) -> None:
    done = edited[name, lang]
    assert (done.returncode, done.stderr) == (0, "")
    assert _steering(done.stdout) <= {"\n"}
    assert read(done.stdout) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_folder_with_such_texts_judges_nothing_and_its_errors_steer_nothing(hostile_rules: Path, lang: str) -> None:
    done = run_here("onboard-check", "refused.json", "--ruleset", "./schemas/douyin", "--lang", lang,
                        "--as-of", "2024-08-05", cwd=hostile_rules)  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "U+001B" in done.stderr
    assert _steering(done.stderr) <= {"\n"}


REFUSED_IN_RULES = {name: text for name, text in STEERING.items() if _steering(text)}


@pytest.mark.parametrize("text", REFUSED_IN_RULES.values(), ids=REFUSED_IN_RULES.keys())
def test_the_lint_refuses_whatever_steers_or_is_not_seen(text: str, tmp_path: Path) -> None:
    rules = shutil.copytree(SOUND, tmp_path / "rules", ignore=shutil.ignore_patterns("cases"))
    rule = json.loads((rules / "brand-evidence.json").read_text("utf-8"))
    rule["x-rule"]["title"]["en"] += text
    _write(rules / "brand-evidence.json", rule)
    with pytest.raises(RulesetError, match=r"brand-evidence\.json.*U\+"):
        load_ruleset(rules)
