"""What staff look at: lists, finds, names, audits by rule; in a database and in a file of records."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from builders import OTHER_USCC, USCC, application, ban, shop
from in_process import run_here as run

RECORDS = (
    shop("S-1", ("云上/CLOUDTEA",), application_id="A-2021-0042"),
    shop("S-2", ("竹嶼",), closed_on="2024-02-05", closed_for="voluntary_exit"),
    shop("S-3", ("乐石",), subject_id=OTHER_USCC, closed_on="2023-10-20", closed_for="serious_violation"),
    shop("S-4", ("远钓",), opened_on="2024-09-01"),
    ban(subject_id="92999999MATEKT019H"),
)
DAY = "2024-08-05"


@pytest.fixture(params=["registry.jsonl", "registry.db"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same records in a file and in a database."""
    file = tmp_path / "registry.jsonl"
    file.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS), encoding="utf-8")
    if request.param.endswith(".db"):
        run("onboard", "registry", "import", file, tmp_path / request.param)
    return tmp_path / str(request.param)


@pytest.fixture
def admitted(tmp_path: Path) -> Path:
    """A registry in which one application opened a shop, and one of the same brand was refused."""
    database = tmp_path / "registry.db"
    for number, name in enumerate(("云上茶业旗舰店", "云上茶业专卖店"), start=1):
        paper = application({"/application_id": f"A-2026-000{number}", "/shop/name": name})
        for brand in paper["brands"]:
            brand["evidence"]["valid_until"] = None
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(paper), encoding="utf-8")
        run("onboard", "registry", "init", database)
        assert run("onboard", "registry", "admit", file, "--registry", database).returncode == number - 1
    return database


def found(place: Path, *args: str) -> list[dict[str, Any]]:
    done = run("onboard", "registry", *args, "--registry", place, "-o", "json", "--as-of", DAY)
    whole = json.loads(done.stdout)
    assert whole["total"] == whole["shown"] == len(whole["results"])
    return list(whole["results"])


@pytest.mark.parametrize(
    ("state", "shops"),
    [
        (None, ["S-1", "S-2", "S-4", "S-3", None]),
        ("open", ["S-1"]),
        ("closed", ["S-2", "S-3"]),
        ("banned", ["S-3", None]),
        ("refused", []),
    ],
)
def test_the_list_has_what_is_so_on_the_day(place: Path, state: str | None, shops: list[str | None]) -> None:
    listed = found(place, "list", *(("--state", state) if state else ()))
    assert [one["shop_id"] for one in listed] == shops


@pytest.mark.parametrize(
    ("what", "shop_id", "by"),
    [
        (USCC, "S-1", "subject_id"),
        ("matekt027", "S-3", "subject_id"),
        ("s-2", "S-2", "shop_id"),
        ("A-2021-0042", "S-1", "application_id"),
        ("0042", "S-1", "application_id"),
        ("云上", "S-1", "brand"),
        ("cloudtea", "S-1", "brand"),
        ("竹屿", "S-2", "look_alike"),
        ("乐石牌", "S-3", "look_alike"),
    ],
)
def test_what_staff_know_finds_it_and_says_why(place: Path, what: str, shop_id: str, by: str) -> None:
    matches = {one["shop_id"]: one["matched"] for one in found(place, "find", what)}
    assert by in matches[shop_id]


def test_what_is_not_there_is_exit_code_1(place: Path) -> None:
    done = run("onboard", "registry", "find", "没有", "--registry", place)
    assert (done.returncode, done.stdout) == (1, "nothing found\n")


def test_what_is_shown_is_bounded_and_the_total_said(place: Path) -> None:
    done = run("onboard", "registry", "list", "--limit", "2", "--registry", place)
    assert done.stdout.splitlines()[2:] == ["2 of 5 shown; `--limit` shows more"]
    whole = json.loads(run("onboard", "registry", "list", "--limit", "2", "--registry", place, "-o", "json").stdout)
    assert (len(whole["results"]), whole["shown"], whole["total"]) == (2, 2, 5)
    assert len(run("onboard", "registry", "list", "--limit", "0", "--registry", place).stdout.splitlines()) == 6


