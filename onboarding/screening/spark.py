"""On a cluster: Spark brings together what belongs together, and `arrow` does on its workers what there is to do.

Workers write nothing. What a lost worker did is done again, with the same outcome; the driver writes the reports.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec

from ..errors import OnboardingError, Problem
from ..messages import same, text
from .impact import Change, Survey
from .judging import Judged, Terms
from .plan import Plan, refuse_broken, refuse_changed
from .rows import Kind, Told, encode

_CHUNKS = "number long, chunk binary"
_ROWS = "subject binary, kind int, `order` long, data binary, id binary"
_JUDGED = "`order` long, judged binary"
_FOUND = "found binary"


@contextmanager
def screened(
    plan: Plan, terms: Terms, note_empty: Callable[[Terms], Terms], master: str | None
) -> Iterator[Iterator[Judged]]:
    """The results in the order of the applications, judged by the cluster at the URL `master`, else by that which
    `spark-submit` has named; `note_empty` tells the terms that nobody is on record.

    Raises OnboardingError where Spark is not installed, cannot be reached or gives up, or has lost the archive;
    RegistryError where the registry cannot be read whole.
    """
    with _session("screen", master, plan.slots) as session:
        yield _judged(session, plan, terms, note_empty)


def survey(plan: Plan, change: Change, master: str | None) -> Survey:
    """Whom `change` touches of the subjects on record and of the applications; raises as `screened` does."""
    from . import arrow

    def look(batches: Iterable[Any]) -> Iterator[Any]:
        return arrow.survey(batches, change)

    def add_up(batches: Iterable[Any]) -> Iterator[Any]:
        return arrow.add_up(batches, change)

    with _session("rules impact", master, plan.slots) as session:
        rows, _ = _read(session, plan, change.before)
        found = _by_subject(rows, plan.slots, change.before).mapInArrow(look, _FOUND)
        # One worker adds up: however many parts there are, the driver is told one sum.
        (whole,) = found.repartition(1).mapInArrow(add_up, _FOUND).collect()
        return arrow.found_of(whole.found)


def _judged(session: Any, plan: Plan, terms: Terms, note_empty: Callable[[Terms], Terms]) -> Iterator[Judged]:
    from pyspark import StorageLevel

    from . import arrow

    rows, records = _read(session, plan, terms)
    final = note_empty(terms) if records == 0 else terms

    def decide(batches: Iterable[Any]) -> Iterator[Any]:
        return arrow.decide(batches, final)

    # Kept, since sorting by order looks at them twice.
    judged = _by_subject(rows, plan.slots, terms).mapInArrow(decide, _JUDGED).persist(StorageLevel.DISK_ONLY)
    for row in judged.orderBy("order").toLocalIterator(prefetchPartitions=True):
        yield arrow.judged_of(row.order, bytes(row.judged))


def _read(session: Any, plan: Plan, terms: Terms) -> tuple[Any, int | None]:
    """The rows of all that is read, and how many records there are, None without a registry."""
    from pyspark import StorageLevel
    from pyspark.sql import functions as sql

    from . import arrow

    states, given = plan.states, plan.registry

    def split(batches: Iterable[Any]) -> Iterator[Any]:
        return arrow.split(batches, terms, states)

    chunks = [*enumerate(plan.applications), *enumerate(given.chunks if given else ())]
    told_of = [(number, encode(chunk)) for number, chunk in chunks]
    read = session.sparkContext.parallelize(told_of, max(len(told_of), 1))
    rows = session.createDataFrame(read, _CHUNKS).mapInArrow(split, _ROWS).persist(StorageLevel.DISK_ONLY)
    told = [_told(row.data) for row in rows.where(sql.col("kind") == Kind.TOLD).select("data").collect()]
    if problems := [problem for one in told for problem in one.problems]:
        raise OnboardingError(*problems)
    refuse_changed(plan)
    if given is None:
        return rows, None
    return rows, refuse_broken(given, told, given.path is not None and _conflict(rows))


def _by_subject(rows: Any, slots: int, terms: Terms) -> Any:
    """Records, applications, and what is to be said of the ids of these, cut and sorted by subject."""
    from pyspark.sql import functions as sql

    from . import arrow

    def find_uses(batches: Iterable[Any]) -> Iterator[Any]:
        return arrow.find_uses(batches, terms)

    together = rows.where(~sql.col("kind").isin(Kind.TOLD, Kind.DECIDED))
    named = rows.where(sql.col("kind").isin(Kind.APPLICATION, Kind.DECIDED) & sql.col("id").isNotNull())
    again = named.groupBy("id").count().where("count > 1").select("id")
    used = named.join(again, "id", "left_semi").select(*rows.columns)
    by_id = used.repartition(slots, "id").sortWithinPartitions("id", "kind", "order")
    together = together.union(by_id.mapInArrow(find_uses, _ROWS))
    return together.repartition(slots, "subject").sortWithinPartitions("subject", "kind", "order")


def _conflict(rows: Any) -> bool:
    """Whether two subjects have a record of one id."""
    from pyspark.sql import functions as sql

    records = rows.where((sql.col("kind") == Kind.RECORD) & sql.col("id").isNotNull())
    owners = records.groupBy("id").agg(sql.min("subject").alias("one"), sql.max("subject").alias("other"))
    return bool(owners.where("one != other").limit(1).collect())


def spark_problem(said: str) -> Problem:
    """What is wrong by what Spark has `said`, in a line; with the cure, where that is known."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or [""]
    cause = lines[0]
    if lines[1:2] == ["Traceback (most recent call last):"]:
        # Anything else may quote what was judged.
        cause = lines[-1] if lines[-1].startswith(("ModuleNotFoundError", "pyspark.")) else lines[-1].partition(":")[0]
    elif cause.startswith("An error occurred while calling") and len(lines) > 1:
        cause = lines[1].removeprefix(": ").rpartition("most recent failure: ")[2]
    hint = None
    if any(f"No module named '{name}'" in said for name in ("onboarding", "pyarrow")):
        hint = text("screening.spark-lacks-us")
    elif "Cannot run program" in said:
        hint = text("screening.spark-no-python")
    return Problem(text("screening.spark-failed", said=same(cause[:300])), hint=hint)


