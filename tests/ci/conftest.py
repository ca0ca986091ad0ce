"""Packages to install from, for the tests that install the program as others do."""

import os
import subprocess
import sys

import pytest
from builders import ROOT


@pytest.fixture(scope="session")
def from_wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What tells pip to install from a folder of what the list pins, fetched once and held to its hashes.

    Looking each package up takes most of the time of an installation.
    """
    folder = tmp_path_factory.mktemp("wheels")
    options = ["--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--dest", folder]
    fetched = subprocess.run(
        [sys.executable, "-I", "-m", "pip", "download", *options, "--requirement", ROOT / "action-requirements.txt"],
        env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
    )
    assert fetched.returncode == 0, fetched.stderr
    # What nobody imports need not be compiled.
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_NO_COMPILE": "1"}
