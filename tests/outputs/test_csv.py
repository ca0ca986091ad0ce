"""Results as CSV: what a spreadsheet makes of them."""

import csv
import io
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

import builders
import pytest
from in_process import run_here


def _rows(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff"), "Excel takes a file without it for GBK or Latin"
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


def test_a_line_a_reason_and_one_for_what_passes(show: Callable[..., str]) -> None:
    rows = _rows(show("csv"))
    lines = {(row["File"], row["Verdict"], row["What it is"], row["Rule"]) for row in rows}
    assert ("a/refused.json", "Refused", "Refused", "one-shop-per-brand") in lines
    assert ("a/refused.json", "Refused", "Warning", "violation-record") in lines
    assert ("b/not-json.json", "Invalid file", "Invalid file", "") in lines
    assert [row["Rule"] for row in rows if row["File"] == "b/pass.json"] == [""]


def test_a_line_says_who_why_and_the_way_out(show: Callable[..., str]) -> None:
    row = next(row for row in _rows(show("csv")) if row["Rule"] == "six-month-reentry" and row["Would pass from"])
    assert row["Subject number"] == builders.SOLE_TRADER_USCC
    assert row["Would pass from"] == "2024-09-02"
    assert "shop S-9" in row["Evidence"]
    assert row["Way out"]


def test_in_chinese_no_heading_and_no_verdict_is_english(show: Callable[..., str]) -> None:
    rows = _rows(show("csv", lang="zh"))
    assert not [heading for heading in rows[0] if heading.isascii()]
    assert {row["审核结果"] for row in rows} == {"通过", "不通过", "无法判定", "文件无效"}


RUN_OR_REWRITTEN = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "007", "913502990001234567", "1E5"]


@pytest.mark.parametrize("text", RUN_OR_REWRITTEN)
def test_what_a_spreadsheet_would_run_or_rewrite_begins_with_a_backslash(text: str, tmp_path: Path) -> None:
    value = builders.application({"/application_id": text, "/shop/name": text, "/subject/name": f"a;{text}"})
    (tmp_path / f"{text}.json").write_text(json.dumps(value), encoding="utf-8")
    done = run_here("onboard-check", ".", "--as-of", "2024-08-05", "-o", "csv", cwd=tmp_path)
    rows = _rows(done.stdout)
    # Names come normalised.
    assert {row["Application id"] for row in rows} == {f"\\{text}"}
    assert {row["Shop"] for row in rows} == {f"\\{unicodedata.normalize('NFKC', text)}"}
    assert not [cell for row in rows for cell in row.values() if cell[:1] in tuple("=+-@＝")]