def test_the_list_as_csv_is_what_excel_opens(place: Path) -> None:
    done = run("onboard", "registry", "list", "--registry", place, "-o", "csv", "--as-of", DAY)
    assert done.stdout.startswith("\ufeffsubject_id,")
    rows = list(csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff"))))
    assert [row["brands"] for row in rows] == ["云上/CLOUDTEA", "竹嶼", "远钓", "乐石", ""]


def test_no_name_in_the_list_as_csv_steers_or_begins_a_row(tmp_path: Path) -> None:
    file = tmp_path / "registry.jsonl"
    file.write_text(json.dumps(shop("S-1\x1b[2J", ("云上\r=cmd",))) + "\n", encoding="utf-8")
    for look in (("list",), ("find", "S-1")):
        done = run("onboard", "registry", *look, "--registry", file, "-o", "csv")
        assert [char for char in done.stdout.removeprefix("\ufeff") if not char.isprintable()] == ["\n", "\n"]


def test_the_list_speaks_the_language_asked_for(place: Path) -> None:
    done = run("onboard", "registry", "find", "竹屿", "--registry", place, "--lang", "zh", "--as-of", DAY)
    assert (
        done.stdout
        == f"{USCC}  店铺 S-2  竹嶼  2022-01-01 开店，2024-02-05 关店（主动退出）  （品牌仅外观相似）\n共 1 项\n"
    )


@pytest.mark.parametrize("what", ["云上茶业有限公司", "云上茶业旗舰", "A-2026-0001"])
def test_a_shop_admitted_here_is_found_by_its_names(admitted: Path, what: str) -> None:
    first = next(one for one in found(admitted, "find", what) if one["shop_id"])
    assert (first["subject_name"], first["shop_name"]) == ("云上茶业有限公司", "云上茶业旗舰店")


def test_a_refused_application_is_found_by_its_id_and_names(admitted: Path) -> None:
    for what in ("A-2026-0002", "云上茶业专卖店"):
        (one,) = found(admitted, "find", what)
        assert (one["application_id"], one["verdict"], one["state"]) == ("A-2026-0002", "fail", "no_shop")
    assert [one["application_id"] for one in found(admitted, "list", "--state", "refused")] == ["A-2026-0002"]


def test_a_subject_is_shown_with_the_names_known(admitted: Path) -> None:
    done = run("onboard", "registry", "show", USCC, "--registry", admitted)
    assert done.stdout.startswith(f"{USCC}  云上茶业有限公司  as of ")
    assert "云上茶业旗舰店  云上: opened" in done.stdout
    told = json.loads(run("onboard", "registry", "show", USCC, "--registry", admitted, "-o", "json").stdout)
    assert (told["subject_name"], told["records"][0]["shop_name"]) == ("云上茶业有限公司", "云上茶业旗舰店")


def test_a_subject_is_shown_from_a_file_as_from_a_database(place: Path) -> None:
    done = run("onboard", "registry", "show", USCC, "--registry", place, "--as-of", "2024-10-01")
    assert "shop S-1  云上/CLOUDTEA: opened 2022-01-01" in done.stdout
    unknown = run("onboard", "registry", "show", USCC[:-1] + "X", "--registry", place)
    assert (unknown.returncode, f"did you mean `{USCC}`" in unknown.stderr) == (2, True)


def test_a_file_keeps_no_decisions_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "registry.jsonl").write_text("", encoding="utf-8")
    for command in (("decisions",), ("replay", "A-1")):
        done = run("onboard", "registry", *command, "--registry", "registry.jsonl", cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr.startswith("error: registry.jsonl: a `.jsonl` file keeps no decisions (")


def test_an_audit_of_a_file_and_of_a_database_say_the_same(place: Path) -> None:
    done = run("onboard", "registry", "audit", "--registry", place, "--all", "-o", "json")
    whole = json.loads(done.stdout)
    assert (done.returncode, whole["summary"]["fail"] + whole["summary"]["undecided"]) == (3, 4)


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    """A file in which one shop should not have been let in."""
    file = tmp_path / "registry.jsonl"
    shops = [shop(f"S-{i}", (brand,)) for i, brand in enumerate(("云上", "竹屿", "乐石", "远钓", "云上"), start=1)]
    more = shop("S-9", ("云上",), subject_id=OTHER_USCC)
    file.write_text("".join(json.dumps(record) + "\n" for record in [*shops, more]), encoding="utf-8")
    return file


def test_an_audit_is_counted_by_rule(refused: Path) -> None:
    told = run("onboard", "registry", "audit", "--by-rule", "--registry", refused)
    assert told.returncode == 1
    lines = told.stdout.splitlines()
    assert lines[0].startswith("max-three-shops (P6) ")
    assert lines[0].endswith(": 2 refused, 0 undecided: S-4, S-5")
    assert lines[-1] == "6 checked: 2 refused, 4 undecided"
    whole = json.loads(run("onboard", "registry", "audit", "--by-rule", "--registry", refused, "-o", "json").stdout)
    of_rules = {row["rule"]: (row["fail"], row["undecided"], row["shops"]) for row in whole["rules"]}
    assert of_rules["one-shop-per-brand"] == (1, 0, ["S-5"])
    text = run("onboard", "registry", "audit", "--by-rule", "--registry", refused, "-o", "csv").stdout
    (row, *_) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["rule"], row["fail"], row["shops"]) == ("max-three-shops", "2", "S-4;S-5")


