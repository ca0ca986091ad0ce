"""A person who is asked can leave."""

import io
import signal
from collections.abc import Iterator

import click
import pytest

from onboarding.cli.asking import ask_person


class CtrlC(io.StringIO):
    """A terminal on which Ctrl-C is pressed when it has shown a question, or when it waits for the answer."""

    def flush(self) -> None:
        signal.raise_signal(signal.SIGINT)

    def readline(self, size: int = -1) -> str:
        signal.raise_signal(signal.SIGINT)
        return super().readline(size)


@pytest.fixture(autouse=True)
def as_in_a_command() -> Iterator[None]:
    def interrupt(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_ctrl_c_that_comes_as_the_question_is_shown_leaves_the_next_one_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stderr", CtrlC())
    monkeypatch.setattr("sys.stdin", CtrlC("an answer\n"))
    with pytest.raises(click.Abort):
        ask_person("Why", "en", str)
    # While the command ends, no other is.
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def test_who_has_answered_is_as_easily_interrupted_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr("sys.stderr", io.StringIO())
    monkeypatch.setattr("sys.stdin", io.StringIO("an answer\n"))
    assert ask_person("Why", "en", str) == "an answer"
    assert signal.getsignal(signal.SIGINT) == before
