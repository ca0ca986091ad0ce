"""A settings file: where it is, what may stand in it.

It is `[tool.onboard-check]` in `pyproject.toml`, or `onboard-check.toml`, in the working folder or the nearest one
above it, up to the top of the repository. The keys are the long names of the options, and `paths`; what names a file
is relative to the settings file. An error lists all that is wrong, with lines where they are known.
"""

import os
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from ..errors import InputError, Problem
from ..reading.validation import nearest
from ..rules.loading import shipped_rulesets

OWN_NAME, SHARED_NAME, TABLE = "onboard-check.toml", "pyproject.toml", "onboard-check"


def find_config(folder: Path) -> Path | None:
    """The settings file for work in `folder`: there or above, but not outside the repository that `folder` is in."""
    for place in (folder, *folder.parents):
        # Not `Path.is_file`, which fails in a folder that may not be looked into.
        there = [path for path in (place / OWN_NAME, place / SHARED_NAME) if os.path.isfile(path)]
        found = [path for path in there if _has_settings(path)]
        if len(found) > 1:
            hint = f"keep them in one of the two: `{OWN_NAME}` lies beside it"
            raise InputError(Problem("settings in two files", source=os.path.relpath(found[1]), hint=hint))
        if found:
            return Path(os.path.relpath(found[0]))
        if os.path.exists(place / ".git"):
            break
    return None


def read_config(path: Path, known: Mapping[str, click.Parameter]) -> dict[str, Any]:
    """The settings in the file at `path`, by parameter name; `known` are the parameters by key.

    What names a file comes back put right for the working folder. Raises InputError with every unknown key and
    every value of a wrong type.
    """
    table = _table(path)
    if table is None:
        raise InputError(Problem("no table `[tool.onboard-check]` in it", source=str(path)))
    text = _bytes(path).decode()
    problems: list[Problem] = []
    found: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            near = nearest(key, known)
            hint = f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"
            problems.append(Problem(f"unknown key `{key}`", line=_line(text, key), source=str(path), hint=hint))
        elif expected := _expected(value, known[key]):
            problems.append(Problem(f"`{key}` must be {expected}", line=_line(text, key), source=str(path)))
        else:
            found[known[key].name or key] = _placed(key, value, path.parent)
    if problems:
        raise InputError(*problems)
    return found


def _expected(value: Any, param: click.Parameter) -> str | None:
    """What the value of `param` must be, where `value` is no such thing."""
    if isinstance(param, click.Option) and param.is_flag:
        return None if isinstance(value, bool) else "true or false"
    if param.multiple or param.nargs == -1:
        fits = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
        return None if fits else "a list of strings"
    if isinstance(param.type, click.Choice):
        choices = list(param.type.choices)
        return None if value in choices else f"one of {', '.join(f'`{choice}`' for choice in choices)}"
    if param.name == "as_of" and isinstance(value, date) and not isinstance(value, datetime):
        return None
    return None if isinstance(value, str) and value else "a string that is not empty"


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
        case "as-of":
            return str(value)
    return value


def _has_settings(path: Path) -> bool:
    # Only a file that can hold our table is worth parsing.
    return path.name == OWN_NAME or (TABLE.encode() in _bytes(path) and _table(path) is not None)


def _table(path: Path) -> dict[str, Any] | None:
    """The settings in the file at `path`; None where a `pyproject.toml` has none."""
    # Most calls find no settings file and need no TOML.
    import tomllib

    try:
        content = tomllib.loads(_bytes(path).decode())
    except UnicodeDecodeError:
        raise InputError(Problem("not UTF-8", source=str(path))) from None
    except tomllib.TOMLDecodeError as error:
        words, _, place = str(error).partition(" (at ")
        at = re.match(r"line (\d+), column (\d+)", place)
        line, column = (int(at[1]), int(at[2])) if at else (_bytes(path).count(b"\n") + 1, None)
        said = f"not TOML: {words[:1].lower()}{words[1:]}"
        raise InputError(Problem(said, line=line, column=column, source=str(path))) from None
    if path.name != SHARED_NAME:
        return content
    tool = content.get("tool")
    table = tool.get(TABLE) if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(Problem((error.strerror or "unreadable").lower(), source=str(path))) from None


def _line(text: str, key: str) -> int | None:
    """The line on which `key` is likely set; the parser tells no places."""
    start = text.find("[tool.onboard-check]")
    if start < 0 and "[tool" in text:
        return None  # the table is there by another spelling
    match = re.compile(rf"""^[ \t]*["']?{re.escape(key)}["']?[ \t]*[=.]""", re.MULTILINE).search(text, max(start, 0))
    return text.count("\n", 0, match.end()) + 1 if match else None
