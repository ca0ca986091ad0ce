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
    with psycopg.connect(superuser, autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a registry that is not there yet. SQLite's is in memory, where there is such a folder."""
    if request.param == "postgres":
        yield request.getfixturevalue("new_database")()
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
