"""From a folder of rule files to a Ruleset that may judge. The only module above the edges that reads the disk."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from stat import S_ISREG
from typing import Any

from ..errors import Problem, RulesetError
from ..facts.builtin import built_in
from ..facts.fact import Fact
from ..facts.verbs import make_facts
from ..files import beginning, os_problem
from ..identity import normal_text
from ..messages import listed, text
from ..reading import json_text
from ..reading.encoding import MAX_BYTES
from ..reading.own_fields import NO_FIELDS, OwnFields, read_fields
from ..reading.validation import did_you_mean
from ..subject_number import SubjectNumber
from .rule import Rule
from .ruleset import FACTS_FILE, FIELDS_FILE, MANIFEST, Ruleset
from .subschemas import fact_name, paths_read
from .validator import compile_schema

DEFAULT = "douyin"
ENDING = ".json"
MOST_FILES = 1000
MOST_BYTES = 16 << 20  # of all files of a folder together


@cache
def schemas_folder() -> Path:
    """Where the shipped schemas are: inside the installed package, or at the top of a source tree."""
    here = Path(__file__).parents[1]
    return next(folder for folder in (here / "schemas", here.parent / "schemas") if folder.is_dir())


@cache
def published_schema(name: str) -> dict[str, Any]:
    """The schema that is published under `name`: `application`, `registry-record`, `report`."""
    schema: dict[str, Any] = json_text.parse(_bytes(schemas_folder() / f"{name}.schema.json", schemas_folder()))
    return schema


def shipped_rulesets() -> list[str]:
    """The names of the rulesets that come with the package."""
    return list(_shipped_names())


@cache
def _shipped_names() -> tuple[str, ...]:
    # Every call of the library asks; what is installed stays as it is.
    return tuple(sorted(folder.name for folder in schemas_folder().iterdir() if (folder / MANIFEST).is_file()))


def ruleset_folder(name_or_folder: str | Path) -> Path:
    """The folder of a shipped ruleset by its name, or else the folder given; raises RulesetError without one."""
    name = str(name_or_folder)
    if name in shipped_rulesets():
        return schemas_folder() / name
    folder = Path(name_or_folder)
    if folder.is_dir():
        return folder
    # Only where something is wrong already.
    from ..reading.wrong_file import wrong_file

    if other := wrong_file(beginning(folder, MAX_BYTES), "ruleset", name):
        raise RulesetError(other)
    hint = did_you_mean(name, shipped_rulesets()) or text("rules.shipped", names=listed(shipped_rulesets()))
    raise RulesetError(Problem(text("rules.no-ruleset", name=name), hint=hint))


def json_files(folder: Path) -> list[Path]:
    """The JSON files right in `folder`, by name; none where there is no such folder. Raises OSError.

    So are those whose ending is only spelt otherwise: to whoever put them there, they are.
    """
    # Not by `glob`, which takes several times as long.
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if _ends_well(path) or normal_text(path.name).lower().endswith(ENDING))


def _ends_well(path: Path) -> bool:
    return path.name.endswith(ENDING)


def read_files(folder: Path) -> dict[str, bytes]:
    """The JSON files right in `folder`, by name: regular files, at most 1000 and 16 MiB together.

    Raises RulesetError where one cannot be read, or is none of the folder's own.
    """
    files: dict[str, bytes] = {}
    try:
        paths = json_files(folder)
        if len(paths) > MOST_FILES:
            raise RulesetError(Problem(text("rules.too-many-files", most=MOST_FILES), source=str(folder)))
        left = MOST_BYTES
        for path in paths:
            # Left out unsaid, a rule would refuse nobody.
            if not _ends_well(path):
                hint = text("rules.other-ending-hint", ending=ENDING)
                raise RulesetError(Problem(text("rules.other-ending"), source=str(path), hint=hint))
            files[path.name] = _bytes(path, folder)
            left -= len(files[path.name])
            if left < 0:
                raise RulesetError(Problem(text("rules.too-many-bytes", most=MOST_BYTES >> 20), source=str(folder)))
    except OSError as error:
        raise RulesetError(os_problem(error)) from None
    return files


def _bytes(path: Path, folder: Path) -> bytes:
    # Asked before opening: a named pipe would keep us waiting for ever.
    if not S_ISREG(path.stat().st_mode):
        raise RulesetError(Problem(text("rules.not-a-file"), source=str(path)))
    # What is no link is where it is.
    if path.is_symlink() and not _within(path, folder):
        raise RulesetError(Problem(text("rules.link-leads-out"), source=str(path)))
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _within(path: Path, folder: Path) -> bool:
    """Whether `path`, its links followed, is in `folder`."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except RuntimeError:  # links in a circle
        return False


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


