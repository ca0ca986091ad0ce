"""An application id is used once in a joint run, as `onboard registry admit` would have it."""

import json
from pathlib import Path
from typing import Any

import pytest
from builders import OTHER_USCC, application, brand, shop
from in_process import run_here


def write(folder: Path, **files: dict[str, Any]) -> list[Path]:
    made = []
    for name, content in files.items():
        made.append(folder / f"{name}.json")
        made[-1].write_text(json.dumps(content), encoding="utf-8")
    return made


def checked(folder: Path, files: list[Path], *options: str) -> tuple[int, list[dict[str, Any]]]:
    (folder / "registry.jsonl").write_text("")
    told = ("--registry", "registry.jsonl", "--as-of", "2024-08-05", "-o", "json", *options)
    done = run_here("onboard-check", *(file.name for file in files), *told, cwd=folder)
    return done.returncode, json.loads(done.stdout)["results"]


@pytest.mark.parametrize("changes", [{"/brands": [brand("山下")]}, {"/business_license/uscc": OTHER_USCC}])
def test_one_id_with_two_contents_is_invalid_and_each_names_the_other(tmp_path: Path, changes: dict[str, Any]) -> None:
    files = write(tmp_path, a=application(), b=application({"/application_id": "A-2"}), c=application(changes))
    code, results = checked(tmp_path, files)
    assert code == 2
    assert [result["verdict"] for result in results] == ["invalid", "pass", "invalid"]
    for result, other in ((results[0], "c.json"), (results[2], "a.json")):
        (error,) = result["errors"]
        assert error["pointer"] == "/application_id"
        assert error["line"] == 1
        assert f"`{other}`" in error["message"]["en"]
        assert f"`{other}`" in error["message"]["zh"]


def test_one_id_with_one_content_is_one_application_judged_once(tmp_path: Path) -> None:
    code, results = checked(tmp_path, write(tmp_path, a=application(), b=application()))
    assert code == 0
    assert [result["verdict"] for result in results] == ["pass", "pass"]
    notes = [[note["message"]["en"] for note in result["notes"]] for result in results]
    assert "The same application as in `a.json`; it was judged once." in notes[1]
    assert len(notes[1]) == len(notes[0]) + 1


# What the first application, which opened the shop on record, is changed to, and whether the second passes: it would be
# the third shop of three, or the fourth.
_OPENED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("it says the same", {}, {}, "pass"),
    ("its brand is written otherwise", {"/brands": [brand(" 云上®")]}, {}, "pass"),
    ("its id is written otherwise", {"/application_id": " Ａ-1"}, {}, "pass"),
    ("it names a brand more", {"/brands": [brand("云上"), brand("山下")]}, {}, "fail"),
    ("it names the brand in two languages", {"/brands": [brand("云上/CLOUDTEA")]}, {}, "fail"),
    ("the shop is closed", {}, {"closed_on": "2024-08-01", "closed_for": "other"}, "pass"),
    ("the shop opens later", {}, {"opened_on": "2024-08-06"}, "pass"),
    ("the shop carries another brand", {}, {"brands": [{"name": "溪边"}]}, "fail"),
]


@pytest.mark.parametrize("row", _OPENED, ids=[row[0] for row in _OPENED])
@pytest.mark.parametrize("program", ["onboard-check", "screen"])
def test_a_shop_that_an_application_of_the_run_opened_counts_once_for_those_behind_it(
    tmp_path: Path, program: str, row: tuple[str, dict[str, Any], dict[str, Any], str]
) -> None:
    _, changes, of_shop, verdict = row
    other = application({"/application_id": "A-2", "/brands": [brand("河上")]})
    write(tmp_path, a=application(changes), b=other)
    records = [shop("S-1", ("云上",), application_id="A-1") | of_shop, shop("S-2", ("竹溪",))]
    (tmp_path / "records.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    told = ("a.json", "b.json", "--registry", "records.jsonl", "--as-of", "2024-08-05")
    if program == "screen":
        run_here("onboard", "screen", *told, "-o", "reports.jsonl", "--workers", "1", cwd=tmp_path)
    else:
        run_here("onboard-check", *told, "-o", "jsonl=reports.jsonl", cwd=tmp_path)
    first, second = map(json.loads, (tmp_path / "reports.jsonl").read_text("utf-8").splitlines())
    assert (first["verdict"], second["verdict"]) == ("pass", verdict)


def test_applications_that_are_judged_apart_may_share_an_id(tmp_path: Path) -> None:
    files = write(tmp_path, a=application(), b=application({"/brands": [brand("山下")]}))
    code, results = checked(tmp_path, files, "--independent")
    assert code == 0
    assert [result["verdict"] for result in results] == ["pass", "pass"]


def test_the_impact_of_rules_is_told_of_no_corpus_that_uses_an_id_twice(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write(corpus, a=application(), b=application({"/brands": [brand("山下")]}))
    done = run_here("onboard", "rules", "diff", "douyin", "tmall-2019", "--applications", "corpus", cwd=tmp_path)
    assert done.returncode == 2
    assert "a.json" in done.stderr
    assert "b.json" in done.stderr
