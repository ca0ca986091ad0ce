"""A registry on PostgreSQL 14 or later: for many machines. Writers of one subject wait for each other, no others."""

import logging
import select
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Lock

from ...errors import Problem, RegistryError
from ..sql import Session, SqlRegistry
from ..versions import refuse_newer_version, refuse_other_version

try:
    import psycopg
    from psycopg_pool import ConnectionPool, PoolTimeout

    from .address import lock_number, split_password
    from .migrations import MIGRATIONS, version_of
    from .session import PostgresSession
except ImportError:
    _hint = "pip install 'onboard-check[postgres]'"
    raise RegistryError(Problem("PostgreSQL needs the extra `postgres`", hint=_hint)) from None

# What goes wrong is raised; where nobody has set up logging, Python would print it a second time.
logging.getLogger("psycopg").addHandler(logging.NullHandler())

CONNECT_SECONDS = 10
# How long a writer waits for a connection of its pool, or for those who write of the same subject.
WAIT_SECONDS = 60

# The kinds of advisory locks; arbitrary, but the same for all programs that share a registry.
_REGISTRY, _APPLICATION, _SUBJECT = 0x0B0A4D00, 0x0B0A4D01, 0x0B0A4D02


class PostgresRegistry(SqlRegistry):
    """The registry in the database at the URL `address`; `connections` is how many it opens at most."""

    schema_version = len(MIGRATIONS)

    def __init__(self, address: str, known_at: datetime | None = None, connections: int = 8) -> None:
        self._address = address
        self._connections = connections
        self._pool: ConnectionPool[psycopg.Connection] | None = None
        self._opening = Lock()
        self._password, self.source = split_password(address)
        self.known_at = known_at

    def close(self) -> None:
        with self._opening:
            if self._pool is not None:
                self._pool.close()
            self._pool = None

    def init(self, *, dry_run: bool = False) -> int:
        with self._errors(), psycopg.connect(self._address, connect_timeout=CONNECT_SECONDS) as connection:
            # Whatever the server's default: what another program has made in between must be seen.
            connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            found = version_of(connection)
            refuse_newer_version(found, len(MIGRATIONS), self.source)
            if dry_run or found == len(MIGRATIONS):
                return found
            connection.execute("SELECT pg_advisory_xact_lock(%s, 0)", (_REGISTRY,))
            # Again: another program may have been faster.
            found = version_of(connection)
            refuse_newer_version(found, len(MIGRATIONS), self.source)
            connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)")
            for migration in MIGRATIONS[found:]:
                connection.execute(migration)
            connection.execute("DELETE FROM schema_version")
            connection.execute("INSERT INTO schema_version VALUES (%s)", (len(MIGRATIONS),))
            return found

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "COMMIT") as session:
            yield session

    @contextmanager
    def writing(
        self,
        *,
        subject: str | None = None,
        application_id: str | None = None,
        alone: bool = False,
        dry_run: bool = False,
    ) -> Iterator[Session]:
        # In this order, so that no two writers wait for each other.
        locks, names = f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}({_REGISTRY}, 0)", []
        for kind, name in ((_APPLICATION, application_id), (_SUBJECT, subject)):
            if name is not None:
                locks += f", pg_advisory_xact_lock({kind}, ?)"
                names.append(lock_number(name))
        with self._transaction("BEGIN ISOLATION LEVEL READ COMMITTED", "ROLLBACK" if dry_run else "COMMIT") as session:
            session.execute(locks, names)
            yield session

    @contextmanager
    def _transaction(self, begin: str, end: str) -> Iterator[PostgresSession]:
        with self._errors():
            pool = self._opened()
            connection = _alive(pool)
            try:
                session = PostgresSession(connection)
                session.execute(begin)
                yield session
                session.execute(end)
                session.send()
            except BaseException:
                if not connection.closed:
                    connection.rollback()
                raise
            finally:
                pool.putconn(connection)

    def _opened(self) -> "ConnectionPool[psycopg.Connection]":
        with self._opening:
            if self._pool is None:
                # The pool would try for long and say little; this says at once what is wrong.
                with psycopg.connect(self._address, connect_timeout=CONNECT_SECONDS) as connection:
                    refuse_other_version(version_of(connection), len(MIGRATIONS), self.source)
                self._pool = ConnectionPool(
                    self._address,
                    min_size=0,
                    max_size=self._connections,
                    timeout=WAIT_SECONDS,
                    configure=_configure,
                    open=True,
                )
            return self._pool

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeout:
            raise RegistryError(Problem("no connection to be had", source=self.source)) from None
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable) as error:
            hint = "this role may not do that; the how-to on PostgreSQL says what each role needs"
            raise RegistryError(Problem(self._words(error), source=self.source, hint=hint)) from None
        except psycopg.Error as error:
            raise RegistryError(Problem(self._words(error), source=self.source)) from None

    def _words(self, error: "psycopg.Error") -> str:
        # Not the lines about it that a server adds: they may quote what was to be written.
        text = " ".join((error.diag.message_primary or str(error)).split())
        text = text.replace(self._password, "***") if self._password else text
        return f"postgresql: {text}"


def _alive(pool: "ConnectionPool[psycopg.Connection]") -> "psycopg.Connection":
    """A connection of `pool`, which makes new ones for those that were cut while they lay idle.

    The pool would notice too, but wait longer for each; a server has nothing to tell the idle but that they are cut.
    """
    while True:
        connection = pool.getconn()
        if not hasattr(select, "poll"):  # on Windows the first call after a cut fails
            return connection
        heard = select.poll()
        heard.register(connection, select.POLLIN)
        if not heard.poll(0):
            return connection
        connection.close()
        pool.putconn(connection)


def _configure(connection: "psycopg.Connection") -> None:
    connection.autocommit = True
    connection.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'")
