"""From a folder of rule files to a Ruleset that may judge. The only module above the edges that reads the disk."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import Problem, RulesetError
from ..reading import json_text
from ..reading.validation import nearest
from .rule import MANIFEST, Rule, Ruleset
from .validator import compile_schema

DEFAULT = "douyin"


@cache
def schemas_folder() -> Path:
    """Where the shipped schemas are: inside the installed package, or at the top of a source tree."""
    here = Path(__file__).parents[1]
    return next(folder for folder in (here / "schemas", here.parent / "schemas") if folder.is_dir())


def shipped_rulesets() -> list[str]:
    """The names of the rulesets that come with the package."""
    return list(_shipped_names())


@cache
def _shipped_names() -> tuple[str, ...]:
    # Every call of the library asks; what is installed stays as it is.
    return tuple(sorted(path.parent.name for path in schemas_folder().glob("*/ruleset.json")))


def ruleset_folder(name_or_folder: str | Path) -> Path:
    """The folder of a shipped ruleset by its name, or else the folder given; raises RulesetError without one."""
    name = str(name_or_folder)
    if name in shipped_rulesets():
        return schemas_folder() / name
    folder = Path(name_or_folder)
    if folder.is_dir():
        return folder
    near = nearest(name, shipped_rulesets())
    hint = f"did you mean `{near}`?" if near else f"shipped: {', '.join(shipped_rulesets())}; or give a folder"
    raise RulesetError(Problem(f"no ruleset and no folder `{name}`", hint=hint))


def read_files(folder: Path) -> dict[str, bytes]:
    """The JSON files right in `folder`, by name; raises RulesetError where one cannot be read."""
    try:
        return {path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))}
    except OSError as error:
        raise RulesetError(Problem((error.strerror or "unreadable").lower(), source=str(error.filename))) from None


def load_ruleset(name_or_folder: str | Path = DEFAULT) -> Ruleset:
    """The ruleset of that name (`douyin`), or in that folder.

    Raises RulesetError, with every problem, where the lint finds one: such a ruleset judges nothing. The
    rulesets that come with the package are linted by its tests and compiled once a process; see `lint_shipped`.
    """
    folder = ruleset_folder(name_or_folder)
    return _shipped(folder) if folder.parent == schemas_folder() else _build(folder, read_files(folder))


def lint_shipped(ruleset: Ruleset) -> None:
    """Raise RulesetError where `ruleset` is a shipped one that fails its lint: somebody has edited the installed file.

    A check does without, for the time that it takes. Who admits asks; one process asks once.
    """
    _lint_shipped(ruleset.id, ruleset.digest)


@cache
def _lint_shipped(name: str, digest: str) -> None:
    folder = schemas_folder() / name
    if name in shipped_rulesets() and _shipped(folder).digest == digest:
        _lint(folder, read_files(folder))


@cache
def _shipped(folder: Path) -> Ruleset:
    return _ruleset({name: json_text.parse(data) for name, data in read_files(folder).items()})


def _build(folder: Path, files: dict[str, bytes]) -> Ruleset:
    _lint(folder, files)
    return _ruleset({name: json_text.parse(data) for name, data in files.items()})


def _lint(folder: Path, files: dict[str, bytes]) -> None:
    # The shipped rulesets, which most runs judge by, need none of it.
    from .lint.lint import lint

    if problems := lint(files, schemas_folder(), str(folder)):
        raise RulesetError(*problems)


def _ruleset(files: dict[str, Any]) -> Ruleset:
    about = files.pop(MANIFEST)
    several = Counter(name.split(".")[0] for name in files)
    rules = [make_rule(name, schema, several[name.split(".")[0]] > 1) for name, schema in files.items()]
    rules.sort(key=lambda rule: (rule.level != "required", rule.clause, rule.id, rule.effective_from or date.min))
    # Of the content, not the bytes: how a file is spaced or its lines end changes no verdict.
    content = json.dumps({MANIFEST: about, **files}, sort_keys=True, ensure_ascii=False)
    return Ruleset(about["id"], "sha256:" + hashlib.sha256(content.encode()).hexdigest(), about["title"], tuple(rules))


def make_rule(name: str, schema: dict[str, Any], one_of_several: bool) -> Rule:
    """The rule in the file `name`, whose sound content is `schema`; `one_of_several` editions, or the only one."""
    terms = schema["x-rule"]
    return Rule(
        id=name.split(".")[0],
        level=terms["level"],
        clause=terms["clause"],
        title=terms["title"],
        remedy=terms["remedy"],
        effective_from=_day(terms.get("effective_from")),
        effective_until=_day(terms.get("effective_until")),
        schema=schema,
        validate=compile_schema(schema),
        numbers=frozenset(_numbers(schema)),
        edition=name.removesuffix(".json") if one_of_several else None,
    )


def _numbers(schema: dict[str, Any]) -> Iterator[int]:
    pending: list[Any] = [schema]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list):
            pending += value
        elif isinstance(value, int) and not isinstance(value, bool):
            yield value


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def cases_folder(folder: Path) -> Path:
    """Where the case tables of the ruleset in `folder` are: `cases` in its `ruleset.json`, else `cases/`."""
    about: dict[str, Any] = json_text.parse(read_files(folder)[MANIFEST])
    return folder / str(about.get("cases", "cases"))
