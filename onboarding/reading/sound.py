"""JSON texts in which nothing is odd, as nearly all are, read in a fraction of the time that telling what is odd takes.

Whatever is not told here is not wrong yet: `json_text` and `validation` look closer, and they alone say what is wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cached_property, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from ..identity import PLAIN_ASCII
from .encoding import MAX_BYTES
from .validation import PLAIN_TEXT

Model = TypeVar("Model")
MOST_ITEMS = 200  # within every limit on lists
_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines


class SoundReader(Generic[Model]):
    """Reads texts of the `models`: where there are several, by the one that the field `record` names."""

    def __init__(self, models: Mapping[str, type[Model]]) -> None:
        self._models = models

    def read(self, data: bytes | str) -> Model | None:
        """The model in `data`: one line, every field known and given once, and every text short and seen whole.

        None where that is not so, or cannot be told so soon.
        """
        try:
            raw = data.encode() if isinstance(data, str) else data
            # What is longer may be the beginning of a text alone.
            if len(raw) > MAX_BYTES or not _is_plain(raw := raw.rstrip(b"\r\n")):
                return None
            form = self._readers.form(raw)
            # Without an escape, quotes are around names and texts alone. Of a name that is given twice only one is
            # written back.
            if raw.count(b'"') != _encode(form).count(b'"'):
                return None
            return self._readers.model[type(form)](raw)
        except (UnicodeError, msgspec.DecodeError):
            return None

    def read_lines(self, block: bytes) -> list[Any] | None:
        """What each line in `block` holds, where `read` would read them all: not as models but as values with the same
        fields, of which those that are missing are UNSET.

        Lines that are no longer than a block of them is quick to read again; None where one is none.
        """
        try:
            # No value but the whole line begins or ends at a line's end: within one, a comma would have to follow.
            lines = block.count(b"\n")
            if len(block) > MAX_BYTES or not block.endswith(b"}\n") or block.count(b"}\n{") != lines - 1:
                return None
            if not _is_plain(block, b"\n"):
                return None
            forms: list[Any] = self._readers.forms(block)
            # See `read`. No line has fewer quotes than what is written back of it, so that their sums tell of each.
            sound = len(forms) == lines and block.count(b'"') == _encode_lines(forms).count(b'"')
            return forms if sound else None
        except (UnicodeError, msgspec.DecodeError):
            return None

    @cached_property
    def _readers(self) -> "_Readers[Model]":
        """Made when first needed: a file of several lines needs none of it."""
        several = len(self._models) > 1
        forms = {_form(model, tag if several else None): model for tag, model in self._models.items()}
        decoder = msgspec.json.Decoder(Union[tuple(forms)])  # noqa: UP007 - as many as there are
        models: Any = {form: msgspec.json.Decoder(model).decode for form, model in forms.items()}
        return _Readers(decoder.decode, decoder.decode_lines, models)


class _Readers(msgspec.Struct, Generic[Model], frozen=True):
    """What reads a text, or several lines of it, as forms, and by the form what reads a text as the model."""

    form: Callable[[bytes], Any]
    forms: Callable[[bytes], list[Any]]
    model: Mapping[type, Callable[[bytes], Model]]


def _is_plain(raw: bytes, beside: bytes = b"") -> bool:
    """Whether `raw` is UTF-8 of characters that are seen, or those `beside` them, and none of them an escape's."""
    raw.decode()
    return raw.translate(None, PLAIN_ASCII + beside).decode().isprintable() and b"\\" not in raw


def _form(model: Any, tag: str | None) -> type[msgspec.Struct]:
    """What takes what `model` takes, but no unknown field and no long text, and tells what is missing from null.

    What the model refuses when it is made, the form refuses as well.
    """
    types = get_type_hints(model, include_extras=True)
    taken: list[Any] = []
    for field in fields(model):
        kind = _shortened(types[field.name])
        if field.name not in ("extra", tag and "record"):
            needed = field.default is MISSING
            taken.append((field.name, kind) if needed else (field.name, kind | msgspec.UnsetType, msgspec.UNSET))
    return msgspec.defstruct(
        model.__name__,
        taken,
        namespace={"record": tag, "__post_init__": model.__post_init__} if tag else {},
        kw_only=True,
        tag_field="record" if tag else None,
        tag=tag,
        forbid_unknown_fields=True,
        gc=False,
    )


def _shortened(kind: Any) -> Any:
    """The type `kind` with short texts, short lists, and forms for models."""
    if kind is str:
        return Annotated[str, msgspec.Meta(max_length=PLAIN_TEXT)]
    if is_dataclass(kind):
        return _form(kind, None)
    inner = get_args(kind)
    match get_origin(kind):
        case origin if origin is Annotated:
            return Annotated[(_shortened(inner[0]), *inner[1:])]
        case origin if origin is tuple:
            item: Any = _shortened(inner[0])
            return Annotated[list[item], msgspec.Meta(max_length=MOST_ITEMS)]
        case origin if origin in (Union, UnionType):
            return reduce(or_, map(_shortened, inner))
    return kind
