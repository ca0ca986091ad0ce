"""A registry on PostgreSQL 14 or later: for many machines. Writers of one subject wait for each other, no others."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from msgspec import DecodeError

from ...errors import Problem, RegistryError, RightsError
from ...messages import same, text
from ..migrations import migrations
from ..sql import Session, SqlRegistry, broken_row
from ..versions import TABLES, refuse_newer_version, refuse_other_tables, refuse_other_version

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
# The tables are looked at again when the last look is so long ago: a look takes a good part of an admission's time.
LOOK_SECONDS = 1.0
# How long a writer waits for a connection of its pool, or for those who write of the same subject.
WAIT_SECONDS = 60

# The kinds of advisory locks; arbitrary, but the same for all programs that share a registry.
_REGISTRY, _APPLICATION, _SUBJECT = 0x0B0A4D00, 0x0B0A4D01, 0x0B0A4D02
_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITING = "BEGIN ISOLATION LEVEL READ COMMITTED"
# Rows that a policy hides would look like a clean history: without it they are an error. For the transaction alone:
# behind a pooler, the next one may be with another server, and this one be lent to somebody else.
_SETTINGS = f"SELECT set_config('row_security', 'off', true), set_config('lock_timeout', '{WAIT_SECONDS}s', true)"

# A view in a table's place, or a part that a restored copy lacks, would hide rows; a rule, or a trigger on an insert,
# could drop what is put on record. The tables come first: a view is kept as a rule; a trigger of `records` before
# those that it has on the parts. Triggers of the server's own only compare with other tables.
_FAULTS = """
WITH ours AS (
  SELECT oid, relkind FROM pg_class WHERE oid IN (
    SELECT unnest(?::regclass[]) UNION SELECT relid FROM pg_partition_tree('records'))
)
SELECT oid::regclass::text, NULL::text FROM ours WHERE relkind NOT IN ('r', 'p')
UNION ALL
SELECT 'records', NULL FROM ours
  HAVING count(*) FILTER (WHERE relkind = 'p') <> 1 OR count(*) FILTER (WHERE relkind = 'r') <> 21
UNION ALL
SELECT ev_class::regclass::text, rulename::text FROM pg_rewrite
  WHERE ev_class IN (SELECT oid FROM ours) AND ev_enabled <> 'D'
UNION ALL
(SELECT tgrelid::regclass::text, tgname::text FROM pg_trigger
  WHERE tgrelid IN (SELECT oid FROM ours) AND tgtype & 4 = 4 AND tgenabled <> 'D' AND NOT tgisinternal
  ORDER BY tgparentid)
