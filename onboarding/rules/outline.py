"""What an application is made of, in the order in which people are asked for it: the fields of the models and of a
ruleset's own, each with a label and what it means.
"""

from collections.abc import Iterator
from dataclasses import fields
from functools import cache

from msgspec import Struct

from ..messages import Text, catalogue, text
from ..models import Application
from ..pointers import Path
from ..reading.own_fields import OwnFields
from ..reading.validation import Field, field_at, model_at, parts, terms
from .loading import published_schema


class Asked(Struct, frozen=True):
    """One field: its path (`[]` stands for each brand), its type and values, its label, what it means to sellers.

    `ends` says that it is the last day of a term, which may have none.
    """

    path: Path
    field: Field
    label: Text
    meaning: Text
    ends: bool = False

    @property
    def name(self) -> str:
        return str(self.path[-1])

    @property
    def values(self) -> list[str]:
        """The values that it may have, where they are few: as the catalogue has them, else as they are declared."""
        order = list(catalogue("fields"))
        labelled = {value: f"value-{value}" for value in self.field.values or ()}
        return sorted(labelled, key=lambda v: order.index(labelled[v]) if labelled[v] in order else 0)


class Part(Struct, frozen=True):
    """The application itself (its path is empty), or an object in it; of one that is `several` there is a list."""

    path: Path
    label: Text
    meaning: Text
    fields: tuple[Asked, ...]
    parts: tuple["Part", ...]
    several: bool = False

    @property
    def name(self) -> str:
        return str(self.path[-1])

    @property
    def inside(self) -> Path:
        """The path of what is in it."""
        return (*self.path, "[]") if self.several else self.path


def outline(own: OwnFields) -> Part:
    """The whole application, with the fields of a ruleset's `own`."""
    return _part((), False, own)


def asked_at(owner: Path, own: OwnFields) -> Iterator[Asked]:
    """The fields of the object at `owner`, those of the models first."""
    model = model_at(Application, owner)
    ends = {end for _, end in terms(model)}
    for name in (known.name for known in fields(model)):
        field = field_at(model, (name,))
        if field and field.kind not in ("object", "array"):
            yield _asked((*owner, name), field, _meaning(model.__name__, name), name in ends)
    for path, declared in own.application.items():
        if path[:-1] == owner:
            yield _asked(path, declared.field, declared.meaning, False)


def value_label(value: str) -> Text | None:
    """What people call a value that a field of the models may have; None for one of a ruleset's own."""
    return _found(f"value-{value}")


def _part(path: Path, several: bool, own: OwnFields) -> Part:
    inside: Path = (*path, "[]") if several else path
    model = model_at(Application, inside)
    inner = tuple(
        _part((*inside, name), getattr(field_at(model, (name,)), "kind", "") == "array", own)
        for name, _ in parts(model)
    )
    meaning = _meaning(model.__name__)
    return Part(path, _label(path, meaning), meaning, tuple(asked_at(inside, own)), inner, several)


def _asked(path: Path, field: Field, meaning: Text, ends: bool) -> Asked:
    return Asked(path, field, _label(path, meaning), _found(f"hint-{_place(path)}") or meaning, ends)


def _label(path: Path, meaning: Text) -> Text:
    # A ruleset's own fields, and the newest of ours, have none.
    return _found(f"label-{_place(path)}") or {lang: words.rstrip(".。") for lang, words in meaning.items()}


def _place(path: Path) -> str:
    return ".".join(str(part) for part in path if part != "[]")


def _found(key: str) -> Text | None:
    """What the catalogue says to sellers under `key`."""
    return text(f"fields.{key}") if key in catalogue("fields") else None


@cache
def _meaning(model: str, field: str | None = None) -> Text:
    """What the published schema says of a model, or of a field of it."""
    described = published_schema("application")["$defs"][model]
    words = (described["properties"][field] if field else described)["description"]
    english, _, chinese = words.partition("\n")
    return {"en": english, "zh": chinese}
