"""On a cluster: Spark brings together what belongs together, and `arrow` does on its workers what there is to do.

Workers write nothing. Who lost a worker does its part again, with the same outcome; the driver writes the reports.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec

from ..errors import OnboardingError, Problem
from ..messages import same, text
from .judging import Judged, Terms
from .plan import Plan, refuse_broken, refuse_changed
from .rows import Kind, Told, encode

_CHUNKS = "number long, chunk binary"
_ROWS = "subject binary, kind int, `order` long, data binary, id binary"
_JUDGED = "`order` long, judged binary"


@contextmanager
def screened(
    plan: Plan, terms: Terms, note_empty: Callable[[Terms], Terms], master: str | None
) -> Iterator[Iterator[Judged]]:
    """The results in the order of the applications, judged by the cluster at the URL `master`, else by that which
    `spark-submit` has named; `note_empty` tells the terms that nobody is on record.

    Raises OnboardingError where Spark is not installed, cannot be reached or gives up, or has lost the archive;
    RegistryError where the registry cannot be read whole.
    """
    session = _session(master, plan.slots)
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield _judged(session, plan, terms, note_empty)
    except (PySparkException, Py4JError) as error:
        raise OnboardingError(_problem(str(error))) from error
    finally:
        with suppress(Exception):  # it may be gone already
            session.stop()


def _judged(session: Any, plan: Plan, terms: Terms, note_empty: Callable[[Terms], Terms]) -> Iterator[Judged]:
    from pyspark import StorageLevel
    from pyspark.sql import functions as sql

    from . import arrow

    slots, states, given = plan.slots, plan.states, plan.registry

    def split(batches: Iterable[Any]) -> Iterator[Any]:
        return arrow.split(batches, terms, states)

    def find_uses(batches: Iterable[Any]) -> Iterator[Any]:
        return arrow.find_uses(batches, terms)

    chunks = [*enumerate(plan.applications), *enumerate(given.chunks if given else ())]
    told_of = [(number, encode(chunk)) for number, chunk in chunks]
    read = session.sparkContext.parallelize(told_of, max(len(told_of), 1))
    rows = session.createDataFrame(read, _CHUNKS).mapInArrow(split, _ROWS).persist(StorageLevel.DISK_ONLY)
    told = [_told(row.data) for row in rows.where(sql.col("kind") == int(Kind.TOLD)).select("data").collect()]
    if problems := [problem for one in told for problem in one.problems]:
        raise OnboardingError(*problems)
    refuse_changed(plan)
    if given and not refuse_broken(given, told, given.path is not None and _conflict(rows)):
        terms = note_empty(terms)
    final = terms

    def decide(batches: Iterable[Any]) -> Iterator[Any]:
        return arrow.decide(batches, final)

    together = rows.where(~sql.col("kind").isin(int(Kind.TOLD), int(Kind.DECIDED)))
    named = rows.where(sql.col("kind").isin(int(Kind.APPLICATION), int(Kind.DECIDED)) & sql.col("id").isNotNull())
    again = named.groupBy("id").count().where("count > 1").select("id")
    used = named.join(again, "id", "left_semi").select(*rows.columns)
    by_id = used.repartition(slots, "id").sortWithinPartitions("id", "kind", "order")
    together = together.union(by_id.mapInArrow(find_uses, _ROWS))
    sorted_ = together.repartition(slots, "subject").sortWithinPartitions("subject", "kind", "order")
    # Kept, since sorting by order looks at them twice.
    judged = sorted_.mapInArrow(decide, _JUDGED).persist(StorageLevel.DISK_ONLY)
    for row in judged.orderBy("order").toLocalIterator(prefetchPartitions=True):
        yield arrow.judged_of(row.order, bytes(row.judged))


def _conflict(rows: Any) -> bool:
    """Whether two subjects have a record of one id."""
    from pyspark.sql import functions as sql

    records = rows.where((sql.col("kind") == int(Kind.RECORD)) & sql.col("id").isNotNull())
    owners = records.groupBy("id").agg(sql.min("subject").alias("one"), sql.max("subject").alias("other"))
    return bool(owners.where("one != other").limit(1).collect())


def _session(master: str | None, slots: int) -> Any:
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
    builder = SparkSession.builder.appName("onboard screen")
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
        raise OnboardingError(_problem(str(error))) from error
    session.sparkContext.setLogLevel("ERROR")
    session.conf.set("spark.sql.shuffle.partitions", str(slots))
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "1000")
    return session


def _problem(said: str) -> Problem:
    """What Spark says, by its first line; what is known to cause it, with the cure."""
    lacking = "No module named 'onboarding'" in said
    hint = text("screening.spark-lacks-us") if lacking else None
    first = next((line for line in said.splitlines() if line.strip()), "")
    return Problem(text("screening.spark-failed", said=same(first.strip()[:300])), hint=hint)


_told = msgspec.msgpack.Decoder(Told).decode
