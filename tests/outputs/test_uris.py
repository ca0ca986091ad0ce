"""How files are named to other programs: relative to the checkout, percent-encoded, byte for byte."""

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from onboarding.outputs.paths import line_of, relative, to_uri


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "top" / "sub").mkdir(parents=True)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "top"))
    monkeypatch.chdir(tmp_path / "top" / "sub")
    return tmp_path / "top"


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        ("a.json", "sub/a.json"),
        ("./a/../b.json", "sub/b.json"),
        ("../a.json", "a.json"),
        ("a b#c?.json", "sub/a%20b%23c%3F.json"),
        ("c:d.json", "sub/c%3Ad.json"),
        ("茶.json", "sub/%E8%8C%B6.json"),
        ("100%.json", "sub/100%25.json"),
        ("a.json:3", "sub/a.json%3A3"),
    ],
)
def test_below_the_checkout_a_uri_is_relative(source: str, uri: str) -> None:
    assert to_uri(source) == uri
    assert os.fsdecode(unquote_to_bytes(uri)) == relative(source)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a b.PARQUET"])
def test_one_of_many_applications_is_in_their_file(name: str) -> None:
    assert to_uri(f"{name}:17") == to_uri(name)
    assert relative(f"{name}:17") == f"sub/{name}"
    assert line_of(f"{name}:17") == 17
    assert line_of(name) is None


def test_a_whole_path_below_the_checkout_is_relative_too(checkout: Path) -> None:
    assert to_uri(str(checkout / "a.json")) == "a.json"


def test_a_name_that_is_no_text_keeps_its_bytes() -> None:
    assert to_uri(os.fsdecode(b"\xff.json")) == "sub/%FF.json"


def test_outside_of_the_checkout_there_is_no_relative_path(tmp_path: Path) -> None:
    assert relative("../../a.json") is None
    assert to_uri("../../a.json") == (tmp_path / "a.json").as_uri()


def test_a_checkout_that_the_working_folder_is_not_in_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", "/nowhere")
    assert to_uri("a.json") == "a.json"
