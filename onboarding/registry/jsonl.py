"""A registry in a file of JSON lines: read whole for each look-up, only the wanted subjects kept."""

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Self

from ..errors import RegistryError
from ..files import os_problem
from ..models import Record, history_of, record_id
from ..reading.records import lines_of, read_records
from .addresses import shown_address
from .files import refuse_irregular_file
from .protocol import Found


class JsonlRegistry:
    """The registry in the file at `path`; its digest is that of the file's bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = shown_address(str(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *what: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is kept open."""

    def look_up(self, subjects: Collection[str], application_ids: Collection[str] = ()) -> Found:
        by_subject, digest, empty = self._read(frozenset(subjects))
        histories = {subject: history_of(subject, by_subject.get(subject, {}).values()) for subject in set(subjects)}
        return Found(histories, lambda: digest, empty)

    def newest(self) -> dict[str, dict[str | int, Record]]:
        """The newest version of every record by its id, or its line where it has none, for each subject by its id."""
        return self._read(None)[0]

    def digest(self) -> str:
        """A digest of the file's bytes."""
        return self._read(frozenset())[1]

    def _read(self, wanted: frozenset[str] | None) -> tuple[dict[str, dict[str | int, Record]], str, bool]:
        digest = hashlib.sha256()
        kept: dict[str, dict[str | int, Record]] = {}
        empty = True
        for line in read_records(self._lines(digest), self.source):
            empty = False
            if wanted is None or line.subject in wanted:
                kept.setdefault(line.subject, {})[record_id(line.record) or line.number] = line.record
        return kept, "sha256:" + digest.hexdigest(), empty

    def _lines(self, digest: "hashlib._Hash") -> Iterator[bytes]:
        refuse_irregular_file(self.path, self.source)
        try:
            with self.path.open("rb") as file:
                for line in lines_of(file):
                    digest.update(line)
                    yield line
        except OSError as error:
            raise RegistryError(os_problem(error, self.source)) from None
