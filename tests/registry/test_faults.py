"""What goes wrong outside: disks, files, servers, passwords. A clear error, exit 2, nothing lost."""

import contextlib
import json
import os
import re
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from builders import DAY, OTHER_USCC, USCC, application, ban, run, shop, violation
from in_process import run_here
from registry.make import WHO, entry, load, subject
from registry.pg_server import Server

from onboarding import Decision, RegistryError, admit, load_ruleset
from onboarding.decisions import corrections
from onboarding.decisions.handed_in import hand_in
from onboarding.decisions.proposals import set_four_eyes
from onboarding.reading.documents import read_application
from onboarding.registry import open_database, open_registry
from onboarding.registry.sql import SqlRegistry

NOBODY = 65534
SECRET = "hunter2&correct-horse"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A registry in a file, with one shop on record."""
    with open_database(tmp_path / "registry.db") as registry:
        registry.init()
        load(registry, shop())
    return tmp_path / "registry.db"


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of one megabyte; where none can be mounted, a limit on how long a file may grow."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode == 0:
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        yield folder
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def admit_until_it_fails(registry: SqlRegistry, made: dict[str, Decision]) -> None:
    for i in range(5000):
        own = {"/application_id": f"A-{i}", "/business_license/uscc": subject(i)}
        made[subject(i)] = admit(application(own), registry=registry, **WHO)


def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk), open_database(disk / "registry.db") as registry:
        registry.init()
        load(registry, shop())
        with pytest.raises(RegistryError, match=r"full|disk"):
            load(registry, *(shop(f"S-{i}", subject_id=subject(i)) for i in range(2, 20_002)))
        assert not registry.look_up([subject(7)]).histories[subject(7)].shops
        assert registry.look_up([USCC]).histories[USCC].shops
        made: dict[str, Decision] = {}
        with pytest.raises(RegistryError, match=r"full|disk"):
            admit_until_it_fails(registry, made)
        assert len(made) > 10
        found = registry.look_up(made).histories
        assert {k: [s.shop_id for s in v.shops] for k, v in found.items()} == {k: [d.shop_id] for k, d in made.items()}


def test_where_nothing_may_be_written_the_error_says_what_sqlite_needs(file: Path) -> None:
    rules = load_ruleset()
    with open_database(file) as registry:
        # What is imported on the way is imported now: the package itself may be out of the other user's reach.
        admit(application(), registry=registry, **WHO, ruleset=rules, dry_run=True)
    file.chmod(0o444)
    file.parent.chmod(0o555)
    for folder in file.parents:
        if folder.stat().st_mode & 0o055 != 0o055:
            folder.chmod(folder.stat().st_mode | 0o055)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(NOBODY)
        with open_database(file) as registry:
            for use in (
                lambda: admit(application(), registry=registry, **WHO, ruleset=rules),
                lambda: registry.look_up([USCC]),
            ):
                with pytest.raises(RegistryError, match=r"(readonly|unable to open).*needs the folder"):
                    use()
    finally:
        if root:
            os.seteuid(0)
        file.parent.chmod(0o755)


@pytest.mark.parametrize("place", [0, 30, 5000])
def test_a_damaged_file_decides_nothing(file: Path, place: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(place)
        opened.write(b"\xa5" * 20_000)
    done = run_here("onboard", "registry", "show", USCC, "--registry", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert f"error: {file}" in done.stderr


def test_what_sqlite_says_of_a_damaged_table_is_told_though_it_is_no_utf8(file: Path) -> None:
    damaged = file.read_bytes().replace(b"DEFAULT", b"DEFAU\xa4T")
    file.write_bytes(damaged)
    done = run_here("onboard", "registry", "show", USCC, "--registry", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {file}: sqlite: database disk image is malformed\n"


def test_a_page_whose_rows_are_gone_is_not_taken_for_one_without_them(file: Path) -> None:
    """The last rows that the index of subjects has: of a page that says how many they are, and not what."""
    with open_database(file) as registry:
        load(registry, *(violation(id=f"V-{number}") for number in range(3000)), ban(id="B-1"))
    with sqlite3.connect(file) as connection:
        (leaf,) = connection.execute(
            "SELECT max(pageno) FROM dbstat WHERE name = 'records_of_subject' AND pagetype = 'leaf'"
        ).fetchone()
    connection.close()
    with file.open("r+b") as opened:
        opened.seek((leaf - 1) * 4096 + 8)
        opened.write(bytes(4096 - 8))
    with open_database(file) as registry, pytest.raises(RegistryError, match="malformed"):
        registry.look_up([USCC])


@pytest.mark.parametrize("value", [None, 0.5, 5])
def test_what_is_no_text_in_the_place_of_text_is_told_as_broken(file: Path, value: object) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE other AS SELECT * FROM records")  # whose columns keep whatever is given
        connection.execute("DROP TABLE records")
        connection.execute("ALTER TABLE other RENAME TO records")
        connection.execute("UPDATE records SET record = ?", (value,))
    connection.close()
    for one in (("show", USCC), ("audit",), ("list",), ("history", USCC), ("export", "-")):
        done = run_here("onboard", "registry", *one, "--registry", file)
        assert (done.returncode, "internal" in done.stderr, "broken" in done.stderr) == (2, False, True), done.stderr


def test_a_text_that_cannot_be_decoded_is_not_repeated(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE records SET record = CAST(x'7b22536563726574ff' AS TEXT)")
    connection.close()
    for one in (("show", USCC), ("list",)):
        done = run_here("onboard", "registry", *one, "--registry", file)
        assert (done.returncode, "malformed" in done.stderr, "Secret" in done.stderr) == (2, True, False), done.stderr


@pytest.mark.parametrize("command", [("list",), ("find", "A-1")])
def test_a_verdict_that_is_none_is_told_as_broken(file: Path, command: tuple[str, ...]) -> None:
    with open_database(file) as registry:
        admit(application({"/business_license": None}), registry=registry, **WHO)
        with registry.writing() as session:
            session.execute("UPDATE decisions SET verdict = 'maybe'")
    done = run_here("onboard", "registry", *command, "--registry", file)
    assert (done.returncode, "internal" in done.stderr, "broken" in done.stderr) == (2, False, True), done.stderr


def test_a_record_that_was_tampered_with_is_named(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute('UPDATE records SET record = \'{"record": "shop"}\'')
    connection.close()
    with pytest.raises(RegistryError, match="the record with seq 1 is broken"):
        open_registry(file).look_up([USCC])


def _report(*, names: object = None, **outcome: object) -> str:
    """A report as it is kept, with one outcome, otherwise as told."""
    words = {"en": "Licence", "zh": "执照"}
    rule = {"rule": "x", "level": "required", "status": "pass", "title": words, "clause": "P1", "remedy": words}
    about = {"verdict": "pass", "application_id": "A-1", "subject_id": USCC, "eligible_from": None, "facts": {}}
    named = {"subject": None, "shop": None, "brands": []} if names is None else names
    return json.dumps(about | {"names": named, "outcomes": [rule | {"reasons": []} | outcome]})


_LATE = "9999-12-31T23:59:59.999999+00:00"  # in Shanghai it is the year 10000 by then


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        *(("decisions", "application", value) for value in ("null", "{}", "{")),
        *(("decisions", "report", value) for value in ("null", "{}", "{")),
        *(("decisions", "report", value) for value in (_report(names={}), _report(title={"en": "Licence"}))),
        *(("decisions", column, value) for column, value in [("verdict", "maybe"), ("as_of", "2024-02-30")]),
        *(("handed_in", "application", value) for value in ("null", "[]", "{")),
        *(("proposals", "record", value) for value in ("[]", '{"record": "ban"}', "{")),
        *(("records", "record", value) for value in ("5", '{"record": "shop"}', "{")),
        *(("decisions", "decided_at", value) for value in ("never", _LATE)),
        *(("handed_in", "handed_in_at", value) for value in ("never", _LATE)),
        *(("proposals", "made_at", value) for value in ("never", _LATE)),
        *(("records", "recorded_at", value) for value in ("never", _LATE)),
    ],
)
def test_whatever_was_tampered_with_is_told_as_broken(
    registry: SqlRegistry, address: str, table: str, column: str, value: str
) -> None:
    admit(application(), registry=registry, **WHO)
    handed_in = read_application(application({"/application_id": "H-1"}))[0]
    hand_in(handed_in, registry=registry, rules=load_ruleset(), at=datetime.now(UTC))
    set_four_eyes(True, registry=registry, entry=entry())
    corrections.ban_subject(USCC, "application_fraud", DAY, registry=registry, entry=entry())
    with registry.writing() as session:
        session.execute(f"UPDATE {table} SET {column} = ?", (value,))
    asked = (
        *(("show", USCC), ("history", USCC), ("audit",), ("decisions",), ("replay", "A-1"), ("queue",), ("proposals",)),
        *(("application", "H-1"), ("list",), ("find", "云上"), ("export", "-")),
    )
    told = [run_here("onboard", "registry", *one, "--registry", address) for one in asked]
    assert not [done.stderr for done in told if "internal" in done.stderr]
    assert [done.stderr for done in told if done.returncode == 2 and "broken" in done.stderr]


@pytest.mark.parametrize(("own", "other"), [(USCC, OTHER_USCC), ("B-1", "B-2")])
def test_a_record_that_is_kept_under_another_subject_or_id_does_not_hide_a_ban(
    file: Path, own: str, other: str
) -> None:
    with open_database(file) as registry:
        load(registry, ban(id="B-1"))
        with registry.writing() as session:
            session.execute("UPDATE records SET record = replace(record, ?, ?)", (own, other))
        with pytest.raises(RegistryError, match="under another subject or another id than it names"):
            registry.look_up([USCC])
    applications = file.with_name("applications.jsonl")
    applications.write_text(json.dumps(application()) + "\n", "utf-8")
    for one in (
        ("registry", "audit", "--registry", file),
        ("screen", applications, "--registry", file, "-o", file.with_name("reports.jsonl")),
    ):
        done = run_here("onboard", *one)
        assert (done.returncode, "under another subject" in done.stderr) == (2, True)


_TEXTS = (
    *("records.record", "records.record_id", "records.recorded_at", "records.recorded_by"),
    *("decisions.application_id", "decisions.report", "decisions.as_of", "decisions.digest", "decisions.decided_at"),
    *("decisions.decided_by", "decisions.ruleset", "decisions.verdict", "handed_in.application"),
    *("handed_in.handed_in_at", "proposals.record", "proposals.record_id", "proposals.made_at", "proposals.made_by"),
)
_PERHAPS_TEXTS = ("records.note", "records.subject_id", "decisions.shop_id", "decisions.subject_id")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *((column, value) for column in _TEXTS for value in ("bytes", "an integer", "nothing")),
        *((column, value) for column in _PERHAPS_TEXTS for value in ("bytes", "an integer")),
    ],
)
def test_what_is_no_text_in_any_place_of_text_is_told_as_broken(file: Path, column: str, value: str) -> None:
    table, column = column.split(".")
    with open_database(file) as registry:
        admit(application(), registry=registry, **WHO)
        hand_in(
            read_application(application({"/application_id": "H-1"}))[0],
            registry=registry,
            rules=load_ruleset(),
            at=datetime.now(UTC),
        )
        set_four_eyes(True, registry=registry, entry=entry())
        corrections.ban_subject(USCC, "application_fraud", DAY, registry=registry, entry=entry())
    with sqlite3.connect(file) as connection:
        # As in a file of which a page is damaged: a column keeps what it is given.
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = replace(replace(sql, ' TEXT', ''), ' NOT NULL', '') WHERE type = 'table'"
        )
    connection.close()
    with sqlite3.connect(file) as connection:
        if value == "bytes":
            connection.execute(f"UPDATE {table} SET {column} = CAST({column} AS BLOB)")
            connection.execute(f"UPDATE {table} SET {column} = x'ff' WHERE {column} IS NULL")
        else:
            connection.execute(f"UPDATE {table} SET {column} = ?", (5 if value == "an integer" else None,))
    connection.close()
    asked = (
        *(("show", USCC), ("history", USCC), ("audit",), ("decisions",), ("replay", "A-1"), ("queue",), ("proposals",)),
        *(("application", "H-1"), ("list",), ("find", "云上"), ("export", "-")),
    )
    told = [run_here("onboard", "registry", *one, "--registry", file) for one in asked]
    assert not [done.stderr for done in told if "internal" in done.stderr]
    assert [done.stderr for done in told if done.returncode == 2 and "broken" in done.stderr]


def test_any_other_database_is_no_registry(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE accounts (id)")
    connection.close()
    with open_database(other) as registry:
        with pytest.raises(RegistryError, match="not a registry"):
            registry.look_up([USCC])
        with pytest.raises(RegistryError, match="not a registry"):
            registry.init()
    # No version of ours is negative: the last step of a migration would be done, and it would pass for one of ours.
    with sqlite3.connect(tmp_path / "negative.db") as connection:
        connection.execute("PRAGMA user_version = -1")
    connection.close()
    with open_database(tmp_path / "negative.db") as registry, pytest.raises(RegistryError, match="not a registry"):
        registry.init()


# -- PostgreSQL


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of these tests' own, to be killed."""
    made = Server(durable=True)
    yield made
    made.stop()


