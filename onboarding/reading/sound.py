"""JSON texts in which nothing is odd, as nearly all are, read in a fraction of the time that telling what is odd takes.

Whatever is not told here is not wrong yet: `json_text` and `validation` look closer, and they alone say what is wrong.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Any, Generic, TypeVar, Union

import msgspec

from .encoding import MAX_BYTES
from .validation import PLAIN_TEXT, names_of, parts

Model = TypeVar("Model")
MOST_ITEMS = 200  # within every limit on lists
_encode = msgspec.json.Encoder().encode


class SoundReader(Generic[Model]):
    """Reads texts of the `models`: where there are several, by the one that the field `record` names."""

    def __init__(self, models: Mapping[str, type[Model]]) -> None:
        self._models = models

    def read(self, data: bytes | str) -> Model | None:
        """The model in `data`: one line, every field known and given once, and every text short and seen whole.

        None where that is not so, or cannot be told so soon.
        """
        try:
            raw = (data.encode() if isinstance(data, str) else data).rstrip(b"\r\n")
            shown = raw.decode()
            if len(raw) > MAX_BYTES or not shown.isprintable() or "\\" in shown or " :" in shown:
                return None
            read_form, read_model = self._decoders
            form = read_form(raw)
            # Without an escape no text holds a quote: this is the number of names. One that is given twice counts once
            # in what is written back.
            if raw.count(b'":') != _encode(form).count(b'":'):
                return None
            return read_model[type(form)](raw)
        except (UnicodeError, msgspec.DecodeError):
            return None

    @cached_property
    def _decoders(self) -> tuple[Callable[[bytes], Any], dict[type, Callable[[bytes], Model]]]:
        """What reads a text as a form, and by the form what reads it as the model.

        Made when first needed: a file of several lines needs none of it.
        """
        several = len(self._models) > 1
        forms = {_form(model, tag if several else None): model for tag, model in self._models.items()}
        read_form = msgspec.json.Decoder(Union[tuple(forms)]).decode  # noqa: UP007 - as many as there are
        return read_form, {form: msgspec.json.Decoder(model).decode for form, model in forms.items()}


def _form(model: Any, tag: str | None) -> type[msgspec.Struct]:
    """What takes the fields of `model` and no others, with short texts, truth values and null."""
    inner = dict(parts(model))
    short = Annotated[str, msgspec.Meta(max_length=PLAIN_TEXT)] | bool | None | msgspec.UnsetType
    fields: list[tuple[str, Any, Any]] = []
    for name in sorted(names_of(model) - ({"record"} if tag else set())):
        kind: Any = short
        if name in inner:
            below = _form(inner[name], None)
            kind = below | Annotated[list[below], msgspec.Meta(max_length=MOST_ITEMS)] | None | msgspec.UnsetType  # type: ignore[valid-type]
        fields.append((name, kind, msgspec.UNSET))
    return msgspec.defstruct(
        model.__name__, fields, tag_field="record" if tag else None, tag=tag, forbid_unknown_fields=True, gc=False
    )
