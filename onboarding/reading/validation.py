"""From plain values to our models, and everything that is wrong with a value at once, with pointers.

msgspec builds the models; a value that it refuses goes to pydantic, which reads the same classes to the end and
is imported only then. A test holds the two together.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import islice
from typing import Any, TypeVar, get_args

import msgspec
from msgspec import Struct, inspect

from ..errors import InputError, Problem
from ..identity import normal_text
from ..messages import Text, listed, text
from ..models import MOST_VALUE
from ..pointers import Path, showable, to_pointer, walk
from .encoding import MAX_DEPTH, MAX_PROBLEMS
from .typed import is_endless, typed_choice, typed_date, typed_flag

Model = TypeVar("Model")
PLAIN_TEXT = 100  # characters that are within every limit on texts, however they are normalised
# A model is `Any` below where it is looked up in a cache: mypy does not take every class for hashable.


def build(value: Any, model: type[Model]) -> Model:
    """A `model` from a plain value; raises InputError with every problem."""
    try:
        return msgspec.convert(value, model)
    except msgspec.ValidationError:
        raise InputError(*explain(value, model)) from None


def explain(value: Any, model: Any) -> list[Problem]:
    """Everything that keeps `value` from being a `model`, by pydantic; msgspec has refused it."""
    from pydantic import ValidationError

    try:
        _adapter(model).validate_python(value)
    except ValidationError as found:
        errors = found.errors(include_url=False, include_context=False)
        problems = [_problem(error["type"], error["loc"], value, model) for error in errors[:MAX_PROBLEMS]]
        more = len(errors) - len(problems)
        return problems + [Problem(text("reading.more-problems", n=more))] * (more > 0)
    return [Problem(text("reading.misread"), "")]


def nearest(name: str, known: Iterable[str], cutoff: float = 0.7) -> str | None:
    """The other name that `name` is likely meant for, of those known: alike by `cutoff`, where 1 is the same.

    Databases write names in capitals, and that is no other name.
    """
    from difflib import get_close_matches

    others = {other.casefold(): other for other in known if other != name}
    near = get_close_matches(normal_text(name).casefold(), others, n=1, cutoff=cutoff)
    return others[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str]) -> Text | None:
    """A hint at the known name that `name` is likely meant for."""
    near = nearest(name, known)
    return text("reading.did-you-mean", near=near) if near else None


def meant(name: str, known: Iterable[str]) -> Text:
    """A hint at what `name` is likely meant for, or else at all that is known."""
    known = list(known)
    return did_you_mean(name, known) or text("reading.known", names=listed(known))


def unknown_fields(value: Any, model: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of the fields in `value` that `model` does not know."""
    if not isinstance(value, dict):
        return
    names, inner = _fields(model)
    if not value.keys() <= names:
        yield from ((*path, str(name)) for name in value if name not in names)
    for name, below in inner:
        found = value.get(name)
        if isinstance(found, dict):
            yield from unknown_fields(found, below, (*path, name))
        elif isinstance(found, list | tuple):
            for index, item in enumerate(found):
                yield from unknown_fields(item, below, (*path, name, index))


def is_plain(value: Any, model: Any) -> bool:
    """Whether all that `value` holds is fields that `model` knows, with short texts that can be shown, days, truth
    values and null: no name or text in it can be too long or broken, and nothing is nested too deep.

    So it is with nearly all, and this is a fraction of the time that telling otherwise takes.
    """
    if type(value) is not dict or not value.keys() <= _fields(model)[0]:
        return False
    inner = _inner(model)
    for name, found in value.items():
        kind = type(found)
        if kind is str:
            # Of no character NFKC makes more than eighteen.
            if len(found) > PLAIN_TEXT or not found.isprintable():
                return False
        elif kind is dict:
            if name not in inner or not is_plain(found, inner[name]):
                return False
        elif kind is list:
            if name not in inner or not all(is_plain(item, inner[name]) for item in found):
                return False
        elif found is not None and kind is not bool and kind is not date:
            return False
    return True


def known_at(model: Any, pointer: str) -> list[str]:
    """The names of the fields that `model` knows where `pointer` stands; none where it leads nowhere."""
    for part in pointer.split("/")[1:-1]:
        if part != "[]" and not part.isdigit():
            model = dict(_fields(model)[1]).get(part)
            if model is None:
                return []
    return [name for name in _shapes(model) if name != "extra"]


class Field(Struct, frozen=True):
    """A field of a model: its JSON type, its values where they are few, whether it may be missing, and is a day."""

    kind: str
    values: tuple[str, ...] | None
    optional: bool
    day: bool = False


def names_of(model: Any) -> frozenset[str]:
    """The names of the fields of `model` that may be given."""
    return _fields(model)[0]


