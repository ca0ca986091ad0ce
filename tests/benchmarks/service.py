"""Checks and admissions a second over HTTP, beside a bare FastAPI route that does the same transaction by hand.

    python tests/benchmarks/service.py [SECONDS [SELLERS]]     (5 a figure, 200 sellers unless said otherwise)

Both answer through uvicorn, one process each, on one PostgreSQL that waits for the disk. Bare takes a body apart with
`json`, asks the database what we ask it, writes the rows that we write, and answers as many bytes; it judges nothing.
They are run in turn, three times; the best of each counts. Then so many anonymous sellers check at once, and p99 and
errors are told. Who calls runs on the same machine, in processes of its own, and takes its share of both.
"""

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg
from benchmarks.registry_admissions import DECISION, RECORD
from builders import application
from registry.make import subject
from registry.pg_server import Server
from web.calls import Server as Service

from onboarding import admit
from onboarding.registry import open_database

ROUNDS = 3
CALLERS = 16
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


def calls(url: str, path: str, headers: dict[str, str], first: int, threads: int, seconds: float, told: Any) -> None:
    """Call until the time is over; tells how long each call took, and how many went wrong."""
    took: list[float] = []
    wrong = [0]
    until = time.monotonic() + seconds

    def work(thread: int) -> None:
        connection = HTTPConnection(url.removeprefix("http://"), timeout=60)
        for number in count(first + thread, threads):
            if time.monotonic() > until:
                break
            own = {"/application_id": f"A-{number}", "/business_license/uscc": subject(number)}
            body = json.dumps(application(LASTING | own))
            begun = time.perf_counter()
            try:
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                answer.read()
                wrong[0] += answer.status not in (200, 201)
            except OSError:
                wrong[0] += 1
                connection.close()
            took.append(time.perf_counter() - begun)
        connection.close()

    running = [Thread(target=work, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    told.put((took, wrong[0]))


def together(
    url: str, path: str, headers: dict[str, str], first: int, callers: int, seconds: float
) -> tuple[float, float, int]:
    """Calls a second, p99 in milliseconds, and how many went wrong."""
    spawn = multiprocessing.get_context("spawn")
    processes, told = min(callers, os.cpu_count() or 1), spawn.Queue()
    arguments = [
        (url, path, headers, first + number * 1_000_000, callers // processes, seconds, told)
        for number in range(processes)
    ]
    running = [spawn.Process(target=calls, args=one) for one in arguments]
    for process in running:
        process.start()
    found = [told.get() for _ in running]
    for process in running:
        process.join()
    took = sorted(one for each, _ in found for one in each)
    return len(took) / seconds, took[len(took) * 99 // 100] * 1000, sum(wrong for _, wrong in found)


def main(seconds: float, sellers: int) -> None:
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
        first = count(0, 10_000_000)
        for path in ("/v1/check", "/v1/applications"):
            best = dict.fromkeys(urls, (0.0, 0.0, 0))
            for _ in range(ROUNDS):
                for kind, url in urls.items():
                    best[kind] = max(best[kind], together(url, path, headers, next(first), CALLERS, seconds))
            told = "  ".join(f"{k} {r:.0f}/s, p99 {p99:.0f} ms, {wrong} wrong" for k, (r, p99, wrong) in best.items())
            print(f"{path}: {told}  ratio {best['ours'][0] / best['bare'][0]:.2f}", flush=True)
        anonymous = {"content-type": "application/json"}
        rate, p99, wrong = together(urls["ours"], "/v1/check", anonymous, next(first), sellers, max(seconds, 1))
        print(f"{sellers} sellers at once: {rate:.0f} checks/s, p99 {p99:.0f} ms, {wrong} wrong")
        ours.close()
        bare.terminate()
        bare.wait()
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
        given = [float(argument) for argument in sys.argv[1:]]
        main(given[0] if given else 5.0, int(given[1]) if len(given) > 1 else 200)
