"""The catalogue and the code agree: each key that is asked for is there, each entry is used and says the same twice."""

import ast
import errno
import re
import string
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest
from builders import ROOT

from onboarding.messages import catalogue, listed, say, text

HOME = ROOT / "onboarding"
# Click's own words are found by its English, and help by its command: `tests/cli/test_language.py` looks at both.
# Values are found by themselves: `tests/reading/test_typed.py` looks at them.
BY_OTHER_NAMES = {"click", "help", "values"}
ROOMS = sorted(path.stem for path in (HOME / "messages").glob("*.json") if path.stem not in BY_OTHER_NAMES)
ENTRIES = {f"{room}.{name}": words for room in ROOMS for name, words in catalogue(room).items()}
SPEAKS = {"text", "say", "label", "usage_error"}
# What asks one room alone: the name of the function, and the room.
SPEAKS_OF = {"said": "commands_registry"}


def _parts(node: ast.AST) -> str | None:
    """A string of the code as a regular expression: what is put into it may be anything."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_parts(value) or ".+" for value in node.values)
    return None


# Templates name keys as well.
MARKUP = "".join(path.read_text("utf-8") for path in sorted(HOME.rglob("*.jinja")))
IN_MARKUP = {re.escape(key) for key in re.findall(r"""["']((?:desk|outputs|pages|punctuation)\.[\w-]+)["']""", MARKUP)}


class Code(NamedTuple):
    """What stands in the code: strings, the keys that the catalogue is asked for, and what is raised."""

    strings: set[str]
    asked: set[str]
    raised: list[ast.expr]


@cache
def code() -> Code:
    """What stands in all modules; read when a test asks for it, since that takes longer than other tests here."""
    strings, asked, raised = set(IN_MARKUP), set(IN_MARKUP), []
    for path in sorted(HOME.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if part := _parts(node):
                strings.add(part)
            elif isinstance(node, ast.Raise) and node.exc:
                raised.append(node.exc)
            elif isinstance(node, ast.Call) and node.args and (part := _parts(node.args[0])):
                name = getattr(node.func, "id", "")
                if name in SPEAKS:
                    asked.add(part)
                elif name in SPEAKS_OF:
                    asked.add(rf"{SPEAKS_OF[name]}\.{part}")
    return Code(strings, asked, raised)


def test_every_key_that_is_asked_for_is_there() -> None:
    asked = [re.compile(part) for part in code().asked if part != ".+"]
    assert len(asked) > 100
    assert [one.pattern for one in asked if not any(one.fullmatch(key) for key in ENTRIES)] == []


def test_words_with_long_values_are_not_kept() -> None:
    short, long = "NaN", "1" * 900_000
    assert text("reading.not-a-number", token=short) is text("reading.not-a-number", token=short)
    assert text("reading.not-a-number", token=long) is not text("reading.not-a-number", token=long)


def _said(node: ast.AST) -> Iterator[str]:
    """The strings of `node` but those that the catalogue is asked with, and what is the same in every language."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", None) in SPEAKS | {"same"}:
        return
    if part := _parts(node):
        yield part
        return
    for inner in ast.iter_child_nodes(node):
        yield from _said(inner)


def test_no_exception_says_what_is_not_in_the_catalogue() -> None:
    """What is raised is made of a Problem, or carries no words of ours."""
    said = [words for node in code().raised for words in _said(node) if re.search(r"\w\\? \w|[\u4e00-\u9fff]", words)]
    # Python's own words, as every module says them.
    assert said == [r"module\ .+\ has\ no\ attribute\ .+"]


def test_no_punctuation_of_one_language_is_chosen_in_the_code() -> None:
    # Two modules look for it in what was written elsewhere: in help, and in JSON as people type it.
    readers = {"cli/language.py", "reading/json_places.py"}
    chosen = {
        str(path.relative_to(HOME))
        for path in sorted(HOME.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in {"（）", "（", "）", "：", "，", "、", "；", "。"}
    }
    assert chosen <= readers


def test_no_entry_is_left_over() -> None:
    strings = code().strings
    # Whole names, and those of which the code has the beginning; a room with any name says nothing.
    whole = {part for part in strings if ".+" not in part}
    begun = [re.compile(part) for part in strings - whole if re.match(r"[a-z_]+(\\\.|\\-)[a-z]*", part)]
    begun = [one for one in begun if not re.fullmatch(r"[a-z_]+\\\.\.\+", one.pattern)]

    def is_named(key: str) -> bool:
        room, _, name = key.partition(".")
        if re.escape(key) in whole or re.escape(name) in whole:
            return True
        if room == "files":
            return hasattr(errno, name.upper())
        return any(one.fullmatch(wanted) for one in begun for wanted in (key, name))

    assert [key for key in ENTRIES if not is_named(key)] == []


def test_every_entry_fills_in_the_same_in_both_languages() -> None:
    for key, words in ENTRIES.items():
        forms = words["en"] if isinstance(words["en"], dict) else {"other": words["en"]}
        for form, english in forms.items():
            # A singular may say its number in a word.
            number = {"n"} if form == "one" else set()
            assert _placeholders(english) | number == _placeholders(words["zh"]) | number, key


@pytest.mark.parametrize("room", ROOMS)
def test_every_entry_stands_in_a_line_of_its_own(room: str) -> None:
    lines = (HOME / f"messages/{room}.json").read_text("utf-8").splitlines()
    assert len(lines) == len(catalogue(room)) + 2


def _placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize(
    ("key", "values", "words"),
    [
        ("reading.did-you-mean", {"near": "品牌授权书"}, "是否想写 `品牌授权书`？"),
        ("commands_registry.no-day", {"given": "明天"}, "`明天` 不是有效日期，请按 `YYYY-MM-DD` 格式填写"),
        ("decisions.banned-already", {"code": "9", "day": "2024-08-05", "reason": "fraud"}, "，原因为 fraud"),
        ("reading.known", {"names": listed(["企业", "other"])}, "`企业`、`other`"),
    ],
)
def test_a_value_has_spaces_around_it_where_scripts_meet_and_none_within_quotes(
    key: str, values: dict[str, object], words: str
) -> None:
    assert words in say(key, "zh", **values)
