"""A file that is given in place of another is told for what it is and where it belongs, once: `wrong_files.json`."""

import json
import re
import shutil
from pathlib import Path

import pytest
from builders import ROOT, application, shop
from chinese import english
from in_process import run_here as run

TABLE = json.loads(Path(__file__).with_name("wrong_files.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file of each kind, by the names of the table."""
    made = tmp_path_factory.mktemp("files")
    paper = json.dumps(application(), indent=2, ensure_ascii=False)
    (made / "application.json").write_text(paper, "utf-8")
    (made / "applications.jsonl").write_text(json.dumps(application()) + "\n", "utf-8")
    (made / "records.jsonl").write_text(json.dumps(shop()) + "\n" + json.dumps(shop("S-2", ("竹溪",))) + "\n", "utf-8")
    for name in ("registry.db", "shops.csv", "shops.xlsx"):
        call = ("import", "records.jsonl", name) if name.endswith(".db") else ("export", "registry.db", name)
        assert run("onboard", "registry", *call, cwd=made).returncode == 0
    (made / "店铺.csv").write_bytes("店铺编号,统一社会信用代码,品牌,开店日期\n".encode("gbk"))
    shutil.copy(ROOT / "schemas/douyin/max-three-shops.json", made / "rule.json")
    shutil.copy(ROOT / "schemas/douyin/ruleset.json", made / "ruleset.json")
    for name, format_ in (("report.json", "json"), ("reports.jsonl", "jsonl")):
        told = run("onboard-check", "application.json", "-o", format_, "--as-of", "2024-08-05", cwd=made)
        (made / name).write_text(told.stdout, "utf-8")
    return made


WRONG = [
    (call, name)
    for call, about in TABLE["commands"].items()
    for name in TABLE["files"]
    if name not in about["takes"] and Path(name).suffix not in about.get("endings", ())
]


@pytest.mark.parametrize(("call", "name"), WRONG)
def test_it_is_told_for_what_it_is(folder: Path, call: str, name: str) -> None:
    program, *words = (word if word != "FILE" else name for word in call.split())
    for lang in ("en", "zh"):
        done = run(program, *words, "--lang", lang, cwd=folder)
        told = done.stdout + done.stderr
        assert done.returncode == 2, told
        assert "internal" not in told
        assert "内部错误" not in told
        if lang == "zh":
            assert english(told) == []
            continue
        spaced = " ".join(told.split())
        assert TABLE["files"][name] in spaced
        assert TABLE["commands"][call]["wanted"] in spaced
        # Once, but of JSON Lines, where each line is judged by itself.
        if not name.endswith(".jsonl"):
            assert spaced.count("this is") == 1
            assert len(re.findall("^error: |^INVALID", told, re.MULTILINE)) <= 1


@pytest.mark.parametrize(
    ("call", "known"),
    [
        ("onboard registry export registry.db out.xls", "`.jsonl`, `.csv`, `.xlsx`"),
        ("onboard registry export registry.db out.db", "`.jsonl`, `.csv`, `.xlsx`"),
        ("onboard registry import other.xls new.db", "`.jsonl`, `.csv`, `.xlsx`"),
        ("onboard screen other.xls -o out.jsonl", "`.jsonl`, `.gz`, `.zst`, `.parquet`, `.json`"),
        ("onboard screen application.json -o out.xyz", "`.jsonl`, `.gz`, `.zst`, `.parquet`"),
        ("onboard screen application.json -o out.json", "`.jsonl`, `.gz`, `.zst`, `.parquet`"),
    ],
)
def test_an_unknown_ending_is_refused_and_writes_nothing(folder: Path, call: str, known: str) -> None:
    (folder / "other.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    before = sorted(folder.iterdir())
    program, *words = call.split()
    done = run(program, *words, cwd=folder)
    assert done.returncode == 2
    assert f"(known: {known})" in done.stderr
    chinese = run(program, *words, "--lang", "zh", cwd=folder).stderr
    assert "不支持扩展名" in chinese
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("name", ["records", "-"])
def test_without_an_ending_an_export_is_json_lines(folder: Path, name: str) -> None:
    done = run("onboard", "registry", "export", "registry.db", name, cwd=folder)
    written = done.stdout if name == "-" else (folder / name).read_text("utf-8")
    assert [json.loads(line)["shop_id"] for line in written.splitlines()] == ["S-1", "S-2"]


@pytest.mark.parametrize(
    "call",
    [
        "onboard registry export registry.db no/such/x.jsonl",
        "onboard registry init no/such/x.db",
        "onboard registry import records.jsonl no/such/x.db",
        "onboard registry audit --registry registry.db -o json=no/such/x",
        "onboard-check application.json -o json=no/such/x",
        "onboard-check application.json --write-baseline no/such/x",
        "onboard screen application.json -o no/such/x.jsonl",
        "onboard screen application.json -o x.jsonl --summary no/such/x",
        "onboard new --template no/such/x.json",
        "onboard rules new no/such/x",
    ],
)
def test_a_missing_folder_is_named_with_what_to_do(folder: Path, call: str) -> None:
    program, *words = call.split()
    done = run(program, *words, cwd=folder)
    assert done.returncode == 2
    assert "there is no folder `no/such`: make it first, or write elsewhere" in done.stderr
    chinese = run(program, *words, "--lang", "zh", cwd=folder)
    assert "没有文件夹 `no/such`，请先建立" in chinese.stderr


def test_a_screening_tells_the_first_invalid_ones_at_once(folder: Path) -> None:
    said = run("onboard", "screen", "records.jsonl", "-o", "told.jsonl", cwd=folder).stdout
    assert "  records.jsonl:1: this is a record of a registry, not an application" in said


@pytest.mark.parametrize("call", ["onboard registry import empty.jsonl new.db", "onboard-check empty.json"])
def test_an_empty_file_is_told_for_one(folder: Path, call: str) -> None:
    for name in ("empty.jsonl", "empty.json"):
        (folder / name).write_bytes(b"")
    program, *words = call.split()
    done = run(program, *words, cwd=folder)
    assert "no record in it" in done.stderr or "an empty file" in done.stdout


@pytest.mark.parametrize(
    "data", [b'{"name": "\xd4\xc6"}', b"{" * 100_000, b"\0" * 9, b"\xff\xfe{", b"\xef\xbb\xbf", b'{"record": {}}']
)
def test_what_is_known_for_nothing_is_told_as_before(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "odd.json").write_bytes(data)
    for call in (("onboard-check", "odd.json"), ("onboard", "rules", "lint", "odd.json")):
        done = run(*call, cwd=tmp_path)
        assert done.returncode == 2
        assert "internal" not in done.stdout + done.stderr
