"""What all tests share: registries, what is left out where a program is missing, and the flag for golden files."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ("needs", "browsers", "registry.fixtures")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write golden files and generated schemas anew.")


@pytest.fixture
def same_as_file(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Asserts that a text is the content of a file; with `--update-golden`, makes it so."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.read_text(encoding="utf-8") == text, "see the diff; `pytest --update-golden` writes it anew"

    return compare
