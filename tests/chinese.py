"""All Chinese that is ours, with where it stands: the catalogue, the rules, what the schemas say, the pages for people."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from builders import ROOT

CHINESE = re.compile("[\u4e00-\u9fff]")


class Words(NamedTuple):
    """A text in both languages; English is empty where there is none beside it."""

    place: str
    en: str
    zh: str


def catalogue_words() -> Iterator[Words]:
    """What the program says, not filled in."""
    for path in sorted((ROOT / "onboarding/messages").glob("*.json")):
        for key, words in json.loads(path.read_text("utf-8")).items():
            english = words.get("en", "")
            yield Words(f"{path.stem}.{key}", english["other"] if isinstance(english, dict) else english, words["zh"])


def rule_words() -> Iterator[Words]:
    """What rules, facts and fields say to sellers."""
    for path in sorted([*(ROOT / "schemas").glob("*/*.json"), ROOT / "schemas/facts.json"]):
        yield from _both(json.loads(path.read_text("utf-8")), str(path.relative_to(ROOT)))


def model_words() -> Iterator[Words]:
    """What is written beside the fields of models, and goes into the schemas that we publish."""
    for path in sorted((ROOT / "onboarding").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                english, _, chinese = node.value.value.partition("\n\n")
                if chinese and CHINESE.match(chinese.strip()) and "\n" not in chinese.strip():
                    yield Words(f"{path.relative_to(ROOT)}:{node.lineno}", english, chinese.strip())


def page_words() -> Iterator[Words]:
    """The lines of pages that are written in Chinese."""
    for path in sorted([*ROOT.glob("*.zh-CN.md"), *(ROOT / "docs").rglob("*.zh-CN.md")]):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if CHINESE.search(line):
                yield Words(f"{path.relative_to(ROOT)}:{number}", "", line)


def _both(value: Any, place: str) -> Iterator[Words]:
    if isinstance(value, dict) and isinstance(value.get("zh"), str):
        yield Words(place, value["en"], value["zh"])
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _both(inner, place)