"""

# Where the next number is no larger than one on record, as after a restore or a failover that left the sequence behind,
# a ban or a closing would count as older than what it replaces.
_BEHIND = "SELECT (SELECT max(seq) FROM records WHERE subject_id = ?) >= nextval('records_seq')"
_BEHIND_ALL = "SELECT (SELECT max(seq) FROM records) >= nextval('records_seq')"


class PostgresRegistry(SqlRegistry):
    """The registry in the database at the URL `address`; `connections` is how many it opens at most."""

    schema_version = len(MIGRATIONS)

    def __init__(self, address: str, known_at: datetime | None = None, connections: int = 8) -> None:
        self._address = address
        self.source = readable_name(address)
        self._options = connection_options(address)
        self._pool = Pool(self._connect, connections, WAIT_SECONDS)
        self._looked_at: float | None = None
        self.known_at = known_at

    def close(self) -> None:
        self._pool.close()

    def init(self, *, dry_run: bool = False) -> int:
        with self._errors(), self._connect() as connection:
            with _transaction(connection, _READING, "COMMIT") as session:
                found = _version_of(session, self.source)
            refuse_newer_version(found, len(MIGRATIONS), self.source)
            if dry_run or found == len(MIGRATIONS):
                return found
            with _transaction(connection, _WRITING, "COMMIT") as session:
                session.execute("SELECT pg_advisory_xact_lock(?, 0)", (_REGISTRY,))
                return self._make_tables(session)

    def _make_tables(self, session: Session) -> int:
        """Make what is missing, as part of the transaction; returns the version that was there before."""
        # Again, where it was asked before the lock was there: another program may have been faster.
        found = _version_of(session, self.source)
        refuse_newer_version(found, len(MIGRATIONS), self.source)
        if found < len(MIGRATIONS):
            session.execute("CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)")
            for migration in MIGRATIONS[found:]:
                # One by one: a pipeline takes no several in one message.
                for statement in filter(str.strip, migration.read_text("utf-8").split(";")):
                    session.execute(statement)
            session.execute("DELETE FROM schema_version")
            session.execute("INSERT INTO schema_version VALUES (?)", (len(MIGRATIONS),))
        return found

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._errors(), self._transaction(_READING, "COMMIT") as session, self._whole_tables(session):
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
        with self._errors(), self._transaction(_WRITING, "ROLLBACK" if dry_run else "COMMIT") as session:
            session.execute(locks, names)
            if makes:
                self._make_tables(session)
            with self._whole_tables(session):
                # Read when the work is done: to read it here would be one more trip to the server. Who puts no record
                # on record may have no right to their sequence.
                behind = None
                if alone or subject is not None:
                    behind = session.execute(_BEHIND_ALL if alone else _BEHIND, () if alone else (subject,))
                yield session
            if behind and any(behind.fetchone() or ()):
                hint = text("registry.sequence-behind-hint")
                raise RegistryError(Problem(text("registry.sequence-behind"), source=self.source, hint=hint))

    @contextmanager
    def _transaction(self, begin: str, end: str) -> Iterator[PostgresSession]:
        with self._pool.connection() as connection, _transaction(connection, begin, end) as session:
            yield session

    @contextmanager
    def _whole_tables(self, session: PostgresSession) -> Iterator[None]:
        """Raises RegistryError where something is wrong with the tables: told when the work is done, which saves a trip
        to the server, and the first time before it as well. Not asked where they have just been looked at.
        """
        now, last = time.monotonic(), self._looked_at
        if last is not None and now - last < LOOK_SECONDS:
            yield
            return
        if last is None:
            refuse_other_version(_version_of(session, self.source), len(MIGRATIONS), self.source)
        faults = session.execute(_FAULTS, (list(TABLES),))
        if last is None:
            refuse_other_tables(faults.fetchone(), self.source)
        yield
        refuse_other_tables(faults.fetchone(), self.source)
        self._looked_at = now

    def _connect(self) -> "psycopg.Connection":
        with ExitStack() as unless_sound:
            connection = psycopg.connect(self._address, autocommit=True, **self._options)
            unless_sound.callback(connection.close)
            encoding = connection.info.parameter_status("server_encoding")
            if encoding != "UTF8":
                hint = text("registry.encoding-hint")
                raise RegistryError(Problem(text("registry.encoding", name=encoding), source=self.source, hint=hint))
            (backend,) = connection.execute("SELECT pg_backend_pid()").fetchone() or (None,)
            if backend != connection.info.backend_pid:
                # Behind a pooler another server may answer the next call, and what we have prepared be somebody
                # else's statement there.
                connection.prepare_threshold = None
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
            session.execute(_SETTINGS)
            yield session
            session.execute(end)
    except BaseException:
        if not connection.closed:
            connection.rollback()
        raise


def _version_of(session: Session, source: str) -> int:
    """The schema version of the tables; 0 where there are none. Raises RegistryError where another program tells it."""
    # By a table: who looks into one hears what others have made by then; by a name alone, not once it was not found.
    if session.execute("SELECT FROM pg_class WHERE oid = to_regclass('schema_version')").fetchone() is None:
        return 0
    version = session.execute("SELECT version FROM schema_version").fetchone()
    if version and not (type(version[0]) is int and version[0] > 0):
        hint = text("registry.other-version-table-hint")
        raise RegistryError(Problem(text("registry.other-version-table"), source=source, hint=hint))
    return version[0] if version else 0