def parts(model: Any) -> tuple[tuple[str, Any], ...]:
    """The fields of `model` that hold a model or a list of one, each with that model."""
    return _fields(model)[1]


def model_at(model: Any, path: Iterable[str | int]) -> Any:
    """The model that stands at `path` of `model`, where `[]` stands for the items of a list."""
    for part in path:
        model = model if part == "[]" else dict(parts(model))[str(part)]
    return model


@cache
def terms(model: Any) -> tuple[tuple[str, str], ...]:
    """The fields of `model` that are a first and a last day: `valid_from` and `valid_until`."""
    names = [field.name for field in fields(model)]
    ends = [(name, f"{name.removesuffix('_from')}_until") for name in names if name.endswith("_from")]
    return tuple((begin, end) for begin, end in ends if end in names)


def field_at(model: Any, path: Iterable[str | int]) -> Field | None:
    """The field of `model` at `path`, where `[]` stands for the items of a list; None where there is none."""
    shape, optional = _shape(model), False
    for part in path:
        shape = _bare(shape)
        if part == "[]" and isinstance(shape, inspect.VarTupleType):
            shape, optional = shape.item_type, False
        elif isinstance(shape, inspect.DataclassType) and part != "extra" and part in (known := _shapes(shape.cls)):
            shape, optional = known[str(part)].type, not known[str(part)].required
        else:
            return None
    shape = _bare(shape)
    kinds = {
        inspect.DataclassType: "object",
        inspect.VarTupleType: "array",
        inspect.BoolType: "boolean",
        inspect.IntType: "integer",
    }
    values = tuple(map(str, shape.values)) if isinstance(shape, inspect.LiteralType) else None
    return Field(kinds.get(type(shape), "string"), values, optional, isinstance(shape, inspect.DateType))


def misfit(value: Any, field: Field, pointer: str) -> Problem | None:
    """What keeps `value`, which stands at `pointer`, from being one of `field`; nothing does for null."""
    if value is None or _is_one_of(field, value):
        return None
    expected, hint = _expected("day" if field.day else "", value, field)
    return Problem(text("reading.expected", expected=expected, got=_described(value)), pointer, hint=hint)


def _is_one_of(field: Field, value: Any) -> bool:
    if field.values is not None:
        return isinstance(value, str) and value in field.values
    if field.day:
        return isinstance(value, str) and _is_day(value)
    if field.kind == "integer":
        return type(value) is int and abs(value) <= MOST_VALUE
    return type(value) is (bool if field.kind == "boolean" else str)


def _is_day(written: str) -> bool:
    try:
        return msgspec.convert(written, date) is not None
    except msgspec.ValidationError:
        return False


