"""What somebody has typed into the form, as it was typed: from a page's fields, from a file, and to an application.

A field is named by its place, `brands.0.evidence.type`. Nothing that was typed is lost where it cannot be read.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from msgspec import Struct

from ..errors import Problem
from ..identity import normal_text
from ..messages import LANGS, Lang, Text, listed, say, text
from ..models import MOST_VALUE
from ..pointers import to_pointer
from ..reading.documents import MAX_BRANDS, MAX_TEXT
from ..reading.typed import is_endless, typed_date
from ..reading.validation import is_longer
from ..rules.outline import Asked, Part

Place = tuple[str | int, ...]
# What can be wrong with a field of any kind.
_OF_ANY = (text("reading.duplicate-key"), text("reading.lone-surrogate"))
_YES = {"yes": True, "no": False}
_NUMBER = re.compile("-?[0-9]{1,15}")
_BRAND = re.compile(r"brands\.([0-9]{1,4})\.")


class Typed(Struct, frozen=True):
    """The texts that were typed, by the names of their fields, and for how many brands there is room."""

    texts: Mapping[str, str]
    brands: int = 1

    def at(self, place: Place) -> str:
        return self.texts.get(name_of(place), "")

    def with_texts(self, **written: str) -> "Typed":
        """The same with other texts in fields of the application itself."""
        return Typed({**self.texts, **written}, self.brands)

    def with_brand(self) -> "Typed":
        """The same with room for one brand more."""
        return Typed(self.texts, min(self.brands + 1, MAX_BRANDS))


class Read(NamedTuple):
    """What was typed as the plain values of an application, and what cannot be read or is still wanted."""

    plain: dict[str, Any]
    problems: list[Problem]


def name_of(place: Place) -> str:
    """The name of the field, or of the part, at `place`."""
    return ".".join(map(str, place))


def typed_in(fields: Mapping[str, str], whole: Part, without: str = "") -> Typed:
    """What the fields of a page's form say; those that are none of `whole` are left out, and brands of which
    nothing is said, or numbered `without`.
    """
    known, dropped = {name_of(asked.path) for asked in _fields(whole)}, f"brands.{without}."
    texts = {n: written for n, written in fields.items() if _pattern(n) in known and not n.startswith(dropped)}
    said = {int(found[1]) for name, written in texts.items() if written and (found := _BRAND.match(name))}
    return _renumbered(texts, sorted(said)[:MAX_BRANDS])


def typed_from(plain: Any, whole: Part, lang: Lang) -> Typed:
    """What would be typed for the plain values of an application, as far as they have a place in the form."""
    texts: dict[str, str] = {}
    brands = plain.get("brands") if isinstance(plain, dict) else None
    _spread(plain, whole, (), lang, texts)
    return Typed(texts, max(1, min(len(brands), MAX_BRANDS)) if isinstance(brands, list) else 1)


def read_typed(typed: Typed, whole: Part) -> Read:
    """The application that was typed."""
    problems: list[Problem] = []
    plain = _object(typed, whole, (), problems, needed=True)
    own, earlier = (normal_text(typed.at((name,))) for name in ("application_id", "follows"))
    if earlier and own == earlier:
        problems.append(Problem(text("pages.follows-itself", label=text("fields.label-follows")), "/follows"))
    return Read(plain or {}, problems)


def understood(asked: Asked, written: str) -> date | None:
    """The day that was read, where it was written in another way."""
    day = typed_date(written) if asked.field.day else None
    return day if day and day.isoformat() != written.strip() else None


def _object(typed: Typed, part: Part, at: Place, problems: list[Problem], *, needed: bool) -> dict[str, Any] | None:
    """The object that was typed for `part`, which stands at `at`; None where nothing was, and it is not `needed`."""
    made: dict[str, Any] = {}
    wrong: list[Problem] = []
    for asked in part.fields:
        place = (*at, asked.name)
        written = typed.at(place).strip()
        value = _value(asked, written)
        if isinstance(value, Problem):
            wrong.append(Problem(value.message, to_pointer(place)))
        elif value is not None:
            made[asked.name] = value
        elif not normal_text(written) and not asked.field.optional:
            wrong.append(Problem(text("pages.needed", label=asked.label), to_pointer(place)))
    given = bool(made) or any(typed.at((*at, asked.name)).strip() for asked in part.fields)
    for inner in part.parts:
        if inner.several:
            items = [_object(typed, inner, (*at, inner.name, i), problems, needed=False) for i in range(typed.brands)]
            if items := [item for item in items if item is not None]:
                made[inner.name] = items
        else:
            # What a field of it must hold can only be asked for.
            must = any(not asked.field.optional for asked in inner.fields)
            found = _object(typed, inner, (*at, inner.name), problems, needed=must)
            if found is not None:
                made[inner.name] = found
    if not (given or made or needed):
        return None
    # Left empty, a last day would mean that there is none: that has to be said.
    forgotten = [asked for asked in part.fields if asked.ends and given and not typed.at((*at, asked.name)).strip()]
    wrong += [
        Problem(text("pages.needed-last-day", label=asked.label), to_pointer((*at, asked.name))) for asked in forgotten
    ]
    problems += wrong
    return made


def _value(asked: Asked, written: str) -> Any:
    """The value that was written; None for none, or for a last day that there is not; a Problem where it is neither."""
    field = asked.field
    if not written:
        return None
    if field.day:
        if asked.ends and is_endless(written):
            return None
        return day.isoformat() if (day := typed_date(written)) else Problem(text("pages.no-day", label=asked.label))
    if field.kind == "boolean":
        return _YES.get(written, Problem(text("pages.no-choice", label=asked.label)))
    if field.kind == "integer":
        plain = unicodedata.normalize("NFKC", written)
        number = int(plain) if _NUMBER.fullmatch(plain) else None
        if number is None or abs(number) > MOST_VALUE:
            return Problem(text("pages.no-number", label=asked.label, most=MOST_VALUE))
        return number
    if field.values is not None:
        return written if written in field.values else Problem(text("pages.no-choice", label=asked.label))
    if is_longer(written, MAX_TEXT):
        return Problem(text("pages.too-long", label=asked.label, most=MAX_TEXT))
    if "\0" in written:
        return Problem(text("pages.no-such-character", label=asked.label))
    return written if normal_text(written) else None


def in_our_words(problem: Problem, whole: Part) -> Text:
    """What is wrong with a file, as whoever has the form before them reads it: by the label of the field, where the
    form has it.
    """
    words: Text = {lang: problem.words(lang) for lang in LANGS}
    found = _at(whole, problem.pointer or "")
    if found is None:
        return words
    if problem.message == text("reading.missing", name=found.name):
        return text("pages.needed", label=found.label)
    if problem.message == text("reading.text-too-long", limit=MAX_TEXT):
        return text("pages.too-long", label=found.label, most=MAX_TEXT)
    if isinstance(found, Asked) and problem.message not in _OF_ANY:
        if found.field.day:
            return text("pages.no-day", label=found.label)
        if found.field.kind == "boolean":
            return text("pages.no-flag", label=found.label)
        if found.field.kind == "integer":
            return text("pages.no-number", label=found.label, most=MOST_VALUE)
        if found.field.values is not None:
            return text("pages.none-of", label=found.label, values=listed(found.values))
        return text("pages.no-text", label=found.label)
    return text("pages.by-field", label=found.label, words=words)


def _at(whole: Part, pointer: str) -> Asked | Part | None:
    """The field or the part that `pointer` is about; None where the form has none there, or it is the whole."""
    part = whole
    for name in pointer.split("/")[1:]:
        if name.isdigit() and part.several:
            continue
        if asked := next((one for one in part.fields if one.name == name), None):
            return asked
        inner = next((one for one in part.parts if one.name == name), None)
        if inner is None:
            return None
        part = inner
    return part if part is not whole else None


def _spread(plain: Any, part: Part, at: Place, lang: Lang, texts: dict[str, str]) -> None:
    if not isinstance(plain, dict):
        return
    said = any(plain.get(asked.name) is not None for asked in part.fields)
    for asked in part.fields:
        value = plain.get(asked.name)
        if value is None and asked.ends and said:
            texts[name_of((*at, asked.name))] = say("pages.no-end", lang)
        elif value is not None:
            texts[name_of((*at, asked.name))] = (
                {True: "yes", False: "no"}[value] if value is True or value is False else str(value)
            )
    for inner in part.parts:
        found = plain.get(inner.name)
        if inner.several:
            for index, item in enumerate(found if isinstance(found, list) else ()):
                _spread(item, inner, (*at, inner.name, index), lang, texts)
        else:
            _spread(found, inner, (*at, inner.name), lang, texts)


def _fields(part: Part) -> Iterator[Asked]:
    yield from part.fields
    for inner in part.parts:
        yield from _fields(inner)


def _pattern(name: str) -> str:
    """The name with `[]` for each brand."""
    return _BRAND.sub("brands.[].", name, count=1)


def _renumbered(texts: Mapping[str, str], kept: list[int]) -> Typed:
    """The texts of those brands alone that are kept, counted from 0."""
    numbers = {old: new for new, old in enumerate(kept)}
    made: dict[str, str] = {}
    for name, written in texts.items():
        found = _BRAND.match(name)
        if found is None:
            made[name] = written
        elif int(found[1]) in numbers:
            made[f"brands.{numbers[int(found[1])]}.{name[found.end() :]}"] = written
    return Typed(made, max(1, len(kept)))
