"""Behind a pooler each transaction may be with another server, and what one session has set or prepared is lent on."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from builders import USCC, application, ban
from psycopg.conninfo import conninfo_to_dict
from registry.make import WHO, load

from onboarding import RegistryError, admit
from onboarding.registry import open_database

_KEY = re.compile(rb"K\0\0\0\x0c(.{4})", re.DOTALL)  # by which a client may cancel; it begins with the process


@contextmanager
def pooler(address: str) -> Iterator[str]:
    """The address of one that is before the server at `address`: it tells a process of its own, as poolers do."""
    with TemporaryDirectory(prefix="pg-", dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{folder}/.s.PGSQL.5432")
        listening.listen()
        to = f"{conninfo_to_dict(address)['host']}/.s.PGSQL.5432"
        threading.Thread(target=_relay_all, args=(listening, to), daemon=True).start()
        yield address.replace(str(Path(to).parent), folder)


def _relay_all(listening: socket.socket, to: str) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        server = socket.socket(socket.AF_UNIX)
        server.connect(to)
        for source, target in ((client, server), (server, client)):
            threading.Thread(target=_relay, args=(source, target), daemon=True).start()


def _relay(source: socket.socket, target: socket.socket) -> None:
    with closing(target):
        while data := source.recv(1 << 16):
            target.sendall(_KEY.sub(lambda found: found[0][:5] + b"\0\0\0\7", data, count=1))


@pytest.mark.parametrize("behind", [False, True], ids=["direct", "behind a pooler"])
def test_behind_a_pooler_no_statement_is_prepared_that_could_be_taken_for_another_ones(
    empty_postgres: Callable[[], str], behind: bool
) -> None:
    with pooler(empty_postgres()) as pooled, open_database(pooled if behind else empty_postgres()) as registry:
        for number in range(20):
            admit(application({"/application_id": f"A-{number}"}), registry=registry, **WHO)
        with registry.reading() as session:
            (prepared,) = session.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
    assert (prepared == 0) == behind


def test_rows_that_a_policy_hides_are_an_error_also_where_nothing_is_left_of_what_the_session_had_set(
    new_database: Callable[[], str],
) -> None:
    address = new_database()
    with open_database(address) as registry:
        registry.init()
        load(registry, ban())
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DO $$ BEGIN CREATE ROLE lodger LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO lodger")
        with open_database(address.replace("postgres@", "lodger@")) as registry:
            assert registry.look_up([USCC]).histories[USCC].bans
            connection.execute("ALTER TABLE records ENABLE ROW LEVEL SECURITY")
            with registry._pool.connection() as kept:
                kept.execute("DISCARD ALL")
            with pytest.raises(RegistryError, match="row-level security"):
                registry.look_up([USCC])


def test_init_leaves_no_lock_with_a_server_that_is_lent_on(new_database: Callable[[], str]) -> None:
    address = new_database()
    with open_database(address) as registry:
        kept = psycopg.connect(address, autocommit=True)
        registry._connect = lambda: _open(kept)  # type: ignore[attr-defined]
        registry.init()
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    assert kept.execute(locks).fetchone() == (0,)
    kept.close()


@contextmanager
def _open(connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """`connection`, which stays open behind the pooler when a client has gone."""
    yield connection
