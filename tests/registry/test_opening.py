"""Making, opening and upgrading a registry: many programs at once, files that are none, servers that say nothing."""

import json
import os
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib.resources import files
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from builders import USCC, application, ban, run, shop
from in_process import run_here, run_in_turn
from registry.make import AT, WHO, lines, load
from registry.pg_server import Server

from onboarding import RegistryError, admit
from onboarding.registry import open_database, open_registry
from onboarding.registry.bulk_import import add
from onboarding.registry.migrations import migrations
from onboarding.registry.sql import Entry, SqlRegistry

PROGRAMS = 8
INITIALISE = """
import sys
from onboarding.registry import open_database
for address in sys.stdin:
    with open_database(address.strip()) as registry:
        registry.init()
    print("made", flush=True)
"""

FORKED = """
import os, sys
from onboarding.registry import open_registry
address, subject = sys.argv[1:]
with open_registry(address) as registry:
    registry.look_up([subject])
    child = os.fork()
    who = "parent" if child else "child"
    if child:
        assert os.waitpid(child, 0)[1] == 0
    print(who, len(registry.look_up([subject]).histories[subject].bans), flush=True)
"""


# -- migrations


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_migrations_are_numbered_from_one_without_a_gap(database: str) -> None:
    names = sorted(file.name for file in files("onboarding.registry.migrations").joinpath(database).iterdir())
    assert [int(re.fullmatch(r"(\d{4})_[a-z_]+\.sql", name)[1]) for name in names] == list(range(1, len(names) + 1))
    assert len(migrations(database)) == len(names)


def old_registry(address: str, version: int) -> None:
    """A registry as the program of schema version `version` left it, with a shop on record."""
    columns, row = "recorded_at, subject_id, record_id, record", (AT.isoformat(), USCC, "shop:S-1")
    record = json.dumps(shop())
    if address.endswith(".db"):
        with closing(sqlite3.connect(address)) as connection:
            tables = ";".join(file.read_text("utf-8") for file in migrations("sqlite")[:version])
            connection.executescript(f"{tables};PRAGMA user_version = {version}")
            connection.execute(f"INSERT INTO records ({columns}) VALUES (?, ?, ?, ?)", (*row, record))
            connection.commit()
        return
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE schema_version (version integer NOT NULL)")
        for migration in migrations("postgres")[:version]:
            connection.execute(migration.read_text("utf-8"))
        connection.execute("INSERT INTO schema_version VALUES (%s)", (version,))
        connection.execute(f"INSERT INTO records ({columns}) VALUES (%s, %s, %s, %s)", (*row, record))


