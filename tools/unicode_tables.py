"""Write `onboarding/unicode_data/` from Unicode's own tables.

python tools/unicode_tables.py FOLDER

FOLDER holds, of one version of Unicode: `EquivalentUnifiedIdeograph.txt`, `Unihan_Variants.txt` (both in Debian's
package `unicode-data`, the latter packed) and `confusables.txt` (of Unicode TS 39, under `Public/security/`).
"""

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

HOME = Path(__file__).parents[1] / "onboarding/unicode_data"
WIDTH = 112

HEAD = '''"""{about}

Written by `python tools/unicode_tables.py`; changes made here are lost.
From {source}, Unicode {version}.
© Unicode, Inc.; the terms are in `LICENSE-UNICODE`.
"""

'''
RADICALS = "CJK radicals and strokes, which PDF files put in place of the characters that look the same."
CONFUSABLES = """What people confuse: `target:sources`, parted by spaces; each source is one character.

`SIMPLIFIED` holds other writings of Chinese characters, traditional ones above all, `LATIN_AND_OTHERS` letters of all
scripts. Large, so imported only where names are compared by their looks."""


def main(folder: Path) -> None:
    equivalents = (folder / "EquivalentUnifiedIdeograph.txt").read_text("utf-8")
    variants = (folder / "Unihan_Variants.txt").read_text("utf-8")
    confusables = (folder / "confusables.txt").read_text("utf-8-sig")
    version = re.search(r"Ideograph-([\d.]+)\.txt", equivalents)
    assert version is not None
    assert f"# Version: {version[1]}" in confusables

    head = HEAD.format(about=RADICALS, source="`EquivalentUnifiedIdeograph.txt`", version=version[1])
    radicals = dict(_radicals(equivalents))
    _write("radicals.py", head, RADICALS=radicals)
    source = "`Unihan_Variants.txt` and `confusables.txt`"
    head = HEAD.format(about=CONFUSABLES, source=source, version=version[1])
    _write("confusables.py", head, SIMPLIFIED=_simplified(variants), LATIN_AND_OTHERS=dict(_confusables(confusables)))


def _radicals(text: str) -> Iterator[tuple[str, str]]:
    """Those that NFKC leaves as they are."""
    for first, last, target in re.findall(r"^(\w+)(?:\.\.(\w+))? *; *(\w+)", text, re.MULTILINE):
        for code in range(int(first, 16), int(last or first, 16) + 1):
            if unicodedata.normalize("NFKC", chr(code)) == chr(code):
                yield chr(code), chr(int(target, 16))


def _simplified(text: str) -> dict[str, str]:
    """Each character to one of those that it is another writing of, directly or by others.

    Simplified and traditional, variants of one shape, variants that are taken for each other, and those that Hong
    Kong's list of glyphs has for the same (裏 and 裡).
    """
    simplified: set[str] = set()
    classes: dict[str, set[str]] = {}
    line = r"^U\+(\w+)\tk(Simplified|Traditional|Z|Spoofing|Semantic)Variant\t(.*)$"
    for code, kind, targets in re.findall(line, text, re.MULTILINE):
        for target, sources in re.findall(r"U\+(\w+)(?:<(\S*))?", targets):
            if kind == "Semantic" and "kHKGlyph" not in sources:
                continue
            pair = chr(int(code, 16)), chr(int(target, 16))
            if kind in ("Simplified", "Traditional"):
                simplified.add(pair[kind == "Simplified"])
            together = classes.get(pair[0], {pair[0]}) | classes.get(pair[1], {pair[1]})
            classes.update(dict.fromkeys(together, together))
    chosen = {char: min(together, key=lambda c: (c not in simplified, c)) for char, together in classes.items()}
    return {char: target for char, target in sorted(chosen.items()) if char != target}


def _confusables(text: str) -> Iterator[tuple[str, str]]:
    """Letters and digits that stay what they are under NFKD, each to the letters and digits of its prototype.

    A prototype without any, such as an apostrophe, is that of a modifier (ʼ) or of little use (`/` for ノ).
    """
    for code, targets in re.findall(r"^(\w+) ;\t([\w ]+) ;\tMA", text, re.MULTILINE):
        char, target = chr(int(code, 16)), "".join(chr(int(part, 16)) for part in targets.split())
        bare = "".join(c for c in unicodedata.normalize("NFKD", target) if _kept(c))
        told = _kept(char) and unicodedata.normalize("NFKD", char) == char != bare
        if told and (bare or unicodedata.category(char) == "Lm"):
            yield char, bare


def _kept(char: str) -> bool:
    return unicodedata.category(char)[0] in "LN" or unicodedata.category(char) == "Mc"


def _write(name: str, head: str, **tables: dict[str, str]) -> None:
    text = head
    for table, mapping in tables.items():
        sources: dict[str, str] = defaultdict(str)
        for char, target in sorted(mapping.items()):
            sources[target] += char
        groups = " ".join(f"{target}:{chars}" for target, chars in sorted(sources.items()))
        text += f"{table} = (\n" + "".join(f'    "{part}"\n' for part in _parts(groups)) + ")\n"
    (HOME / name).write_text(text, encoding="utf-8")


def _parts(text: str) -> Iterator[str]:
    """`text` cut into pieces that fit on a line."""
    part, width = "", 0
    for char in text:
        wide = 1 + (unicodedata.east_asian_width(char) in "WF")
        if width + wide > WIDTH:
            yield part
            part, width = "", 0
        part, width = part + char, width + wide
    yield part


if __name__ == "__main__":
    main(Path(sys.argv[1]))
