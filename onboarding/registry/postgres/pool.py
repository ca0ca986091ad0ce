"""The connections of one program to a server, kept for the next that needs one.

Not `psycopg_pool`: there, who asks for a connection to a server that is gone waits as long as for one that others
use. Here it is whoever asks that connects, so a server that is gone is told within the connect time-out.
"""

import select
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore

import psycopg
from psycopg.pq import TransactionStatus


class Pool:
    """At most `size` connections, made by `connect` when they are needed. Threads may share it."""

    def __init__(self, connect: Callable[[], psycopg.Connection], size: int, wait_seconds: float) -> None:
        self._connect = connect
        self._wait_seconds = wait_seconds
        self._turns = BoundedSemaphore(size)
        self._idle: deque[psycopg.Connection] = deque()

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """One for as long as the block lasts; raises TimeoutError where the others are not given back in time."""
        if not self._turns.acquire(timeout=self._wait_seconds):
            raise TimeoutError
        try:
            connection = self._kept() or self._connect()
            try:
                yield connection
            finally:
                if connection.info.transaction_status == TransactionStatus.IDLE:
                    self._idle.append(connection)
                else:
                    connection.close()
        finally:
            self._turns.release()

    def close(self) -> None:
        """Close those that are not in use."""
        while (connection := self._kept()) is not None:
            connection.close()

    def _kept(self) -> psycopg.Connection | None:
        with suppress(IndexError):  # another thread may take the last one
            while True:
                connection = self._idle.pop()
                if not _was_cut(connection):
                    return connection
                connection.close()
        return None


def _was_cut(connection: psycopg.Connection) -> bool:
    """Whether the server has cut an idle connection: it has nothing else to tell one."""
    if not hasattr(select, "poll"):  # on Windows the first call after a cut fails
        return False
    heard = select.poll()
    heard.register(connection, select.POLLIN)
    return bool(heard.poll(0))
