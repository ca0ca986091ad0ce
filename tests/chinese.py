"""All Chinese that is ours, with where it stands, and what in a text is no Chinese."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any, NamedTuple, get_args

import click
from builders import ROOT

from onboarding import models
from onboarding.cli.main import whole_group
from onboarding.outputs import FORMATS
from onboarding.report import Level, Status
from onboarding.rules.loading import load_ruleset, shipped_rulesets

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


@cache
def model_words() -> tuple[Words, ...]:
    """What is written beside the fields of models, and goes into the schemas that we publish."""
    return tuple(_model_words())


def _model_words() -> Iterator[Words]:
    for path in sorted((ROOT / "onboarding").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                english, _, chinese = node.value.value.partition("\n\n")
                if chinese and CHINESE.match(chinese.strip()) and "\n" not in chinese.strip():
                    yield Words(f"{path.relative_to(ROOT)}:{node.lineno}", english, chinese.strip())


def page_words() -> Iterator[Words]:
    """The lines of pages that are written in Chinese."""
    for path in sorted([*ROOT.glob("*.zh-CN.md"), *(ROOT / "docs").rglob("*.zh-CN.md")]):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if CHINESE.search(line):
                yield Words(f"{path.relative_to(ROOT)}:{number}", "", line)


def commands(command: click.Command, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], click.Command]:
    under = command.commands if isinstance(command, click.Group) else {}
    below = [commands(one, (*path, name)) for name, one in under.items()]
    return {path: command} | {name: one for found in below for name, one in found.items()}


COMMANDS = commands(whole_group())
PARAMS = [param for command in COMMANDS.values() for param in command.params]
RULESETS = [load_ruleset(name) for name in shipped_rulesets()]
MODELS = [model for model in vars(models).values() if hasattr(model, "__dataclass_fields__")]


def _names() -> Iterator[str]:
    """The names that people type or find in files."""
    yield from ("onboard", "onboard-check", *(name for path in COMMANDS for name in path))
    yield from (max(param.opts, key=len).removeprefix("--") for param in PARAMS)
    yield from (value for param in PARAMS if isinstance(param.type, click.Choice) for value in param.type.choices)
    yield from FORMATS
    yield from (field.name for model in MODELS for field in fields(model))
    for kind in (models.SubjectType, models.EvidenceType, models.ClosedFor, models.ViolationKind, Level, Status):
        yield from get_args(kind)
    for ruleset in RULESETS:
        yield from (ruleset.id, *ruleset.clauses, *ruleset.marks)
        yield from (part for name in ruleset.facts for part in name.split("."))
        yield from (str(path[-1]) for path in ruleset.own_fields.application)
        yield from (value for own in ruleset.own_fields.application.values() for value in own.field.values or ())
        yield from (edition for rule in ruleset.rules for edition in (rule.id, rule.edition) if edition)
    kept: dict[str, list[str]] = json.loads((ROOT / "tests/messages/latin_words.json").read_text("utf-8"))
    yield from (word for words in kept.values() for word in words)


NAMES = {part for name in _names() for part in (name, name.removeprefix("brands[].").removesuffix("[]"))}
# What is quoted, and what can be told from words by its form: addresses, options, variables, pointers, files, stdnum's
# schemes; a command to be typed, which ends its line.
SET_APART = re.compile(
    r"`[^`]*`|“[^”]*”|\"[^\"]*\"|'[^']*'|\{\w*\}|\S+://[^\s，。）]*|--[a-z-]+|-[a-z]\b|\$?\bONBOARD_\w+|X-[\w-]+|"
    r"(?<![0-9A-Za-z])[0-9A-Z]{18}(?![0-9A-Za-z])|"
    r"(?<![\w-])[\w./~*-]*\.[a-z][a-z0-9]+\b|(?:/[\w\[\]$-]+)+/?|\bonboard(?:-check)? .*$|eval .*$",
    re.MULTILINE,
)


def english(text: str) -> list[str]:
    """The words of `text` that are neither Chinese nor a name."""
    words = re.findall(r"[A-Za-z][\w-]*[A-Za-z]", SET_APART.sub(" ", text), re.ASCII)
    return [word for word in words if word not in NAMES]


def _both(value: Any, place: str) -> Iterator[Words]:
    if isinstance(value, dict) and isinstance(value.get("zh"), str):
        yield Words(place, value["en"], value["zh"])
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _both(inner, place)
