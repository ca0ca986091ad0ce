"""Sorting of what may be more than there is room for in memory: much of it waits in files without a name."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Protocol, TypeVar

import msgspec

_RUN = 32 << 20  # so many bytes are sorted in memory
_AT_ONCE = 256 << 10  # of what waits, so many bytes are written and read
_BESIDE = 256  # that an item takes in memory beside its data
_FEW = 16  # items are counted at once: each may have a mebibyte
_data = attrgetter("data")


class _HasData(Protocol):
    @property
    def data(self) -> bytes: ...


Item = TypeVar("Item", bound=_HasData)


def sorted_by(
    key: Callable[[Item], Any], items: Iterable[Item], type_: type[Item], folder: Path | None = None
) -> Iterator[Item]:
    """`items`, which are of the type `type_`, in the order of `key`; what does not fit in memory waits in `folder`, or
    else in that for temporary files.
    """
    some: list[Item] = []
    runs: list[Iterator[Item]] = []
    size = 0
    with ExitStack() as files:
        left = iter(items)
        while more := list(islice(left, _FEW)):
            some += more
            size += sum(map(len, map(_data, more))) + _BESIDE * len(more)
            if size >= _RUN:
                some.sort(key=key)
                file = files.enter_context(TemporaryFile(dir=folder))
                _write(some, file)
                runs.append(_read(file, type_))
                some, size = [], 0
        some.sort(key=key)
        yield from heapq.merge(*runs, some, key=key) if runs else some


def _write(items: list[Item], file: IO[bytes]) -> None:
    """Write `items` in pieces, each after its length."""
    start = size = 0
    for end, item in enumerate(items, start=1):
        size += len(item.data) + _BESIDE
        if size >= _AT_ONCE or end == len(items):
            data = msgspec.msgpack.encode(items[start:end])
            file.write(len(data).to_bytes(8))
            file.write(data)
            start, size = end, 0
    file.seek(0)


def _read(file: IO[bytes], type_: type[Item]) -> Iterator[Item]:
    decode = msgspec.msgpack.Decoder(list[type_]).decode  # type: ignore[valid-type]
    while head := file.read(8):
        yield from decode(file.read(int.from_bytes(head)))
