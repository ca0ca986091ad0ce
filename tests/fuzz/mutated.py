"""Files that differ from sound ones by some bytes; what reaches a message that none reached before is built upon."""

import json
import sqlite3
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from builders import ROOT, USCC
from fuzz.attempt import AS_OF, Attempt
from fuzz.odd import FORMATS, KEYS, TEXTS
from in_process import run_here
from tables import CASES

CHECK = ("onboard-check", "one.json", "--as-of", AS_OF, "-o", "json")
IMPORT = ("onboard", "registry", "import")
SETTINGS = b"""registry = "records.jsonl"
as-of = "2024-08-05"
paths = ["one.json"]
output-format = ["text", "json=report.json"]
lang = "zh"
color = "never"
exclude = ["drafts/"]
independent = true
"""
CSV = f"""shop_id,subject_id,subject_type,brands,trademark_nos,opened_on,closed_on,closed_for,application_id
S-1,{USCC},enterprise,云上;NIKE/耐克,12345678;,2022-01-01,,,A-1
S-2,{USCC},,"别;的",,2022-01-01,2024-02-05,voluntary_exit,
S-3,999999199001010011,individual,\\=1+1,,2022-01-01,,,
""".encode()
# By kind of input: the file that is mutated, and what is called on it.
CALLS: dict[str, tuple[str, tuple[tuple[str, ...], ...]]] = {
    "application": ("one.json", ((*CHECK, "--registry", "records.jsonl"), (*CHECK, "-o", "html=report.html"))),
    "records": (
        "records.jsonl",
        (
            (*CHECK, "--registry", "records.jsonl"),
            (*IMPORT, "records.jsonl", "registry.db"),
            (*CHECK, "--registry", "registry.db"),
            ("onboard", "registry", "audit", "--registry", "registry.db", "-o", "json"),
        ),
    ),
    "csv": ("shops.csv", ((*IMPORT, "shops.csv", "r.db"), ("onboard", "registry", "export", "r.db", "again.csv"))),
    "rule": (
        "rules/max-three-shops.json",
        (
            ("onboard", "rules", "lint", "rules"),
            (*CHECK, "--registry", "records.jsonl", "--ruleset", "rules"),
            ("onboard", "rules", "show", "max-three-shops", "--ruleset", "rules"),
            ("onboard", "rules", "export", "rules"),
        ),
    ),
    "ruleset": (
        "rules/ruleset.json",
        (
            ("onboard", "rules", "lint", "rules"),
            (*CHECK, "--ruleset", "rules"),
            ("onboard", "rules", "list", "--ruleset", "rules"),
        ),
    ),
    "case table": ("rules/cases/max-three-shops.json", (("onboard", "rules", "test", "rules"),)),
    "settings": ("onboard-check.toml", (("onboard-check",), ("onboard-check", "--show-config"))),
    "database": (
        "registry.db",
        (
            (*CHECK, "--registry", "registry.db"),
            ("onboard", "registry", "decisions", "--registry", "registry.db"),
            ("onboard", "registry", "export", "registry.db", "-"),
            ("onboard", "registry", "init", "--registry", "registry.db"),
        ),
    ),
}
_NEAR = [
    b"\xff",
    b"\x00",
    b"\xef\xbb\xbf",
    "，".encode(),
    "\ud800".encode("utf-8", "surrogatepass"),
    b"\\ud800",
    b"1e999",
]
_NEAR += [
    b"NaN",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
    b"\n",
    b"\r",
    b"\\",
    b"null",
    b"true",
    b"[[[[",
    b"\\u0000",
    b"#",
]
_WORDS = [
    *_NEAR,
    *(json.dumps(text).encode() for text in (*TEXTS, *KEYS)),
    *(str(n).encode() for n in (-1, 0, 2**63, 10**30)),
]


def seeds() -> dict[str, list[bytes]]:
    """Sound files by kind of input: the examples, the case tables, the rules shipped, and some of our own."""
    examples = [path.read_bytes() for path in sorted((ROOT / "examples").rglob("*.json"))]
    tables = [case for cases in CASES.values() for case in cases[:: max(1, len(cases) // 4)]]
    dumped = [json.dumps(a, ensure_ascii=False).encode() for case in tables for a in case["applications"]]
    records = [
        b"".join(json.dumps(r, ensure_ascii=False).encode() + b"\n" for r in case["registry"] or []) for case in tables
    ]
    rules = [path.read_bytes() for path in sorted((ROOT / "schemas").glob("*/*.json")) if path.stem != "ruleset"]
    return {
        "application": [*examples, *dumped],
        "records": [(ROOT / "examples/registry.jsonl").read_bytes(), *filter(None, records)],
        "csv": [CSV],
        "rule": rules,
        "ruleset": [path.read_bytes() for path in sorted((ROOT / "schemas").glob("*/ruleset.json"))],
        "case table": [json.dumps(cases[:2], ensure_ascii=False).encode() for cases in CASES.values()],
        "settings": [SETTINGS],
        "database": [_database()],
    }


def attempt(kind: str, data: bytes, random: Random) -> Attempt:
    """What is called on `data`, with the files that go with it."""
    name, calls = CALLS[kind]
    files = {"one.json": (ROOT / "examples/refused/six-months.json").read_bytes()}
    files["records.jsonl"] = (ROOT / "examples/registry.jsonl").read_bytes()
    if kind in ("rule", "ruleset", "case table"):
        folder = ROOT / "schemas/douyin"
        wanted = [folder / "ruleset.json", folder / "max-three-shops.json", folder / "permanent-ban.json"]
        files |= {f"rules/{path.name}": path.read_bytes() for path in wanted}
    if kind == "application":
        calls = ((*calls[0], "-o", f"{(format := random.choice(FORMATS))}=report.{format}"),)
    if kind == "database":
        del files["records.jsonl"]  # what a changed byte has made of the records there, nobody can say
    alike = ((0, 2),) if kind == "records" else ()
    return Attempt(f"mutated {kind}", calls, files | {name: data}, alike=alike)


def mutate(data: bytes, others: list[bytes], random: Random) -> bytes:
    """`data` with a few bytes flipped, cut, put in, doubled, or exchanged for those of another."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        at, to = sorted(random.randrange(len(data) + 1) for _ in range(2))
        to = min(to, at + random.choice((1, 4, 32, 1000)))
        match random.randrange(7):
            case 0 if at < len(data):
                data = data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[to:]
            case 2:
                data = data[:at] + random.choice(_WORDS) + data[at:]
            case 3:
                data = data[:to] + data[at:to] * random.choice((1, 2, 100)) + data[to:]
            case 4:
                other = random.choice(others)
                begin = random.randrange(len(other) + 1)
                data = data[:at] + other[begin : begin + random.choice((8, 64, 512))] + data[to:]
            case 5:
                data = data[:at] + random.choice(_WORDS) + data[to:]
            case _:
                data = _at_a_value(data, random)
    return data[: 1 << 20]


def _at_a_value(data: bytes, random: Random) -> bytes:
    """`data` with what stands between two quotes, or two commas, exchanged for another word."""
    mark = random.choice((b'"', b",", b":"))
    marks = [place for place, byte in enumerate(data) if byte == mark[0]]
    if len(marks) < 2:
        return data
    first = random.randrange(len(marks) - 1)
    word = random.choice(_WORDS)
    kept = word.strip(b'"') if mark == b'"' else word
    return data[: marks[first] + 1] + kept + data[marks[first + 1] :]


def _database() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "registry.db")
        run_here("onboard", "registry", "import", ROOT / "examples/registry.jsonl", path)
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        connection.close()
        return path.read_bytes()
