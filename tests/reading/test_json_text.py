"""JSON as RFC 8259 has it: what is not is refused with a place and no traceback, what is is read.

The inputs are our own, in the spirit of the public JSON parsing test suites: `NO` must be refused, `YES` must
be read, and what RFC 8259 leaves open (`EITHER` there, written `i_`) has its answer here, too.
"""

import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from builders import DAY, application, run
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding import InputError, Problem, check
from onboarding.cli.check import check_command
from onboarding.models import Application
from onboarding.pointers import walk
from onboarding.reading.documents import Document
from onboarding.reading.encoding import MAX_BYTES, MAX_DEPTH
from onboarding.reading.json_places import Positions
from onboarding.reading.json_text import parse
from onboarding.reading.validation import build

BATCH = settings(max_examples=600, derandomize=True, deadline=None, database=None)


def _no() -> dict[str, bytes]:
    """Texts that are not JSON, by what is wrong with them."""
    texts: dict[str, str] = {
        "nothing": "",
        "a space": " ",
        "a newline": "\n",
        "a comma": ",",
        "a colon": ":",
        "a minus": "-",
        "a plus": "+",
        "a point": ".",
        "a backslash": "\\",
        "a quote": '"',
        "an apostrophe": "'",
        "a word": "word",
        "an open list": "[",
        "an open object": "{",
        "a closed list": "]",
        "a closed object": "}",
        "list closed as object": "[1}",
        "object closed as list": '{"a":1]',
        "two closings": "[1]]",
        "two object closings": '{"a":1}}',
        "two values": "1 2",
        "two lists": "[][]",
        "two objects": "{}{}",
        "value and comma": "[],",
        "value and word": "{} x",
        "value and comment": "{} // x",
        "line comment first": "// x\n{}",
        "block comment": '{"a":/* x */1}',
        "hash comment": "# x\n{}",
        "markup": "<a/>",
        "YAML": "a: 1",
        "JSON with a semicolon": "{};",
        "a call": 'callback({"a":1})',
    }
    for what, inner in {
        "trailing comma": "1,",
        "two commas": "1,,2",
        "leading comma": ",1",
        "comma alone": ",",
        "missing comma": "1 2",
        "colon": "1:2",
        "semicolon": "1;2",
        "True": "True",
        "None": "None",
        "nil": "nil",
        "undefined": "undefined",
        "TRUE": "TRUE",
        "half true": "tru",
        "half null": "nul",
        "half false": "fals",
        "true with a tail": "truex",
        "NaN": "NaN",
        "-NaN": "-NaN",
        "nan": "nan",
        "Infinity": "Infinity",
        "-Infinity": "-Infinity",
        "+Infinity": "+Infinity",
        "Inf": "Inf",
        "plus one": "+1",
        "leading zero": "01",
        "minus leading zero": "-01",
        "two zeros": "00",
        "two minus": "--1",
        "minus alone": "-",
        "minus and space": "- 1",
        "minus word": "-a",
        "point first": ".5",
        "minus point": "-.5",
        "point last": "1.",
        "point and exponent": "1.e3",
        "two points": "1.2.3",
        "empty exponent": "1e",
        "exponent of plus": "1e+",
        "exponent of minus": "1e-",
        "exponent of a fraction": "1e1.5",
        "two exponents": "1e1e1",
        "two signs in the exponent": "1e+-1",
        "capital exponent alone": "1E",
        "hexadecimal": "0x1F",
        "octal": "0o17",
        "binary": "0b1",
        "underscore": "1_000",
        "thousands": "1'000",
        "a number with a letter": "1a",
        "full-width digit": "１",
        "Arabic-Indic digit": "١",
        "Chinese digit": "一",
        "superscript": "²",
        "a big number out of range": "1e400",
        "a big negative number out of range": "-1e400",
        "a long number out of range": "9" * 400,
        "single quotes": "'a'",
        "typographic quotes": "“a”",
        "backticks": "`a`",
        "open string": '"a',
        "open string with an escape": '"a\\',
        "open string after an escaped quote": '"a\\"',
        "newline in a string": '"a\nb"',
        "carriage return in a string": '"a\rb"',
        "tab in a string": '"a\tb"',
        "escape a": '"\\a"',
        "escape x": '"\\x41"',
        "escape v": '"\\v"',
        "escape 0": '"\\0"',
        "escape apostrophe": '"\\\'"',
        "escape U": '"\\U0041"',
        "escape newline": '"\\\n"',
        "escape brace": '"\\u{41}"',
        "u without digits": '"\\u"',
        "u with one digit": '"\\u0"',
        "u with three digits": '"\\u004"',
        "u with a letter that is none": '"\\u00g1"',
        "u with a sign": '"\\u+041"',
        "u with a space": '"\\u 041"',
        "u with underscore": '"\\u0_41"',
        "u with full-width digits": '"\\u００41"',
        "u at the end": '"\\u004',
        "high surrogate alone": '"\\ud800"',
        "low surrogate alone": '"\\udc00"',
        "surrogates the wrong way round": '"\\udc00\\ud800"',
        "two high surrogates": '"\\ud800\\ud800"',
        "high surrogate and a letter": '"\\ud800a"',
        "high surrogate and another escape": '"\\ud800\\n"',
        "high surrogate and half an escape": '"\\ud800\\u"',
        "half a pair at the end": '"\\ud83d\\u',
        "no-break space": "\u00a01",
        "ideographic space": "\u30001",
        "zero-width space": "\u200b1",
        "form feed": "\f1",
        "vertical tab": "\v1",
        "next line": "\u00851",
        "line separator": "\u20281",
        "second byte order mark": "\ufeff1",
        "null byte": "\x001",
        "bell": "\x071",
        "escape character": "\x1b[31m1",
        "delete": "\x7f1",
        "a star": "*",
        "an ellipsis": "...",
        "a set": "{1, 2}",
        "a nested open list": "[1",
        "a nested open object": '{"a"',
    }.items():
        texts[f"list with {what}"] = f"[{inner}]"
        texts[f"member with {what}"] = f'{{"a":{inner}}}'
    for what, inner in {
        "no colon": '"a" 1',
        "no value": '"a":',
        "no key": ":1",
        "two colons": '"a"::1',
        "trailing comma": '"a":1,',
        "two commas": '"a":1,,"b":2',
        "no comma": '"a":1 "b":2',
        "comma for colon": '"a",1',
        "equals sign": '"a"=1',
        "key without quotes": "a:1",
        "key in single quotes": "'a':1",
        "number for a key": "1:1",
        "null for a key": "null:1",
        "list for a key": "[]:1",
        "object for a key": "{}:1",
        "duplicate key": '"a":1,"a":1',
        "duplicate key by escape": '"a":1,"\\u0061":2',
        "duplicate key deep down": '"x":[{"a":1,"a":2}]',
        "duplicate empty key": '"":1,"":2',
        "lone surrogate for a key": '"\\ud800":1',
        "open key": '"a',
        "bad escape in a key": '"\\x":1',
        "newline in a key": '"a\n":1',
    }.items():
        texts[f"object with {what}"] = f"{{{inner}}}"
    for code in range(0x20):
        texts[f"control character {code:02x} in a string"] = f'["{chr(code)}"]'
    for depth in (MAX_DEPTH + 1, 1000, 100_000):
        texts[f"{depth} lists"] = "[" * depth + "]" * depth
        texts[f"{depth} open lists"] = "[" * depth
        texts[f"{depth} objects"] = '{"a":' * depth + "1" + "}" * depth
        texts[f"{depth} open objects"] = '{"a":' * depth
    texts["too long"] = '["' + "a" * MAX_BYTES + '"]'
    texts["too long with spaces"] = "1" + " " * MAX_BYTES
    raw = {what: text.encode() for what, text in texts.items()}
    sound = '{"application_id": "云上"}'
    raw |= {
        "GB18030": sound.encode("gb18030"),
        "Big5": '{"a": "雲上"}'.encode("big5"),
        "UTF-16 with its mark": sound.encode("utf-16"),
        "UTF-16 little end first": sound.encode("utf-16-le"),
        "UTF-16 big end first": sound.encode("utf-16-be"),
        "UTF-32": sound.encode("utf-32"),
        "Latin-1": '["é"]'.encode("latin-1"),
        "a byte that UTF-8 has not": b'["\xff"]',
        "a following byte alone": b'["\x80"]',
        "a character cut off": b'["\xe4\xba"]',
        "a character cut off by the end": b'["\xe4\xba',
        "an overlong slash": b'["\xc0\xaf"]',
        "an overlong null": b'["\xc0\x80"]',
        "an overlong euro": b'["\xf0\x82\x82\xac"]',
        "a surrogate in UTF-8": b'["\xed\xa0\x80"]',
        "a pair of surrogates in UTF-8": b'["\xed\xa0\xbd\xed\xb8\x80"]',
        "past the last character": b'["\xf4\x90\x80\x80"]',
        "five bytes": b'["\xf8\x88\x80\x80\x80"]',
        "half a byte order mark": b"\xef\xbb{}",
        "two byte order marks": b"\xef\xbb\xbf\xef\xbb\xbf{}",
        "a byte order mark after the value": b"{}\xef\xbb\xbf",
        "a null byte after the value": b"{}\x00",
        "a byte order mark alone": b"\xef\xbb\xbf",
    }
    return raw


