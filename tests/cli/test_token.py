"""`onboard token`: makes, lists and revokes what the service's callers show."""

import json
from pathlib import Path

import pytest
from in_process import run_here


def test_a_secret_is_printed_once_and_alone(tmp_path: Path) -> None:
    made = run_here("onboard", "token", "create", "李娜", "--role", "staff", "--tokens", "t.json", cwd=tmp_path)
    assert made.stdout.startswith("onboard_")
    assert len(made.stdout.split()) == 1
    listed = run_here("onboard", "token", "list", "--tokens", "t.json", cwd=tmp_path).stdout
    assert "李娜  staff  holds until" in listed
    assert made.stdout.strip() not in listed


def test_json_says_the_same_and_no_hash(tmp_path: Path) -> None:
    options = ("--tokens", "t.json", "-o", "json")
    made = json.loads(
        run_here("onboard", "token", "create", "li.na", "--role", "officer", *options, cwd=tmp_path).stdout
    )
    ended = json.loads(run_here("onboard", "token", "revoke", made["id"], *options, cwd=tmp_path).stdout)
    (listed,) = json.loads(run_here("onboard", "token", "list", *options, cwd=tmp_path).stdout)["tokens"]
    assert (made["roles"], made["revoked_at"]) == (["officer"], None)
    assert listed == {name: value for name, value in ended.items() if name != "schema_version"}
    assert listed["revoked_at"]
    assert "hash" not in made | ended


def test_it_speaks_chinese(tmp_path: Path) -> None:
    place = ("--tokens", "t.json", "--lang", "zh")
    assert "没有令牌" in run_here("onboard", "token", "list", *place, cwd=tmp_path).stdout
    made = run_here("onboard", "token", "create", "李娜", "--role", "staff", *place, cwd=tmp_path)
    assert "密钥仅显示这一次" in made.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "li.na", "--role", "staff"], "--tokens"),
        (["create", "li\nna", "--role", "staff", "--tokens", "t.json"], "printable"),
        (["create", "li.na", "--role", "boss", "--tokens", "t.json"], "boss"),
        (["create", "li.na", "--tokens", "t.json"], "--role"),
        (["create", "li.na", "--role", "staff", "--days", "0", "--tokens", "t.json"], "--days"),
        (["revoke", "x", "--tokens", "t.json"], "no token"),
        (["create", "li.na", "--role", "staff", "--tokens", "no/such/folder"], "no/such"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = run_here("onboard", "token", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
