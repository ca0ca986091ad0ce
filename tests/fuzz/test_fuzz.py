"""Some seconds of the fuzzer: the gate runs it for a minute, `python tests/fuzz/run.py` as long as one likes."""

from pathlib import Path

from fuzz.run import fuzz, summary

SECONDS = 10


def test_nothing_that_is_thrown_at_the_program_breaks_a_law(tmp_path: Path) -> None:
    session = fuzz(SECONDS, seed=1, keep=tmp_path)
    assert session.tried.total() > 0
    assert not session.faults, "\n".join(summary(session))
