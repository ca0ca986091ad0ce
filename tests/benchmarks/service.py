"""Checks and admissions a second over HTTP, beside a bare FastAPI route that does the same transaction by hand.

    python tests/benchmarks/service.py [--seconds 5] [--sellers 200] [--selling 60]

Both answer through uvicorn, one process each, on one PostgreSQL that waits for the disk. Bare takes a body apart with
`json`, asks the database what we ask it, writes the rows that we write, and answers as many bytes; it judges nothing.
They are run in turn, three times, `--seconds` each; the best of each counts. Then `--sellers` sit at the form at once,
for `--selling` seconds: each opens it, checks, hands in, and begins anew; p99 and errors of every kind of call are
told. No more than 10,000 may be handed in a day. Exit code 1 where a call went wrong, or a ratio is less than the half.
Who calls runs on the same machine, in processes of its own, and takes its share of both.
"""

import argparse
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg
from benchmarks.registry_admissions import DECISION, RECORD
from builders import application
from registry.make import subject
from registry.pg_server import Server
from web.calls import Server as Service

from onboarding import admit, load_ruleset
from onboarding.registry import open_database
from onboarding.rules.outline import outline
from onboarding.web.typed import typed_from

ROUNDS = 3
CALLERS = 16
LEAST = 0.5
LASTING = {"/brands/0/evidence/valid_until": None}


def bare_app(address: str, answer: bytes) -> Any:
    """The same transaction by hand."""
    from fastapi import FastAPI, Request
    from fastapi.concurrency import run_in_threadpool
    from fastapi.responses import Response

    app, kept = FastAPI(), threading.local()

    def connection() -> psycopg.Connection:
        if not hasattr(kept, "connection"):
            kept.connection = psycopg.connect(address, autocommit=True)
        made: psycopg.Connection = kept.connection
        return made

    def rows(on: psycopg.Connection, owner: str) -> None:
        on.execute("SELECT seq, record_id, record FROM records WHERE subject_id = %s ORDER BY seq", (owner,)).fetchall()

    def look(body: bytes) -> None:
        wanted = json.loads(body)
        on = connection()
        with on.transaction():
            rows(on, wanted["business_license"]["uscc"])

    def decide(body: bytes) -> None:
        wanted = json.loads(body)
        owner, key = wanted["business_license"]["uscc"], wanted["application_id"]
        now = "2024-08-05T04:00:00.000000+00:00"
        on = connection()
        with on.transaction():
            on.execute("SELECT pg_advisory_xact_lock(1, %s)", (hash(owner) % 2**31,))
            rows(on, owner)
            on.execute(RECORD, (now, owner, f"shop:{key}", json.dumps(wanted["brands"])[:180], "bench"))
            terms = ("sha256:" + "0" * 64, "douyin", "sha256:" + "0" * 64, 0, "2024-08-05", now, "bench")
            on.execute(DECISION, (key, owner, "pass", key, answer.decode(), body.decode(), *terms))

    @app.post("/v1/check")
    async def check(request: Request) -> Response:
        await run_in_threadpool(look, await request.body())
        return Response(answer, media_type="application/json")

    @app.post("/v1/applications", status_code=201)
    async def applications(request: Request) -> Response:
        await run_in_threadpool(decide, await request.body())
        return Response(answer, 201, media_type="application/json")

    return app


class Told(NamedTuple):
    """One kind of call: how many a second, p99 in milliseconds, and how many went wrong."""

    rate: float
    p99: float
    wrong: int

    def __str__(self) -> str:
        return f"{self.rate:.0f}/s, p99 {self.p99:.0f} ms, {self.wrong} wrong"


# What one caller does again and again with a connection of its own: tells of each call what it was and whether it went
# well. The number is another one each time.
Round = Callable[[HTTPConnection, int], Iterator[tuple[str, bool]]]


def ask(path: str, headers: dict[str, str], connection: HTTPConnection, number: int) -> Iterator[tuple[str, bool]]:
    """Ask the API about an application for a subject of its own."""
    own = {"/application_id": f"A-{number}", "/business_license/uscc": subject(number)}
    connection.request("POST", path, json.dumps(application(LASTING | own)), headers)
    answer = connection.getresponse()
    answer.read()
    yield path, answer.status in (200, 201)


def sell(fields: dict[str, str], connection: HTTPConnection, number: int) -> Iterator[tuple[str, bool]]:
    """Open the form, check what was typed, hand it in."""
    connection.request("GET", "/apply")
    opened = connection.getresponse()
    found = dict(re.findall(r'name="(sign|application_id)"[^>]* value="([^"]*)"', opened.read().decode()))
    yield "form page", opened.status == 200 and len(found) == 2
    headers = {"content-type": "application/x-www-form-urlencoded"}
    headers["cookie"] = "; ".join(one.partition(";")[0] for one in opened.headers.get_all("set-cookie") or ())
    typed = fields | found | {"business_license.uscc": subject(number)}
    # A form that is handed in leads to its receipt; one that is not comes back.
    for what, action, status in (("check", "check", 200), ("hand-in", "hand-in", 303)):
        connection.request("POST", "/apply", urlencode(typed | {"action": action}), headers)
        answer = connection.getresponse()
        answer.read()
        yield what, answer.status == status


