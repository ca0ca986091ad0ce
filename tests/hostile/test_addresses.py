"""No password of an address is printed, however it is spelt and wherever it is given."""

import json
import shutil
from pathlib import Path

import pytest
from builders import ROOT, USCC, application, shop
from in_process import run_here

from onboarding import RegistryError
from onboarding.registry import open_database, open_registry
from onboarding.registry.addresses import shown_address, without_passwords

DATA = json.loads(Path(__file__).with_name("addresses.json").read_text("utf-8"))
# Where nothing is a password, all is shown.
PLAIN = [
    *("application.json", "./a b/申请.json", "C:\\shops\\a@b.json", "sqlite:///C:/registry.db", "sqlite:////srv/r.db"),
    *("postgresql://clerk@db.example:5433/shops", "postgresql://db.example:5433/shops?application_name=a", "-"),
    *(
        "postgresql://[::1]:5432/shops",
        "postgresql://clerk@db.example:5433,db2.example:5433/shops",
        "sqlite:///a;b.db",
        "postgresql:///shops?host=/run/pg",
        "registry.db:3:1",
        "a=b",
    ),
]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "application.json").write_text(json.dumps(application()), "utf-8")
    (tmp_path / "records.jsonl").write_text(json.dumps(shop()) + "\n", "utf-8")
    # A ruleset of which pages are written in no time.
    (tmp_path / "small").mkdir()
    for name in ("ruleset.json", "permanent-ban.json"):
        shutil.copy(ROOT / "schemas/douyin" / name, tmp_path / "small")
    with open_database(tmp_path / "registry.db") as registry:
        registry.init()
    return tmp_path


def secrets_in(text: str) -> list[str]:
    return [secret for secret in DATA["secrets"] if secret in text.lower()]


@pytest.mark.parametrize("command", DATA["commands"])
def test_no_command_prints_a_password(work: Path, command: str) -> None:
    before = {path.name for path in work.iterdir()}
    for address in DATA["spellings"]:
        program, *words = command.split()
        done = run_here(program, *(word.replace("ADDRESS", address) for word in words), cwd=work)
        printed = done.stdout + done.stderr
        assert not secrets_in(printed), (address, printed)
        assert "internal" not in printed, (address, printed)
        for path in work.iterdir():
            if path.name not in before and path.is_file() and not secrets_in(path.name):
                assert not secrets_in(path.read_bytes().decode(errors="replace")), (address, path)


@pytest.mark.parametrize(
    "command",
    [
        *("onboard-check ADDRESS -o json", "onboard-check application.json --registry ADDRESS --lang zh"),
        *("onboard-check application.json --registry ADDRESS --show-config", "onboard registry init ADDRESS"),
        *("onboard registry import records.jsonl ADDRESS", "onboard rules lint ADDRESS"),
    ],
)
def test_nor_one_of_an_address_in_an_unusual_spelling(work: Path, command: str) -> None:
    for address in DATA["unusual"]:
        program, *words = command.split()
        done = run_here(program, *(word.replace("ADDRESS", address) for word in words), cwd=work)
        assert not secrets_in(done.stdout + done.stderr), (address, done.stdout, done.stderr)


NAMED = [
    *("token create ADDRESS --role staff --tokens tokens.json -o json", "registry import records.jsonl --note ADDRESS"),
    f"registry ban {USCC} --reason application_fraud --on 2024-08-05 --by ADDRESS -o json",
]


@pytest.mark.parametrize("command", NAMED)
@pytest.mark.parametrize("address", ["https://u:hunter2@tracker.example/1", "host=db password=hunter2"])
def test_none_is_kept_where_a_name_or_a_reason_is_asked_for(work: Path, command: str, address: str) -> None:
    words = [word.replace("ADDRESS", address) for word in command.split()]
    done = run_here("onboard", *words, *(("--registry", "registry.db") if "registry" in words else ()), cwd=work)
    assert done.returncode == 2
    assert "an address with a password" in done.stderr
    assert not secrets_in(done.stdout + done.stderr)


@pytest.mark.parametrize("note", ["Li: mailed wang@x.cn", "https://tracker.example:8443/4711", "password reset: done"])
def test_a_reason_without_one_is_kept_as_it_is(work: Path, note: str) -> None:
    words = ("registry", "import", "records.jsonl", "--registry", "registry.db", "--note", note, "-o", "json")
    assert json.loads(run_here("onboard", *words, cwd=work).stdout)["note"] == note


@pytest.mark.parametrize("words", ["", "--show-config", "-o json"])
def test_nor_does_it_where_the_environment_or_the_settings_file_gives_the_address(work: Path, words: str) -> None:
    for address in DATA["spellings"]:
        (work / "onboard-check.toml").unlink(missing_ok=True)
        args = ("application.json", *words.split())
        done = [run_here("onboard-check", *args, cwd=work, env={"ONBOARD_REGISTRY": address})]
        (work / "onboard-check.toml").write_text(f"registry = {json.dumps(address)}\n", "utf-8")
        done.append(run_here("onboard-check", *args, cwd=work))
        done.append(run_here("onboard", "registry", "audit", cwd=work))
        for one in done:
            assert not secrets_in(one.stdout + one.stderr), (address, one.stdout, one.stderr)


@pytest.mark.parametrize("address", DATA["spellings"] + DATA["unusual"])
def test_nor_does_the_library_name_it(address: str) -> None:
    try:
        named = open_registry(address).source
    except RegistryError as error:
        named = str(error)
    assert not secrets_in(named)


@pytest.mark.parametrize("text", PLAIN)
def test_what_has_no_password_is_shown_whole(text: str) -> None:
    assert shown_address(text) == text
    assert without_passwords(f"error: {text}: no such file", [text]) == f"error: {text}: no such file"


def test_a_short_password_blanks_no_letters_of_a_message(work: Path) -> None:
    said = [
        run_here("onboard", "registry", "audit", "--registry", f"postgresql://u{part}@127.0.0.1:1/x", cwd=work).stderr
        for part in ("", ":e", ":r", ":1")
    ]
    assert len(set(said)) == 1
    assert "connection" in said[0]
