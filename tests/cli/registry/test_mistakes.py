"""`onboard registry` for what was entered wrongly, for a second person's eyes, and for looking back."""

import json
import re
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from builders import USCC, application, ban, mark, shop, violation
from cli.test_new import answered
from in_process import run_here

CLOSING = ("close", "S-1", "--for", "application_fraud", "--on", "2024-02-05")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    records = [shop(), shop("S-2", ("乙",), opened_on="2023-01-01"), ban(id="B-1", on="2024-03-01")]
    records += [violation(id="V-1"), mark()]
    file = tmp_path / "records.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    run_here("onboard", "registry", "import", file, tmp_path / "registry.db")
    return tmp_path / "registry.db"


def onboard(db: Path, *words: str, **options: Any) -> CompletedProcess[str]:
    return run_here("onboard", "registry", *words, "--registry", db, **options)


def told(db: Path, *words: str) -> Any:
    done = onboard(db, *words, "-o", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_mistake_is_corrected_and_the_history_says_who_when_why_and_what_it_was(db: Path) -> None:
    done = onboard(db, "correct", "S-1", "--set", "opened_on=2021-12-01", "--note", "typed wrongly", "--by", "li")
    assert done.stdout == "shop S-1 corrected: Opened on 2022-01-01 -> 2021-12-01\n"
    history = onboard(db, "history", USCC).stdout.splitlines()
    assert re.fullmatch(
        r"\S+T\S+\+08:00  li  shop S-1 corrected: Opened on 2022-01-01 -> 2021-12-01 \(typed wrongly\)", history[-1]
    )
    assert "shop S-1  别的: opened 2022-01-01 (records.jsonl)" in history[0]
    events = told(db, "history", USCC)["events"]
    assert [event["event"] for event in events] == ["recorded"] * 6
    assert events[-1]["changes"] == {"opened_on": ["2022-01-01", "2021-12-01"]}


def test_the_brands_of_a_shop_are_named_as_they_are_right(db: Path) -> None:
    correction = ("correct", "S-1", "--brand", "别的=12345678", "--brand", "云上", "--note", "as in the letter")
    assert told(db, *correction)["record"]["brands"] == [{"name": "别的", "trademark_no": "12345678"}, {"name": "云上"}]
    again = ("correct", "S-1", "--brand", "别的", "--note", "云上 was another shop's")
    assert told(db, *again)["record"]["brands"] == [{"name": "别的", "trademark_no": "12345678"}]


def test_a_value_is_taken_away_or_read_as_the_field_has_it(db: Path) -> None:
    assert told(db, "correct", "M-1", "--set", "value=4", "--note", "4, not 6")["record"]["value"] == 4
    assert "value" not in told(db, "correct", "M-1", "--set", "value=", "--note", "none")["record"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("correct", "S-1", "--note", "x"), "name what is right"),
        (("correct", "S-1", "--set", "opened_on", "--note", "x"), "`opened_on` is not of the form"),
        (("correct", "S-1", "--set", "brands=云上", "--note", "x"), "brands are named by `--brand"),
        (("correct", "S-1", "--set", "opned_on=2021-01-01", "--note", "x"), "did you mean `opened_on`?"),
        (("correct", "S-1", "--set", "开店日期=2021-01-01", "--note", "x"), "did you mean `opened_on`?"),
        (("correct", "V-1", "--set", "severity=3", "--note", "x"), "unknown field `severity` (known: "),
        (("correct", "S-1", "--set", "opened_on=2021-01-01"), "a correction needs a reason"),
        (("correct", "S-9", "--set", "opened_on=2021-01-01", "--note", "x"), "no record `S-9` is on record"),
        (("reopen", "S-1", "--note", "x"), "shop `S-1` is open"),
        (("withdraw", "S-1", "--note", "x"), "a shop cannot be withdrawn"),
        (("history", USCC[:-1]), f"did you mean `{USCC}`?"),
        (("confirm", "P-1"), "no proposal `P-1` is on record"),
        (CLOSING, f"it bars {USCC} for good: where nobody can be asked, `--yes` confirms it"),
    ],
)
def test_what_does_not_fit_is_exit_2_with_a_message(db: Path, words: tuple[str, ...], message: str) -> None:
    done = onboard(db, *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(told(db, "history", USCC)["events"]) == 5


def test_a_closing_that_bars_for_good_is_confirmed_and_can_be_taken_back(db: Path) -> None:
    assert onboard(db, *CLOSING, "--note", "forged", "--yes").returncode == 0
    done = onboard(db, "reopen", "S-1", "--note", "S-2 was meant")
    assert done.stdout == "shop S-1 is open again; it had been closed for application fraud\n"


def test_on_a_terminal_a_reason_is_asked_for_until_there_is_one_and_what_follows_is_confirmed(db: Path) -> None:
    words, command = [*CLOSING[1:], "--registry", str(db)], ("registry", "close")
    code, shown = answered(db.parent, *words, command=command, answers=["", "  ", "forged", "n"])
    assert (code, shown.count("Reason or reference: ")) == (2, 3), shown
    assert f"it bars {USCC} for good. Is that meant? [y/N]: " in shown
    assert "closed" not in onboard(db, "show", USCC).stdout
    code, shown = answered(db.parent, *words, command=command, answers=["forged", "y"])
    assert code == 0, shown
    assert told(db, "history", USCC)["events"][-1]["note"] == "forged"


def test_what_was_withdrawn_is_no_longer_shown_and_stays_in_the_history(db: Path) -> None:
    done = onboard(db, "withdraw", "V-1", "--note", "another subject was meant")
    assert done.stdout == f"violation V-1 of {USCC} withdrawn: it never counted\n"
    assert "V-1" not in onboard(db, "show", USCC).stdout
    assert "violation V-1 withdrawn (another subject was meant)" in onboard(db, "history", USCC).stdout


def test_a_ban_of_a_subject_with_open_shops_lists_them(db: Path) -> None:
    done = onboard(db, "ban", USCC, "--reason", "serious_violation", "--on", "2024-04-01", "--note", "x")
    assert done.stderr == "note: 2 shops of this subject are open and stay so: `S-1`, `S-2`\n"
    onboard(db, "close", "S-2", "--for", "other", "--on", "2024-04-01")
    done = onboard(db, "ban", USCC, "--reason", "serious_violation", "--on", "2024-04-01", "--dry-run")
    assert done.returncode == 2


def test_an_equal_violation_is_refused_unless_it_happened_again(db: Path) -> None:
    words = ("violation", USCC, "--kind", "late_shipment", "--shop", "S-1", "--on", "2024-03-01", "--note", "x")
    assert "an equal violation" in onboard(db, *words).stderr
    assert onboard(db, *words, "--again").returncode == 0


def test_an_id_may_be_named_by_how_it_alone_begins(db: Path) -> None:
    made = told(db, "violation", USCC, "--kind", "other", "--on", "2024-04-01", "--note", "x")["record"]["id"]
    assert told(db, "resolve", made[:8], "--on", "2024-04-02")["record"]["id"] == made


def test_show_lists_nothing_that_came_later(db: Path) -> None:
    onboard(db, "close", "S-1", "--for", "voluntary_exit", "--on", "2024-05-01")
    onboard(db, "resolve", "V-1", "--on", "2024-05-01")
    onboard(db, "revoke", "B-1", "--on", "2024-05-01")
    early, late = (onboard(db, "show", USCC, "--as-of", day).stdout for day in ("2022-06-01", "2024-04-01"))
    assert [line.split(":")[0] for line in early.splitlines()[1:2]] == ["  shop S-1  别的"]
    assert "S-2" not in early
    assert "B-1" not in early
    assert "closed" not in early + late
    assert "revoked" not in late
    assert "V-1: late shipment on 2024-03-01, not resolved" in late
    assert "closed 2024-05-01" in onboard(db, "show", USCC).stdout


def test_four_eyes_on_the_command_line(db: Path) -> None:
    done = onboard(db, "four-eyes", "on", "--by", "boss", "--note", "as of the audit")
    assert done.stdout == "bans and waivers need a second person from now on\n"
    ban_ = ("ban", USCC, "--reason", "serious_violation", "--on", "2024-04-01", "--note", "forged seal")
    made = told(db, *ban_, "--by", "chen")["proposal"]
    assert "already" in onboard(db, *ban_, "--by", "li").stderr
    assert (
        f"waits for a second person, proposed by chen: ban {made['record']['id']}" in onboard(db, "show", USCC).stdout
    )
    assert told(db, "show", USCC)["proposals"] == [made]
    listed = onboard(db, "proposals").stdout
    assert listed.startswith(made["proposal_id"])
    assert "serious violation, from 2024-04-01" in listed
    short = made["proposal_id"][:8]
    assert "`chen` proposed this and cannot confirm it" in onboard(db, "confirm", short, "--by", "chen").stderr
    done = onboard(db, "confirm", short, "--by", "li", "--note", "papers seen")
    assert done.stdout.startswith("on record, as chen proposed: ban ")
    assert onboard(db, "proposals").stderr == "nothing waits for a second person\n"
    assert onboard(db, "proposals", "--all").stdout.count("confirmed by li") == 1
    history = onboard(db, "history", USCC).stdout
    assert "chen  proposed: ban " in history
    assert "as chen proposed" in history


def test_a_rejected_proposal_leaves_nothing_on_record(db: Path) -> None:
    onboard(db, "four-eyes", "on")
    made = told(db, "withdraw", "B-1", "--note", "not theirs", "--by", "chen")["proposal"]
    done = onboard(db, "reject", made["proposal_id"], "--by", "li", "--note", "it is theirs")
    assert done.stdout == "rejected what chen proposed: withdraw ban B-1\n"
    assert "ban B-1" in onboard(db, "show", USCC).stdout


def test_decisions_and_show_tell_which_application_one_follows(db: Path, tmp_path: Path) -> None:
    onboard(db, "withdraw", "B-1", "--note", "not theirs")
    again = application({"/application_id": "A-2", "/follows": "A-1", "/brands/0/evidence/valid_until": None})
    (tmp_path / "a.json").write_text(json.dumps(again), "utf-8")
    assert onboard(db, "admit", str(tmp_path / "a.json")).returncode == 0
    assert "A-2 (follows A-1)" in onboard(db, "decisions").stdout
    assert "application A-2 follows A-1" in onboard(db, "show", USCC).stdout
    assert told(db, "show", USCC)["follows"] == {"A-2": "A-1"}
    assert "decision on A-2: pass (follows A-1)" in onboard(db, "history", USCC).stdout


def test_a_jsonl_file_is_not_corrected(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text(json.dumps(shop()) + "\n", "utf-8")
    for words in (("correct", "S-1", "--set", "opened_on=2021-01-01"), ("reopen", "S-1"), ("withdraw", "B-1")):
        assert "not a registry that can be written to" in onboard(file, *words, "--note", "x").stderr
    assert "not a registry that can be written to" in onboard(file, "four-eyes", "on").stderr


def test_an_import_says_what_of_it_was_withdrawn(db: Path, tmp_path: Path) -> None:
    onboard(db, "withdraw", "B-1", "--note", "not theirs")
    done = run_here("onboard", "registry", "import", tmp_path / "records.jsonl", db)
    assert done.stdout == f"0 records added to {db}\n"
    assert done.stderr.endswith("withdrawn as entered in error, and so not counted: `ban:B-1`\n")


def test_an_import_ends_no_ban_where_a_second_person_is_needed(db: Path, tmp_path: Path) -> None:
    onboard(db, "four-eyes", "on")
    file = tmp_path / "appeals.jsonl"
    file.write_text(json.dumps(ban(id="B-1", on="2024-03-01", revoked_on="2024-04-01")) + "\n", "utf-8")
    done = run_here("onboard", "registry", "import", file, db)
    assert (done.returncode, done.stdout) == (2, "")
    assert "`ban:B-1` is a ban or a waiver" in done.stderr
    assert "revoked" not in onboard(db, "history", USCC).stdout


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", "`late_shipment`（未按时发货）、`false_advertising`（虚假宣传）"),
        ("en", "`late_shipment` (late shipment), "),
    ],
)
def test_a_word_that_is_no_choice_is_answered_with_those_that_are(db: Path, lang: str, said: str) -> None:
    done = onboard(db, "violation", USCC, "--kind", "延迟发货", "--on", "2024-02-05", "--note", "x", "--lang", lang)
    assert done.returncode == 2
    assert said in done.stderr
    assert "延迟发货" in done.stderr


