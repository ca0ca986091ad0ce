"""A PostgreSQL connection inside a transaction: statements go out at once, and their rows are waited for when read."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import count
from types import TracebackType
from typing import Any, Self

import psycopg

from ..sql import keepable

_numbers = count()


class PostgresSession:
    """See `sql.Session`. The statements go through psycopg's pipeline: none waits for the rows of the one before.

    So a decision takes two trips to the server, to lock and read and to write and commit, where with each statement
    for itself it would be a dozen. The server does one after the other: each statement sees what was committed while
    the one before it waited for a lock. An error raises where rows are waited for, at the latest at the end.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._pipeline = ExitStack()

    def __enter__(self) -> Self:
        self._pipeline.enter_context(self._connection.pipeline())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pipeline.__exit__(kind, error, at)

    def execute(self, statement: str, values: Iterable[Any] = ()) -> psycopg.Cursor:
        with keepable():
            return self._connection.execute(_marked(statement), tuple(values))

    def stream(self, statement: str, values: Iterable[Any] = ()) -> Iterator[Any]:
        self._leave_pipeline()
        with self._connection.cursor(name=f"stream_{next(_numbers)}") as cursor:
            cursor.itersize = 2000
            with keepable():
                cursor.execute(_marked(statement), tuple(values))
            yield from cursor

    def load(self, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._leave_pipeline()
        into = f"COPY {table} ({columns}) FROM STDIN"
        with keepable(), self._connection.cursor() as cursor, cursor.copy(into) as copy:
            for row in rows:
                copy.write_row(row)

    def _leave_pipeline(self) -> None:
        """A copy cannot be part of a pipeline; what comes after it waits for each statement."""
        self._pipeline.close()


def _marked(statement: str) -> str:
    return statement.replace("?", "%s")
