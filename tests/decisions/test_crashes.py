"""A program that is killed at any moment leaves a sound registry, with all that it said it had done."""

import os
import subprocess
import sys
from pathlib import Path

from onboarding.registry.sql import SqlRegistry

ROUNDS = 150  # in which some are done before they can be killed


def test_killed_in_the_middle_of_import_admit_and_close(registry: SqlRegistry, address: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "decisions.crasher", address, str(ROUNDS), "20261123"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 100
