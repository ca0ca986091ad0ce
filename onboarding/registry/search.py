"""Finding who or what staff mean by a number, an id, or a part of a name."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from ..identity import normal_text
from ..reading.documents import MAX_TEXT
from ..subject_number import normal_subject
from .sql import Session, SqlRegistry

MOST = 50
# How many rows that hold the words somewhere are read for one where a name holds them.
_READ = 2000
_BETWEEN = (
    "SELECT DISTINCT subject_id FROM records WHERE subject_id >= ? AND subject_id < ? ORDER BY subject_id LIMIT ?"
)
_SHOPS = "SELECT DISTINCT subject_id, record_id FROM records WHERE record_id >= ? AND record_id < ? LIMIT ?"
_HOLDING = "SELECT subject_id, record FROM records WHERE lower(record) LIKE ? ESCAPE '\\' ORDER BY seq DESC LIMIT ?"
_APPLICATIONS = {
    table: (
        f"SELECT application_id, subject_id, application FROM {table}"  # noqa: S608
        " WHERE application_id >= ? AND application_id < ? ORDER BY application_id LIMIT ?",
        f"SELECT application_id, subject_id, application FROM {table}"  # noqa: S608
        " WHERE lower(application) LIKE ? ESCAPE '\\' ORDER BY seq DESC LIMIT ?",
    )
    for table in ("handed_in", "decisions")
}


class Match(NamedTuple):
    """A subject, or an application of one; `by` is what of it fits: an id, or a name."""

    subject_id: str | None
    application_id: str | None
    by: str


def search(registry: SqlRegistry, words: str) -> list[Match]:
    """At most MOST of what `words` (in normal form) may mean: the begin of an id, or a part of a name of a brand, shop
    or subject, whichever way it is cased. Those come first whose id it is.
    """
    found: dict[tuple[str | None, str | None], Match] = {}
    with registry.reading() as session:
        for match in _matches(session, words):
            found.setdefault(match[:2], match)
            if len(found) >= MOST:
                break
    exact = [match for match in found.values() if match.by in (words, normal_subject(words), f"shop:{words}")]
    return exact if len(exact) == 1 else [*exact, *(match for match in found.values() if match not in exact)]


def _matches(session: Session, words: str) -> Iterator[Match]:
    code = normal_subject(words)
    for (subject,) in session.execute(_BETWEEN, (*_range(code), MOST)).fetchall():
        yield Match(subject, None, subject)
    for subject, key in session.execute(_SHOPS, (*_range(f"shop:{words}"), MOST)).fetchall():
        yield Match(subject, None, key)
    for by_id, _ in _APPLICATIONS.values():
        for application, subject, _ in session.execute(by_id, (*_range(words), MOST)).fetchall():
            yield Match(subject, application, application)
    if len(words) > MAX_TEXT:
        # No name holds it, and SQLite refuses patterns that are very long.
        return
    holding = (_pattern(words), _READ)
    for _, by_name in _APPLICATIONS.values():
        for application, subject, content in session.execute(by_name, holding).fetchall():
            if name := _name_with(words, msgspec.json.decode(content)):
                yield Match(subject, application, name)
    for subject, content in session.execute(_HOLDING, holding).fetchall():
        if name := _name_with(words, msgspec.json.decode(content)):
            yield Match(subject, None, name)


def _range(begin: str) -> tuple[str, str]:
    return begin, begin + "\U0010ffff"


def _pattern(words: str) -> str:
    """What LIKE finds rows by that hold `words` in a JSON text."""
    written = msgspec.json.encode(words).decode()[1:-1].lower()
    return "%" + "".join(f"\\{char}" if char in "\\%_" else char for char in written) + "%"


def _name_with(words: str, plain: Any) -> str | None:
    """The name of a brand, a shop or a subject that holds `words`."""
    if not isinstance(plain, dict):
        return None
    parts = [plain, plain.get("subject"), plain.get("shop"), *(plain.get("brands") or ())]
    names = [part.get("name") for part in parts if isinstance(part, dict)]
    return next((n for n in names if isinstance(n, str) and words.casefold() in normal_text(n).casefold()), None)