NO = _no()

YES: dict[str, tuple[bytes, Any]] = {
    "empty list": (b"[]", []),
    "empty object": (b"{}", {}),
    "empty string": (b'""', ""),
    "spaces of all four kinds": (b" \t\r\n[ \t\r\n1 \t\r\n,2 ] \n", [1, 2]),
    "a lonely number": (b"42", 42),
    "a lonely string": (b'"a"', "a"),
    "a lonely null": (b"null", None),
    "true, false, null": (b"[true,false,null]", [True, False, None]),
    "zero": (b"[0,-0,0.0,-0.0,0e1,0E+1]", [0, 0, 0.0, -0.0, 0.0, 0.0]),
    "numbers": (b"[1,-1,1.5,1e3,1E3,1e+3,1e-3,123.456e78]", [1, -1, 1.5, 1e3, 1e3, 1e3, 1e-3, 123.456e78]),
    "a long number": (b"[12345678901234567890123]", [12345678901234567890123]),
    "a number too small to tell from zero": (b"[1e-400]", [0.0]),
    "the largest number": (b"[1.7976931348623157e308]", [1.7976931348623157e308]),
    "escapes": (b'["\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041"]', ['"\\/\b\f\n\r\tA']),
    "a pair of surrogates": (b'["\\ud83d\\ude00"]', ["\U0001f600"]),
    "a pair in capitals": (b'["\\uD83D\\uDE00"]', ["\U0001f600"]),
    "an escaped null": (b'["\\u0000"]', ["\x00"]),
    "an escaped backslash before a u": (b'["\\\\ud800"]', ["\\ud800"]),
    "an escaped noncharacter": (b'["\\uffff"]', ["\uffff"]),
    "a delete character": (b'["\x7f"]', ["\x7f"]),
    "line and paragraph separators": ('["\u2028\u2029"]'.encode(), ["\u2028\u2029"]),
    "Chinese": ('{"云上":"茶业"}'.encode(), {"云上": "茶业"}),
    "emoji": ('["\U0001f375"]'.encode(), ["\U0001f375"]),
    "a byte order mark": (b"\xef\xbb\xbf{}", {}),
    "brackets in a string": (b'["[[[{{{", "\\"]}"]', ["[[[{{{", '"]}']),
    "an empty key": (b'{"":1}', {"": 1}),
    "keys that differ in case": (b'{"a":1,"A":2}', {"a": 1, "A": 2}),
    "the same key in two objects": (b'[{"a":1},{"a":2}]', [{"a": 1}, {"a": 2}]),
    "keys that look alike composed and not": ('{"é":1,"e\u0301":2}'.encode(), {"é": 1, "e\u0301": 2}),
    "as deep as may be": (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
    "as long as may be": (b'"' + b"a" * (MAX_BYTES - 2) + b'"', "a" * (MAX_BYTES - 2)),
}


def test_there_are_many_texts_that_are_not_json() -> None:
    assert len(NO) >= 250


@pytest.mark.parametrize("what", NO)
def test_a_text_that_is_not_json_is_refused_with_its_place(what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        parse(NO[what])
    assert caught.value.problems
    for problem in caught.value.problems:
        assert (problem.line or 0) >= 1
        assert (problem.column or 0) >= 1
        # In our own words, and without the input.
        assert problem.message["en"].isascii()
        assert len(problem.message["en"]) < 100
    file = tmp_path / "application.json"
    file.write_bytes(NO[what])
    shown = CliRunner().invoke(check_command, ["-o", "json", str(file)], standalone_mode=False)
    assert (shown.exception, shown.return_value) == (None, 2)
    (result,) = json.loads(shown.stdout)["results"]
    assert result["verdict"] == "invalid"
    assert all(error["line"] >= 1 and error["column"] >= 1 for error in result["errors"])


@pytest.mark.parametrize("what", YES)
def test_a_text_that_is_json_is_read(what: str) -> None:
    data, value = YES[what]
    assert parse(data) == (value if what != "as deep as may be" else json.loads(data))


def test_every_duplicate_key_and_every_odd_number_is_listed_with_its_place() -> None:
    text = '{"a": NaN,\n "a": 1e999,\n "b": ["\\ud800", Infinity]}'
    with pytest.raises(InputError) as caught:
        parse(text)
    places = [(p.message["en"], p.pointer, p.line, p.column) for p in caught.value.problems]
    assert places == [
        ("`NaN` is not JSON", "/a", 1, 7),
        ("duplicate key", "/a", 2, 2),
        ("number out of range", "/a", 2, 7),
        ("lone surrogate in a string", "/b/0", 3, 8),
        ("`Infinity` is not JSON", "/b/1", 3, 18),
    ]


def test_a_gb18030_file_is_told_so_by_name() -> None:
    with pytest.raises(InputError, match="GB18030"):
        parse('{"name": "云上茶业"}'.encode("gb18030"))


def test_a_file_of_bad_texts_as_a_process_of_its_own(tmp_path: Path) -> None:
    for index, data in enumerate(list(NO.values())):
        (tmp_path / f"{index:03}.json").write_bytes(data)
    (tmp_path / "good.json").write_text(json.dumps(application()), "utf-8")
    shown = run("onboard-check", tmp_path, "-o", "json", "--as-of", "2024-08-05")
    assert shown.returncode == 2
    assert "Traceback" not in shown.stderr
    assert json.loads(shown.stdout)["summary"] == {"pass": 0, "fail": 0, "undecided": 1, "invalid": len(NO)}


# Whatever is done to a sound application, it is judged, or its problems have places.

SOUND = json.dumps(application(), ensure_ascii=False, indent=1).encode()


def _judged_or_located(data: bytes) -> None:
    document, problems = _read(data)
    if document is not None:
        check(document.application, as_of=DAY, history=[])
        return
    assert problems
    for problem in problems:
        assert (problem.line or 0) >= 1
        assert (problem.column or 0) >= 1
        assert problem.source == "application.json"


def _read(data: bytes) -> tuple[Document | None, tuple[Problem, ...]]:
    try:
        return Document("application.json", data), ()
    except InputError as error:
        return None, error.problems


_edits = st.lists(
    st.tuples(
        st.sampled_from(["delete", "insert", "flip", "cut", "double"]),
        st.integers(0, len(SOUND) - 1),
        st.sampled_from(list(b'{}[]",:\\0129-+.eEntfu \n\x00\x1b\x80\xe4\xff')),
        st.integers(1, 12),
    ),
    min_size=1,
    max_size=4,
)


@BATCH
@given(_edits)
def test_bytes_deleted_inserted_or_flipped_end_in_a_verdict_or_in_problems_with_places(edits: Any) -> None:
    data = bytearray(SOUND)
    for kind, place, byte, length in edits:
        match kind:
            case "delete":
                del data[place : place + length]
            case "insert":
                data[place:place] = bytes([byte]) * length
            case "flip" if place < len(data):
                data[place] ^= 1 << (length % 8)
            case "cut":
                del data[place:]
            case "double":
                data[place:place] = data[place : place + length]
    _judged_or_located(bytes(data))


@BATCH
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode(errors="surrogatepass")))
def test_any_bytes_end_in_problems_with_places(data: bytes) -> None:
    _judged_or_located(data)


