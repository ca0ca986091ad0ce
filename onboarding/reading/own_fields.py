"""Fields of a ruleset's own: what its `fields.json` declares, and whether an application keeps to it.

`schemas/fields.dialect.json` is the grammar of the file. A value is kept as JSON has it, a day as its text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from msgspec import Struct, structs

from ..errors import Problem
from ..messages import Text
from ..models import KNOWN, RECORDS, Application, Brand, Record, Shop, ShopWanted
from ..pointers import Path, copied, to_pointer, walk
from .validation import Field, field_at, known_at, misfit, nearest


class OwnField(Struct, frozen=True):
    """One field: its type and values as the core's have them, and what it means."""

    field: Field
    meaning: Text

    def problem(self, value: Any, pointer: str) -> Problem | None:
        """What is wrong with `value`, which stands at `pointer`; null is a field that was left out."""
        return misfit(value, self.field, pointer)

    def fits(self, value: Any) -> bool:
        """Whether `value` is one that the declaration allows."""
        return value is not None and misfit(value, self.field, "") is None


class OwnFields(Struct, frozen=True, dict=True):
    """All fields of a ruleset's own: of an application by their path, `[]` standing for each brand, and of records by
    kind and name.
    """

    application: Mapping[Path, OwnField] = {}
    declared_of_records: Mapping[str, Mapping[str, OwnField]] = {}

    def at(self, path: Iterable[str | int]) -> OwnField | None:
        """The own field of an application at `path`."""
        return self.application.get(tuple("[]" if isinstance(part, int) else part for part in path))

    def field_of_application(self, path: Path) -> Field | None:
        """The field of an application at `path`, the core's or one's own."""
        own = self.application.get(path)
        return own.field if own else field_at(Application, path)

    def names_at(self, path: Path) -> list[str]:
        """The names of all fields beside that at `path` of an application."""
        owner = tuple("[]" if isinstance(part, int) else part for part in path[:-1])
        return [*known_at(Application, to_pointer(path)), *(str(p[-1]) for p in self.application if p[:-1] == owner)]

    @cached_property
    def records(self) -> Mapping[str, Mapping[str, OwnField]]:
        """The own fields of records by kind and name; a shop has those of the shop applied for, too."""
        of_shops = {str(path[-1]): own for path, own in self.application.items() if path[:-1] == ("shop",)}
        return {**self.declared_of_records, "shop": {**of_shops, **self.declared_of_records.get("shop", {})}}

    def field_of_record(self, kind: str, name: str) -> Field | None:
        """The field `name` of a record of this kind, the core's or one's own."""
        if own := self.records.get(kind, {}).get(name):
            # Null on record says that nobody knows, and is no value to ask for.
            return structs.replace(own.field, optional=False)
        return field_at(RECORDS[kind], (name,)) if kind in RECORDS else None


NO_FIELDS = OwnFields()


def both(one: OwnFields, other: OwnFields) -> OwnFields:
    """The fields of two rulesets by which one application is to be judged; what both declare, as `other` does."""
    return OwnFields({**one.application, **other.application})


def read_fields(content: Mapping[str, Any]) -> OwnFields:
    """The fields that a sound `fields.json` declares."""
    of_application = {path_of(name): _own(declared) for name, declared in content.get("application", {}).items()}
    of_records: dict[str, dict[str, OwnField]] = {}
    for place, declared in content.get("records", {}).items():
        kind, _, name = place.partition(".")
        of_records.setdefault(kind, {})[name] = _own(declared)
    return OwnFields(of_application, of_records)


def path_of(name: str) -> Path:
    """The path that `brands[].evidence.level` names."""
    return tuple(name.replace("[]", ".[]").split("."))


def sort_out(plain: Any, paths: Iterable[Path], own: OwnFields) -> tuple[Any, list[Problem]]:
    """`plain` as the models take it, own fields in `extra`; and what is wrong with their values.

    `paths` are those of the fields that the models do not know.
    """
    problems: list[Problem] = []
    taken: list[tuple[Path, Any]] = []
    dropped: list[Path] = []
    for path in paths:
        declared = own.at(path)
        if declared is not None:
            value = walk(plain, path)
            value = value.isoformat() if type(value) is date else value
            problem = declared.problem(value, to_pointer(path))
            problems += [problem] if problem else []
            taken.append((path, value))
        elif path[-1] == "extra":
            # Ours is filled with what is declared, and by nobody else.
            dropped.append(path)
    if not taken and not dropped:
        return plain, []
    plain = copied(plain)
    for path in [*dropped, *(path for path, _ in taken)]:
        del walk(plain, path[:-1])[path[-1]]
    for path, value in taken:
        if value is not None:
            walk(plain, path[:-1]).setdefault("extra", {})[path[-1]] = value
    return plain, problems


def fitted(application: Application, own: OwnFields) -> Application:
    """`application` with those of its own fields alone that `own` declares, and that keep to it."""
    fitting: Application = _fitted(application, (), own)
    return fitting


def shop_known(shop: Shop, own: OwnFields) -> tuple[ShopWanted | None, frozenset[str]]:
    """What a shop on record tells of the shop that was applied for, and the pointers of the fields that it tells."""
    if not (own.application and shop.extra):
        return None, frozenset()
    declared = {str(path[-1]): field for path, field in own.application.items() if path[:-1] == ("shop",)}
    told = {name: shop.extra[name] for name, field in declared.items() if field.fits(shop.extra.get(name))}
    if not told:
        return None, frozenset()
    return ShopWanted(extra=told), frozenset({"/shop", *(to_pointer(("shop", name)) for name in told)})


def slip(name: str, model: Any) -> str | None:
    """The field of a record or its brand that `name` is likely meant for, as the column of a table that is called so
    is; `trademark_status` is for none.
    """
    # Most records have no field that nobody knows.
    from .columns import LISTS, column_of

    column = column_of(name)
    called = LISTS.get(column, column)
    return called if called != name and called in KNOWN[model] else nearest(name, KNOWN[model], 0.75)


def carried_to(path: Path) -> type[Record] | type[Brand] | None:
    """What keeps the own field at `path` of an application on record once the shop is open; None where nothing does."""
    if path[:-1] == ("shop",):
        return Shop
    return Brand if path[:-1] == ("brands", "[]") else None


def _own(declared: dict[str, Any]) -> OwnField:
    values = tuple(declared["enum"]) if "enum" in declared else None
    return OwnField(Field(declared.get("type", "string"), values, True, "format" in declared), declared["meaning"])


def _fitted(value: Any, path: Path, own: OwnFields) -> Any:
    if isinstance(value, tuple):
        return tuple(_fitted(item, (*path, "[]"), own) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    inner: dict[str, Any] = {known.name: getattr(value, known.name) for known in fields(value)}
    extra = inner.pop("extra")
    kept = {n: v for n, v in extra.items() if (at := own.at((*path, n))) is not None and at.fits(v)}
    return replace(value, extra=kept, **{name: _fitted(one, (*path, name), own) for name, one in inner.items()})
