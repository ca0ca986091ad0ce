"""The documents are true: what they say is run, what they show parses, where they point there is something."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from chinese import COMMANDS
from docs_blocks import DOCUMENTS, ROOT, blocks, commands, place_for, play
from needs import PROGRAMS

# Kinds of fenced block: run (`console`, `python`; `sh` by .ci/run), parsed (`json`, `jsonl`, `toml`), shown.
KINDS = {"console", "python", "sh", "json", "jsonl", "toml", "yaml", "text"}

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def _name(document: Path) -> str:
    return str(document.relative_to(ROOT))


documents = pytest.mark.parametrize("document", DOCUMENTS, ids=_name)


def _that_say_what_is_run() -> Iterator[Any]:
    """The documents with commands or programs, as parameters that say what their commands need."""
    for document in DOCUMENTS:
        found = blocks(document.read_text(encoding="utf-8"))
        if any(block.kind in ("console", "python") for block in found):
            calls = " ".join(call.shown for block in found if block.kind == "console" for call in commands(block.text))
            needed = sorted(set(PROGRAMS) & set(calls.split()))
            yield pytest.param(document, marks=pytest.mark.needs(*needed), id=_name(document))


@pytest.mark.parametrize("document", list(_that_say_what_is_run()))
def test_what_a_document_says_is_what_happens(document: Path, tmp_path: Path) -> None:
    text = document.read_text(encoding="utf-8")
    ran = list(play(text, place_for(text, tmp_path)))
    faults = [f"line {one.block.line}:\n{one.said}\nbut:\n{one.fault}" for one in ran if one.fault]
    assert not faults, "\n\n".join(faults)


@documents
def test_every_block_is_of_a_kind_that_is_run_parsed_or_plain(document: Path) -> None:
    for block in blocks(document.read_text(encoding="utf-8")):
        assert block.kind in KINDS, f"line {block.line}: `{block.kind}`"
        assert block.kind != "sh" or document.name.startswith("README"), f"line {block.line}: nobody runs this `sh`"
        if block.kind == "json":
            json.loads(block.text)
        elif block.kind == "jsonl":
            [json.loads(line) for line in block.text.splitlines()]
        elif block.kind == "toml":
            tomllib.loads(block.text)


@documents
def test_every_call_that_is_only_shown_is_one_that_there_is(document: Path) -> None:
    """In a sentence, or in a block that is not run: its command and its options."""
    text = document.read_text(encoding="utf-8")
    shown = [block.text.replace("\\\n", " ") for block in blocks(text) if block.kind == "text"]
    calls = re.findall(r"`(onboard(?:-check)? [^`]+)`", _without_blocks(document))
    calls += [line for block in shown for line in block.splitlines() if re.match(r"onboard(-check)? ", line)]
    assert [call for call in calls if not _there_is(call.split("&&")[0])] == []


def _there_is(call: str) -> bool:
    program, *words = re.split(r"[\s=]+", call)
    path: tuple[str, ...] = () if program == "onboard" else ("check",)
    while words and (*path, words[0]) in COMMANDS:
        path = (*path, words.pop(0))
    command = COMMANDS[path]
    # Behind a group comes one of its commands; in its place docs may write `…` for any of them.
    if isinstance(command, click.Group) and words and re.match("[a-z]", words[0]):
        return False
    options = {name for param in command.params for name in param.opts} | {"--help", "--version"}
    return {word for word in words if word.startswith("--")} <= options


@documents
def test_every_block_stands_at_the_margin_and_ends(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert len(re.findall(r"^ *```", text, re.MULTILINE)) == 2 * len(blocks(text))


@documents
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    for link in _LINK.finditer(_without_blocks(document)):
        target, _, anchor = (link[1] or link[2]).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        place = (document.parent / target).resolve() if target else document
        assert place.exists(), link[0]
        assert place.is_relative_to(ROOT), link[0]
        if anchor:
            assert anchor in _anchors(place), link[0]


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, pending = set(), [ROOT / "README.md"]
    while pending:
        document = pending.pop()
        if document in reached or document.suffix != ".md":
            continue
        reached.add(document)
        for link in _LINK.finditer(_without_blocks(document)):
            target = (link[1] or link[2]).partition("#")[0]
            if target and not re.match(r"[a-z]+:", target):
                pending.append((document.parent / target).resolve())
    assert set(DOCUMENTS) <= reached


def test_every_place_on_the_map_exists() -> None:
    named = re.findall(r"`([\w./-]+(?:/|\.\w+))`", _without_blocks(ROOT / "docs/explanation/map.md"))
    assert len(named) >= 20
    assert [name for name in named if not any((home / name).exists() for home in (ROOT, ROOT / "onboarding"))] == []


def test_both_readmes_begin_with_the_same_two_commands() -> None:
    english, chinese = (
        [block.text for block in blocks((ROOT / name).read_text(encoding="utf-8")) if block.kind == "sh"]
        for name in ("README.md", "README.zh-CN.md")
    )
    assert len(english) == 2
    assert english == chinese


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readmes_name_every_program_that_tests_may_want(name: str) -> None:
    said = next(line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if "`zsh`" in line)
    assert set(re.findall(r"`(\w+)`", said)) == set(PROGRAMS)


def test_the_generated_reference_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools/generate_docs.py", "--check"], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_example_is_in_the_table_of_examples() -> None:
    table = (ROOT / "examples/README.md").read_text(encoding="utf-8")
    paths = [path for path in (ROOT / "examples").rglob("*.*") if path.is_file()]
    files = {path.relative_to(ROOT / "examples").as_posix() for path in paths}
    named = set(re.findall(r"\]\(([\w./-]+)\)", table))
    assert {name for name in files if not name.startswith(("README", "form.out"))} <= named


def _without_blocks(document: Path) -> str:
    return re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _without_blocks(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
