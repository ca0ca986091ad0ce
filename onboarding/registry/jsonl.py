"""A registry in a file of JSON lines: read whole for each look-up, only the wanted subjects kept."""

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Self

from ..errors import RegistryError
from ..files import os_problem
from ..models import Record, history_of, record_id
from ..reading.records import lines_of, read_records
from ..subject_number import normal_subject
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
        wanted = frozenset(subjects)
        digest = hashlib.sha256()
        kept: dict[str | int, Record] = {}
        empty = True
        for line in read_records(self._lines(digest), self.source):
            empty = False
            if line.subject in wanted:
                kept[record_id(line.record) or line.number] = line.record
        by_subject: dict[str, list[Record]] = {subject: [] for subject in wanted}
        for record in kept.values():
            by_subject[normal_subject(record.subject_id)].append(record)
        histories = {subject: history_of(subject, records) for subject, records in by_subject.items()}
        return Found(histories, "sha256:" + digest.hexdigest(), empty)

    def _lines(self, digest: "hashlib._Hash") -> Iterator[bytes]:
        refuse_irregular_file(self.path, self.source)
        try:
            with self.path.open("rb") as file:
                for line in lines_of(file):
                    digest.update(line)
                    yield line
        except OSError as error:
            raise RegistryError(os_problem(error, self.source)) from None
