"""`onboard registry …` as a person would run it."""

import csv
import json
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import OTHER_USCC, ROOT, USCC, application, ban, brand, mark, shop, violation
from in_process import run_here as run

from onboarding.registry.migrations import migrations

SHANGHAI_TODAY = (datetime.now(UTC) + timedelta(hours=8)).date()


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "registry.db"


def write(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


def paper(path: Path, **changes: Any) -> Path:
    """An application that passes on whatever day the tests are run."""
    made = application({f"/{name}": value for name, value in changes.items()})
    for wanted in made["brands"]:
        wanted["evidence"]["valid_until"] = None
    path.write_text(json.dumps(made), encoding="utf-8")
    return path


def places(messages: str, file: Path) -> list[int]:
    """The lines of `file` that the messages name."""
    return [int(place) for place in re.findall(rf"^error: {re.escape(str(file))}:(\d+)", messages, re.MULTILINE)]


def test_import_admit_close_show_and_replay(db: Path, tmp_path: Path) -> None:
    records = write(tmp_path / "records.jsonl", shop(), violation(id="V-1"))
    done = run("onboard", "registry", "import", records, db)
    assert (done.returncode, done.stdout) == (0, f"2 records added to {db}\n")
    wanted = paper(tmp_path / "a.json")
    done = run("onboard", "registry", "admit", wanted, "--registry", db, "--note", "ticket 4711", "--by", "chen")
    assert done.returncode == 0, done.stderr
    assert "is opened" in done.stdout
    again = run("onboard", "registry", "admit", wanted, "--registry", db, "-o", "json")
    (decision,) = json.loads(again.stdout)["decisions"]
    assert (decision["repeated"], decision["by"], decision["note"]) == (True, "chen", "ticket 4711")
    closed = run("onboard", "registry", "close", "S-1", "--for", "other", "--on", "2024-02-05", "--registry", db)
    assert closed.stdout == "shop S-1 closed from 2024-02-05 for other\n"
    shown = run("onboard", "registry", "show", USCC, "--registry", db)
    assert "shop S-1  别的: opened 2022-01-01, closed 2024-02-05 for other" in shown.stdout
    assert "nothing on record bars another shop" in shown.stdout
    replayed = run("onboard", "registry", "replay", "A-1", "--registry", db)
    assert (replayed.returncode, replayed.stdout.splitlines()[-1]) == (0, "same")
    listed = run("onboard", "registry", "decisions", "--registry", db)
    assert "A-1" in listed.stdout
    assert "ticket 4711" in listed.stdout


def test_a_refusal_an_undecided_and_a_bad_file_each_have_their_exit_code(db: Path, tmp_path: Path) -> None:
    run("onboard", "registry", "init", db)
    undecided = paper(tmp_path / "undecided.json", brands=[brand("!!!")])
    assert run("onboard", "registry", "admit", undecided, "--registry", db).returncode == 3
    refused = paper(tmp_path / "refused.json", application_id="A-2", subject={"type": "individual"})
    assert run("onboard", "registry", "admit", refused, "--registry", db).returncode == 1
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    good = paper(tmp_path / "good.json", application_id="A-3")
    done = run("onboard", "registry", "admit", bad, good, "--registry", db, "-o", "json")
    assert done.returncode == 2
    assert [one["verdict"] for one in json.loads(done.stdout)["decisions"]] == ["invalid", "pass"]


def test_a_file_named_is_admitted_and_none_that_its_name_would_match(db: Path, tmp_path: Path) -> None:
    run("onboard", "registry", "init", db)
    named, other = paper(tmp_path / "a[1].json"), paper(tmp_path / "a1.json", application_id="A-2")
    done = run("onboard", "registry", "admit", named, "--registry", db, "-o", "json")
    assert [one["application_id"] for one in json.loads(done.stdout)["decisions"]] == ["A-1"]
    assert other.exists()


def test_a_past_day_is_refused(db: Path, tmp_path: Path) -> None:
    run("onboard", "registry", "init", db)
    wanted = paper(tmp_path / "a.json")
    done = run("onboard", "registry", "admit", wanted, "--registry", db, "--as-of", "2024-08-05")
    assert done.returncode == 2
    assert "admission is as of today" in done.stderr


def test_a_dry_run_of_several_says_what_admitting_them_does(db: Path, tmp_path: Path) -> None:
    """The brand of the first again, by the same and by another subject, one given twice, a fourth shop, and what is
    decided already.
    """
    run("onboard", "registry", "init", db)
    numbers = [USCC, USCC, OTHER_USCC, USCC, USCC, USCC]
    brands = ["云上", "云上", "云上", "甲乙", "丙丁", "戊己"]
    papers = [
        paper(
            tmp_path / f"{at}.json",
            application_id=f"A-{at}",
            brands=[brand(name)],
            business_license=application()["business_license"] | {"uscc": number},
        )
        for at, (number, name) in enumerate(zip(numbers, brands, strict=True))
    ]
    papers.insert(4, tmp_path / "3-again.json")
    papers[4].write_bytes(papers[3].read_bytes())
    run("onboard", "registry", "admit", papers[0], "--registry", db)
    for options in (("--dry-run",), ()):
        done = run("onboard", "registry", "admit", *papers, "--registry", db, *options, "-o", "json")
        verdicts = [one["verdict"] for one in json.loads(done.stdout)["decisions"]]
        assert verdicts == ["pass", "fail", "pass", "pass", "pass", "pass", "fail"]


def test_a_dry_run_says_so_and_does_nothing(db: Path, tmp_path: Path) -> None:
    run("onboard", "registry", "import", write(tmp_path / "r.jsonl", shop(), ban("serious_violation", id="B-1")), db)
    place = ("--registry", db, "--dry-run")
    day = ("--on", "2024-08-01")
    for words in (
        ("admit", paper(tmp_path / "a.json")),
        ("close", "S-1", "--for", "other", *day),
        ("ban", USCC, "--reason", "application_fraud", *day),
        ("revoke", "B-1", *day),
        ("violation", USCC, "--kind", "other", *day),
    ):
        done = run("onboard", "registry", *words, *place)
        assert done.returncode in (0, 1), done.stderr
    before = run("onboard", "registry", "export", db).stdout
    assert len(before.splitlines()) == 2
    assert "closed_on" not in before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("close", "S-2", "--for", "other", "--on", "2024-08-01"), "no shop `S-2`"),
        (("close", "S-1", "--for", "other", "--on", "2024-8-32"), "no day"),
        (("close", "S-1", "--for", "boredom", "--on", "2024-08-01"), "boredom"),
        (("close", "S-1", "--for", "other", "--on", str(SHANGHAI_TODAY + timedelta(days=2))), "has not come"),
        (("show", "91999999MATEKT027F"), "nothing is on record"),
        (("show", USCC[:-1]), f"did you mean `{USCC}`?"),
        (("replay", "A-9"), "no decision"),
        (("audit", "-o", "tapestry"), "no format"),
        *((("audit", "--known-at", given), "no instant") for given in ("yesterday", "2024W32T16", "2024-W32-1")),
    ],
)
def test_what_does_not_fit_is_exit_2_with_a_message(
    db: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    run("onboard", "registry", "import", write(tmp_path / "r.jsonl", shop()), db)
    done = run("onboard", "registry", *words, "--registry", db)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_audit_in_every_format_there_is(db: Path, tmp_path: Path) -> None:
    from onboarding.outputs import FORMATS

    run(
        "onboard", "registry", "import", write(tmp_path / "r.jsonl", shop("S-1", ("云上",)), shop("S-2", ("云上",))), db
    )
    formats = [word for name in FORMATS for word in ("-o", f"{name}={tmp_path / name}.out")]
    done = run("onboard", "registry", "audit", "--registry", db, *formats)
    assert done.returncode == 1, done.stderr
    for name in FORMATS:
        text = (tmp_path / f"{name}.out").read_bytes()
        assert text, name
    assert json.loads((tmp_path / "json.out").read_text())["results"][0]["source"] == "S-2"


def test_known_at_needs_a_registry_that_can_tell(tmp_path: Path) -> None:
    wanted = paper(tmp_path / "a.json")
    file = write(tmp_path / "r.jsonl", shop())
    for registry in ((), ("--registry", file)):
        done = run("onboard-check", wanted, *registry, "--known-at", "2024-08-05")
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_a_jsonl_file_is_not_written_to(tmp_path: Path) -> None:
    file = write(tmp_path / "r.jsonl", shop())
    done = run("onboard", "registry", "admit", paper(tmp_path / "a.json"), "--registry", file)
    assert done.returncode == 2
    assert "can only be read" in done.stderr


def test_applications_of_one_call_are_decided_in_the_order_in_which_a_check_judges_them(
    db: Path, tmp_path: Path
) -> None:
    run("onboard", "registry", "init", db)
    late = paper(tmp_path / "1.json", application_id="A-1", submitted_on="2024-08-05")
    early = paper(tmp_path / "2.json", application_id="A-2", submitted_on="2024-08-01")
    checked = run("onboard-check", late, early, "--registry", db, "-o", "json")
    assert [one["verdict"] for one in json.loads(checked.stdout)["results"]] == ["fail", "pass"]
    decided = run("onboard", "registry", "admit", late, early, "--registry", db, "-o", "json")
    found = {one["application_id"]: one["verdict"] for one in json.loads(decided.stdout)["decisions"]}
    assert found == {"A-1": "fail", "A-2": "pass"}


def test_what_is_told_of_a_decision_does_not_repeat_the_application(db: Path, tmp_path: Path) -> None:
    run("onboard", "registry", "init", db)
    wanted = paper(tmp_path / "a.json", brands=[brand("云上", trademark_no="77665544")])
    place = ("--registry", db, "-o", "json")
    told = [
        run("onboard", "registry", *words, *place) for words in (("admit", wanted), ("decisions",), ("replay", "A-1"))
    ]
    assert [done.returncode for done in told] == [0, 0, 0]
    assert all("A-1" in done.stdout and "77665544" not in done.stdout for done in told)


def test_the_settings_of_a_check_name_the_registry_and_the_rules_of_an_admission_too(db: Path, tmp_path: Path) -> None:
    run("onboard", "registry", "init", db)
    (tmp_path / "onboard-check.toml").write_text('registry = "registry.db"\nruleset = "tmall-2019"\nlang = "zh"\n')
    trader = paper(tmp_path / "a.json", subject={"type": "individual_business"})
    here: dict[str, Any] = {"cwd": tmp_path}
    done = run("onboard", "registry", "admit", trader, **here)
    assert (done.returncode, "companies-only" in done.stdout, "不通过" in done.stdout) == (1, True, True)
    assert "tmall-2019" in done.stdout
    (decision,) = json.loads(run("onboard", "registry", "decisions", "-o", "json", **here).stdout)["decisions"]
    assert decision["ruleset"] == "tmall-2019"
    named = run(
        "onboard", "registry", "admit", paper(tmp_path / "b.json", application_id="A-2"), "--ruleset", "douyin", **here
    )
    assert named.returncode == 0, named.stderr
    done = run("onboard", "registry", "decisions", "--registry", "nowhere.db", **here)
    assert "nowhere.db: 文件不存在" in done.stderr


def test_without_a_registry_the_message_says_how_to_name_one(tmp_path: Path) -> None:
    for words in (("init",), ("import", "x.jsonl"), ("export",), ("show", USCC), ("admit", "x.json"), ("audit",)):
        done = run("onboard", "registry", *words, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert "--registry" in done.stderr, words


def test_a_subject_is_shown_in_chinese(db: Path, tmp_path: Path) -> None:
    records = [
        shop(closed_on="2024-02-05", closed_for="application_fraud"),
        ban(id="B-1", revoked_on="2024-06-01"),
        violation(id="V-1"),
        violation(id="V-2", resolved_on="2024-04-01"),
    ]
    run("onboard", "registry", "import", write(tmp_path / "r.jsonl", *records), db)
    done = run("onboard", "registry", "show", USCC, "--registry", db, "--lang", "zh", "--as-of", "2024-08-05")
    assert done.stdout.splitlines()[:5] == [
        f"{USCC}  截至 2024-08-05",
        "  店铺 S-1  别的：2022-01-01 开店，2024-02-05 关店（申请造假）",
        "  封禁 B-1：申请造假，自 2023-05-01 起，2024-06-01 撤销",
        "  违规 V-1：未按时发货，2024-03-01，尚未处理",
        "  违规 V-2：未按时发货，2024-03-01，2024-04-01 已处理",
    ]
    assert "permanent-ban（P7）" in done.stdout


def test_the_commands_speak_chinese_where_they_are_asked_to(db: Path, tmp_path: Path) -> None:
    chinese = ("--registry", db, "--lang", "zh")
    day = ("--on", "2024-02-05")
    records = write(tmp_path / "r.jsonl", shop(), shop("S-2"))
    wanted = paper(tmp_path / "a.json")
    for words, told in (
        (("init",), f"{db}：已建立\n"),
        (("import", records), f"已向 {db} 添加 2 条记录\n"),
        (("close", "S-1", "--for", "voluntary_exit", *day), "店铺 S-1 自 2024-02-05 起关闭（主动退出）\n"),
        (
            ("close", "S-2", "--for", "other", *day, "--dry-run"),
            "试运行，未作任何更改：店铺 S-2 自 2024-02-05 起关闭（其他）\n",
        ),
        (("ban", USCC, "--reason", "application_fraud", *day), f"{USCC} 自 2024-02-05 起封禁（申请造假）：封禁 "),
        (("violation", USCC, "--kind", "late_shipment", *day), "已登记 "),
        (("mark", USCC, "--kind", "b_points", *day, "--by", "陈"), "规则集 `douyin` 未声明种类 `b_points`"),
        (("mark", USCC, "--kind", "waiver", *day, "--by", "陈"), "请用 `--about` 指明规则"),
        (("unmark", "M-9", *day), "登记库中没有标记 `M-9`"),
        (("admit", wanted, "--by", "陈"), "不通过"),
        (("decisions",), "决定人 陈"),
        (("replay", "A-1"), "按相同规则、当时的记录和日期：相同\n"),
        (("audit",), "未列出无法判定的店铺"),
    ):
        done = run("onboard", "registry", *words, *chinese)
        assert told in done.stdout + done.stderr, words


WAIVERS = ROOT / "examples/rulesets/douyin-with-waivers"


def test_a_mark_is_put_on_record_shown_and_ended(db: Path) -> None:
    run("onboard", "registry", "init", db)
    made = ("--registry", db, "--on", "2024-02-05", "--by", "陈", "-o", "json")
    points = run("onboard", "registry", "mark", USCC, "--kind", "b_points", "--value", "6", *made)
    assert points.stderr == "warning: ruleset `douyin` declares no kind `b_points`, so by it this mark counts nowhere\n"
    waived = ("--kind", "waiver", "--about", "max-three-shop", "--until", "2030-01-01", "--ruleset", WAIVERS)
    waiver = run("onboard", "registry", "mark", USCC, *waived, *made)
    assert waiver.stderr == (
        "warning: ruleset `douyin-with-waivers` has no rule `max-three-shop`; did you mean `max-three-shops`?\n"
    )
    one, two = (json.loads(done.stdout)["record"]["id"] for done in (points, waiver))
    ended = run("onboard", "registry", "unmark", one, "--on", "2024-03-05", "--registry", db)
    assert ended.stdout == f"mark {one} (b_points) of {USCC} ends on 2024-03-05\n"
    english = run("onboard", "registry", "show", USCC, "--registry", db, "--as-of", "2024-08-05")
    assert english.stdout.splitlines()[1:3] == [
        f"  mark {one}: b_points 6, by 陈, from 2024-02-05 until 2024-03-05",
        f"  mark {two}: waiver of max-three-shop, by 陈, from 2024-02-05 until 2030-01-01",
    ]
    chinese = run("onboard", "registry", "show", USCC, "--registry", db, "--as-of", "2024-08-05", "--lang", "zh")
    assert chinese.stdout.splitlines()[1:3] == [
        f"  标记 {one}：b_points 6，标记人 陈，自 2024-02-05 起，2024-03-05 失效",
        f"  标记 {two}：waiver，针对 max-three-shop，标记人 陈，自 2024-02-05 起，2030-01-01 失效",
    ]


def test_an_audit_lists_the_shop_that_was_in_order_by_a_waiver_alone(db: Path, tmp_path: Path) -> None:
    shops = [shop(f"S-{n}", opened_on=f"2022-0{n}-01") for n in (1, 2, 3, 4)]
    given = mark("waiver", about="max-three-shops", on="2022-03-01", until="2022-05-01", by="陈经理")
    run("onboard", "registry", "import", write(tmp_path / "r.jsonl", *shops, given), db)
    done = run("onboard", "registry", "audit", "--registry", db, "--ruleset", WAIVERS, "-o", "json")
    (listed,) = json.loads(done.stdout)["results"]
    assert (listed["source"], listed["verdict"]) == ("S-4", "pass")
    (note,) = [note for note in listed["notes"] if note["kind"] == "waiver"]
    assert "陈经理 gave, from 2022-03-01 on; on 2022-05-01 it is no longer in force" in note["message"]["en"]
    assert "由陈经理给予，自 2022-03-01 起有效，2022-05-01 起失效。" in note["message"]["zh"]


def test_a_usage_error_stands_in_one_line(db: Path) -> None:
    done = run("onboard", "registry", "close", "S-1", "--on", "2024-02-05", "--registry", db)
    assert done.returncode == 2
    assert "Choose from: voluntary_exit, application_fraud" in done.stderr
    assert "\\x" not in done.stderr


def test_one_id_for_two_applications_admits_neither(db: Path, tmp_path: Path) -> None:
    run("onboard", "registry", "init", db)
    one = paper(tmp_path / "1.json")
    other = paper(tmp_path / "2.json", brands=[brand("另一个")])
    done = run("onboard", "registry", "admit", one, other, "--registry", db, "-o", "json")
    assert done.returncode == 2
    told = json.loads(done.stdout)["decisions"]
    assert [decision["verdict"] for decision in told] == ["invalid", "invalid"]
    for file, decision in zip((other, one), told, strict=True):
        assert str(file) in decision["errors"][0]["message"]["en"]
    assert run("onboard", "registry", "export", db).stdout == ""


def test_one_application_given_twice_opens_one_shop(db: Path, tmp_path: Path) -> None:
    run("onboard", "registry", "init", db)
    one, again = paper(tmp_path / "1.json"), paper(tmp_path / "2.json")
    done = run("onboard", "registry", "admit", one, again, "--registry", db, "-o", "json")
    assert [decision["repeated"] for decision in json.loads(done.stdout)["decisions"]] == [False, True]
    assert len(run("onboard", "registry", "export", db).stdout.splitlines()) == 1


# -- import and export


def test_what_is_exported_is_imported_again_without_change(db: Path, tmp_path: Path) -> None:
    odd = shop("S-2", ("甲;乙", "a\\b", 'c,"d"\n e'), closed_on="2024-02-05", closed_for="other", application_id="A-0")
    odd["brands"][1]["trademark_no"] = "123;4"
    records = write(tmp_path / "r.jsonl", shop(), odd, ban(), violation(id="V-1"), mark())
    run("onboard", "registry", "import", records, db)
    for name, count in (("all.jsonl", 5), ("shops.csv", 2)):
        out, new = tmp_path / name, tmp_path / f"{name}.db"
        assert run("onboard", "registry", "export", db, out).returncode == 0
        assert run("onboard", "registry", "import", out, db).stdout == f"0 records added to {db}\n"
        assert run("onboard", "registry", "import", out, new).stdout == f"{count} records added to {new}\n"


def test_an_export_never_overwrites_its_registry_though_its_name_looks_like_an_address(tmp_path: Path) -> None:
    db = tmp_path / "u:p@h.db"
    run("onboard", "registry", "init", db.name, cwd=tmp_path)
    before = db.read_bytes()
    done = run("onboard", "registry", "export", db.name, db.name, cwd=tmp_path)
    assert (done.returncode, db.read_bytes() == before) == (2, True)


def test_a_registry_is_named_by_an_option_or_in_its_place(db: Path, tmp_path: Path) -> None:
    records, out = write(tmp_path / "r.jsonl", shop()), tmp_path / "out.jsonl"
    by_option, in_place = ("--registry", db), (db,)
    for named in (by_option, in_place):
        assert run("onboard", "registry", "init", *named).returncode == 0
        assert run("onboard", "registry", "import", records, *named).returncode == 0
    for words in ((*by_option, out), (db, out), (*by_option,), (db,)):
        done = run("onboard", "registry", "export", *words)
        assert done.returncode == 0, done.stderr
        assert (out.read_text("utf-8") if out in words else done.stdout).count("\n") == 1
    done = run("onboard", "registry", "export", db, out, "third.csv")
    assert (done.returncode, "third.csv" in done.stderr) == (2, True)


def test_records_come_from_standard_input_too(db: Path) -> None:
    exported = json.dumps(shop())
    assert run("onboard", "registry", "import", "-", db, input=exported).stdout == f"1 record added to {db}\n"
    done = run("onboard", "registry", "import", "-", db, input="{")
    assert (done.returncode, done.stderr.startswith("error: -:1:")) == (2, True)


def test_init_as_a_program_reads_it(db: Path) -> None:
    newest = len(migrations("sqlite"))
    for words, found in ((("--dry-run",), 0), ((), 0), ((), newest)):
        told = json.loads(run("onboard", "registry", "init", db, *words, "-o", "json").stdout)
        assert (told["found"], told["made"], told["dry_run"]) == (found, newest, bool(words))
    assert run("onboard", "registry", "init", db).stdout == f"{db}: up to date\n"


def test_an_import_that_puts_a_replaced_version_back_says_so(db: Path, tmp_path: Path) -> None:
    records = write(tmp_path / "r.jsonl", shop())
    run("onboard", "registry", "import", records, db)
    fraud = ("--for", "application_fraud", "--on", "2024-02-05", "--yes")
    run("onboard", "registry", "close", "S-1", *fraud, "--registry", db)
    done = run("onboard", "registry", "import", records, db, "--dry-run", "-o", "json")
    assert json.loads(done.stdout)["put_back"] == ["shop:S-1"]
    done = run("onboard", "registry", "import", records, db)
    assert done.returncode == 0
    assert done.stderr == f"warning: {records}: a version that was replaced counts again: `shop:S-1`\n"


def test_a_file_is_exported_whole_or_left_as_it_was(db: Path, tmp_path: Path) -> None:
    run("onboard", "registry", "import", write(tmp_path / "r.jsonl", shop(), shop("S-2")), db)
    out = tmp_path / "out.jsonl"
    out.write_text("the last one")
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE records SET record = '{}' WHERE record_id = 'shop:S-2'")
    connection.close()
    done = run("onboard", "registry", "export", db, out)
    assert (done.returncode, out.read_text()) == (2, "the last one")
    assert "broken" in done.stderr
    done = run("onboard", "registry", "export", "nowhere.db", out)
    assert (done.returncode, out.read_text()) == (2, "the last one")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "r.jsonl", "registry.db"]


def test_no_cell_of_an_export_is_a_formula_and_all_are_read_as_they_were(db: Path, tmp_path: Path) -> None:
    names = ("=1+1", "\\=1", "@x", "-甲", "+;=2", "\\", "plain")
    rows = [shop(f"{name}{i}", (name, "乙", name), application_id=name) for i, name in enumerate(names)]
    run("onboard", "registry", "import", write(tmp_path / "r.jsonl", *rows), db)
    out = tmp_path / "shops.csv"
    run("onboard", "registry", "export", db, out)
    with out.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    cells = [cell for row in table for cell in row.values()]
    items = [item for row in table for item in row["brands"].split(";")]
    assert not [cell for cell in (*cells, *items) if cell[:1] in tuple("=+-@\t\r")]
    assert run("onboard", "registry", "import", out, db).stdout == f"0 records added to {db}\n"


def test_a_csv_file_of_another_encoding_is_told_so_by_name(db: Path, tmp_path: Path) -> None:
    dump = tmp_path / "shops.csv"
    text = "shop_id,subject_id,brands,opened_on\n" + "".join(f"S-{i},x,云上茶业{i},2022-01-01\n" for i in range(2000))
    dump.write_bytes(text.encode("gb18030"))
    done = run("onboard", "registry", "import", dump, db)
    assert done.returncode == 2
    assert "GB18030" in done.stderr


def test_shops_as_a_platform_dumps_them(db: Path, tmp_path: Path) -> None:
    dump = tmp_path / "shops.csv"
    dump.write_text(
        f"\ufeffsubject_id,shop_id,opened_on,brands\r\n{USCC},S-1,2022-01-01,云上;别的\r\n", encoding="utf-8"
    )
    assert run("onboard", "registry", "import", dump, db).stdout == f"1 record added to {db}\n"
    (line,) = run("onboard", "registry", "export", db).stdout.splitlines()
    assert [b["name"] for b in json.loads(line)["brands"]] == ["云上", "别的"]


def test_every_bad_line_of_a_csv_file_is_listed_and_nothing_imported(db: Path, tmp_path: Path) -> None:
    dump = tmp_path / "shops.csv"
    subject = "91999999MATEKT019L"
    rows = [f"S-1,{subject},甲,2022-01-01", f"S-2,{subject},甲,2022-02-30", "S-3,x", f",{subject},甲,2022-01-01"]
    dump.write_text("shop_id,subject_id,brands,opened_on\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = run("onboard", "registry", "import", dump, db)
    assert done.returncode == 2
    assert places(done.stderr, dump) == [3, 4, 5]
    dump.write_text("shop_id,subject,brands,opened_on\n", encoding="utf-8")
    done = run("onboard", "registry", "import", dump, db)
    assert "column `subject_id` is missing" in done.stderr
    assert "did you mean `subject_id`?" in done.stderr
    assert run("onboard", "registry", "export", db).stdout == ""


def test_an_import_reads_slips_that_decode(db: Path, tmp_path: Path) -> None:
    good = json.dumps(shop(), ensure_ascii=False)
    lines = [
        good,
        good.replace('"closed_on": null', '"opened_on": "2023-01-01"'),
        good.replace("closed_on", "closed_no"),
        good.replace('"shop_id": "S-1"', '"shop_id": "S-1", "shop_id" : "S-2"'),
        good.replace('"name"', '"nmae": "", "name"'),
        good.replace("S-1", "\u200b"),
        good.replace("S-1", "\\ud800"),
        good.replace('"S-1"', '":-1"'),
        "[" * 100_000,
    ]
    file = tmp_path / "r.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    done = run("onboard", "registry", "import", file, db)
    assert done.returncode == 2
    assert places(done.stderr, file) == [2, 3, 4, 5, 6, 7, 9]


def test_fields_that_are_not_known_are_kept_and_noted(tmp_path: Path) -> None:
    records = [
        {**shop(colour="red"), "brands": [{"name": "云上", "shade": "dark"}]},
        ban(**{"110101199001011234": 1, "ticket": "T-1"}),
        violation(region="north"),
    ]
    (tmp_path / "records.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    done = run("onboard", "registry", "import", "records.jsonl", "registry.db", cwd=tmp_path)
    assert done.stderr == (
        "note: records.jsonl: kept as they are, and read by no rule unless its ruleset declares them: "
        "`ban.ticket`, `shop.brands[].shade`, `shop.colour`, `violation.region`\n"
    )
    as_json = run("onboard", "registry", "import", "records.jsonl", "registry.db", "-o", "json", cwd=tmp_path)
    assert json.loads(as_json.stdout)["unknown_fields"] == [
        *("ban.ticket", "shop.brands[].shade", "shop.colour", "violation.region")
    ]
    kept = run("onboard", "registry", "export", "registry.db", "-", cwd=tmp_path)
    assert [json.loads(line).get("colour") for line in kept.stdout.splitlines()] == ["red", None, None]


def test_what_csv_has_no_column_for_is_said(tmp_path: Path) -> None:
    records = [shop(colour="red"), {**shop("S-2"), "brands": [{"name": "云上", "shade": "dark"}]}, shop("S-3")]
    (tmp_path / "records.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    run("onboard", "registry", "import", "records.jsonl", "registry.db", cwd=tmp_path)
    done = run("onboard", "registry", "export", "registry.db", "shops.csv", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == (
        "warning: shops.csv: 2 shops have fields that CSV has no column for; an export as JSON lines keeps them\n"
    )


@pytest.mark.parametrize("name", ["shops.csv", "shops.xlsx", "all.jsonl"])
def test_an_export_of_shops_alone_says_what_it_leaves_out(tmp_path: Path, name: str) -> None:
    write(tmp_path / "records.jsonl", shop(), ban(), violation())
    run("onboard", "registry", "import", "records.jsonl", "registry.db", cwd=tmp_path)
    done = run("onboard", "registry", "export", "registry.db", name, cwd=tmp_path)
    left_out = (
        f"warning: {name}: it holds shops alone, and of 2 bans, violations or marks none; "
        "an export as JSON lines keeps all\n"
    )
    assert (done.returncode, done.stderr) == (0, "" if name == "all.jsonl" else left_out)
    again = run("onboard", "registry", "export", "registry.db", name, "--lang", "zh", cwd=tmp_path)
    assert ("封禁" in again.stderr) is (name != "all.jsonl")
