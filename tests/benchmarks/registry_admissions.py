"""Admissions a second on PostgreSQL, beside the bare database doing the same row work.

    python tests/benchmarks/registry_admissions.py [SECONDS]     (5 a figure unless said otherwise)

Bare is a client that begins, takes the lock, selects the subject's rows, inserts a record and a decision of the same
length, and commits, with psycopg and no program around it. Both are run in turn, three times, at 1, 8 and 32
connections spread over at most as many processes as there are processors; the best of each counts. At last, what part
of the time in which a subject is locked goes into judging: of those who pass and of those who are refused, with nothing
on record of them and with two shops.
"""

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg
from builders import application
from registry.make import WHO, load, subject
from registry.pg_server import Server

from onboarding import admit, load_ruleset
from onboarding.decisions import admission
from onboarding.registry import open_database
from onboarding.registry.postgres.registry import PostgresRegistry

ROUNDS = 3
MOST = 10_000  # subjects that have shops on record
DECISION = (
    "INSERT INTO decisions (application_id, subject_id, verdict, shop_id, report, application, digest, ruleset,"
    " ruleset_digest, revision, as_of, decided_at, decided_by) VALUES"
    " (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
RECORD = "INSERT INTO records (recorded_at, subject_id, record_id, record, recorded_by) VALUES (%s, %s, %s, %s, %s)"


def ours(address: str, threads: int, first: int, until: float) -> int:
    """Admit until the time is over; returns how many were admitted."""
    rules = load_ruleset()
    done = [0] * threads
    with PostgresRegistry(address, connections=threads) as registry:

        def work(thread: int) -> None:
            for number in count(first + thread, threads):
                if time.monotonic() > until:
                    return
                own = {"/application_id": f"A-{number}", "/business_license/uscc": subject(number)}
                assert admit(application(own), registry=registry, **WHO, ruleset=rules).admitted
                done[thread] += 1

        together(work, threads)
    return sum(done)


def bare(address: str, threads: int, first: int, until: float) -> int:
    """The same rows without us."""
    done = [0] * threads
    with open_database(address) as registry:
        made = admit(application({"/application_id": "bare"}), registry=registry, **WHO, dry_run=True)
    from onboarding.decisions.admission import _encoder

    report, content = (_encoder.encode(part).decode() for part in (made.report, made.application))

    def work(thread: int) -> None:
        with psycopg.connect(address) as connection:
            for number in count(first + thread, threads):
                if time.monotonic() > until:
                    return
                owner = subject(number)
                shop = json.dumps(application()["brands"])[:180]
                connection.execute("SELECT pg_advisory_xact_lock(1, %s)", (number % 2**31,))
                connection.execute(
                    "SELECT seq, record_id, record FROM records WHERE subject_id = %s ORDER BY seq", (owner,)
                ).fetchall()
                connection.execute(RECORD, (made.at, owner, f"shop:{number}", shop, "tester"))
                terms = (made.digest, made.ruleset, made.ruleset_digest, 0, "2024-08-05", made.at, "tester")
                head = (f"B-{number}", owner, "pass", f"{number}", report, content)
                connection.execute(DECISION, head + terms)
                connection.commit()
                done[thread] += 1

    together(work, threads)
    return sum(done)


def together(work: Any, threads: int) -> None:
    running = [Thread(target=work, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def client(kind: str, address: str, threads: int, first: int, seconds: float, gate: Any, told: Any) -> None:
    load_ruleset()  # once a process, and not counted
    gate.wait()
    begun = time.monotonic()
    done = {"ours": ours, "bare": bare}[kind](address, threads, first, begun + seconds)
    told.put(done / (time.monotonic() - begun))


def per_second(kind: str, address: str, connections: int, first: int, seconds: float) -> float:
    processes = min(connections, os.cpu_count() or 1)
    spawn = multiprocessing.get_context("spawn")
    gate, told = spawn.Barrier(processes), spawn.Queue()
    share = connections // processes
    running = [
        spawn.Process(target=client, args=(kind, address, share, first + i * 1_000_000, seconds, gate, told))
        for i in range(processes)
    ]
    for process in running:
        process.start()
    total = sum(told.get() for _ in running)
    for process in running:
        process.join()
    return float(total)


def judging_share(address: str, first: int, seconds: float, changes: dict[str, Any], shops: int) -> float:
    """The part of the time inside `registry.writing` that is spent in the kernel, at one connection; of subjects with
    so many shops on record, one of them open.
    """
    locked, judged, inside = 0.0, 0.0, False
    rules, judge = load_ruleset(), admission.check

    def timed(*values: Any) -> Any:
        nonlocal judged
        begun = time.perf_counter()
        report = judge(*values)
        judged += (time.perf_counter() - begun) * inside
        return report

    class Watched(PostgresRegistry):
        @contextmanager
        def writing(self, **named: Any) -> Iterator[Any]:
            nonlocal locked, inside
            with super().writing(**named) as session:
                begun, inside = time.perf_counter(), True
                yield session
            locked, inside = locked + time.perf_counter() - begun, False

    if shops:
        records = (shop_of(number, at, shops) for number in range(first, first + MOST) for at in range(shops))
        with open_database(address) as registry:
            load(registry, *records)
    admission.check = timed
    try:
        with Watched(address) as registry:
            until = time.monotonic() + seconds
            for number in count(first) if not shops else range(first, first + MOST):
                if time.monotonic() > until:
                    break
                own = {"/application_id": f"A-{number}", "/business_license/uscc": subject(number)}
                admit(application(own | changes), registry=registry, **WHO, ruleset=rules)
    finally:
        admission.check = judge
    return judged / locked


def shop_of(number: int, at: int, shops: int) -> dict[str, Any]:
    """A shop on record of the subject of this number; all but the last of its shops were closed in time."""
    ended = {"closed_on": "2023-02-05", "closed_for": "voluntary_exit"} if at < shops - 1 else {}
    return {
        "record": "shop",
        "shop_id": f"S-{number}-{at}",
        "subject_id": subject(number),
        "brands": [{"name": f"山间{at}"}],
        "opened_on": "2022-01-01",
    } | ended


def main(seconds: float) -> None:
    server = Server(durable=True)
    try:
        with open_database(server.superuser) as registry:
            registry.init()
        first = count(0, 2_000_000)
        for connections in (1, 8, 32):
            best: dict[str, float] = {}
            for _ in range(ROUNDS):
                for kind in ("ours", "bare"):
                    figure = per_second(kind, server.superuser, connections, next(first), seconds)
                    best[kind] = max(best.get(kind, 0.0), figure)
            ratio = best["ours"] / best["bare"]
            print(
                f"{connections:2} connections: {best['ours']:.0f} admissions/s, bare {best['bare']:.0f}/s, {ratio:.2f}"
            )
        for shops in (0, 2):
            for kind, changes in (("pass", {}), ("are refused", {"/subject/type": "individual"})):
                share = judging_share(server.superuser, next(first), seconds, changes, shops)
                print(f"{share:.3f} of the time inside the lock is judging where they {kind}, {shops} shops on record")
    finally:
        server.stop()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
