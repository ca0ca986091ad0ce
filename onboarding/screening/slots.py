"""Files whose content is cut into numbered slots, written in one go and read a slot at a time."""

import os
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

Item = TypeVar("Item")

# So many bytes are gathered before they are written.
SECTION = 8 << 20
_encoder = msgspec.msgpack.Encoder()
_PART = ".part"


class SlotWriter:
    """The file at `path` with `slots` slots; it is there when it is whole, or not at all.

    It is made of sections, each a table of where its slots end and then the slots. Who puts what is to be written next
    into `slots` by hand says when it is much.
    """

    def __init__(self, path: Path, slots: int, section: int = SECTION) -> None:
        self._path, self._section = path, section
        self._part = path.with_name(path.name + _PART)
        self._file = self._part.open("wb")
        self.slots: list[list[Any]] = [[] for _ in range(slots)]
        self._size, self._buffer = 0, bytearray()

    def add(self, slot: int, item: Any, size: int) -> None:
        """Put `item`, of about `size` bytes, into `slot`; what is there will be written when it is much."""
        self.slots[slot].append(item)
        self._size += size
        if self._size >= self._section:
            self.flush()

    def flush(self) -> None:
        """Write what is in `slots` and empty them."""
        file, begin, ends = self._file, self._file.tell(), array("Q", bytes(8 * len(self.slots)))
        file.write(ends)
        at = 0
        for slot, items in enumerate(self.slots):
            if items:
                # One buffer for all: much memory that is new costs more than what is done in it.
                _encoder.encode_into(items, self._buffer)
                at += file.write(self._buffer)
                items.clear()
            ends[slot] = at
        file.seek(begin)
        file.write(ends)
        file.seek(0, os.SEEK_END)
        self._size = 0

    def close(self) -> None:
        """Write what is left; then the file is there."""
        self.flush()
        self._file.close()
        os.replace(self._part, self._path)


class SlotReader(Generic[Item]):
    """Reads slots of files that a SlotWriter has written, as items of the type `item`."""

    def __init__(self, item: type[Item], slots: int) -> None:
        self._decode = msgspec.msgpack.Decoder(list[item]).decode  # type: ignore[valid-type]
        self._slots = slots

    def read(self, paths: Iterable[Path], slot: int) -> Iterator[Item]:
        """The items of `slot` in all of `paths`, in the order in which they were written."""
        for path in paths:
            for block in self.blocks(path, slot):
                yield from block

    def blocks(self, path: Path, slot: int) -> Iterator[list[Item]]:
        """The items of `slot` in one file, a section at a time."""
        table = 8 * self._slots
        with path.open("rb", buffering=0) as file:
            at = 0
            while head := file.read(table):
                ends = array("Q", head)
                begin, end = ends[slot - 1] if slot else 0, ends[slot]
                if end > begin:
                    file.seek(at + table + begin)
                    yield self._decode(file.read(end - begin))
                at += table + ends[-1]
                file.seek(at)
