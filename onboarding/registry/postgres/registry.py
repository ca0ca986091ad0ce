"""A registry on PostgreSQL 14 or later: for many machines. Writers of one subject wait for each other, no others."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from msgspec import DecodeError

from ...errors import Problem, RegistryError, RightsError
from ...messages import same, text
from ..migrations import migrations
from ..sql import Session, SqlRegistry, broken_row
from ..versions import refuse_newer_version, refuse_other_version

try:
    import psycopg

    from .address import connection_options, lock_number, readable_name
    from .pool import Pool
    from .session import PostgresSession
except ImportError:
    raise RegistryError(
        Problem(text("registry.no-driver"), hint=same("pip install 'onboard-check[postgres]'"))
    ) from None

# What goes wrong is raised; where nobody has set up logging, Python would print it a second time.
logging.getLogger("psycopg").addHandler(logging.NullHandler())

MIGRATIONS = migrations("postgres")
# How long a writer waits for a connection of its pool, or for those who write of the same subject.
WAIT_SECONDS = 60

# The kinds of advisory locks; arbitrary, but the same for all programs that share a registry.
_REGISTRY, _APPLICATION, _SUBJECT = 0x0B0A4D00, 0x0B0A4D01, 0x0B0A4D02


class PostgresRegistry(SqlRegistry):
    """The registry in the database at the URL `address`; `connections` is how many it opens at most."""

    schema_version = len(MIGRATIONS)

    def __init__(self, address: str, known_at: datetime | None = None, connections: int = 8) -> None:
        self._address = address
        self.source = readable_name(address)
        self._options = connection_options(address)
        self._pool = Pool(self._connect, connections, WAIT_SECONDS)
        self._checked = False
        self.known_at = known_at

    def close(self) -> None:
        self._pool.close()

    def init(self, *, dry_run: bool = False) -> int:
        with self._errors(), self._connect() as connection:
            found = _version_of(connection, self.source)
            refuse_newer_version(found, len(MIGRATIONS), self.source)
            if dry_run or found == len(MIGRATIONS):
                return found
            # Held by the connection, and the transaction begins after it: one that began before might not see the
            # tables that another program has made while this one waited.
            connection.execute("SELECT pg_advisory_lock(%s, 0)", (_REGISTRY,))
            with connection.transaction():
                return self._make_tables(connection)

    def _make_tables(self, connection: "psycopg.Connection") -> int:
        """Make what is missing, as part of the transaction; returns the version that was there before."""
        # Again, where it was asked before the lock was there: another program may have been faster.
        found = _version_of(connection, self.source)
        refuse_newer_version(found, len(MIGRATIONS), self.source)
        if found < len(MIGRATIONS):
            connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)")
            for migration in MIGRATIONS[found:]:
                # One by one: a pipeline takes no several in one message.
                for statement in filter(str.strip, migration.read_text("utf-8").split(";")):
                    connection.execute(statement)
            connection.execute("DELETE FROM schema_version")
            connection.execute("INSERT INTO schema_version VALUES (%s)", (len(MIGRATIONS),))
        return found

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._errors(), self._pool.connection() as connection:
            self._refuse_other(connection)
            with _transaction(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "COMMIT") as session:
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
        makes = alone and not dry_run
        # In this order, so that no two writers wait for each other.
        locks, names = f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}({_REGISTRY}, 0)", []
        for kind, name in ((_APPLICATION, application_id), (_SUBJECT, subject)):
            if name is not None:
                locks += f", pg_advisory_xact_lock({kind}, ?)"
                names.append(lock_number(name))
        with self._errors(), self._pool.connection() as connection:
            if not makes:
                self._refuse_other(connection)
            end = "ROLLBACK" if dry_run else "COMMIT"
            with _transaction(connection, "BEGIN ISOLATION LEVEL READ COMMITTED", end) as session:
                session.execute(locks, names)
                if makes:
                    self._make_tables(connection)
                yield session

    def _refuse_other(self, connection: "psycopg.Connection") -> None:
        if not self._checked:
            refuse_other_version(_version_of(connection, self.source), len(MIGRATIONS), self.source)
            self._checked = True

    def _connect(self) -> "psycopg.Connection":
        with ExitStack() as unless_sound:
            connection = psycopg.connect(self._address, autocommit=True, **self._options)
            unless_sound.callback(connection.close)
            encoding = connection.info.parameter_status("server_encoding")
            if encoding != "UTF8":
                hint = text("registry.encoding-hint")
                raise RegistryError(Problem(text("registry.encoding", name=encoding), source=self.source, hint=hint))
            # Rows that a policy hides would look like a clean history: without it they are an error.
            connection.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'; SET row_security = off")
            unless_sound.pop_all()
        return connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except DecodeError as error:
            raise broken_row(error, self.source) from None
        except TimeoutError:
            raise RegistryError(Problem(text("registry.no-connection"), source=self.source)) from None
        except psycopg.Error as error:
            refused = isinstance(error, psycopg.errors.InsufficientPrivilege | psycopg.errors.UndefinedTable)
            # Not the lines about it that a server adds: they may quote what was to be written.
            said = " ".join((error.diag.message_primary or str(error)).split())
            words = text("registry.postgresql-says", said=said)
            hint = text("registry.role-hint") if refused else None
            if error.diag.source_function == "check_enable_rls":
                hint = text("registry.row-security-hint")
            kind = RightsError if isinstance(error, psycopg.errors.InsufficientPrivilege) else RegistryError
            raise kind(Problem(words, source=self.source, hint=hint)) from None


@contextmanager
def _transaction(connection: "psycopg.Connection", begin: str, end: str) -> Iterator[PostgresSession]:
    try:
        with PostgresSession(connection) as session:
            session.execute(begin)
            yield session
            session.execute(end)
    except BaseException:
        if not connection.closed:
            connection.rollback()
        raise


def _version_of(connection: "psycopg.Connection", source: str) -> int:
    """The schema version of the tables; 0 where there are none. Raises RegistryError where another program tells it."""
    row = connection.execute("SELECT to_regclass('schema_version') IS NOT NULL").fetchone()
    if not row or not row[0]:
        return 0
    version = connection.execute("SELECT version FROM schema_version").fetchone()
    if version and not (type(version[0]) is int and version[0] > 0):
        hint = text("registry.other-version-table-hint")
        raise RegistryError(Problem(text("registry.other-version-table"), source=source, hint=hint))
    return version[0] if version else 0
