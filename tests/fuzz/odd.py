"""Applications and histories with something odd in them, as hypothesis makes and shrinks them."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from builders import OTHER_USCC, USCC
from fuzz.attempt import AS_OF, Attempt
from hypothesis import strategies as st
from strategies import applications, few_records, histories

SECRET = "Zq7Geheim"
RESIDENT = "999999199001010011"  # where somebody typed an identity number for a field's name
FORMATS = ("text", "json", "jsonl", "junit", "sarif", "github", "gitlab", "markdown", "html", "csv")
ODD = json.loads(Path(__file__).with_name("odd.json").read_text("utf-8"))
LONG = [text * times for text in ("a", "云", "ﷺ", "I", "\u0301") for times in (1000, 1999, 2000, 2001)]
TEXTS = (*ODD["texts"], *LONG, USCC, OTHER_USCC, USCC.lower())
KEYS = (*ODD["keys"], RESIDENT, "k" * 200, "k" * 201)
# Where a text is a name, which reports may show.
NAMED = ("name", "application_id", "shop_id", "subject_id", "id")

texts = st.sampled_from(TEXTS) | st.text(max_size=8)
numbers = st.sampled_from((0, 1, -1, 2**53, 10**400, -(10**20), 0.1, 1e308, -0.0))
plain = st.none() | st.booleans() | numbers | texts
trees = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
)


def _deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


values = trees | st.sampled_from((60, 61, 62, 63, 64, 65, 90)).map(_deep)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _paths(inner, (*path, key))


@st.composite
def edited(draw: st.DrawFn, base: st.SearchStrategy[Any]) -> Any:
    """A value of `base` with up to three places replaced, left out, doubled, or given a field that nobody knows."""
    value = copy.deepcopy(draw(base))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(list(_paths(value))))
        if not path:
            continue
        parent = value
        for part in path[:-1]:
            parent = parent[part]
        _edit(draw, parent, path[-1])
    return value


def _edit(draw: st.DrawFn, parent: Any, key: Any) -> None:
    match draw(st.sampled_from(("replace", "secret", "delete", "add", "rename", "double"))):
        case "secret" if key not in NAMED and not isinstance(parent[key], dict | list):
            parent[key] = SECRET
        case "delete":
            del parent[key]
        case "add" if isinstance(parent, dict):
            parent[draw(st.sampled_from(KEYS))] = draw(st.just(SECRET) | values)
        case "rename" if isinstance(parent, dict):
            parent[draw(st.sampled_from(KEYS)) if draw(st.booleans()) else f"{key}s"] = parent.pop(key)
        case "double" if isinstance(parent, list):
            parent *= draw(st.sampled_from((2, 3, 199, 201)))
        case _:
            parent[key] = draw(values)


def _text(value: Any, ascii_only: bool = True) -> bytes:
    return json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


def _lines(records: list[Any]) -> bytes:
    return b"".join(_text(record) + b"\n" for record in records)


odd_applications = edited(applications)
odd_records = st.lists(edited((histories | few_records).filter(len).map(lambda records: records[0])), max_size=3)
days = st.sampled_from((AS_OF, AS_OF, AS_OF, "2024-08-04", "2024-02-29", "0001-01-01", "9999-12-31"))


@st.composite
def files(draw: st.DrawFn) -> Attempt:
    """An odd application as a file, in one format or more."""
    one = _text(draw(odd_applications), draw(st.booleans()))
    registry = ("--registry", "records.jsonl") if draw(st.booleans()) else ()
    formats = draw(st.lists(st.sampled_from(FORMATS), max_size=3, unique=True))
    options = [word for name in formats for word in ("-o", f"{name}=report.{name}")]
    call = ("onboard-check", "one.json", *registry, "--as-of", draw(days), "-o", "json", *options)
    call += ("--lang", draw(st.sampled_from(("en", "zh"))))
    records = _lines(draw(histories)) if registry else b""
    return Attempt("odd application", (call,), {"one.json": one, "records.jsonl": records}, secrets=(SECRET, RESIDENT))


@st.composite
def together(draw: st.DrawFn) -> Attempt:
    """Some applications, odd and sound, judged in one run."""
    made = draw(st.lists(applications | odd_applications, min_size=2, max_size=4))
    given = {f"in/{n}.json": _text(value) for n, value in enumerate(made)}
    call = ("onboard-check", "in", "--registry", "records.jsonl", "-o", draw(st.sampled_from(FORMATS)))
    given["records.jsonl"] = _lines(draw(histories))
    return Attempt("joint run", (call, (*call, "--independent", "-q")), given, secrets=(SECRET, RESIDENT))


@st.composite
def plain_values(draw: st.DrawFn) -> Attempt:
    """What a program gives the library: values that no JSON has, too."""
    source = repr(draw(odd_applications))
    if draw(st.booleans()):
        source = source.replace(
            repr(draw(st.sampled_from(("enterprise", "云上", USCC, None)))), draw(st.sampled_from(ODD["python"])), 1
        )
    given = {"application.py": source.encode()}
    if draw(st.booleans()):
        given["history.py"] = repr(draw(histories | odd_records)).encode()
    return Attempt("library", (("library",),), given, secrets=(SECRET, RESIDENT))


@st.composite
def registries(draw: st.DrawFn) -> Attempt:
    """Records, sound and odd: the file, the database made of it and the export of that come to the same results."""
    records = [*draw(histories), *draw(odd_records)]
    draw(st.randoms(use_true_random=False)).shuffle(records)
    check = ("onboard-check", "one.json", "--as-of", AS_OF, "-o", "json", "--registry")
    calls = (
        (*check, "records.jsonl"),
        ("onboard", "registry", "import", "records.jsonl", "registry.db"),
        (*check, "registry.db"),
        ("onboard", "registry", "export", "registry.db", "again.jsonl"),
        (*check, "again.jsonl"),
        ("onboard", "registry", "show", USCC, "--registry", "registry.db", "-o", "json"),
        ("onboard", "registry", "admit", "one.json", "--registry", "registry.db", "-o", "json"),
        ("onboard", "registry", "audit", "--registry", "registry.db"),
        ("onboard", "registry", "export", "registry.db", "shops.csv"),
        ("onboard", "registry", "import", "shops.csv", "second.db"),
    )
    given = {"one.json": _text(draw(applications)), "records.jsonl": _lines(records)}
    return Attempt("registry", calls, given, alike=((0, 2), (0, 4)), secrets=(RESIDENT,))


STRATEGIES = (files(), together(), plain_values(), registries())