def compile_ruleset(files: dict[str, bytes]) -> Ruleset:
    """The ruleset of `files`, as `read_files` gave them to whoever linted them."""
    return _ruleset({name: json_text.parse(data) for name, data in files.items()})


@cache
def _shipped(folder: Path) -> Ruleset:
    return compile_ruleset(read_files(folder))


def _build(folder: Path, files: dict[str, bytes]) -> Ruleset:
    _lint(folder, files)
    return compile_ruleset(files)


def _lint(folder: Path, files: dict[str, bytes]) -> None:
    # The shipped rulesets, which most runs judge by, need none of it.
    from .lint.lint import lint

    if problems := lint(files, schemas_folder(), str(folder)):
        raise RulesetError(*problems)


def _ruleset(files: dict[str, Any]) -> Ruleset:
    about, counted, fields = files.pop(MANIFEST), files.pop(FACTS_FILE, {}), files.pop(FIELDS_FILE, {})
    shared, of_all = _shared_facts()
    facts, own = {**built_in(), **of_all, **make_facts(counted)}, read_fields(fields)
    several = Counter(name.split(".")[0] for name in files)
    rules = [make_rule(name, schema, facts, several[name.split(".")[0]] > 1, own) for name, schema in files.items()]
    rules.sort(key=lambda rule: (rule.level != "required", rule.clause, rule.id, rule.effective_from or date.min))
    whole = {MANIFEST: about, FACTS_FILE: {**shared, **counted}, **({FIELDS_FILE: fields} if fields else {}), **files}
    marks = about.get("marks", {})
    number = SubjectNumber(**about.get("subject_number", {}))
    return Ruleset(about["id"], whole, about["title"], tuple(rules), about["clauses"], facts, marks, own, number)


@cache
def _shared_facts() -> tuple[dict[str, Any], dict[str, Fact]]:
    """What `facts.json` beside the shipped rulesets says, and the facts that it declares."""
    content: dict[str, Any] = json_text.parse(_bytes(schemas_folder() / FACTS_FILE, schemas_folder()))
    return content, make_facts(content)


def make_rule(
    name: str, schema: dict[str, Any], facts: Mapping[str, Fact], one_of_several: bool, own: OwnFields = NO_FIELDS
) -> Rule:
    """The rule in the file `name`, whose sound content is `schema`; `one_of_several` editions, or the only one.

    Of `facts`, those that are declared, it keeps those that it reads; `own` are the fields of its ruleset.
    """
    terms, paths = schema["x-rule"], paths_read(schema)
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
        paths=paths,
        facts={read: facts[read] for read in map(fact_name, paths) if read in facts},
        own_fields=own,
        edition=name.removesuffix(".json") if one_of_several else None,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def cases_folder(folder: Path) -> Path:
    """Where the case tables of the ruleset in `folder` are: `cases` in its `ruleset.json`, else `cases/`.

    Raises RulesetError where that is not in `folder`.
    """
    about: dict[str, Any] = json_text.parse(read_files(folder)[MANIFEST])
    cases = folder / str(about.get("cases", "cases"))
    if not _within(cases, folder):
        raise RulesetError(Problem(text("rules.link-leads-out"), source=str(cases)))
    return cases
