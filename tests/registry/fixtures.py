"""Registries to test with: each test that takes `address` runs on SQLite and on PostgreSQL."""

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from registry.pg_server import Server

from onboarding.registry import open_database
from onboarding.registry.sql import SqlRegistry

_names = count()


@pytest.fixture(scope="session")
def superuser() -> Iterator[str]:
    """The address of a PostgreSQL database whose role may make others; `TEST_PG_DSN` names another server."""
    given = os.environ.get("TEST_PG_DSN")
    if given:
        yield given
        return
    server = Server()
    yield server.superuser
    server.stop()


@pytest.fixture(scope="session")
def new_database(superuser: str) -> Iterator[Callable[[], str]]:
    """Makes databases, which are dropped at the end."""
    import psycopg  # which a run without the extra `postgres` lacks

    made: list[str] = []

    def make() -> str:
        name = f"onboard_{os.getpid()}_{next(_names)}"
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
        made.append(name)
        return _url(superuser, name)

    yield make
    if "TEST_PG_DSN" in os.environ:  # else they go with their server
        with psycopg.connect(superuser, autocommit=True) as connection:
            for name in made:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


# Whoever is still connected is of an earlier test. Where much is to be forgotten, its place is given back as well.
_EMPTY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$ DECLARE name regclass; BEGIN
  FOR name IN SELECT oid FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'schema_version'
  LOOP
    EXECUTE CASE WHEN pg_relation_size(name) > 100000 THEN 'TRUNCATE ' ELSE 'DELETE FROM ' END || name;
  END LOOP;
  FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' LOOP
    PERFORM setval(name, 1, false);
  END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def empty_postgres(new_database: Callable[[], str]) -> Iterator[Callable[[], str]]:
    """Empties a registry and gives its address: to make one each time would take longer than most of its tests."""
    import psycopg

    address = new_database()
    with open_database(address) as registry:
        registry.init()
    with psycopg.connect(address, autocommit=True) as connection:

        def empty() -> str:
            connection.execute(_EMPTY)
            connection.execute("UPDATE schema_version SET version = %s", (registry.schema_version,))
            return address

        yield empty


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a registry that is not there yet, or for `registry` and `desk` may be there and is empty.

    SQLite's is in memory, where there is such a folder.
    """
    if request.param == "postgres":
        made_anyway = {"registry", "desk"} & set(request.fixturenames)
        yield request.getfixturevalue("empty_postgres" if made_anyway else "new_database")()
        return
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield str(Path(folder) / "registry.db")


@pytest.fixture
def registry(address: str) -> Iterator[SqlRegistry]:
    """An empty registry."""
    with open_database(address) as opened:
        opened.init()
        yield opened


def _url(address: str, name: str) -> str:
    head, mark, options = address.partition("?")
    scheme, _, rest = head.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{name}{mark}{options}"
