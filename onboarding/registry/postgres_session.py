"""A PostgreSQL connection inside a transaction, as the statements that both kinds of database share use it."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import psycopg

_numbers = count()


class PostgresSession:
    """See `sql.Session`."""

    def __init__(self, connection: "psycopg.Connection") -> None:
        self._connection = connection

    def execute(self, statement: str, values: Iterable[Any] = ()) -> "psycopg.Cursor":
        return self._connection.execute(_marked(statement), tuple(values))

    def stream(self, statement: str, values: Iterable[Any] = ()) -> Iterator[Any]:
        with self._connection.cursor(name=f"stream_{next(_numbers)}") as cursor:
            cursor.itersize = 2000
            cursor.execute(_marked(statement), tuple(values))
            yield from cursor

    def load(self, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        into = f"COPY {table} ({columns}) FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(into) as copy:
            for row in rows:
                copy.write_row(row)


def _marked(statement: str) -> str:
    return statement.replace("?", "%s")
