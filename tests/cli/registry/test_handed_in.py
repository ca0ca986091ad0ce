"""What sellers hand in is listed, shown, decided on and erased on the command line, as at the desk."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import USCC, application
from in_process import run_here as run
from msgspec import structs

from onboarding.decisions.handed_in import hand_in
from onboarding.reading.documents import read_application
from onboarding.registry import open_database
from onboarding.rules.loading import load_ruleset

GIVEN: dict[str, dict[str, Any]] = {
    "A-ready": {"/shop/name": "晴川旗舰店"},
    "A-refused": {"/business_license/uscc": "91999999MATEKTO19L"},
}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A registry with two applications that sellers have handed in, the first a hundred days ago."""
    file, rules = tmp_path / "registry.db", load_ruleset()
    with open_database(str(file)) as registry:
        registry.init()
        for number, (id_, changes) in enumerate(GIVEN.items()):
            plain = application({"/application_id": id_, "/brands/0/evidence/valid_until": None} | changes)
            at = datetime.now(UTC) - timedelta(days=100 - 99 * number)
            hand_in(read_application(plain)[0], registry=registry, rules=rules, at=at)
    return file


def registry(database: Path, *arguments: str) -> Any:
    return run("onboard", "registry", *arguments, "--registry", database)


def test_the_queue_says_of_each_what_a_check_with_the_history_says(database: Path) -> None:
    lines = registry(database, "queue").stdout.splitlines()
    assert [line.split("  ")[1:3] for line in lines] == [["pass", "A-ready"], ["fail", "A-refused"]]
    assert "晴川旗舰店" in lines[0]
    found = json.loads(registry(database, "queue", "--verdict", "fail", "-o", "json").stdout)["handed_in"]
    assert [one["application_id"] for one in found] == ["A-refused"]


def test_what_waits_is_found_and_listed_until_it_is_decided_on(database: Path) -> None:
    done = registry(database, "find", "晴川")
    assert (done.returncode, "application A-ready" in done.stdout, "handed in" in done.stdout) == (0, True, True)
    assert len(registry(database, "list").stdout.splitlines()) == len(GIVEN) + 1
    assert registry(database, "list", "--state", "refused").stdout == "nothing found\n"
    registry(database, "admit", "--handed-in", "A-refused", "--note", "ticket 1")
    found = json.loads(registry(database, "find", "A-refused", "-o", "json").stdout)["results"]
    assert [(one["verdict"], one["handed_in_at"]) for one in found] == [("fail", None)]


def test_a_long_queue_says_that_there_is_more(database: Path) -> None:
    done = registry(database, "queue", "--limit", "1")
    assert len(done.stdout.splitlines()) == 1
    assert "the first 1 are shown" in done.stderr


def test_one_for_a_ruleset_that_is_not_at_hand_waits_undecided_and_says_so(database: Path) -> None:
    rules = structs.replace(load_ruleset(), id="ours")
    wanted, _ = read_application(application({"/application_id": "A-ours"}))
    with open_database(database) as opened:
        hand_in(wanted, registry=opened, rules=rules, at=datetime.now(UTC))
    *_, line = registry(database, "queue").stdout.splitlines()
    assert "undecided  A-ours" in line
    assert "handed in for the ruleset “ours”, which is not at hand here" in line
    whole = json.loads(registry(database, "application", "A-ours", "-o", "json").stdout)
    assert (whole["report"]["verdict"], whole["report"]["outcomes"]) == ("undecided", [])
    done = registry(database, "admit", "--handed-in", "A-ours", "--note", "x")
    assert (done.returncode, "`--ruleset`" in done.stderr) == (2, True)


def test_an_application_is_shown_with_its_report_and_what_was_decided(database: Path) -> None:
    shown = registry(database, "application", "A-ready").stdout
    assert shown.startswith("PASS")
    assert "Name of the shop: 晴川旗舰店" in shown
    assert "handed in" in shown
    registry(database, "admit", "--handed-in", "A-ready", "--note", "ticket 1", "--by", "li")
    assert "by li (ticket 1)" in registry(database, "application", "A-ready").stdout
    whole = json.loads(registry(database, "application", "A-ready", "-o", "json").stdout)
    assert (whole["application"]["shop"]["name"], whole["decision"]["by"]) == ("晴川旗舰店", "li")


def test_what_was_handed_in_is_decided_on_by_its_id(database: Path) -> None:
    done = registry(database, "admit", "--handed-in", "A-ready", "--handed-in", "A-refused", "--note", "ticket 1")
    assert (done.returncode, "PASS  A-ready" in done.stdout, "FAIL  A-refused" in done.stdout) == (1, True, True)
    assert registry(database, "queue").stderr == "no application waits for a decision\n"
    assert "晴川旗舰店" in registry(database, "show", USCC).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("admit",), "name a file, or with `--handed-in` an application"),
        (("admit", "--handed-in", "A-3"), "no application `A-3` was handed in"),
        (("admit", "--handed-in", "A-ready", "--ruleset", "tmall-2019"), "was handed in for the ruleset `douyin`"),
        (("application", "A-3"), "no application `A-3` was handed in or decided on"),
        (("erase", "A-ready", "--note", "x"), "`--yes`"),
        (("erase", "A-3", "--yes", "--note", "x"), "no application `A-3`"),
        (("erase", "A-ready", "--yes"), "an erasure needs a reason"),
    ],
)
def test_what_cannot_be_done_is_exit_code_2_and_says_why(database: Path, arguments: tuple[str, ...], said: str) -> None:
    done = registry(database, *arguments)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert len(registry(database, "queue").stdout.splitlines()) == 2


def test_an_application_is_erased_and_who_did_it_is_kept(database: Path) -> None:
    registry(database, "admit", "--handed-in", "A-ready", "--note", "ticket 1")
    done = registry(database, "erase", "A-ready", "--note", "asked for", "--by", "li", "--yes")
    assert done.stdout == "application A-ready erased; what was decided on it stays\n"
    assert "what it said was erased" in registry(database, "application", "A-ready").stdout
    again = registry(database, "replay", "A-ready")
    assert (again.returncode, "was erased" in again.stderr) == (2, True)
    assert registry(database, "erasures").stdout.split("  ")[1:] == ["li", "application A-ready", "asked for\n"]


def test_what_was_handed_in_long_ago_is_purged(database: Path) -> None:
    options = ("purge-handed-in", "--older-than", "90", "--note", "as we promise", "--yes")
    said = "erased what was handed in more than 90 days ago: 1\n"
    assert registry(database, *options, "--dry-run").stdout == f"dry run, nothing changed: {said}"
    assert registry(database, *options).stdout == said
    left = json.loads(registry(database, "queue", "-o", "json").stdout)["handed_in"]
    assert [one["application_id"] for one in left] == ["A-refused"]


def test_an_application_is_shown_by_what_people_call_its_fields(database: Path) -> None:
    shown = registry(database, "application", "A-ready", "--lang", "zh").stdout
    assert "  主体类型：企业\n" in shown
    assert "  1. 是否加盖主体公章：是\n" in shown
    assert "subject.type" not in shown