def change_and_kill(registry: SqlRegistry, server: Server) -> None:
    with registry.writing(subject=USCC) as session:
        session.execute("UPDATE records SET note = 'half' WHERE subject_id = ?", (USCC,))
        server.kill()
        session.execute("SELECT 1")


def test_a_server_that_is_killed_in_mid_transaction_has_half_of_nothing(server: Server) -> None:
    with open_database(server.superuser) as registry:
        registry.init()
        load(registry, shop())
        first = admit(application(), registry=registry, **WHO)
        with pytest.raises(RegistryError, match="postgresql"):
            change_and_kill(registry, server)
        server.start()
        # The same registry goes on, over connections that it makes anew.
        assert admit(application(), registry=registry, **WHO).shop_id == first.shop_id
        with registry.reading() as session:
            assert session.execute("SELECT count(*) FROM records WHERE note = 'half'").fetchone()[0] == 0


def test_without_the_driver_the_error_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None; sys.argv = 'onboard registry show X --registry postgresql:///x'.split()"
        "; from onboarding.cli.main import onboard; onboard()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "pip install 'onboard-check[postgres]'" in done.stderr


def decide_twice(registry: SqlRegistry, application_id: str) -> None:
    columns = "application_id, verdict, report, application, digest, ruleset, ruleset_digest, revision"
    statement = f"INSERT INTO decisions ({columns}, as_of, decided_at, decided_by) VALUES (?, {', '.join(['?'] * 10)})"
    with registry.writing(application_id=application_id) as session:
        for _ in range(2):
            session.execute(statement, (application_id, "pass", "", "", "", "", "", 0, "", "", ""))


