"""What all tests share: registries, what is left out where a program is missing, and the flag for golden files."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from hypothesis import settings

# The tests of these take longest. Whoever works on one of them last is waited for by all the others.
FIRST = (
    "screening/test_spark.py",
    "decisions/test_races.py",
    "ci/test_pre_commit.py",
    "ci/test_action.py",
    "decisions/test_crashes.py",
    "web/test_desk_in_a_browser.py",
    "web/test_openapi.py",
    "docs/test_docs.py",
)

# How long an example takes is no matter of what holds: a busy machine is no fault.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

pytest_plugins = ("needs", "browsers", "registry.fixtures")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write golden files and generated schemas anew.")


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One more than cores: while a test waits for a program that it started, another one takes its core."""
    return (yield) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    tests = config.rootpath / "tests"
    rank = {tests / name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: rank.get(item.path, len(FIRST)))


@pytest.fixture
def same_as_file(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Asserts that a text is the content of a file; with `--update-golden`, makes it so."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.read_text(encoding="utf-8") == text, "see the diff; `pytest --update-golden` writes it anew"

    return compare
