"""An audit of the registry, too, is told in every format."""

from pathlib import Path

import pytest
from in_process import run_here

from onboarding.outputs import FORMATS


@pytest.fixture(scope="module")
def registry(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audit") / "registry.db"
    done = run_here("onboard", "registry", "import", samples / "registry.jsonl", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.mark.parametrize("output", FORMATS)
def test_audit_is_told_in_every_format(registry: Path, output: str) -> None:
    done = run_here("onboard", "registry", "audit", "--registry", registry, "--all", "-o", output)
    assert (done.returncode, done.stderr) == (1, "")
    assert "S-9" in done.stdout
