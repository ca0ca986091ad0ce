"""`onboard serve` as a process: it starts with one command, bears what comes, and ends in order."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from builders import ROOT, application
from in_process import run_here as run
from in_process import run_in_turn
from prometheus_client.parser import text_string_to_metric_families
from registry.pg_server import Server as PostgresServer
from web.calls import Server

from onboarding.registry import open_database

LASTING = {"/brands/0/evidence/valid_until": None}
# Looking on all the time would take a core from the one that is looked at.
LOOK = 0.02
Serve = Callable[..., Server]


def token(folder: Path, *arguments: object) -> dict[str, str]:
    """What the holder of a new token for staff shows."""
    made = run("onboard", "token", "create", "li.na", "--role", "staff", *map(str, arguments), cwd=folder)
    assert made.returncode == 0, made.stderr
    return {"authorization": f"Bearer {made.stdout.strip()}"}


def test_one_command_opens_a_working_service(serve: Serve, tmp_path: Path) -> None:
    server = serve("--registry", "registry.db")
    said = server.errors.read_text("utf-8")
    assert "made the registry registry.db" in said
    assert "whoever is looked up in it is clean" in said
    assert "nobody may admit" in said
    assert server.client.get("/readyz").json()["registry"] == "empty"
    assert server.client.post("/v1/check", json=application()).status_code == 200
    assert server.client.post("/v1/applications", json=application()).status_code == 401
    staff = token(tmp_path, "--registry", "registry.db")
    made = server.client.post("/v1/applications", json=application(LASTING), headers=staff)
    assert (made.status_code, made.json()["by"]) == (201, "li.na")
    assert server.stop() == 0


def test_a_token_that_is_revoked_is_refused_at_once(serve: Serve, tmp_path: Path) -> None:
    server = serve("--registry", "registry.db", "--workers", 2)
    staff = token(tmp_path, "--registry", "registry.db")
    assert server.client.get("/v1/decisions", headers=staff).status_code == 200
    (kept,) = json.loads((tmp_path / "registry.tokens.json").read_text("utf-8"))["tokens"]
    assert run("onboard", "token", "revoke", kept["id"], "--registry", "registry.db", cwd=tmp_path).returncode == 0
    assert {server.client.get("/v1/decisions", headers=staff).status_code for _ in range(10)} == {401}


def test_its_processes_import_nothing_from_the_folder_that_it_works_in(serve: Serve, tmp_path: Path) -> None:
    for name in ("multiprocessing", "json", "socket"):
        (tmp_path / f"{name}.py").write_text("open('owned', 'w')", encoding="utf-8")
    server = serve("--registry", "registry.db", "--workers", 2)
    assert server.client.get("/readyz").status_code == 200
    assert not (tmp_path / "owned").exists()


# What keeps it from starting: the arguments, and what is said.
WRONG: dict[str, tuple[list[str], str]] = {
    "no registry": ([], "no registry"),
    "a file of records": (["--registry", str(ROOT / "examples/registry.jsonl")], "onboard registry import"),
    "no database there": (["--registry", "postgresql://127.0.0.1:1/shops?connect_timeout=1"], "postgresql"),
    "no such ruleset": (["--registry", "r.db", "--ruleset", "doyin"], "did you mean `douyin`"),
    "a ruleset twice": (["--registry", "r.db", "--ruleset", "douyin", "--ruleset", "douyin"], "the same id"),
    "a proxy by name": (["--registry", "r.db", "--proxy", "proxy.example"], "--proxy"),
    "a log that cannot be": (["--registry", "r.db", "--evaluation-log", "no/such/folder"], "no/such/folder"),
    "an address of another machine": (["--registry", "r.db", "--host", "192.0.2.1"], "192.0.2.1"),
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, subprocess.CompletedProcess[str]]:
    """What came of each of these, in turn in one process; whoever lets somebody in would not end."""
    calls = [["onboard", "serve", "--port", "0", *arguments] for arguments, _ in WRONG.values()]
    return dict(zip(WRONG, run_in_turn(calls, cwd=tmp_path_factory.mktemp("refused"), timeout=60), strict=True))


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said_before_anybody_is_let_in(
    refused: dict[str, subprocess.CompletedProcess[str]], wrong: str
) -> None:
    assert refused[wrong].returncode == 2
    assert WRONG[wrong][1] in refused[wrong].stderr


def post_half(server: Server, head: str) -> bytes:
    """What the server says to a caller who sends no more than this, until it closes the connection."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(f"POST /v1/check HTTP/1.1\r\nHost: here\r\n{head}".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_body_that_does_not_come_is_408(serve: Serve) -> None:
    server = serve("--registry", "registry.db", "--body-seconds", "0.2")
    said = post_half(server, "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    assert said.startswith(b"HTTP/1.1 408")
    assert server.client.get("/healthz").status_code == 200


def test_a_caller_who_goes_in_the_midst_of_a_body_is_no_fault_of_ours(serve: Serve) -> None:
    server = serve("--registry", "registry.db")
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        head = "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        connection.sendall(f"POST /v1/check HTTP/1.1\r\nHost: here\r\n{head}".encode())
    while '"route":"/v1/check"' not in server.output.read_text("utf-8"):
        time.sleep(0.01)
    assert '"status":408' in server.output.read_text("utf-8")
    assert "fault" not in server.errors.read_text("utf-8")


@pytest.mark.parametrize("length", ["Content-Length: 9999999999", "Transfer-Encoding: chunked"])
def test_a_body_that_does_not_end_is_413(standing: Server, length: str) -> None:
    size = (1 << 20) + 1
    head = f"Content-Type: application/json\r\n{length}\r\n\r\n"
    chunk = f"{size:x}\r\n" if "chunked" in length else ""
    assert post_half(standing, head + chunk + " " * size).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("junk", ["x" * 100_000, "Bad Header\r\n\r\n", "Content-Length: -1\r\n\r\n"])
def test_a_head_that_is_none_ends_its_connection_and_nothing_else(standing: Server, junk: str) -> None:
    assert post_half(standing, junk)[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 431", b"")
    assert standing.client.get("/healthz").status_code == 200


def test_an_sqlite_registry_that_goes_and_comes_back(serve: Serve, tmp_path: Path) -> None:
    server, path = serve("--registry", "registry.db"), tmp_path / "registry.db"
    staff = token(tmp_path, "--registry", "registry.db")
    path.rename(tmp_path / "elsewhere")
    assert server.client.get("/v1/decisions", headers=staff).status_code == 503
    assert server.client.post("/v1/check", json=application(), headers=staff).status_code == 503
    assert server.client.get("/readyz").status_code == 503
    assert server.client.post("/v1/check", json=application()).status_code == 200
    (tmp_path / "elsewhere").rename(path)
    assert server.client.get("/v1/decisions", headers=staff).status_code == 200
    assert server.client.get("/readyz").status_code == 200


@pytest.fixture
def shops(new_database: Callable[[], str]) -> str:
    """The address of an empty registry on PostgreSQL."""
    address = new_database()
    with open_database(address) as registry:
        registry.init()
    return address


def test_of_many_who_decide_on_one_application_one_does(serve: Serve, shops: str, tmp_path: Path) -> None:
    server = serve("--registry", shops, "--workers", 2, "--tokens", "tokens.json")
    staff = token(tmp_path, "--tokens", "tokens.json")

    def decide(_: int) -> tuple[int, str]:
        answer = server.client.post("/v1/applications", json=application(LASTING), headers=staff)
        return answer.status_code, answer.json()["shop_id"]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(decide, range(24)))
    assert Counter(status for status, _ in answers) == {201: 1, 200: 23}
    assert len({shop for _, shop in answers}) == 1
    shown = server.client.get("/metrics", headers=staff).text
    counted = {
        sample.labels["status"]: sample.value
        for family in text_string_to_metric_families(shown)
        for sample in family.samples
        if sample.name == "onboard_request_seconds_count" and sample.labels["route"] == "/v1/applications"
    }
    # Whichever process is asked, it tells the figures of all.
    assert counted == {"201": 1, "200": 23}
    assert server.stop() == 0


def wait_for_a_waiting_writer(address: str) -> None:
    """Until the server has somebody who waits for another."""
    with psycopg.connect(address, autocommit=True) as connection:
        asked = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not connection.execute(asked).fetchone()[0]:  # type: ignore[index]
            time.sleep(LOOK)


def test_who_is_being_answered_when_it_is_to_end_gets_the_answer(serve: Serve, shops: str, tmp_path: Path) -> None:
    server = serve("--registry", shops, "--tokens", "tokens.json")
    staff = token(tmp_path, "--tokens", "tokens.json")
    with ThreadPoolExecutor(2) as threads, open_database(shops) as registry:
        with registry.writing(subject=application()["business_license"]["uscc"]):
            answer = threads.submit(server.client.post, "/v1/applications", json=application(LASTING), headers=staff)
            wait_for_a_waiting_writer(shops)
            ended = threads.submit(server.stop)
        assert answer.result().status_code == 201
        assert ended.result() == 0


def test_a_database_that_goes_in_mid_request_and_comes_back(serve: Serve, tmp_path: Path) -> None:
    database = PostgresServer()
    try:
        address = database.superuser
        with open_database(address) as registry:
            registry.init()
        server = serve("--registry", address, "--tokens", "tokens.json")
        staff = token(tmp_path, "--tokens", "tokens.json")
        holder = psycopg.connect(address)
        # Whoever writes waits for it.
        holder.execute("LOCK TABLE records")
        with ThreadPoolExecutor(1) as threads:
            answer = threads.submit(server.client.post, "/v1/applications", json=application(LASTING), headers=staff)
            wait_for_a_waiting_writer(address)
            database.kill()
            refused = answer.result()
        holder.close()
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert str(database.folder) not in refused.text
        assert server.client.post("/v1/check", json=application()).status_code == 200
        database.start()
        made = server.client.post("/v1/applications", json=application(LASTING), headers=staff)
        assert (made.status_code, made.json()["repeated"]) == (201, False)
    finally:
        database.stop()


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A ruleset to be edited while it is in use."""
    return shutil.copytree(ROOT / "schemas/douyin", tmp_path / "rules/douyin")


def test_edited_rules_judge_soon_and_spoilt_ones_never(serve: Serve, rules: Path, tmp_path: Path) -> None:
    cap = rules / "max-three-shops.json"
    sound = cap.read_text("utf-8")
    server = serve("--registry", "registry.db", "--ruleset", rules)

    def standing() -> dict[str, Any]:
        (one,) = server.client.get("/readyz").json()["rulesets"]
        return dict(one)

    def until(wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while not wanted(found := standing()):
            time.sleep(LOOK)
        return found

    first = standing()["digest"]
    cap.write_text(sound.replace('"maximum": 3', '"maximum": 4'), "utf-8")
    second = until(lambda found: found["digest"] != first)["digest"]
    cap.write_text("{", "utf-8")
    spoilt = until(lambda found: bool(found["problems"]))
    assert spoilt["digest"] == second
    assert spoilt["problems"][0]["source"] == "max-three-shops.json"
    assert server.client.get("/readyz").status_code == 200
    judged = server.client.post("/v1/check", json=application())
    assert judged.headers["ruleset-digest"] == second
    cap.write_text(sound, "utf-8")
    assert until(lambda found: not found["problems"])["digest"] == first


def test_a_check_starts_without_what_only_the_service_needs() -> None:
    script = (
        "import sys, onboarding.cli.main as m; print({n.split('.')[0] for n in sys.modules} & {'fastapi', 'uvicorn'})"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout == "set()\n"


@pytest.mark.parametrize("path", ["/", "/apply", "/desk/login", "/healthz", "/v1/rulesets", "/static/style.css", "/no"])
def test_who_asks_for_the_head_alone_gets_that(standing: Server, path: str) -> None:
    client = standing.client
    head, whole = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    kept = ("content-type", "content-length", "etag", "location")
    assert [head.headers.get(name) for name in kept] == [whole.headers.get(name) for name in kept]
    assert client.head("/v1/check").status_code == 405
