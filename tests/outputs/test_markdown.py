"""A comment for a pull request: short enough, and with every refusal in it."""

import json
from collections.abc import Callable
from pathlib import Path

import builders
import pytest

from onboarding.outputs.markdown import code, prose


def test_begins_with_the_mark_by_which_a_job_finds_it(show: Callable[..., str]) -> None:
    assert show("markdown").startswith("<!-- onboard-check -->\n## onboard-check: 9 checked: ")


def test_refusals_come_first(show: Callable[..., str]) -> None:
    heads = [line.split(":")[0] for line in show("markdown").splitlines() if line.startswith("### ")]
    assert heads == ["### Refused"] * 4 + ["### Invalid file"] * 2 + ["### Undecided"] + ["### Pass"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_stays_within_a_comment_and_counts_what_it_leaves_out(
    show: Callable[..., str], own_samples: Path, lang: str
) -> None:
    for n in range(200):
        value = builders.application({"/application_id": f"M-{n}", "/subject/type": "individual"})
        (own_samples / "a" / f"{n:03}.json").write_text(json.dumps(value), encoding="utf-8")
    text = show("markdown", lang=lang, cwd=own_samples)
    shown = text.count("### Refused") if lang == "en" else text.count("### 不通过")
    assert 60_000 < len(text) <= 65_536
    left = 204 - shown
    said = f"{left} refused, 1 undecided, 2 invalid" if lang == "en" else f"{left} 份不通过、1 份无法判定、2 份文件无效"
    assert said in text.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a", "`a`"),
        ("", "` `"),
        ("`", "`` ` ``"),
        ("a``b", "```a``b```"),
        ("`a`", "`` `a` ``"),
        ("a\nb", "`a\\x0ab`"),
        ("\u202ea", "`\\u202ea`"),
        ("<!-- -->", "`<!-- -->`"),
    ],
)
def test_names_stand_in_code_spans(text: str, shown: str) -> None:
    assert code(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a `b_c` d_e", "a `b_c` d\\_e"),
        ("odd ` [x](y)", "odd \\` \\[x\\](y)"),
        ("`a``` ` <b>` c", "`a``` ` \\<b\\>\\` c"),
        ("``` <b> `", "\\`\\`\\` \\<b\\> \\`"),
        ("``a ` <b>`` <b>", "``a ` <b>`` \\<b\\>"),
        ("<b> & @team #1", "\\<b\\> \\& \\@team \\#1"),
    ],
)
def test_prose_keeps_its_code_spans_and_no_other_markdown(text: str, shown: str) -> None:
    assert prose(text) == shown
