"""A PostgreSQL connection inside a transaction: statements wait, and go to the server together."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import psycopg

_numbers = count()


class PostgresSession:
    """See `sql.Session`. A statement is sent when the rows of one are asked for, with all that came before it.

    So a decision takes two trips to the server, to lock and read and to write and commit; and a thread that has
    sent something is waited for twice, where with each statement for itself it would be a dozen times. The server
    does one after the other: each statement sees what was committed while the one before it waited for a lock. An
    error raises where they are sent.
    """

    def __init__(self, connection: "psycopg.Connection") -> None:
        self._connection = connection
        # Several statements go in one message only if their values are written into them.
        self._cursor = psycopg.ClientCursor(connection)
        self._waiting: list[_Rows] = []

    def execute(self, statement: str, values: Iterable[Any] = ()) -> "_Rows":
        rows = _Rows(self, statement, values)
        self._waiting.append(rows)
        return rows

    def send(self) -> None:
        """Send what waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            statements = ";".join(_marked(rows.statement) for rows in waiting)
            self._cursor.execute(statements, [value for rows in waiting for value in rows.values])
        for rows in waiting:
            result = self._cursor.pgresult
            rows.fetched = self._cursor.fetchall() if result and result.nfields else []
            rows.changed = self._cursor.rowcount
            self._cursor.nextset()

    def stream(self, statement: str, values: Iterable[Any] = ()) -> Iterator[Any]:
        self.send()
        with self._connection.cursor(name=f"stream_{next(_numbers)}") as cursor:
            cursor.itersize = 2000
            cursor.execute(_marked(statement), tuple(values))
            yield from cursor

    def load(self, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self.send()
        into = f"COPY {table} ({columns}) FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(into) as copy:
            for row in rows:
                copy.write_row(row)


class _Rows:
    """What a statement gives, once it has been sent."""

    def __init__(self, session: PostgresSession, statement: str, values: Iterable[Any]) -> None:
        self._session = session
        self.statement, self.values = statement, values
        self.fetched: list[Any] | None = None
        self.changed = -1

    @property
    def rowcount(self) -> int:
        self.fetchall()
        return self.changed

    def fetchone(self) -> Any:
        return next(iter(self.fetchall()), None)

    def fetchall(self) -> list[Any]:
        if self.fetched is None:
            self._session.send()
        assert self.fetched is not None
        return self.fetched

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())


def _marked(statement: str) -> str:
    return statement.replace("?", "%s")