# What is done, and what the history says of it in both languages.
DONE = [
    (
        ("close", "S-1", "--for", "voluntary_exit", "--on", "2024-02-05"),
        "shop S-1 closed from 2024-02-05 for voluntary exit",
        "店铺 S-1 关店：自 2024-02-05 起（主动退出）",
    ),
    (
        ("reopen", "S-1"),
        "shop S-1 open again; it had been closed from 2024-02-05 for voluntary exit",
        "店铺 S-1 重新开放（原自 2024-02-05 起关店，主动退出）",
    ),
    (
        ("correct", "S-1", "--set", "subject_type=individual_business"),
        "shop S-1 corrected: Type of subject enterprise -> individual business",
        "店铺 S-1 更正：主体类型 企业 → 个体工商户",
    ),
    (
        ("resolve", "V-1", "--on", "2024-04-01"),
        "violation V-1 resolved from 2024-04-01",
        "违规 V-1 处理完毕：2024-04-01",
    ),
    (
        ("correct", "violation:V-1", "--set", "resolved_on="),
        "violation V-1 unresolved again; it had been resolved from 2024-04-01",
        "违规 V-1 恢复为未处理（原于 2024-04-01 处理完毕）",
    ),
    (
        ("correct", "violation:V-1", "--set", "kind=other"),
        "violation V-1 corrected: Kind late shipment -> other",
        "违规 V-1 更正：种类 未按时发货 → 其他",
    ),
    (("revoke", "B-1", "--on", "2024-04-01"), "ban B-1 revoked from 2024-04-01", "封禁 B-1 撤销：自 2024-04-01 起"),
]