def test_an_audit_as_csv_has_a_row_a_shop_in_the_language_asked_for(refused: Path) -> None:
    command = ("onboard", "registry", "audit", "--registry", refused, "-o", "csv")
    text = run(*command, "--lang", "zh").stdout
    assert text.startswith("\ufeff店铺,主体号码,审核结果,不通过的规则,无法判定的规则,理由\n")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))[1:]
    assert [(row[0], row[1], row[2]) for row in rows] == [("S-4", USCC, "不通过"), ("S-5", USCC, "不通过")]
    assert rows[1][3] == "one-shop-per-brand、max-three-shops"
    assert rows[1][5].startswith("同一主体同一品牌的店铺数量：云上：")
    every = list(csv.DictReader(io.StringIO(run(*command, "--all").stdout.removeprefix("\ufeff"))))
    assert [row["Shop"] for row in every] == ["S-1", "S-2", "S-3", "S-4", "S-5", "S-9"]
    assert [row["Shop"] for row in every if row["Reasons"]] == ["S-4", "S-5"]


def test_no_cell_of_an_audit_is_a_formula(tmp_path: Path) -> None:
    file = tmp_path / "registry.jsonl"
    shops = [shop(f"=S-{i}", (f"={i}",)) for i in range(5)]
    file.write_text("".join(json.dumps(record) + "\n" for record in shops), encoding="utf-8")
    text = run("onboard", "registry", "audit", "--registry", file, "-o", "csv").stdout
    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in row]
    assert cells[6] == "\\=S-3"
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []


def test_an_audit_lists_what_one_rule_refuses_and_counts_all(refused: Path) -> None:
    command = ("onboard", "registry", "audit", "--registry", refused, "--rule", "one-shop-per-brand", "-o", "json")
    whole = json.loads(run(*command).stdout)
    assert ([one["source"] for one in whole["results"]], whole["summary"]["fail"]) == (["S-5"], 2)


@pytest.mark.parametrize("options", [[], ["--by-rule"], ["--workers", "2"]])
def test_an_audit_that_judges_no_shop_says_so(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "bans.jsonl").write_text(json.dumps(ban()) + "\n", "utf-8")
    done = run("onboard", "registry", "audit", "--registry", "bans.jsonl", *options, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "no shop is on record: none was judged\n")


def test_an_audit_of_one_subject_judges_its_shops_alone(refused: Path) -> None:
    command = ("onboard", "registry", "audit", "--registry", refused, "--subject")
    assert run(*command, OTHER_USCC).returncode == 3
    unknown = run(*command, USCC[:-1] + "X")
    assert (unknown.returncode, "no shop of" in unknown.stderr) == (2, True)


def test_a_rule_that_there_is_not_is_told_with_the_one_meant(refused: Path) -> None:
    done = run("onboard", "registry", "audit", "--registry", refused, "--rule", "max-three-shop")
    assert (done.returncode, "did you mean `max-three-shops`?" in done.stderr) == (2, True)


def test_an_export_says_as_json_what_it_wrote(place: Path, tmp_path: Path) -> None:
    if place.suffix == ".jsonl":
        done = run("onboard", "registry", "export", "--registry", place)
        assert done.returncode == 2
        return
    for name, records, others in (("all.jsonl", 5, 0), ("shops.csv", 4, 1), ("shops.xlsx", 4, 1)):
        done = run("onboard", "registry", "export", place, name, "-o", "json", cwd=tmp_path)
        told = json.loads(done.stdout)
        assert (told["file"], told["records"], told["left_out"], told["others"]) == (name, records, 0, others)
        again = run("onboard", "registry", "import", name, place, cwd=tmp_path)
        assert again.stdout == f"0 records added to {place}\n"


def test_an_export_for_excel_begins_with_a_byte_order_mark(admitted: Path, tmp_path: Path) -> None:
    run("onboard", "registry", "export", admitted, "shops.csv", "--bom", cwd=tmp_path)
    assert (tmp_path / "shops.csv").read_bytes().startswith(b"\xef\xbb\xbfshop_id,")


def test_a_csv_file_in_gbk_is_read_and_that_is_said(tmp_path: Path) -> None:
    text = f"店铺编号,统一社会信用代码,品牌,开店日期\nS-1,{USCC},云上茶业,2024/8/5\n"
    (tmp_path / "shops.csv").write_bytes(text.encode("gbk"))
    done = run("onboard", "registry", "import", "shops.csv", "registry.db", cwd=tmp_path)
    assert done.stdout == "1 record added to registry.db\n"
    assert done.stderr == "note: shops.csv: not UTF-8, read as GB18030 (GBK)\n"
    assert found(tmp_path / "registry.db", "list")[0]["brands"] == ["云上茶业"]


def test_without_openpyxl_the_error_says_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['openpyxl'] = None; sys.argv = 'onboard registry import shops.xlsx r.db'.split()"
        "; from onboarding.cli.main import onboard; onboard()"
    )
    with zipfile.ZipFile(tmp_path / "shops.xlsx", "w"):
        pass
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "pip install 'onboard-check[xlsx]'" in done.stderr) == (2, True)