@contextmanager
def _session(command: str, master: str | None, slots: int) -> Iterator[Any]:
    """A session of Spark's; what Spark raises while it lasts becomes OnboardingError."""
    session = _begin(command, master, slots)
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield session
    except (PySparkException, Py4JError) as error:
        raise OnboardingError(spark_problem(str(error))) from error
    finally:
        with suppress(Exception):  # it may be gone already
            session.stop()


def _begin(command: str, master: str | None, slots: int) -> Any:
    try:
        import pyarrow  # noqa: F401
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise OnboardingError(Problem(text("screening.needs-extra", what="Spark", extra="spark"))) from None
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    if master is None and not submitted:
        raise OnboardingError(Problem(text("screening.no-master")))
    # Else the workers of this machine take whichever Python is called `python3`.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # Else they import what lies in the working folder in place of what they mean.
    os.environ.setdefault("PYTHONSAFEPATH", "1")
    builder = SparkSession.builder.appName(f"onboard {command}")
    if master is not None:
        builder = builder.master(master)
        builder = builder.config("spark.ui.showConsoleProgress", str(sys.stderr.isatty()).lower())
        if master.startswith("local"):
            # Nobody else takes part.
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
            builder = builder.config("spark.ui.enabled", "false")
    try:
        session = builder.getOrCreate()
    except (PySparkException, RuntimeError, OSError) as error:
        raise OnboardingError(spark_problem(str(error))) from error
    session.sparkContext.setLogLevel("ERROR")
    session.conf.set("spark.sql.shuffle.partitions", str(slots))
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "1000")
    return session


_told = msgspec.msgpack.Decoder(Told).decode
