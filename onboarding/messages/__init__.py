"""Every word that the program itself says, in English and Chinese; what a rule says stands in its rule file.

The words stand in the JSON files of this folder, one a room: `reading.json` holds what `reading/` says, and
`punctuation.json` what stands between words. Each entry has a key and the same text twice, `en` and `zh`; whoever
translates edits these files and nothing else. `{name}` is filled in by the program. Where English has a singular, `en`
holds `one` and `other`, chosen by the value `n`.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import msgspec

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = ("en", "zh")
Text = dict[str, str]  # by language

_SHORT = 200  # characters of a value: words with longer ones are not kept
_IN_A_SENTENCE = re.compile(r"(?<!`)(\{\w+\})(?!`)")  # but what is quoted stays as it was typed


def text(key: str, **values: object) -> Text:
    """The words of `key` (`room.message`) in both languages, filled in; a value may itself be a Text.

    Nobody changes what it gives: it may be given again. Raises KeyError where the catalogue has no such key, or a value
    is missing: a test sees every key.
    """
    if not all(map(_is_short, values.values())):
        return _filled_in(key, values)
    plain = {name: tuple(value.items()) if isinstance(value, dict) else value for name, value in values.items()}
    return _remembered(key, **plain)


def say(key: str, lang: Lang, **values: object) -> str:
    """The words of `key` in `lang`, filled in."""
    return _filled(_words(key)[lang], lang, values) if values else _as_they_stand(key, lang)


def listed(items: Iterable[object]) -> Text:
    """`items` as names in a sentence, each in backticks."""
    names = [f"`{item}`" for item in items]
    return joined("list-separator", [same(name) for name in names])


def joined(separator: str, texts: Iterable[Text]) -> Text:
    """`texts` one after the other, with a `separator` of the room `punctuation` between them."""
    texts = list(texts)
    return {lang: say(f"punctuation.{separator}", lang).join(words[lang] for words in texts) for lang in LANGS}


def aside(words: str, lang: Lang) -> str:
    """`words` in brackets, to stand right behind what they explain."""
    before, behind = _around("punctuation.aside", lang, "words")
    return before + words + behind


def labelled(name: str, lang: Lang) -> str:
    """`name` as what follows it is to be read: with a colon."""
    before, behind = _around("punctuation.label", lang, "name")
    return before + name + behind


def same(words: str) -> Text:
    """Words that are the same in every language: a name, or what another program says."""
    return dict.fromkeys(LANGS, words)


def value_words(value: str) -> Text:
    """What people call a value out of few, by language; a value of a ruleset's own is called as it is written."""
    words: dict[str, Text] = catalogue("values")
    return {lang: words[value][lang] for lang in LANGS} if value in words else same(value)


def field_words(name: str) -> Text:
    """What people call a field of a record, by language; one of a ruleset's own is called as it is written."""
    return text(f"fields.record-{name}") if f"record-{name}" in catalogue("fields") else same(name)


@cache
def catalogue(room: str) -> dict[str, Any]:
    """All entries of one room: its words by key and language, not filled in."""
    entries: dict[str, Any] = msgspec.json.decode(Path(__file__).with_name(f"{room}.json").read_bytes())
    return entries


def _filled_in(key: str, values: dict[str, object]) -> Text:
    words = _words(key)
    return {lang: _filled(words[lang], lang, values) for lang in LANGS}


def _is_short(value: object) -> bool:
    """Whether `value` takes little memory and never changes."""
    if isinstance(value, dict):
        return all(isinstance(words, str) and len(words) <= _SHORT for words in value.values())
    return len(value) <= _SHORT if isinstance(value, str) else value is None or isinstance(value, int)


# A file of thousands of broken lines, and reports on thousands of shops, say the same words over and over.
@lru_cache(maxsize=1024, typed=True)
def _remembered(key: str, **values: object) -> Text:
    return _filled_in(key, {name: dict(value) if isinstance(value, tuple) else value for name, value in values.items()})


@cache
def _as_they_stand(key: str, lang: Lang) -> str:
    return _filled(_words(key)[lang], lang, {})


@cache
def _around(key: str, lang: Lang, value: str) -> tuple[str, str]:
    """What stands before and behind the one value of a punctuation mark: nothing belongs where it meets them."""
    before, behind = say(key, lang, **{value: "\1"}).split("\1")
    return before, behind


@cache
def _words(key: str) -> dict[str, Any]:
    room, _, name = key.partition(".")
    words: dict[str, Any] = catalogue(room)[name]
    return words


def _filled(words: Any, lang: Lang, values: dict[str, object]) -> str:
    if isinstance(words, dict):
        words = words["one" if values["n"] == 1 else "other"]
    if not values:
        return str(words.format())
    given = {name: value[lang] if isinstance(value, dict) else value for name, value in values.items()}
    if lang == "en":
        return str(words.format(**given))
    pieces = _parted(words).format(**given).split("\0")
    filled = pieces[0]
    for before, after in pairwise(pieces):
        filled += _joint(before[-1:], after[:1]) + after
    return filled


@lru_cache(maxsize=256)
def _parted(words: str) -> str:
    """`words` with a sign wherever a value in the midst of the sentence meets a letter."""

    def parted(value: re.Match[str]) -> str:
        begin, end = value.span()
        before, behind = ("\0" if _script(words[at : at + 1]) else "" for at in (begin - 1, end))
        return before + value[0] + behind

    return _IN_A_SENTENCE.sub(parted, words)


@lru_cache(maxsize=1024)
def _joint(before: str, after: str) -> str:
    """What belongs where a value meets the sentence, by the characters that meet: a space between Chinese and Latin."""
    # No regular expression: one with all Chinese characters takes longer to compile than most calls have to say.
    return " " if {_script(before), _script(after)} == {"Chinese", "Latin"} else ""


def _script(char: str) -> str | None:
    if "\u4e00" <= char <= "\u9fff":
        return "Chinese"
    return "Latin" if char == "`" or (char.isascii() and char.isalnum()) else None
