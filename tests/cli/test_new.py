"""`onboard new`: a template where nobody answers, questions on a terminal."""

import fcntl
import json
import os
import pty
import select
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from builders import ROOT, USCC
from chinese import english
from in_process import run_here

ENTER, CTRL_C = "", "\x03"
OWN_FIELDS = ROOT / "tests/rules/own_fields"


def answered(
    folder: Path,
    *args: str,
    answers: list[str],
    env: dict[str, str] | None = None,
    console: str = "utf-8",
    command: tuple[str, ...] = ("new",),
) -> tuple[int, str]:
    """Run `onboard new`, or another command, on a real terminal; the exit code and all that the terminal showed."""
    ours, theirs = pty.openpty()
    program = [Path(sys.executable).with_name("onboard"), *command, *args]
    environment = os.environ | {"LC_ALL": "C.UTF-8", "TERM": "dumb"} | (env or {})
    process = subprocess.Popen(
        program,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=environment,
        start_new_session=True,
        # Its own terminal, so that Ctrl-C reaches it.
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    shown = b""
    try:
        for answer in answers:
            # A question ends in a colon; only then does the terminal take the answer.
            shown += until(ours, b": ", "：".encode(console))
            os.write(ours, answer.encode(console) + (b"" if answer == CTRL_C else b"\n"))
        while answers[-1:] == [CTRL_C] and process.poll() is None:
            # One that comes just before the program begins to read is kept until the next key.
            os.write(ours, CTRL_C.encode())
            select.select([], [], [], 0.2)
        shown += until(ours)
        return process.wait(30), shown.decode(console)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def until(terminal: int, *ends: bytes) -> bytes:
    """What the terminal shows up to one of `ends`, or up to its closing."""
    shown = b""
    while not ends or not shown.endswith(ends):
        assert select.select([terminal], [], [], 30)[0], f"nothing more came after {shown!r}"
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # the other side has closed
            break
    return shown


def checked(path: Path) -> dict[str, set[str]]:
    """The pointers of the reasons that a check of the file gives, by status."""
    done = run_here("onboard-check", path.name, "--as-of", "2024-08-05", "-o", "json", cwd=path.parent)
    assert done.returncode in (0, 1, 3), done.stderr
    found: dict[str, set[str]] = {}
    result = json.loads(done.stdout)["results"][0]
    assert result["notes"] == [note for note in result["notes"] if note["pointer"] is None]
    for outcome in result["outcomes"]:
        found.setdefault(outcome["status"], set()).update(reason["pointer"] for reason in outcome["reasons"])
    return found


def test_without_a_terminal_a_template_is_written_and_a_check_says_what_is_missing(tmp_path: Path) -> None:
    done = run_here("onboard", "new", "A-7.json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "wrote `A-7.json`; now: onboard-check A-7.json\n"
    assert json.loads((tmp_path / "A-7.json").read_text(encoding="utf-8"))["application_id"] == "A-7"
    assert checked(tmp_path / "A-7.json")["fail"] == {"/business_license/uscc", "/brands/0/evidence"}


def test_a_template_can_go_to_standard_output_and_name_its_schema(tmp_path: Path) -> None:
    done = run_here("onboard", "new", "-", "--schema", "application.schema.json", cwd=tmp_path)
    assert list(json.loads(done.stdout))[:2] == ["$schema", "application_id"]
    assert not list(tmp_path.iterdir())
    (tmp_path / "a.json").write_text(done.stdout, encoding="utf-8")
    assert "fail" in checked(tmp_path / "a.json")


def test_a_file_that_is_there_is_replaced_only_by_force(tmp_path: Path) -> None:
    (tmp_path / "application.json").write_text("mine", encoding="utf-8")
    done = run_here("onboard", "new", cwd=tmp_path)
    assert done.returncode == 2
    assert "`application.json` is there already" in done.stderr
    assert (tmp_path / "application.json").read_text(encoding="utf-8") == "mine"
    assert run_here("onboard", "new", "--force", cwd=tmp_path).returncode == 0
    assert (tmp_path / "application.json").read_text(encoding="utf-8").startswith("{")


def test_a_path_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    done = run_here("onboard", "new", "missing/a.json", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: missing/a.json: there is no folder `missing`: make it first")


def test_on_a_terminal_the_fields_are_asked_for_and_wrong_answers_asked_again(tmp_path: Path) -> None:
    license_ = [USCC.replace("9999", "9O99", 1), USCC, ENTER, "2019-03-12", "2019-02-30", ENTER]
    brand = ["云上", ENTER, ENTER, "2024-01-01", "2025-12-31", "y", "n"]
    answers = ["A-1", "05.08.2024", "2024/8/5", "company", "enterprise", "云上茶业有限公司", *license_]
    code, shown = answered(tmp_path, answers=[*answers, "云上茶业旗舰店", *brand, ENTER])
    assert code == 0, shown
    assert "`05.08.2024` is no date that exists" in shown
    assert "`2019-02-30` is no date that exists" in shown
    assert "`company` is none of these: enterprise, individual business, individual, other" in shown
    assert "this one is wrong; character 4 is likely 0, not O" in shown
    assert json.loads((tmp_path / "application.json").read_text(encoding="utf-8")) == {
        "application_id": "A-1",
        "submitted_on": "2024-08-05",
        "follows": None,
        "subject": {"type": "enterprise", "name": "云上茶业有限公司"},
        "business_license": {
            "uscc": USCC,
            "name": "云上茶业有限公司",
            "valid_from": "2019-03-12",
            "valid_until": None,
        },
        "shop": {"name": "云上茶业旗舰店"},
        "brands": [
            {
                "name": "云上",
                "trademark_no": None,
                "evidence": {
                    "type": "authorization_letter",
                    "valid_from": "2024-01-01",
                    "valid_until": "2025-12-31",
                    "sealed_by_subject": True,
                    "signed_by_legal_representative": False,
                },
            }
        ],
    }
    assert "fail" not in checked(tmp_path / "application.json")


def test_the_questions_come_in_chinese_too(tmp_path: Path) -> None:
    code, shown = answered(tmp_path, "--lang", "zh", answers=[ENTER] * 12)
    assert code == 0
    assert "统一社会信用代码" in shown
    assert "已生成 `application.json`" in shown


def test_the_fields_of_a_rulesets_own_are_asked_for_in_its_words(tmp_path: Path) -> None:
    start = [
        "A-1",
        ENTER,
        ENTER,
        "云上茶业有限公司",
        USCC,
        ENTER,
        ENTER,
        ENTER,
        "云上茶业旗舰店",
        "flagshp",
        "flagship",
        "展会",
    ]
    brand = ["云上", ENTER, "applied_for", "2024-02-30", "2024-02-04", ENTER, ENTER, ENTER, "y", "n", "two", "2", "n"]
    code, shown = answered(tmp_path, "--lang", "zh", "--ruleset", str(OWN_FIELDS), answers=[*start, *brand, ENTER])
    assert code == 0, shown
    assert "店铺类型：ordinary 为普通店，flagship 为旗舰店（ordinary、flagship；可不填）：" in shown
    assert "是否想写 `flagship`？" in shown
    assert "商标申请日期，如 2024年8月5日（可不填）：" in shown
    assert "应为整数" in shown
    made = json.loads((tmp_path / "application.json").read_text(encoding="utf-8"))
    assert (made["shop"]["type"], made["channel"]) == ("flagship", "展会")
    assert made["brands"][0]["trademark_applied_on"] == "2024-02-04"
    assert made["brands"][0]["evidence"]["authorization_level"] == 2
    assert made["brands"][0]["evidence"]["exclusive"] is False


def test_the_number_of_a_ruleset_is_asked_for_again_until_its_scheme_takes_it(tmp_path: Path) -> None:
    start = ["A-1", ENTER, "individual", "Somchai", "0994000617722", "0-99-4-000-61772-1"]
    code, shown = answered(tmp_path, "--ruleset", "tiktok-shop-th", answers=[*start, *[ENTER] * 6])
    assert code == 0, shown
    assert "not a number that `th.tin` takes" in shown
    made = json.loads((tmp_path / "application.json").read_text(encoding="utf-8"))
    assert made["subject"]["tax_id"] == "0-99-4-000-61772-1"


def test_choices_days_and_yes_or_no_are_understood_by_their_words(tmp_path: Path) -> None:
    start = ["A-1", "2024年8月5日", "公司", "企业", "云上茶业有限公司", USCC, ENTER, "2019年3月12日", "长期", ENTER]
    brand = ["云上", ENTER, "商标注册证", "20240101", "2025.12.31", "也许", "是", "否", ENTER]
    code, shown = answered(tmp_path, "--lang", "zh", answers=[*start, *brand])
    assert code == 0, shown
    assert "主体类型（企业、个体工商户、个人、其他；回车：企业）：" in shown
    assert "“公司”不在可选项之中：企业、个体工商户、个人、其他" in shown
    assert "“也许”不表示是或否" in shown
    made = json.loads((tmp_path / "application.json").read_text(encoding="utf-8"))
    assert (made["submitted_on"], made["subject"]["type"]) == ("2024-08-05", "enterprise")
    assert made["business_license"]["valid_from"] == "2019-03-12"
    assert made["business_license"]["valid_until"] is None
    assert made["brands"][0]["evidence"] == {
        "type": "trademark_certificate",
        "valid_from": "2024-01-01",
        "valid_until": "2025-12-31",
        "sealed_by_subject": True,
        "signed_by_legal_representative": False,
    }


@pytest.mark.parametrize(("console", "locale"), [("utf-8", "zh_CN.UTF-8"), ("gbk", "zh_CN.GBK")])
def test_no_question_has_an_english_word_on_a_chinese_terminal(tmp_path: Path, console: str, locale: str) -> None:
    env = {"LC_ALL": locale, "PYTHONIOENCODING": console}
    start = ["<", "申请-1", "昨天", "2024年8月5日", "公司", "个体工商户", "云上茶行", "9", ENTER, ENTER, "2024年1月1日"]
    shop = ["2023年1月1日", "长期", "云上茶行", "旗舰", "flagship", ENTER, "云上", ENTER, ENTER, ENTER, "授权", ENTER]
    paper = [ENTER, ENTER, "也许", "是", "否", "一", ENTER, ENTER, CTRL_C]
    args = ("--ruleset", str(OWN_FIELDS))
    code, shown = answered(tmp_path, *args, answers=[*start, *shop, *paper], env=env, console=console)
    assert code == 130
    assert english(shown.replace(str(OWN_FIELDS), "")) == []


def test_what_need_not_be_answered_is_said(tmp_path: Path) -> None:
    _, shown = answered(tmp_path, answers=["A-1", *[ENTER] * 9])
    assert "Application number (Enter: application): " in shown
    assert "Registered name (optional): " in shown
    assert "Last day of validity, YYYY-MM-DD (Enter: no fixed term): " in shown
    assert "Name of the brand (Enter: no more): " in shown


def test_an_end_before_its_beginning_is_noticed_at_once(tmp_path: Path) -> None:
    start = ["A-1", ENTER, ENTER, ENTER, ENTER, ENTER, "2024-03-12", "2023-03-11", "2027-03-11"]
    code, shown = answered(tmp_path, answers=[*start, ENTER, ENTER])
    assert code == 0
    assert "It ends before it begins: 2023-03-11 is before 2024-03-12." in shown
    made = json.loads((tmp_path / "application.json").read_text(encoding="utf-8"))
    assert made["business_license"]["valid_until"] == "2027-03-11"


def test_an_answer_is_taken_back_as_often_as_wanted(tmp_path: Path) -> None:
    back = ["<", "A-1", "2024-08-50", "2024-08-04", "<", "<", "A-2", "2024-08-05"]
    code, shown = answered(tmp_path, answers=[*back, "个体工商户", "＜", "individual", *[ENTER] * 7])
    assert code == 0, shown
    assert "this is the first question" in shown
    made = json.loads((tmp_path / "application.json").read_text(encoding="utf-8"))
    assert (made["application_id"], made["submitted_on"], made["subject"]["type"]) == (
        "A-2",
        "2024-08-05",
        "individual",
    )


def test_what_was_typed_is_kept_and_the_same_call_goes_on_there(tmp_path: Path) -> None:
    (tmp_path / "new shops").mkdir()
    call = ("new shops/A-1.json", "--lang", "zh")
    code, shown = answered(tmp_path, *call, answers=["A-1", "2024-08-05", "企业", "云上茶业有限公司", CTRL_C])
    assert code == 130
    assert "onboard new 'new shops/A-1.json' --lang zh" in shown
    assert not (tmp_path / call[0]).exists()
    code, shown = answered(tmp_path, *call, answers=["<", "云下茶业有限公司", *[ENTER] * 6])
    assert code == 0, shown
    assert "已保存 4 项回答" in shown
    assert "接下来可运行：onboard-check 'new shops/A-1.json' --lang zh" in shown
    made = json.loads((tmp_path / call[0]).read_text(encoding="utf-8"))
    assert (made["submitted_on"], made["subject"]["name"]) == ("2024-08-05", "云下茶业有限公司")
    assert [path.name for path in (tmp_path / "new shops").iterdir()] == ["A-1.json"]


def test_a_draft_answers_the_questions_that_it_was_asked_and_no_others(tmp_path: Path) -> None:
    answered(tmp_path, answers=["A-1", ENTER, ENTER, "Somchai", USCC, CTRL_C])
    start = ["0-99-4-000-61772-1", *[ENTER] * 6]
    code, shown = answered(tmp_path, "--ruleset", "tiktok-shop-th", answers=start)
    assert code == 0, shown
    assert "onboard-check application.json --ruleset tiktok-shop-th" in shown
    made = json.loads((tmp_path / "application.json").read_text(encoding="utf-8"))
    assert (made["subject"]["tax_id"], made["business_license"]["uscc"]) == ("0-99-4-000-61772-1", None)


def test_a_file_that_is_no_draft_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "application.json.draft").write_text("mine", encoding="utf-8")
    code, shown = answered(tmp_path, answers=[])
    assert code == 2
    assert "application.json.draft: no answers that `onboard new` kept" in shown
    assert (tmp_path / "application.json.draft").read_text(encoding="utf-8") == "mine"


def test_leaving_at_the_first_question_writes_nothing(tmp_path: Path) -> None:
    code, _ = answered(tmp_path, answers=[CTRL_C])
    assert code == 130
    assert not list(tmp_path.iterdir())
