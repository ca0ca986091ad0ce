"""No number in this repository can be a real business's, whatever the name beside it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from builders import FUJIAN_USCC, ROOT
from pathspec import GitIgnoreSpec
from stdnum.iso7064 import mod_11_10

from onboarding.identity import license_number

# Longer runs of letters and digits (digests, hashes) are no numbers of businesses.
TOKEN = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Za-z]{18}|[0-9]{15})(?![0-9A-Za-z])")
NOWHERE = "999999"  # no region has this code


def test_every_sound_number_is_of_a_region_that_does_not_exist() -> None:
    real = {}
    for path in files():
        for number in TOKEN.findall(path.read_text(encoding="utf-8", errors="replace")):
            if not invented(number.upper()):
                real[number] = path
    assert real == {}


def test_what_looks_like_an_early_fujian_number_is_one_of_an_unassigned_county() -> None:
    assert license_number(FUJIAN_USCC) == "early_fujian"
    assert invented(FUJIAN_USCC)


def invented(code: str) -> bool:
    """Whether no business can have this number."""
    if len(code) == 15:  # from before 2015; a real one has a sound check digit, too (GS 15-2006)
        return code.startswith(NOWHERE) or not mod_11_10.is_valid(code)
    match license_number(code):
        case "uscc":
            return code[2:8] == NOWHERE
        case "early_fujian":
            return code[2:] == FUJIAN_USCC[2:]
    return True


def files() -> Iterator[Path]:
    """What git would keep, also where there is no git: the gate tests an archive."""
    ignored = GitIgnoreSpec.from_lines([".git", *(ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()])
    for parent, folders, names in os.walk(ROOT):
        inside = Path(parent).relative_to(ROOT)
        folders[:] = [name for name in folders if not ignored.match_file(f"{inside / name}/")]
        yield from (Path(parent, name) for name in names if not ignored.match_file(str(inside / name)))
