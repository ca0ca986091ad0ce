"""One bad file among 500 is reported with its place in every format, and the others are judged."""

import gc
import json
import tracemalloc
from collections import Counter
from dataclasses import replace
from pathlib import Path

import builders
import pytest
from in_process import run_here

from onboarding import check, load_ruleset
from onboarding.cli.output_files import rules_about
from onboarding.outputs import Origin, Run, Style, buffer, make_output, markdown

FORMATS = {
    "text": ("bad.json", "2:21: not JSON"),
    "json": ('"source": "bad.json"', '"line": 2'),
    "jsonl": ('"source": "bad.json"', '"line": 2'),
    "junit": ('<testsuite name="bad.json"', "bad.json:2:21: not JSON"),
    "sarif": ('"uri": "bad.json"', '"startLine": 2'),
    "github": ("::error file=bad.json,line=2,col=21,", "2:21: not JSON"),
    "gitlab": ('"path": "bad.json", "lines": {"begin": 2}', '"check_name": "invalid-file"'),
    "markdown": ("### Invalid file: `bad.json`", "`2:21`: not JSON"),
    "html": ("<wbr>bad.json</bdi>", "<code>2:21</code>"),
    "csv": ("bad.json,Invalid file,", ",2,21,"),
}
COUNTED = {
    "text": "500 checked: 499 pass, 1 invalid",
    "json": '"pass": 499',
    "github": "500 checked: 499 pass, 1 invalid",
    "markdown": "500 checked: 499 pass, 1 invalid",
    "html": "<dd>499</dd>",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each format says of the one run."""
    folder, made = tmp_path_factory.mktemp("many"), tmp_path_factory.mktemp("made")
    for n in range(499):
        value = builders.application({"/application_id": f"A-{n}"})
        (folder / f"{n:03}.json").write_text(json.dumps(value), encoding="utf-8")
    (folder / "bad.json").write_text('{\n  "application_id": }', encoding="utf-8")
    (made / "registry.jsonl").touch()
    options = [option for name in FORMATS for option in ("-o", f"{name}={made / name}")]
    done = run_here("onboard-check", ".", "--independent", "--registry", made / "registry.jsonl",
                        "--as-of", "2024-08-05", *options, cwd=folder)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")
    return {name: Path(made / name).read_text("utf-8") for name in FORMATS}


@pytest.mark.parametrize("name", FORMATS)
def test_the_bad_file_has_its_place(outputs: dict[str, str], name: str) -> None:
    assert [part for part in FORMATS[name] if part not in outputs[name].replace("./", "")] == []


@pytest.mark.parametrize("name", COUNTED)
def test_the_others_are_judged(outputs: dict[str, str], name: str) -> None:
    assert COUNTED[name] in " ".join(outputs[name].split())


def test_the_others_are_listed_where_each_has_an_entry(outputs: dict[str, str]) -> None:
    verdicts = [json.loads(line)["verdict"] for line in outputs["jsonl"].splitlines()]
    assert (verdicts.count("pass"), verdicts.count("invalid")) == (499, 1)
    assert outputs["junit"].count("<testsuite ") == 500
    assert outputs["junit"].count("<error ") == 1
    assert outputs["html"].count("<article ") == 500
    assert json.loads(outputs["sarif"])["runs"][0]["results"] == []


@pytest.mark.parametrize("name", FORMATS)
def test_what_waits_for_the_end_does_not_wait_in_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffer, "IN_MEMORY", 1 << 14)
    monkeypatch.setattr(markdown, "SUMMARY_LIMIT", 1 << 14)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    rules, refused = load_ruleset(), builders.application(without=("/business_license", "/brands"))
    report = check(refused, as_of=builders.DAY, ruleset=rules)
    about = Origin(rules.id, lambda: rules.digest)
    written: list[int] = []
    run = Run("0", builders.DAY, False, about, None, rules_about(rules, builders.DAY))
    output = make_output(name, run, Style(), lambda text: written.append(len(text)))
    held = []
    # What repeats is remembered, up to so many: by 400 results that is full.
    tracemalloc.start()
    for number in range(600):
        output.result(replace(report, source=f"{number}.json", application_id=f"A-{number}"))
        if number in (399, 599):
            written = [sum(written)]
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    output.end(Counter(fail=600))
    # Six hundred refusals are 400 kB or more in every format.
    assert held[1] - held[0] < 20_000
    assert sum(written) > (400_000 if name != "markdown" else 10_000)


def test_of_thousands_of_refusals_a_page_and_a_log_tell_as_many_as_are_looked_at(tmp_path: Path) -> None:
    lines = [json.dumps({"application_id": f"A-{n}", "subject": {"type": "individual"}}) for n in range(1700)]
    (tmp_path / "many.jsonl").write_text("\n".join(lines), encoding="utf-8")
    formats = ("-o", "html=page.html", "-o", "sarif=log.sarif")
    done = run_here("onboard-check", "many.jsonl", "--as-of", "2024-08-05", *formats, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    page = " ".join((tmp_path / "page.html").read_text("utf-8").split())
    assert "1000 of each verdict at most; of 700 more, only which rules keep them from passing" in page
    assert page.count('<p class="in-short">') == 700
    log = json.loads((tmp_path / "log.sarif").read_text("utf-8"))["runs"][0]
    levels = Counter(result["level"] for result in log["results"])
    said = [one["message"]["text"] for one in log["invocations"][0]["toolExecutionNotifications"]]
    # Each is refused by three rules, no licence, no company, no brand, and undecided by three that need a history.
    assert levels == {"error": 5000, "warning": 5000, "note": 1700}
    assert said[-1].startswith("200 more results are left out: ")
