"""Where in its file something stands that is named by a JSON pointer, or by the name of its case."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..reading import json_text
from ..reading.encoding import decode
from ..reading.json_places import Positions

At = tuple[Path, str]


def places(wanted: Iterable[At]) -> dict[At, str]:
    """`file:line:column` of each file and pointer; each file is read once."""
    by_file: dict[Path, set[str]] = defaultdict(set)
    for file, pointer in wanted:
        by_file[file].add(pointer)
    found: dict[At, str] = {}
    for file, pointers in by_file.items():
        positions = Positions(decode(file.read_bytes()), pointers)
        for pointer in pointers:
            line, column = positions.place(pointer)
            found[file, pointer] = f"{file}:{line}:{column}"
    return found


def pointers_of_cases(table: Path) -> dict[str, str]:
    """The pointer of each case in `table`, by its name."""
    content: Any = json_text.parse(table.read_bytes())
    cases = enumerate(content) if isinstance(content, list) else [("", content)]
    return {case["case"]: f"/{index}" if index != "" else "" for index, case in cases}
