"""Services to test with; see `calls`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from web.calls import Desk, Server

from onboarding.registry import open_database


@pytest.fixture
def desk(address: str, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Opens services on an empty registry, once for each kind of registry."""
    with open_database(address) as registry:
        registry.init()
    with ExitStack() as opened:

        def make(**settings: Any) -> Desk:
            made = Desk(address, tmp_path, **settings)
            opened.callback(made.app.state.service.registry.close)
            return made

        yield make


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Desk]:
    """A service on an empty SQLite registry."""
    with open_database(tmp_path / "registry.db") as registry:
        registry.init()
    made = Desk(str(tmp_path / "registry.db"), tmp_path)
    yield made
    made.app.state.service.registry.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers, which are ended after the test."""
    with ExitStack() as running:

        def start(*arguments: object, **options: Any) -> Server:
            made = Server(*arguments, cwd=tmp_path, **options)
            running.callback(made.close)
            return made

        yield start


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on an empty registry of its own, for all tests of a module that leave it as they found it."""
    server = Server("--registry", "registry.db", cwd=tmp_path_factory.mktemp("standing"))
    yield server
    server.close()
