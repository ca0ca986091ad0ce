"""Every format in both languages, as it is meant to look: UPDATE_GOLDEN=1 writes these files anew."""

from collections.abc import Callable
from pathlib import Path

import pytest

SUFFIXES = {
    "text": "txt",
    "json": "json",
    "jsonl": "jsonl",
    "junit": "xml",
    "sarif": "sarif",
    "github": "txt",
    "gitlab": "json",
    "markdown": "md",
    "html": "html",
    "csv": "csv",
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("output", SUFFIXES)
def test_format_looks_as_before(
    show: Callable[..., str], golden: Callable[[str, str], None], output: str, lang: str
) -> None:
    golden(f"{output}.{lang}.{SUFFIXES[output]}", show(output, lang=lang))


def test_json_carries_both_languages_whatever_the_language(show: Callable[..., str]) -> None:
    assert show("json", lang="en") == show("json", lang="zh")


def test_what_goes_to_files_changes_nothing_on_the_screen(show: Callable[..., str], tmp_path: Path) -> None:
    text = show(
        "text",
        "a",
        "b",
        "--registry",
        "registry.jsonl",
        "-o",
        f"junit={tmp_path}/x.xml",
        "-o",
        f"html={tmp_path}/x.html",
    )
    assert text == show("text")
    assert (tmp_path / "x.html").read_text("utf-8") == show("html")
