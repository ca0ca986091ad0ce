"""A bar appears on a terminal, for who has waited for a second, and nowhere else."""

import io
from itertools import count

import pytest

from onboarding.cli import progress
from onboarding.cli.progress import with_progress


class Terminal(io.StringIO):
    """Standard error, on a terminal or not."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock is half a second after the one before."""
    ticks = count()
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(ticks) / 2)


@pytest.mark.parametrize(
    ("items", "terminal", "shown", "total", "bar"),
    [
        (4096, True, True, 4096, True),
        (4096, False, True, 4096, False),
        (4096, True, False, 4096, False),
        (4096, True, True, 0, False),
        (500, True, True, 500, False),
    ],
    ids=["long work", "no terminal", "the terminal is full of output", "how much is not known", "short work"],
)
@pytest.mark.usefixtures("clock")
def test_a_bar(monkeypatch: pytest.MonkeyPatch, items: int, terminal: bool, shown: bool, total: int, bar: bool) -> None:
    screen = Terminal(terminal)
    monkeypatch.setattr(progress.sys, "stderr", screen)
    assert list(with_progress(range(items), total, "reading", shown=shown)) == list(range(items))
    assert ("reading" in screen.getvalue(), "100%" in screen.getvalue()) == (bar, bar)