def test_an_error_of_the_server_quotes_no_value(server: Server) -> None:
    with open_database(server.superuser) as registry:
        registry.init()
        with pytest.raises(RegistryError, match="duplicate key") as caught:
            decide_twice(registry, "云上茶业")
        assert "云上茶业" not in str(caught.value)


def test_what_the_driver_logs_is_not_printed_beside_the_error() -> None:
    program = "import logging, onboarding.registry.postgres.registry; logging.getLogger('psycopg').warning('lost')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_connections_that_were_cut_while_they_lay_idle_are_replaced(server: Server) -> None:
    with open_database(server.superuser) as registry:
        registry.init()
        wanted = [application({"/application_id": f"I-{i}", "/business_license/uscc": subject(i)}) for i in range(8)]
        with ThreadPoolExecutor(8) as at_once:
            list(at_once.map(lambda one: admit(one, registry=registry, **WHO), wanted))
        server.kill()
        server.start()
        with ThreadPoolExecutor(8) as at_once:
            assert all(made.repeated for made in at_once.map(lambda one: admit(one, registry=registry, **WHO), wanted))


def test_a_server_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    done = run("onboard", "registry", "show", USCC, "--registry", f"postgresql://u:{SECRET}@/x?host={tmp_path}")
    assert done.returncode == 2
    assert "postgresql: " in done.stderr
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["show", "check"])
def test_a_wrong_password_is_an_error_that_does_not_repeat_it(server: Server, tmp_path: Path, command: str) -> None:
    with psycopg.connect(server.superuser, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS guarded")
        connection.execute("CREATE ROLE guarded LOGIN PASSWORD 'something else'")
    address = f"postgresql://guarded:{SECRET}@/postgres?host={server.folder}"
    file = tmp_path / "application.json"
    file.write_text(json.dumps(application()))
    words = ["registry", "show", USCC] if command == "show" else ["check", file]
    for extra in ([], ["--traceback"]):
        done = run_here("onboard", *words, "--registry", address, *extra)
        assert done.returncode != 0
        assert "password authentication failed" in done.stderr
        assert SECRET not in done.stdout + done.stderr
        if not extra:
            assert done.returncode == 2
            assert "Traceback" not in done.stderr


@pytest.mark.parametrize("address", [f"postgresql://u:p@{SECRET}@h/x", f"postgresql://u:{SECRET}@h:port/x"])
def test_an_address_that_cannot_be_read_is_not_repeated(address: str) -> None:
    done = run_here("onboard", "registry", "show", USCC, "--registry", address)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "hunter2" not in done.stdout + done.stderr


def test_the_source_in_a_report_has_no_password() -> None:
    opened = open_registry(f"postgresql://clerk:{SECRET}@db.example:5433/shops")
    assert opened.source == "postgresql://clerk@db.example:5433/shops"


def test_a_role_that_may_only_read_cannot_admit(server: Server) -> None:
    with open_database(server.superuser) as registry:
        registry.init()
    with psycopg.connect(server.superuser, autocommit=True) as connection:
        connection.execute("DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
        connection.execute("GRANT SELECT ON records, decisions, schema_version TO reader")
    with open_database(server.superuser.replace("postgres@", "reader@")) as reading:
        reading.look_up([USCC])
        with pytest.raises(RegistryError, match="permission denied"):
            admit(application({"/application_id": "A-77"}), registry=reading, **WHO)


def test_a_ban_that_a_policy_hides_is_not_taken_for_none(server: Server) -> None:
    with open_database(server.superuser) as registry:
        registry.init()
        load(registry, ban())
    with psycopg.connect(server.superuser, autocommit=True) as connection:
        connection.execute("CREATE ROLE tenant LOGIN")
        connection.execute("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO tenant")
        connection.execute("ALTER TABLE records ENABLE ROW LEVEL SECURITY")
    try:
        with open_database(server.superuser.replace("postgres@", "tenant@")) as hidden:
            for use in (
                lambda: hidden.look_up([USCC]),
                lambda: admit(application({"/application_id": "A-78"}), registry=hidden, **WHO),
            ):
                with pytest.raises(RegistryError, match=r"row-level security.*BYPASSRLS"):
                    use()
    finally:
        with psycopg.connect(server.superuser, autocommit=True) as connection:
            connection.execute("ALTER TABLE records DISABLE ROW LEVEL SECURITY")


@pytest.mark.parametrize("version", ["'1.0'::text", "'3'::text", "NULL::int", "'NaN'::numeric", "-5", "true", "now()"])
def test_a_table_of_versions_that_another_program_keeps_is_left_alone(
    new_database: Callable[[], str], version: str
) -> None:
    address = new_database()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE schema_version AS SELECT {version} AS version")
        with open_database(address) as registry:
            for use in (registry.init, lambda: registry.look_up([USCC])):
                with pytest.raises(RegistryError, match=r"another program's.*of its own"):
                    use()
        assert connection.execute("SELECT count(*) FROM schema_version").fetchone() == (1,)


def test_a_decision_touches_one_partition(registry: SqlRegistry, address: str) -> None:
    load(registry, ban(), *(shop(f"S-{i}", subject_id=subject(i)) for i in range(100)))
    query = "SELECT seq, record_id, record FROM records WHERE subject_id = ? ORDER BY seq"
    if address.endswith(".db"):
        with contextlib.closing(sqlite3.connect(address)) as connection:
            plan = str(connection.execute(f"EXPLAIN QUERY PLAN {query}", (USCC,)).fetchall())
        assert "USING INDEX records_of_subject" in plan
    else:
        with registry.reading() as session:
            plan = " ".join(str(row) for row in session.execute(f"EXPLAIN {query}", (USCC,)))
        assert len(set(re.findall(r" on (records_\d+) ", plan))) == 1, plan