@pytest.fixture(params=["sqlite", "postgres"])
def new_address(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Gives the address of another registry that is not there yet each time."""
    if request.param == "postgres":
        yield request.getfixturevalue("new_database")
        return
    numbers = count()
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield lambda: str(Path(folder) / f"{next(numbers)}.db")


def test_a_registry_of_each_earlier_version_is_brought_up_to_date(new_address: Callable[[], str]) -> None:
    with open_database(new_address()) as registry:
        now = registry.schema_version
    for version in range(1, now + 1):
        address = new_address()
        old_registry(address, version)
        with open_database(address) as registry:
            if version < now:
                with pytest.raises(RegistryError, match=f"schema version {version} is an old one"):
                    registry.look_up([USCC])
            assert registry.init() == version
            assert [s.shop_id for s in registry.look_up([USCC]).histories[USCC].shops] == ["S-1"]
            assert admit(application(), registry=registry, **WHO).admitted


# -- at once


def test_programs_that_initialise_at_once_all_find_a_registry(new_address: Callable[[], str]) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    programs = [subprocess.Popen([sys.executable, "-c", INITIALISE], **pipes) for _ in range(PROGRAMS)]
    addresses = [new_address()]
    rounds = 100 if addresses[0].endswith(".db") else 10  # a file is made in no time, so that races are rarer
    addresses += [new_address() for _ in range(rounds - 1)]
    for number, address in enumerate(addresses):
        if number % 4 == 3:
            old_registry(address, 1)
        for program in programs:
            program.stdin.write(f"{address}\n")
            program.stdin.flush()
        said = [program.stdout.readline() for program in programs]
        assert said == ["made\n"] * PROGRAMS, [program.communicate()[1] for program in programs]
        with open_database(address) as registry:
            assert admit(application(), registry=registry, **WHO).admitted
    for program in programs:
        program.communicate()


# -- files


def modes(folder: Path) -> dict[str, str]:
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()}


def test_a_file_that_holds_applications_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with open_database(tmp_path / "registry.db") as registry:
            registry.init()
            with registry.reading() as session:
                session.execute("SELECT 1 FROM records").fetchone()
                admit(application(), registry=registry, **WHO)
                assert modes(tmp_path) == dict.fromkeys(["registry.db", "registry.db-shm", "registry.db-wal"], "0o600")
        (tmp_path / "records.jsonl").write_text("")
        imported = tmp_path / "imported"
        imported.mkdir()
        run_here("onboard", "registry", "import", tmp_path / "records.jsonl", imported / "new.db")
        assert modes(imported) == {"new.db": "0o600"}
    finally:
        os.umask(before)


def test_a_file_that_was_given_to_a_group_stays_the_groups(tmp_path: Path) -> None:
    file = tmp_path / "registry.db"
    file.touch()
    file.chmod(0o660)
    with open_database(file) as registry:
        registry.init()
        load(registry, shop())
    assert modes(tmp_path) == {"registry.db": "0o660"}


def test_a_copy_without_the_wal_has_all_that_was_committed(tmp_path: Path) -> None:
    with open_database(tmp_path / "registry.db") as registry:
        registry.init()
        with closing(sqlite3.connect(tmp_path / "registry.db")) as other:
            # Another program has it open, so that the `-wal` stays.
            other.execute("SELECT count(*) FROM records").fetchone()
            load(registry, shop())
            load(registry, ban())
            assert (tmp_path / "registry.db-wal").exists()
            shutil.copy(tmp_path / "registry.db", tmp_path / "copy.db")
    with open_registry(tmp_path / "copy.db") as copy:
        assert copy.look_up([USCC]).histories[USCC].bans


# What of a `-wal` is lost or turned.
LOGS: dict[str, Callable[[bytes], bytes]] = {
    "zeros": lambda whole: bytes(len(whole)),
    "another file": lambda whole: b'{"record": "shop"}\n' * 300,
    "less than its head": lambda whole: whole[:31],
    "its first page": lambda whole: bytes(512) + whole[512:],
    "one bit of its salt": lambda whole: whole[:16] + bytes([whole[16] ^ 1]) + whole[17:],
}


@pytest.mark.parametrize("what", LOGS)
def test_a_wal_that_sqlite_takes_for_empty_decides_nothing(tmp_path: Path, what: str) -> None:
    """What is in it is on record, and a ban that is not seen is a pass."""
    with open_database(tmp_path / "registry.db") as registry:
        registry.init()
        with closing(sqlite3.connect(tmp_path / "registry.db", isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM records").fetchone()  # so that the `-wal` keeps the ban
            load(registry, ban())
            shutil.copy(tmp_path / "registry.db", tmp_path / "copy.db")
            whole = (tmp_path / "registry.db-wal").read_bytes()
            # It is read while others write it.
            assert registry.look_up([USCC]).histories[USCC].bans
    (tmp_path / "link.db").symlink_to("copy.db")
    for name in ("copy.db", "link.db"):
        (tmp_path / "copy.db-wal").write_bytes(LOGS[what](whole))
        with open_registry(tmp_path / name) as copy, pytest.raises(RegistryError, match=r"copy\.db-wal: damaged"):
            copy.look_up([USCC])
    (tmp_path / "copy.db-wal").write_bytes(whole)
    with open_registry(tmp_path / "copy.db") as copy:
        assert copy.look_up([USCC]).histories[USCC].bans


@pytest.mark.parametrize("replace", [os.replace, shutil.copy])
def test_a_file_that_was_replaced_is_read_as_it_now_is(tmp_path: Path, replace: Callable[[Path, Path], object]) -> None:
    for name, records in (("one.db", [shop()]), ("other.db", [shop(), ban()])):
        with open_database(tmp_path / name) as made:
            made.init()
            load(made, *records)
    with open_registry(tmp_path / "one.db") as registry:
        assert not registry.look_up([USCC]).histories[USCC].bans
        replace(tmp_path / "other.db", tmp_path / "one.db")
        assert registry.look_up([USCC]).histories[USCC].bans


def test_nothing_of_a_file_that_was_written_to_goes_into_the_one_that_takes_its_place(tmp_path: Path) -> None:
    with open_database(tmp_path / "other.db") as made:
        made.init()
        load(made, shop(), ban())
    with open_database(tmp_path / "one.db") as registry:
        registry.init()
        # Its connection is kept, and with it the `-wal`.
        assert not registry.look_up([USCC]).histories[USCC].bans
        load(registry, shop())
        os.replace(tmp_path / "other.db", tmp_path / "one.db")
        with open_registry(tmp_path / "one.db") as again:
            assert again.look_up([USCC]).histories[USCC].bans
        assert registry.look_up([USCC]).histories[USCC].bans


def test_what_another_program_adds_is_seen_by_the_next_look_up(tmp_path: Path) -> None:
    with open_database(tmp_path / "registry.db") as other, open_registry(tmp_path / "registry.db") as registry:
        other.init()
        assert not registry.look_up([USCC]).histories[USCC].bans
        load(other, ban())
        assert registry.look_up([USCC]).histories[USCC].bans


def test_threads_may_look_up_at_once_in_one_registry(tmp_path: Path) -> None:
    with open_database(tmp_path / "registry.db") as registry, ThreadPoolExecutor(PROGRAMS) as threads:
        registry.init()
        load(registry, shop(), ban())
        found = list(threads.map(lambda _: registry.look_up([USCC]), range(200)))
    assert found[0].histories[USCC].bans
    assert [one.histories for one in found] == [found[0].histories] * 200
    assert {one.digest for one in found} == {found[0].digest}


def test_a_registry_goes_into_another_process_without_its_connections(tmp_path: Path) -> None:
    with open_database(tmp_path / "registry.db") as registry:
        registry.init()
        load(registry, ban())
    done = subprocess.run(
        [sys.executable, "-c", FORKED, tmp_path / "registry.db", USCC], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "child 1\nparent 1\n", "")


def test_only_a_regular_file_is_a_registry(tmp_path: Path) -> None:
    (tmp_path / "application.json").write_text("{}")
    calls = []
    for ending in ("jsonl", "db", "sqlite"):
        os.mkfifo(tmp_path / f"pipe.{ending}")
        (tmp_path / f"device.{ending}").symlink_to("/dev/zero")
        (tmp_path / f"folder.{ending}").mkdir()
        for kind in ("pipe", "device", "folder"):
            place = f"{kind}.{ending}"
            calls.append(("onboard-check", "application.json", "--registry", place))
            calls += [("onboard", "registry", "init", place)] if ending != "jsonl" else []
    told = [(done.returncode, done.stderr) for done in run_in_turn(calls, cwd=tmp_path, timeout=60)]
    assert told == [(2, f"error: {call[-1]}: not a regular file\n") for call in calls]


@pytest.mark.parametrize("content", ["", "\n", "\ufeff\n \n"])
def test_a_file_without_a_record_says_so(tmp_path: Path, content: str) -> None:
    file = tmp_path / "registry.jsonl"
    file.write_text(content, "utf-8")
    assert open_registry(file).look_up([USCC]).empty


def test_a_registry_with_a_record_of_another_subject_is_not_empty(registry: SqlRegistry, tmp_path: Path) -> None:
    assert registry.look_up([USCC]).empty
    assert registry.look_up([]).empty
    other = shop(subject_id="91999999MATEKT027F")
    load(registry, other)
    assert not registry.look_up([USCC]).empty
    registry.known_at = AT.replace(year=2020)
    assert registry.look_up([USCC]).empty


# -- texts


@pytest.mark.parametrize("where", ["by", "note"])
def test_bytes_that_are_not_utf8_are_an_error_with_a_sentence(registry: SqlRegistry, address: str, where: str) -> None:
    bad = os.fsdecode(b"\xff\xfe")
    load(registry, shop())
    close = ("onboard", "registry", "close", "S-1", "--for", "other", "--on", "2024-02-05", "--registry", address)
    done = run_here(*close, f"--{where}", bad)
    assert done.returncode == 2
    assert "a text with bytes that are not UTF-8" in done.stderr
    with pytest.raises(RegistryError, match="not UTF-8"):
        add(registry, lines(shop("S-2"), ban()), Entry(AT, **{"by": "tester", where: bad}))
    with pytest.raises(RegistryError, match="not UTF-8"):
        admit(application(), registry=registry, **{**WHO, where: bad})
    assert [s.closed_on for s in registry.look_up([USCC]).histories[USCC].shops] == [None]
    for words in (("show", bad), ("decisions", bad), ("replay", bad), ("close", bad, *close[4:8])):
        done = run_here("onboard", "registry", *words, "--registry", address)
        assert "internal" not in done.stderr
        assert done.returncode in (0, 2)


@pytest.mark.parametrize("name", ["registry-\udcff.db", "registry-\udcff.jsonl"])
def test_a_file_whose_name_is_not_utf8_can_be_a_registry(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    if name.endswith(".db"):
        with open_database(file) as registry:
            registry.init()
    else:
        file.touch()
    with open_registry(file) as registry:
        assert registry.look_up([USCC]).empty
        assert registry.source == str(tmp_path / name.replace("\udcff", "\\udcff"))


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_CN"])
def test_a_database_that_cannot_keep_every_text_is_refused(superuser: str, encoding: str) -> None:
    name = f"onboard_{encoding.lower()}_{os.getpid()}"
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'")
        try:
            with open_database(superuser.replace("/postgres?", f"/{name}?")) as registry:
                for use in (registry.init, lambda: registry.look_up([USCC])):
                    with pytest.raises(RegistryError, match=f"encoded in `{encoding}`"):
                        use()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


# -- servers


def test_a_server_that_accepts_and_says_nothing_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/x"
        asked = f"{address}?connect_timeout=2"
        done = run("onboard", "registry", "show", USCC, "--registry", asked, timeout=60)
        assert (done.returncode, done.stderr) == (2, f"error: {address}: postgresql: connection timeout expired\n")


def test_a_server_that_went_away_is_told_by_the_next_who_asks() -> None:
    server = Server()
    try:
        with open_database(server.superuser) as registry:
            registry.init()
            registry.look_up([USCC])
            server.kill()
            # Whoever asks connects; nobody waits for a connection that another makes, and that never comes.
            with pytest.raises(RegistryError, match=r"postgresql: .*(refused|No such file)"):
                registry.look_up([USCC])
            server.start()
            assert registry.look_up([USCC]).empty
    finally:
        server.stop()


def test_who_waits_for_a_connection_longer_than_for_a_lock_is_told(superuser: str) -> None:
    from onboarding.registry.postgres.pool import Pool

    pool = Pool(lambda: psycopg.connect(superuser, autocommit=True), 1, wait_seconds=0)
    with pool.connection(), pytest.raises(TimeoutError), pool.connection():
        pass
    pool.close()


def test_the_address_says_otherwise() -> None:
    from onboarding.registry.postgres.address import connection_options

    assert connection_options("postgresql://h/x")["connect_timeout"] <= 5
    assert "connect_timeout" not in connection_options("postgresql://h/x?connect_timeout=30")
