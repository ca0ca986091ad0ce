"""The clients in the how-to ask a real service, and get what the page says."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import ROOT
from docs_blocks import alike, blocks, copy_of_root
from in_process import run_here as run
from web.calls import Desk, Server

PAGE = (ROOT / "docs/how-to/service.md").read_text("utf-8")
BLOCKS = blocks(PAGE)


def block_after(kind: str, word: str) -> tuple[str, str]:
    """The block of this kind that holds `word`, and what it is to print."""
    place = next(number for number, block in enumerate(BLOCKS) if block.kind == kind and word in block.text)
    return BLOCKS[place].text, BLOCKS[place + 1].text


@pytest.fixture
def asked(serve: Callable[..., Server], tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A copy of the repository to ask from, and where to ask."""
    copy = copy_of_root(tmp_path)
    assert run("onboard", "registry", "import", "examples/registry.jsonl", "registry.db", cwd=copy).returncode == 0
    made = run("onboard", "token", "create", "li.na", "--role", "staff", "--registry", "registry.db", cwd=copy)
    server = serve("--registry", copy / "registry.db")
    return copy, os.environ | {"URL": server.url, "TOKEN": made.stdout.strip(), "NO_PROXY": "*"}


@pytest.mark.needs("curl")
def test_the_calls_of_curl_print_what_the_page_says(asked: tuple[Path, dict[str, str]]) -> None:
    copy, environment = asked
    commands, says = block_after("text", "curl -s")
    done = subprocess.run(["bash", "-ec", commands], cwd=copy, env=environment, capture_output=True, text=True)
    assert alike(says, done.stdout), done.stdout + done.stderr


def test_the_client_prints_what_the_page_says(asked: tuple[Path, dict[str, str]]) -> None:
    copy, environment = asked
    program, says = block_after("python", "httpx")
    (copy / "client.py").write_text(program, "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "client.py"], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert alike(says, done.stdout), done.stdout + done.stderr


def test_the_client_is_typed(tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text(block_after("python", "httpx")[0], "utf-8")
    options = ("--strict", "--config-file", "", "--cache-dir", tmp_path / "cache")
    shown = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "client.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert shown.stdout.startswith("Success"), shown.stdout


def test_the_chinese_page_shows_the_same_calls_and_clients() -> None:
    chinese = blocks((ROOT / "docs/how-to/service.zh-CN.md").read_text("utf-8"))
    assert [(block.kind, block.text) for block in chinese] == [(block.kind, block.text) for block in BLOCKS]


def test_the_page_tells_of_every_call_and_every_option(service: Desk) -> None:
    chinese = (ROOT / "docs/how-to/service.zh-CN.md").read_text("utf-8")
    for path in service.anonymous.get("/openapi.json").json()["paths"]:
        for page in (PAGE, chinese):
            assert path in page or path.replace("/v1/subjects/{subject_id}", "…") in page, path
    options = set(re.findall(r"--[a-z-]+", run("onboard", "serve", "--help").stdout)) - {
        "--help",
        "--lang",
        "--traceback",
    }
    assert {option for option in options if option not in PAGE} <= {"--host", "--port"}