def calls(url: str, again: Round, first: int, threads: int, seconds: float, told: Any) -> None:
    """Call until the time is over; tells by kind of call how long each took, and whether it went well."""
    took: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    until = time.monotonic() + seconds

    def work(thread: int) -> None:
        connection = HTTPConnection(url.removeprefix("http://"), timeout=60)
        for number in count(first + thread, threads):
            if time.monotonic() > until:
                break
            begun = time.perf_counter()
            try:
                for what, well in again(connection, number):
                    took[what].append((time.perf_counter() - begun, well))
                    begun = time.perf_counter()
            except OSError:
                took["broken off"].append((time.perf_counter() - begun, False))
                connection.close()
        connection.close()

    running = [Thread(target=work, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    told.put(dict(took))


def together(url: str, again: Round, first: int, callers: int, seconds: float) -> dict[str, Told]:
    """What so many callers at once find, by kind of call."""
    spawn = multiprocessing.get_context("spawn")
    processes, told = min(callers, os.cpu_count() or 1), spawn.Queue()
    arguments = [
        (url, again, first + number * 1_000_000, callers // processes, seconds, told) for number in range(processes)
    ]
    running = [spawn.Process(target=calls, args=one) for one in arguments]
    for process in running:
        process.start()
    found = [told.get() for _ in running]
    for process in running:
        process.join()
    kinds = dict.fromkeys(what for each in found for what in each)
    return {what: _told([one for each in found for one in each.get(what, ())], seconds) for what in kinds}


def _told(took: list[tuple[float, bool]], seconds: float) -> Told:
    times = sorted(time for time, _ in took)
    return Told(len(times) / seconds, times[len(times) * 99 // 100] * 1000, sum(not well for _, well in took))


def main(seconds: float, sellers: int, selling: float) -> int:
    database = Server(durable=True)
    folder = Path(tempfile.mkdtemp())
    try:
        with open_database(database.superuser) as registry:
            registry.init()
            sample = admit(application(LASTING), registry=registry, by="bench", dry_run=True)
        (folder / "answer").write_text(json.dumps(sample.to_dict(), ensure_ascii=False), "utf-8")
        made = subprocess.run(
            [Path(sys.executable).with_name("onboard"), "token", "create", "bench", "--role", "staff", "--tokens", "t"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        headers = {"content-type": "application/json", "authorization": f"Bearer {made.stdout.strip()}"}
        options = ("--registry", database.superuser, "--tokens", "t", "--no-access-log", "--connections", 16)
        ours = Service(*options, cwd=folder)
        by_hand = [sys.executable, __file__, "bare", database.superuser, folder / "answer", folder / "url"]
        bare = subprocess.Popen(by_hand)
        while not (folder / "url").exists():
            time.sleep(0.05)
        urls = {"ours": ours.url, "bare": (folder / "url").read_text()}
        first, sound = count(0, 10_000_000), True
        for path in ("/v1/check", "/v1/applications"):
            best = dict.fromkeys(urls, Told(0.0, 0.0, 0))
            for _ in range(ROUNDS):
                for kind, url in urls.items():
                    found = together(url, partial(ask, path, headers), next(first), CALLERS, seconds)
                    sound = sound and not any(one.wrong for one in found.values())
                    best[kind] = max(best[kind], found[path])
            ratio = best["ours"].rate / best["bare"].rate
            sound = sound and ratio >= LEAST
            print(f"{path}:", *(f" {kind} {told}" for kind, told in best.items()), f" ratio {ratio:.2f}", flush=True)
        print(f"{sellers} sellers at once, {selling:g} s:")
        whole = outline(load_ruleset().own_fields)
        fields = dict(typed_from(application(LASTING), whole, "zh").texts)
        for what, one in together(ours.url, partial(sell, fields), next(first), sellers, selling).items():
            sound = sound and not one.wrong
            print(f"  {what}: {one}")
        ours.close()
        bare.terminate()
        bare.wait()
        return 0 if sound else 1
    finally:
        database.stop()


def serve_bare(address: str, answer: str, told: str) -> None:
    """Serve the bare app, and write down where."""
    import socket

    import uvicorn

    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    app = bare_app(address, Path(answer).read_bytes())
    Path(told).write_text(f"http://127.0.0.1:{listening.getsockname()[1]}")
    uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run(sockets=[listening])


if __name__ == "__main__":
    if sys.argv[1:2] == ["bare"]:
        serve_bare(*sys.argv[2:5])
    else:
        parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
        parser.add_argument("--seconds", type=float, default=5, help="for each figure beside the bare route")
        parser.add_argument("--sellers", type=int, default=200, help="how many sit at the form at once")
        parser.add_argument("--selling", type=float, help="for how many seconds  [default: 12 times --seconds]")
        given = parser.parse_args()
        sys.exit(main(given.seconds, given.sellers, given.selling or 12 * given.seconds))
