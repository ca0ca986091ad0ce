"""One word for one thing: `docs/glossary.md` says which, and every Chinese text of ours keeps to it."""

import re
from functools import cache

import pytest
from builders import ROOT
from chinese import Words, catalogue_words, model_words, page_words, rule_words

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/glossary.md").read_text("utf-8").splitlines()
    if re.match(r"\| (?!English)\w", line)
]
# Terms that English uses for other things as well (a day "on record", a "required" option), or says where Chinese needs
# no word for it (开店 is to open a shop).
LOOSE = {
    *("subject", "application", "shop", "record", "points", "required, advisory", "as of, day of the check"),
    *("case", "note", "reason", "papers", "individual", "ban", "annotation", "revoke", "seller"),
}
HELD = {row[0]: row[1] for row in ROWS if row[0] not in LOOSE}


@cache
def texts() -> list[Words]:
    return [*catalogue_words(), *rule_words(), *model_words(), *page_words()]


def test_the_glossary_is_read() -> None:
    assert len(ROWS) > 40
    assert {row[0] for row in ROWS} >= LOOSE


@pytest.mark.parametrize(("term", "unused"), [(row[0], row[2]) for row in ROWS if row[2]], ids=lambda cell: cell)
def test_no_other_word_is_used(term: str, unused: str) -> None:
    assert [(text.place, word) for text in texts() for word in unused.split("、") if word in text.zh] == []


@pytest.mark.parametrize(("term", "word"), HELD.items(), ids=HELD.keys())
def test_where_english_has_the_term_chinese_has_its_word(term: str, word: str) -> None:
    terms = "|".join(re.escape(one) for one in re.sub(r" \(.*", "", term).split(", "))

    def names_it(text: Words) -> bool:
        # What is quoted or filled in is no term.
        return bool(re.search(rf"\b(?:{terms})s?\b", re.sub(r"`[^`]*`|\{\w+\}|https?:\S+", "", text.en), re.IGNORECASE))

    words = re.split("[、…]+", word)
    words = re.split("[、…]+", word)
    assert [text for text in texts() if names_it(text) and not any(one in text.zh for one in words)] == []
