"""The catalogue and the code agree: each key that is asked for is there, each entry is used and says the same twice."""

import ast
import errno
import re
import string
from collections.abc import Iterator

import pytest
from builders import ROOT

from onboarding.messages import catalogue, listed, say

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


NODES = [node for path in sorted(HOME.rglob("*.py")) for node in ast.walk(ast.parse(path.read_text("utf-8")))]
# Templates name keys as well.
MARKUP = "".join(path.read_text("utf-8") for path in sorted(HOME.rglob("*.jinja")))
IN_MARKUP = {re.escape(key) for key in re.findall(r"""["']((?:desk|outputs|pages|punctuation)\.[\w-]+)["']""", MARKUP)}
STRINGS = {part for node in NODES if (part := _parts(node))} | IN_MARKUP
ASKED = {
    part
    for node in NODES
    if isinstance(node, ast.Call) and node.args and getattr(node.func, "id", None) in SPEAKS
    if (part := _parts(node.args[0]))
}
ASKED |= {
    rf"{SPEAKS_OF[node.func.id]}\.{part}"
    for node in NODES
    if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name) and node.func.id in SPEAKS_OF
    if (part := _parts(node.args[0]))
}
ASKED |= IN_MARKUP
# Whole names, and those of which the code has the beginning; a room with any name says nothing.
WHOLE = {part for part in STRINGS if ".+" not in part}
BEGUN = [re.compile(part) for part in STRINGS - WHOLE if re.match(r"[a-z_]+(\\\.|\\-)[a-z]*", part)]
BEGUN = [begun for begun in BEGUN if not re.fullmatch(r"[a-z_]+\\\.\.\+", begun.pattern)]


def test_every_key_that_is_asked_for_is_there() -> None:
    asked = [re.compile(part) for part in ASKED if part != ".+"]
    assert [one.pattern for one in asked if not any(one.fullmatch(key) for key in ENTRIES)] == []


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
    raised = [node.exc for node in NODES if isinstance(node, ast.Raise) and node.exc]
    said = [words for node in raised for words in _said(node) if re.search(r"\w\\? \w|[\u4e00-\u9fff]", words)]
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
    def is_named(key: str) -> bool:
        room, _, name = key.partition(".")
        if re.escape(key) in WHOLE or re.escape(name) in WHOLE:
            return True
        if room == "files":
            return hasattr(errno, name.upper())
        return any(begun.fullmatch(wanted) for begun in BEGUN for wanted in (key, name))

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
