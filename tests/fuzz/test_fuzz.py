"""Some seconds of the fuzzer: the gate runs it for a minute, `python tests/fuzz/run.py` as long as one likes."""

import json
from pathlib import Path

from builders import USCC
from fuzz import laws
from fuzz.attempt import Attempt
from fuzz.run import fuzz, summary

SECONDS = 4


def test_nothing_that_is_thrown_at_the_program_breaks_a_law(tmp_path: Path) -> None:
    session = fuzz(SECONDS, seed=1, keep=tmp_path)
    assert session.tried.total() > 0
    assert not session.faults, "\n".join(summary(session))


def test_what_a_registry_shows_of_a_record_is_no_echo() -> None:
    record = {"record": "ban", "subject_id": USCC, "on": "2023-05-01", "reason": "serious_violation", "x": "Geheim"}
    given = ("onboard", "registry", "import", "records.jsonl", "registry.db")
    show = ("onboard", "registry", "show", USCC, "--registry", "registry.db", "-o", "json")
    attempt = Attempt("registry", (given, show), {"records.jsonl": json.dumps(record).encode()}, secrets=("Geheim",))
    outcomes, broken = laws.tried(attempt)
    assert b"Geheim" in outcomes[1].out
    assert broken == []