def _pointers(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in inner for found in _pointers(item, (*path, key)))]


FULL = application({"/brands/0/trademark_no": "12345678"})
PLACES = [path for path in _pointers(FULL) if path]
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.5, "", " ", "x", "2024-02-30", "2024-2-3", "20240203", "2024-02-03T00:00:00"),
    *("0000-00-00", "10000-01-01", "Enterprise", [], {}, [None], [[]], [{}], {"a": 1}, {"type": None}, "\x00", 10**30),
)


@pytest.mark.parametrize("path", PLACES, ids=lambda path: "/" + "/".join(map(str, path)))
def test_a_wrong_shaped_value_anywhere_is_judged_or_refused_with_its_place(path: tuple[Any, ...]) -> None:
    for odd in ODD:
        value = json.loads(json.dumps(FULL))
        walk(value, path[:-1])[path[-1]] = odd
        _judged_or_located(json.dumps(value, ensure_ascii=False).encode())


_json_values = st.recursive(
    st.sampled_from([*ODD[:20], "enterprise", "A-1", "2024-08-05"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["type", "name", "x"]), inner, max_size=2)
    ),
    max_leaves=5,
)


@BATCH
@given(st.lists(st.tuples(st.sampled_from(PLACES), _json_values), min_size=1, max_size=3), st.booleans())
def test_problems_are_found_exactly_where_msgspec_would_refuse(changes: Any, drop: bool) -> None:
    value = json.loads(json.dumps(FULL))
    for path, odd in changes:
        try:
            parent = walk(value, path[:-1])
            if drop and isinstance(parent, dict):
                parent.pop(path[-1], None)
            else:
                parent[path[-1]] = odd
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    problems = _problems_of_shape(value)
    try:
        msgspec.convert(value, Application)
    except msgspec.ValidationError:
        assert problems
    else:
        # Ours is stricter in one point: a day is written in one way of those that ISO 8601 has.
        assert all(_is_day_written_otherwise(value, problem.pointer) for problem in problems)


