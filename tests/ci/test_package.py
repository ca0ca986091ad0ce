"""What is released: built twice it is the same to the byte, its version is the changelog's, and it says where from."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from builders import ROOT

from onboarding import __version__

# What the package is built from.
SOURCES = ("onboarding", "schemas", "pyproject.toml", "README.md", "README.zh-CN.md", "LICENSE", "LICENSE-UNICODE")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def build(place: Path, kind: str, *, umask: int, age: int) -> bytes:
    """A wheel or an sdist of a copy of the sources, made by somebody with that umask, with files of that age."""
    tree = place / "tree"
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        tree.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, tree / name)
    for path in tree.rglob("*"):
        path.chmod((0o777 if path.is_dir() else 0o666) & ~umask)
        os.utime(path, (age, age))
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    call = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(place / "built")]
    done = subprocess.run(call, cwd=tree, env=environment, capture_output=True, text=True, umask=umask)
    assert done.returncode == 0, done.stderr
    (built,) = (place / "built").iterdir()
    return built.read_bytes()


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_built_twice_it_is_the_same_to_the_byte(kind: str, tmp_path: Path) -> None:
    first = build(tmp_path / "first", kind, umask=0o022, age=1_600_000_000)
    second = build(tmp_path / "a folder of another name", kind, umask=0o077, age=1_700_000_000)
    assert first == second


def test_the_wheel_says_whose_it_is_and_where_from(tmp_path: Path) -> None:
    build(tmp_path, "wheel", umask=0o022, age=1_600_000_000)
    (wheel,) = (tmp_path / "built").iterdir()
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = message_from_bytes(archive.read(name))
    assert (metadata["Name"], metadata["Version"]) == ("onboard-check", __version__)
    assert metadata["Author"] == "onboard-check maintainers"
    assert {url.partition(", ")[0] for url in metadata.get_all("Project-URL", [])} == set(PROJECT["urls"])
    assert len(metadata["Keywords"].split(",")) >= 5


def test_the_changelog_begins_with_the_version_that_is_to_be_tagged() -> None:
    heading = re.search(r"^## (\S+?),", (ROOT / "docs/changelog.md").read_text("utf-8"), re.MULTILINE)
    assert heading is not None
    assert heading[1] == __version__


HOW_TOS = ["pre-commit.md", "pre-commit.zh-CN.md", "github.md", "github.zh-CN.md"]


@pytest.mark.parametrize("document", HOW_TOS)
def test_every_revision_that_a_how_to_names_is_the_tag_of_this_version(document: str) -> None:
    text = (ROOT / "docs/how-to" / document).read_text("utf-8")
    named = re.findall(r"(?:rev: |onboard-check@)(\S+)", text)
    assert set(named) == {f"v{__version__}"}


@pytest.mark.parametrize("document", HOW_TOS[:2])
def test_the_how_to_names_the_address_of_the_package(document: str) -> None:
    assert f"- repo: {PROJECT['urls']['Source']}\n" in (ROOT / "docs/how-to" / document).read_text("utf-8")