@cache
def _adapter(model: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(model)


@cache
def _shape(model: Any) -> inspect.Type:
    return inspect.type_info(model)


@cache
def _shapes(model: Any) -> dict[str, inspect.Field]:
    shape = _shape(model)
    assert isinstance(shape, inspect.DataclassType)
    return {field.name: field for field in shape.fields}


@cache
def _inner(model: Any) -> dict[str, Any]:
    return dict(_fields(model)[1])


@cache
def _fields(model: Any) -> tuple[frozenset[str], tuple[tuple[str, Any], ...]]:
    """The names of the fields that may be given, and those that hold a model or a list of one, with the model."""
    inner = ((field.name, _model_in(field.type)) for field in fields(model))
    return frozenset(field.name for field in fields(model)) - {"extra"}, tuple((n, m) for n, m in inner if m)


def _model_in(kind: Any) -> Any:
    """The model that a field of this type holds, itself or in a list; None where it holds none."""
    # Not by msgspec: a check asks for little more, and its `inspect` takes ten times as long to tell.
    return kind if is_dataclass(kind) else next(filter(None, map(_model_in, get_args(kind))), None)


def _bare(shape: inspect.Type) -> inspect.Type:
    shape = shape.type if isinstance(shape, inspect.Metadata) else shape
    if isinstance(shape, inspect.UnionType):
        return next(_bare(option) for option in shape.types if not isinstance(option, inspect.NoneType))
    return shape


def _problem(kind: str, path: Path, value: Any, model: Any) -> Problem:
    """What pydantic found at `path` of `value`, in our words."""
    pointer = _remembered_pointer(path)
    try:
        walk(value, path[:-1] if kind == "missing" else path)
    except TypeError:  # it is within a set, which pydantic goes through and JSON does not have
        return _problem("list_type", path[:-1], value, model)
    if kind == "missing":
        outer = walk(value, path[:-1])
        others = [str(name) for name in outer if name not in known_at(model, pointer)]
        slip = text("reading.slip") if nearest(str(path[-1]), others) else None
        return Problem(text("reading.missing", name=path[-1]), pointer, hint=slip)
    if kind == "closed_alone":
        return Problem(text("reading.closed-alone"), pointer)
    if kind == "follows_itself":
        return Problem(text("reading.follows-itself"), pointer + "/follows")
    found = walk(value, path)
    field = field_at(model, ("[]" if isinstance(part, int) else part for part in path))
    expected, hint = _expected(kind, found, field)
    return Problem(text("reading.expected", expected=expected, got=_described(found)), pointer, hint=hint)


# Many lines of a file lack the same: each problem is held, and what is alike in them once.
_remembered_pointer = lru_cache(maxsize=1024)(to_pointer)


def _expected(kind: str, found: Any, field: Field | None) -> tuple[Text, Text | None]:
    if kind == "not_blank":
        return text("reading.not-blank"), None
    if kind == "day":
        return text("reading.a-day"), _cure(found) if isinstance(found, str) else None
    if field and field.values:
        near = (typed_choice(found, field.values) or nearest(found, field.values)) if isinstance(found, str) else None
        key = "reading.one-of-near" if near else "reading.one-of"
        return text(key, values=listed(field.values), near=near), None
    if field and field.kind == "integer" and type(found) is int:
        return text("reading.number-between", most=MOST_VALUE), None
    flag = typed_flag(found) if field and field.kind == "boolean" and isinstance(found, str) else None
    if flag is not None:
        return text("reading.true-or-false"), text("reading.write-flag", flag=str(flag).lower())
    names = {"object": "an-object", "array": "an-array", "boolean": "true-or-false", "integer": "a-whole-number"}
    return text(f"reading.{names.get(field.kind if field else 'object', 'a-string')}"), None


def _cure(written: str) -> Text | None:
    """How a day that was written otherwise is to be written."""
    if is_endless(written):
        return text("reading.no-fixed-term")
    day = typed_date(re.sub(r"[T ][0-9:.+Z-]*$", "", written[:64]))
    return text("reading.write-day", day=day) if day else None


def _described(value: Any) -> Text | str:
    """The JSON type of `value`, and no more: reports do not echo the input."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    names = {str: "a-string", int: "number", float: "number", list: "an-array", tuple: "an-array", dict: "an-object"}
    if isinstance(value, str) and not value.strip():
        return text("reading.blank-string")
    name = next((name for kind, name in names.items() if isinstance(value, kind)), None)
    return text(f"reading.{name}") if name else text("reading.python", kind=type(value).__name__)


def refuse_odd(value: Any, *, max_name: int | None = None, max_text: int | None = None) -> None:
    """Raise InputError where `value` is nested too deep, holds a lone surrogate, or a longer name or text than may be.

    What was parsed here has the first two behind it; plain values that a program gives have not.
    """
    problems = list(islice(_odd(value, (), max_name, max_text), MAX_PROBLEMS))
    if problems:
        raise InputError(*problems)


# A trail is the trail of the place around and the last part: no path is written out before there is a problem.
def _odd(value: Any, trail: Any, max_name: int | None, max_text: int | None, depth: int = 0) -> Iterator[Problem]:
    if isinstance(value, str):
        if max_text is not None and is_longer(value, max_text):
            yield Problem(text("reading.text-too-long", limit=max_text), _pointer(trail))
        elif not _is_unicode(value):
            yield Problem(text("reading.lone-surrogate"), _pointer(trail))
        return
    if not isinstance(value, dict | list | tuple):
        return
    if depth >= MAX_DEPTH:
        yield Problem(text("reading.too-deep", limit=MAX_DEPTH), _pointer(trail))
        return
    for part, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(part, str):
            if max_name is not None and len(part) > max_name:
                yield Problem(text("reading.name-too-long", limit=max_name), _pointer(trail))
                continue
            if not _is_unicode(part):
                yield Problem(text("reading.lone-surrogate-in-name"), _pointer(trail))
                continue
        elif isinstance(value, dict):
            yield Problem(text("reading.name-no-string"), _pointer(trail))
            continue
        if isinstance(inner, str | dict | list | tuple):
            yield from _odd(inner, (trail, part), max_name, max_text, depth + 1)


def is_longer(written: str, limit: int) -> bool:
    """Whether `written` has more than `limit` characters, as it stands or as it is compared: `ﷺ` is eighteen."""
    if len(written) > limit:
        return True
    # Of no character NFKC makes more than eighteen.
    return len(written) * 18 > limit and not written.isascii() and len(normal_text(written)) > limit


def _is_unicode(written: str) -> bool:
    if written.isascii():
        return True
    try:
        written.encode()
    except UnicodeEncodeError:
        return False
    return True


def _pointer(trail: Any) -> str:
    path: list[str] = []
    while trail:
        trail, part = trail
        path.append(str(part))
    return to_pointer(showable(path[::-1]))