def _problems_of_shape(value: Any) -> tuple[Problem, ...]:
    try:
        build(value, Application)
    except InputError as error:
        return error.problems
    return ()


def _is_day_written_otherwise(value: Any, pointer: str | None) -> bool:
    """Whether at `pointer` stands a day that ISO 8601 knows, and the contract does not."""
    path = [int(part) if part.isdigit() else part for part in (pointer or "").split("/")[1:]]
    found = walk(value, tuple(path))
    return isinstance(found, str) and (len(found) != 10 or found[4::3] != "--")


@BATCH
@given(st.integers(0, 2**32))
def test_a_place_is_where_the_value_stands(seed: int) -> None:
    # However the text is spaced, what stands at the place of a pointer is the value (or the key) of that pointer.
    chance = random.Random(seed)
    gap = lambda: chance.choice(["", " ", "\n", "\n  ", "\t", "\r\n"])  # noqa: E731

    def write(value: Any) -> str:
        if isinstance(value, dict):
            return (
                "{"
                + ",".join(f"{gap()}{json.dumps(k)}{gap()}:{gap()}{write(v)}{gap()}" for k, v in value.items())
                + "}"
            )
        if isinstance(value, list):
            return "[" + ",".join(f"{gap()}{write(v)}{gap()}" for v in value) + "]"
        return json.dumps(value, ensure_ascii=chance.random() < 0.5)

    text = gap() + write(FULL) + gap()
    pointers = {path: "/" + "/".join(map(str, path)) for path in PLACES}
    positions = Positions(text, pointers.values())
    lines = text.split("\n")
    for path in PLACES:
        assert Positions(text, [pointers[path]], distinct=True).region(pointers[path]) == positions.region(
            pointers[path]
        )
        line, column = positions.place(pointers[path])
        value, _ = json.JSONDecoder().raw_decode("\n".join([lines[line - 1][column - 1 :], *lines[line:]]))
        assert value == walk(FULL, path)
