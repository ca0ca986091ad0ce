"""What is wrong with a plain value that should be one of our models: everything at once, with pointers.

msgspec builds the models but stops at the first fault; this walks the same types to the end.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from ..errors import InputError, Problem
from ..identity import normal_text

Model = TypeVar("Model", bound=msgspec.Struct)
# Takes a value, its pointer, and the lists of problems and of unknown fields' pointers that it adds to.
Compare = Callable[[Any, str, list[Problem], list[str]], None]


def build(value: Any, model: type[Model]) -> tuple[Model, list[str]]:
    """A `model` from a plain value, and the pointers of the fields that the model does not know.

    Raises InputError with every problem.
    """
    problems: list[Problem] = []
    unknown: list[str] = []
    _comparing(model)(value, "", problems, unknown)
    if not problems:
        try:
            return msgspec.convert(value, model), sorted(unknown)
        except msgspec.ValidationError as error:
            problems.append(Problem(str(error), ""))
        except UnicodeEncodeError:
            problems.append(Problem("lone surrogate in the name of a field", ""))
    raise InputError(*problems)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` is likely meant for."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1, cutoff=0.7)
    return near[0] if near else None


def known_at(model: type[msgspec.Struct], pointer: str) -> list[str]:
    """The names of the fields that `model` knows where `pointer` stands."""
    shape = _bare(_shape(model))
    for part in pointer.split("/")[1:-1]:
        if isinstance(shape, inspect.VarTupleType):
            shape = _bare(shape.item_type)
        elif isinstance(shape, inspect.StructType):
            shape = _bare(next(f.type for f in shape.fields if f.encode_name == part))
    return [field.encode_name for field in shape.fields] if isinstance(shape, inspect.StructType) else []


class Field(msgspec.Struct, frozen=True):
    """A field of a model: its JSON type, its values where they are few, whether it may be missing, and is a day."""

    kind: str
    values: tuple[str, ...] | None
    optional: bool
    day: bool = False


def field_at(model: type[msgspec.Struct], path: Iterable[str | int]) -> Field | None:
    """The field of `model` at `path`, where `[]` stands for the items of a list; None where there is none."""
    shape, optional = _shape(model), False
    for part in path:
        shape = _bare(shape)
        if part == "[]" and isinstance(shape, inspect.VarTupleType):
            shape, optional = shape.item_type, False
        elif isinstance(shape, inspect.StructType) and part in {field.encode_name for field in shape.fields}:
            found = next(field for field in shape.fields if field.encode_name == part)
            shape, optional = found.type, not found.required
        else:
            return None
    shape = _bare(shape)
    kinds = {inspect.StructType: "object", inspect.VarTupleType: "array", inspect.BoolType: "boolean"}
    values = tuple(map(str, shape.values)) if isinstance(shape, inspect.LiteralType) else None
    return Field(kinds.get(type(shape), "string"), values, optional, isinstance(shape, inspect.DateType))


@cache
def _shape(model: type[msgspec.Struct]) -> inspect.Type:
    return inspect.type_info(model)


def _bare(shape: inspect.Type) -> inspect.Type:
    if isinstance(shape, inspect.UnionType):
        return next(option for option in shape.types if not isinstance(option, inspect.NoneType))
    return shape


@cache
def _comparing(model: type[msgspec.Struct]) -> Compare:
    return _compare(_shape(model))


def _compare(shape: inspect.Type) -> Compare:
    """What tells problems, and the pointers of unknown fields. Made once: a batch compares as often as it judges."""
    bare = _bare(shape)
    if isinstance(bare, inspect.StructType):
        compare = _compare_fields(bare)
    elif isinstance(bare, inspect.VarTupleType):
        compare = _compare_items(bare)
    else:
        compare = _compare_leaf(bare)
    if bare is shape:
        return compare
    return lambda value, *args: None if value is None else compare(value, *args)


def _compare_fields(shape: inspect.StructType) -> Compare:
    known = {field.encode_name: _compare(field.type) for field in shape.fields}
    required = frozenset(field.encode_name for field in shape.fields if field.required)
    names = frozenset(known) | {shape.tag_field}

    def compare(value: Any, pointer: str, problems: list[Problem], unknown: list[str]) -> None:
        if not isinstance(value, dict):
            problems.append(_mismatch("an object", value, pointer))
            return
        others = [str(name) for name in value if name not in names]
        unknown += (f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}" for name in others)
        for name, inner in known.items():
            if name in value:
                inner(value[name], f"{pointer}/{name}", problems, unknown)
            elif name in required:
                hint = "a field of nearly that name is there: a slip of the pen?" if nearest(name, others) else None
                problems.append(Problem(f"`{name}` is missing", f"{pointer}/{name}", hint=hint))

    return compare


def _compare_items(shape: inspect.VarTupleType) -> Compare:
    item = _compare(shape.item_type)

    def compare(value: Any, pointer: str, problems: list[Problem], unknown: list[str]) -> None:
        if not isinstance(value, list | tuple):
            problems.append(_mismatch("an array", value, pointer))
            return
        for index, inner in enumerate(value):
            item(inner, f"{pointer}/{index}", problems, unknown)

    return compare


def _compare_leaf(shape: inspect.Type) -> Compare:
    def compare(value: Any, pointer: str, problems: list[Problem], unknown: list[str]) -> None:
        if expected := _expected(value, shape):
            problems.append(_mismatch(expected, value, pointer))

    return compare


def _mismatch(expected: str, value: Any, pointer: str) -> Problem:
    return Problem(f"expected {expected}, got {_described(value)}", pointer)


def _expected(value: Any, shape: inspect.Type) -> str | None:
    """What `value` should have been; None where it is."""
    match shape:
        case inspect.StrType(pattern=pattern):
            fits = isinstance(value, str) and (pattern is None or normal_text(value) != "")
            return None if fits else "a string" if pattern is None else "a string that is not blank"
        case inspect.DateType():
            return None if _is_date(value) else "a date that exists, as `YYYY-MM-DD`"
        case inspect.LiteralType(values=values):
            if isinstance(value, str) and value in values:
                return None
            near = nearest(value, map(str, values)) if isinstance(value, str) else None
            listed = f"one of {', '.join(f'`{v}`' for v in values)}"
            return f"{listed} (did you mean `{near}`?)" if near else listed
        case inspect.BoolType():
            return None if isinstance(value, bool) else "true or false"
    raise AssertionError(f"no model has a field of shape {shape}")


def _is_date(value: Any) -> bool:
    try:
        msgspec.convert(value, date)
    except msgspec.ValidationError:
        return False
    return True


def _described(value: Any) -> str:
    """The JSON type of `value`, and no more: reports do not echo the input."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    names = {str: "a string", int: "a number", float: "a number", list: "an array", dict: "an object"}
    if isinstance(value, str) and not value.strip():
        return "a blank string"
    return next((name for kind, name in names.items() if isinstance(value, kind)), f"a Python `{type(value).__name__}`")
