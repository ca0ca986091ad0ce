"""Lines end where a reader pauses: between words, and in Chinese behind punctuation wherever there is room for that."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from onboarding.messages import catalogue
from onboarding.outputs.wrap import wrap

ROOMS = ("authoring", "cli", "decisions", "kernel", "outputs", "reading", "registry", "rules", "screening", "web")
SENTENCES = [words["zh"] for room in ROOMS for words in catalogue(room).values() if "\n" not in words["zh"]]
PHRASE = re.compile("[^，。；：、！？（）]*[，。；：、！？）]*")


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_of_ours_ends_within_a_phrase_that_two_thirds_of_a_line_hold(width: int) -> None:
    broken = []
    for sentence in SENTENCES:
        told = "错误：" + sentence
        place = 0
        for line in wrap(told, width, 4)[:-1]:
            place += len(line.strip())
            begun = max((m.start() for m in PHRASE.finditer(told) if m.start() <= place), default=0)
            ends = told[place - 1] in "，。；：、！？）" or told[place : place + 1] in ("（", "“")
            whole = PHRASE.match(told, begun)
            assert whole is not None
            if not ends and wcswidth(whole[0]) <= (width - 4) * 2 // 3:
                broken.append((line, whole[0]))
            place += len(told[place:]) - len(told[place:].lstrip())
    assert broken == []


TEXTS = st.lists(st.sampled_from([*"云上茶业，。；：（）“”、", "NIKE", "` a b`", " ", "2024-08-05"])).map("".join)


@given(TEXTS, st.integers(20, 120))
def test_nothing_is_lost_but_the_space_at_which_a_line_ends(text: str, width: int) -> None:
    assert "".join("".join(wrap(text, width)).split()) == "".join(text.split())


def test_what_is_quoted_stands_on_one_line() -> None:
    assert wrap("有关写法请运行 `onboard schema --help` 查看", 30) == ["有关写法请运行", "`onboard schema --help` 查看"]


def test_punctuation_does_not_begin_a_line() -> None:
    text = "同一主体的同一品牌只开一家店" * 4 + "，最多三家。"
    assert not any(line.strip()[0] in "，。）" for width in range(20, 90) for line in wrap(text, width))


def test_a_word_that_is_longer_than_a_line_leaves_no_empty_line_behind() -> None:
    assert wrap("é" * 20, 10, 2) == ["  " + "é" * 20]
