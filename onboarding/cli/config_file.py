"""A settings file: where it is, what may stand in it.

It is `[tool.onboard-check]` in `pyproject.toml`, or `onboard-check.toml`, in the working folder or the nearest one
above it, up to the top of the repository. The keys are the long names of the options, and `paths`; what names a file
is relative to the settings file. An error lists all that is wrong, with lines where they are known.
"""

import os
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import click

from ..errors import InputError, Problem
from ..files import os_problem, read_file
from ..messages import Text, listed, same, text
from ..reading.validation import did_you_mean
from ..rules.loading import shipped_rulesets

OWN_NAME, SHARED_NAME, TABLE = "onboard-check.toml", "pyproject.toml", "onboard-check"
MAX_BYTES, MAX_KEYS = 1 << 18, 100
MAX_DOTS = 100  # in a line: reading a key takes time as the square of its parts


def find_config(folder: Path) -> Path | None:
    """The settings file for work in `folder`: there or above, but not outside the repository that `folder` is in.

    Raises InputError where one that may hold settings cannot be read: what it asks for is not known.
    """
    for place in (folder, *folder.parents):
        # A link that leads nowhere is there, too. Not `Path.exists`, which fails in a folder that may not be entered.
        there = [path for path in (place / OWN_NAME, place / SHARED_NAME) if os.path.lexists(path)]
        found = [path for path in map(Path, map(os.path.relpath, there)) if _has_settings(path)]
        if len(found) > 1:
            hint = text("cli.settings-twice-hint", file=OWN_NAME)
            raise InputError(Problem(text("cli.settings-twice"), source=str(found[1]), hint=hint))
        if found:
            return found[0]
        if os.path.exists(place / ".git"):
            break
    return None


def read_table(path: Path) -> dict[str, Any] | None:
    """The settings in the file at `path`, as they stand there; None where a `pyproject.toml` has none.

    Raises InputError where it cannot be read or is not TOML.
    """
    return _table(path, _read(path))


def read_config(path: Path, known: Mapping[str, click.Parameter]) -> dict[str, Any]:
    """The settings in the file at `path`, by parameter name; `known` are the parameters by key.

    What names a file comes back put right for the working folder. Raises InputError with every unknown key and
    every value of a wrong type.
    """
    content = _read(path)
    table, source = _table(path, content), str(path)
    if table is None:
        hint = text("cli.no-table-hint", file=OWN_NAME)
        raise InputError(Problem(text("cli.no-table", table=f"[tool.{TABLE}]"), source=source, hint=hint))
    if len(table) > MAX_KEYS:
        raise InputError(Problem(text("cli.too-many-keys", most=MAX_KEYS), source=source))
    problems: list[Problem] = []
    found: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            hint = did_you_mean(key, known) or text("cli.known-keys", keys=listed(known))
            message = text("cli.unknown-key", name=key)
            problems.append(Problem(message, line=_line(content, key), source=source, hint=hint))
        elif expected := _expected(value, known[key]):
            message = text("cli.wrong-value", name=key, expected=expected)
            problems.append(Problem(message, line=_line(content, key), source=source))
        else:
            found[known[key].name or key] = _placed(key, value, path.parent)
    if problems:
        raise InputError(*problems)
    return found


def _expected(value: Any, param: click.Parameter) -> Text | None:
    """What the value of `param` must be, where `value` is no such thing."""
    if isinstance(param, click.Option) and param.is_flag:
        return None if isinstance(value, bool) else text("cli.true-or-false")
    if param.multiple or param.nargs == -1:
        fits = isinstance(value, list) and all(map(_is_word, value))
        return None if fits else text("cli.strings")
    if isinstance(param.type, click.Choice):
        choices = list(param.type.choices)
        return None if value in choices else text("cli.one-of", choices=listed(choices))
    if param.name == "as_of" and isinstance(value, date) and not isinstance(value, datetime):
        return None
    return None if _is_word(value) else text("cli.string")


def _is_word(value: Any) -> bool:
    # No file has a null character in its name, and no setting has a use for one.
    return isinstance(value, str) and value != "" and "\0" not in value


def _placed(key: str, value: Any, folder: Path) -> Any:
    """`value`, with what is relative to the settings file's folder made relative to the working folder."""

    def place(text: str) -> str:
        return text if os.path.isabs(text) else os.path.relpath(folder / text)

    match key:
        case "paths":
            return [item if item == "-" else place(item) for item in value]
        case "output-format":
            specs = [item.partition("=") for item in value]
            return [f"{name}={place(path)}" if path else name for name, _, path in specs]
        case "registry" if value.startswith("sqlite:///"):
            return "sqlite:///" + place(value.removeprefix("sqlite:///"))
        case "registry" if "://" not in value:
            return place(value)
        case "ruleset" if value not in shipped_rulesets():
            return place(value)
        case "baseline":
            return place(value)
        case "as-of":
            return str(value)
    return value


def _has_settings(path: Path) -> bool:
    # Only a file that can hold our table is worth parsing.
    return path.name == OWN_NAME or (TABLE.encode() in _bytes(path) and read_table(path) is not None)


def _table(path: Path, content: str) -> dict[str, Any] | None:
    for number, row in enumerate(content.splitlines(), start=1):
        if row.count(".") > MAX_DOTS:
            raise InputError(Problem(text("cli.too-many-dots", most=MAX_DOTS), line=number, source=str(path)))
    try:
        whole = _parsed(content)
    except RecursionError:
        raise InputError(Problem(text("cli.too-deep"), source=str(path))) from None
    except ValueError as error:  # TOMLDecodeError, and a number of thousands of digits
        words, _, place = str(error).partition(" (at ")
        at = re.match(r"line (\d+), column (\d+)", place)
        line, column = (int(at[1]), int(at[2])) if at else (content.count("\n") + 1, None)
        said = text("cli.not-toml", said=same(f"{words[:1].lower()}{words[1:]}"))
        other = _other_file(content.encode(), path)
        raise InputError(other or Problem(said, line=line, column=column, source=str(path))) from None
    if path.name != SHARED_NAME:
        return whole
    tool = whole.get("tool")
    table = tool.get(TABLE) if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


@lru_cache(maxsize=1)
def _parsed(content: str) -> dict[str, Any]:
    # Most calls find no settings file and need no TOML; the others read it twice, for the language comes first.
    import tomllib

    return tomllib.loads(content)


def _other_file(data: bytes, path: Path) -> Problem | None:
    # Only where something is wrong already.
    from ..reading.wrong_file import wrong_file

    return wrong_file(data, "settings", str(path))


def _read(path: Path) -> str:
    try:
        return _bytes(path).decode()
    except UnicodeDecodeError as error:
        if other := _other_file(error.object, path):
            raise InputError(other) from None
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(Problem(text("cli.not-utf-8"), line=line, source=str(path))) from None


def _bytes(path: Path) -> bytes:
    try:
        data = read_file(path, MAX_BYTES)
    except OSError as error:
        raise InputError(os_problem(error, str(path))) from None
    if len(data) > MAX_BYTES:
        raise InputError(Problem(text("cli.settings-too-large", most=MAX_BYTES), source=str(path)))
    return data


def _line(content: str, key: str) -> int | None:
    """The line on which `key` is likely set; the parser tells no places."""
    start = content.find(f"[tool.{TABLE}]")
    if start < 0 and "[tool" in content:
        return None  # the table is there by another spelling
    match = re.compile(rf"""^[ \t]*["']?{re.escape(key)}["']?[ \t]*[=.]""", re.MULTILINE).search(content, max(start, 0))
    return content.count("\n", 0, match.end()) + 1 if match else None