def test_the_history_has_no_name_of_a_field(tmp_path: Path) -> None:
    records = (shop(), violation(id="V-1"), ban(id="B-1"))
    (tmp_path / "records.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    db = tmp_path / "registry.db"
    run_here("onboard", "registry", "import", tmp_path / "records.jsonl", db)
    for words, english, chinese in DONE:
        done = onboard(db, *words, "--note", "so it is")
        assert done.returncode == 0, done.stderr
        for lang, said in (("en", english), ("zh", chinese)):
            told_ = onboard(db, "history", USCC, "--lang", lang).stdout
            assert said in told_.splitlines()[-1]
            assert not re.search("closed_on|closed_for|opened_on|resolved_on|revoked_on|subject_type|终止", told_)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("violation", USCC, "--kind", "late_shipment", "--shop", "S-1", "--on", "2024-03-01"), "`--again`"),
        (("correct", "S-1", "--set", "opened_on=2022-02-01"), "`--note`"),
        (("mark", USCC, "--kind", "waiver", "--on", "2024-03-01"), "`--about"),
    ],
)
def test_an_option_is_named_as_it_is_typed(db: Path, words: tuple[str, ...], said: str) -> None:
    for lang in ("en", "zh"):
        done = onboard(db, *words, "--lang", lang)
        assert done.returncode == 2
        assert said in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("correct", "S-1", "--set", "opened_on=2022年2月1日"), "开店日期 2022-01-01 → 2022-02-01"),
        (("correct", "S-1", "--set", "subject_type=个体工商户"), "主体类型 企业 → 个体工商户"),
    ],
)
def test_a_correction_is_typed_as_people_write(db: Path, words: tuple[str, ...], said: str) -> None:
    assert said in onboard(db, *words, "--note", "x", "--dry-run", "--lang", "zh").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("list",), 0, ("nothing found", "没有符合条件的记录")),
        (("decisions",), 0, ("no decision on record", "登记库中没有审核决定")),
        (("erasures",), 0, ("nothing was erased", "没有擦除过任何内容")),
        (("queue",), 0, ("no application waits", "没有待审核的申请")),
        (("proposals",), 0, ("nothing waits", "没有等待第二人确认的提议")),
        (("admit", "folder", "--note", "x"), 2, ("no application in `folder`", "`folder` 中没有申请")),
        (("erase", "A-1", "--note", "x"), 2, ("for good: where nobody", "将被永久擦除；无法询问时")),
    ],
)
def test_an_empty_answer_says_so(tmp_path: Path, words: tuple[str, ...], code: int, said: tuple[str, str]) -> None:
    (tmp_path / "folder").mkdir()
    run_here("onboard", "registry", "init", "registry.db", cwd=tmp_path)
    for lang, words_ in zip(("en", "zh"), said, strict=True):
        done = onboard(tmp_path / "registry.db", *words, "--lang", lang, cwd=tmp_path)
        assert done.returncode == code
        assert words_ in done.stdout + done.stderr
