"""JSON as RFC 8259 has it and no more, from texts that may be hostile: every problem with its place.

`jiter` says quickly of nearly every text that it is sound. Of the others `json_places` says what is wrong and where;
that decides. Time and memory are linear in the text, whatever it is.
"""

import math
from codecs import BOM_UTF8
from typing import Any

import jiter

from ..errors import InputError, Problem
from .encoding import MAX_BYTES, MAX_DEPTH, decode, encoded


def parse(data: bytes | str) -> Any:
    """The value of the JSON text `data`: at most 1 MiB of UTF-8, nested at most 64 deep.

    Raises InputError with every problem found.
    """
    value, problems = scan(data)
    if problems:
        raise InputError(*problems)
    return value


def scan(data: bytes | str) -> tuple[Any, list[Problem]]:
    """Like `parse`, but what is odd in an otherwise readable text comes back beside the value."""
    value = _glance(data)
    if value is not None and _is_plain(value, MAX_DEPTH):
        return value, []
    # Nearly all are sound, and start sooner without it.
    from .json_places import scan_closely

    return scan_closely(decode(data))


def _glance(data: bytes | str) -> Any:
    """The value of a text of which is quickly told that it is JSON without a duplicate key; None otherwise.

    It may be nested too deep, or hold numbers that JSON's readers may not agree on.
    """
    raw = encoded(data)
    # What is longer may be the beginning of a text alone.
    if len(raw) > MAX_BYTES:
        return None
    try:
        return jiter.from_json(raw.removeprefix(BOM_UTF8), allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError:
        return None


def _is_plain(value: Any, levels: int) -> bool:
    """Whether `value` has at most so many levels, and no number that JSON's readers may not agree on."""
    kind = type(value)
    if kind is dict or kind is list:
        if levels == 0:
            return False
        for inner in value.values() if kind is dict else value:
            if type(inner) is not str and not _is_plain(inner, levels - 1):
                return False
        return True
    if kind is float:
        return math.isfinite(value)
    return kind is not int or value.bit_length() <= 1000
