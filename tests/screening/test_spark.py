"""The same bytes from Spark: on one machine, on a real standalone cluster on the loopback address, from an archive."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark
import pytest
from builders import run
from screening.corpus import DAY, checked, records, subject, write

import onboarding

SPARK = Path(pyspark.__file__).parent
pytestmark = pytest.mark.needs("java")
CALL = ["applications.jsonl", "--registry", "records.jsonl", "--as-of", DAY, "-o", "reports.jsonl", "--engine", "spark"]
# Nobody but this machine takes part.
ALONE = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(SPARK), "PYSPARK_PYTHON": sys.executable}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write(tmp_path, 200)
    return tmp_path


def reports(place: Path, done: subprocess.CompletedProcess[str]) -> bytes:
    assert done.returncode == 2, done.stderr  # as some lines are invalid
    assert "error:" not in done.stderr, done.stderr
    return (place / "reports.jsonl").read_bytes()


def expected(place: Path) -> bytes:
    return checked(place / "applications.jsonl", "--registry", "records.jsonl")


class Cluster:
    """A standalone master and so many workers, each of one core."""

    def __init__(self, place: Path, workers: int, processes: ExitStack) -> None:
        self._place, self._processes = place, processes
        master = ["master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
        _, self.url = self._start(master, r"Starting Spark master at (\S+)")
        command = ["worker.Worker", "--host", "127.0.0.1", "--webui-port", "0", "--cores", "1", "--memory", "1g"]
        self.workers = [
            self._start([*command, "--work-dir", str(place / f"work-{number}"), self.url], "Successfully registered")[0]
            for number in range(workers)
        ]

    def _start(self, command: list[str], ready: str) -> tuple[subprocess.Popen[str], str]:
        """A process of Spark's, once it has said that it is `ready`, and what that names."""
        log = self._place / f"log-{command[0]}-{len(list(self._place.glob('log-*')))}"
        with log.open("w") as file:
            process = subprocess.Popen(
                [SPARK / "bin/spark-class", f"org.apache.spark.deploy.{command[0]}", *command[1:]],
                env=os.environ | ALONE,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self._processes.callback(_end, process)
        while not (found := re.search(ready, log.read_text())):
            assert process.poll() is None, log.read_text()
        return process, found[found.re.groups]


def _end(process: subprocess.Popen[str]) -> None:
    """End `process` and the executors that it has started, at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def cluster(place: Path, workers: int) -> Iterator[Cluster]:
    folder = place / "cluster"
    folder.mkdir()
    with ExitStack() as processes:
        yield Cluster(folder, workers, processes)


def test_two_cores_of_this_machine(place: Path) -> None:
    done = run("onboard", "screen", *CALL, "--master", "local[2]", cwd=place)
    assert reports(place, done) == expected(place)


def test_a_cluster_of_two(place: Path) -> None:
    with cluster(place, 2) as made:
        done = run("onboard", "screen", *CALL, "--master", made.url, cwd=place, env=ALONE)
    assert reports(place, done) == expected(place)


def test_a_worker_that_is_killed_costs_no_result(place: Path) -> None:
    events = place / "events"
    events.mkdir()
    noted = {"enabled": "true", "compress": "false", "dir": events.as_uri()}
    settings = " ".join(f"--conf spark.eventLog.{name}={value}" for name, value in noted.items())
    environment = os.environ | ALONE | {"PYSPARK_SUBMIT_ARGS": f"{settings} pyspark-shell", "LC_ALL": "C.UTF-8"}
    with cluster(place, 2) as made:
        command = [str(Path(sys.executable).with_name("onboard")), "screen", *CALL, "--master", made.url]
        with subprocess.Popen(command, cwd=place, env=environment, stderr=subprocess.PIPE, text=True) as process:
            # What has been read lies with the workers then, and nothing has been judged.
            while not any("StageCompleted" in path.read_text() for path in events.rglob("*") if path.is_file()):
                assert process.poll() is None, process.communicate()
            _end(made.workers[0])
            assert not (place / "reports.jsonl").exists()
            _, said = process.communicate()
    assert process.returncode == 2, said
    assert (place / "reports.jsonl").read_bytes() == expected(place)


def test_spark_submit_with_an_archive_to_a_cluster_of_one(place: Path) -> None:
    """The workers take the archive's package rather than one of their own: one of its messages is its own."""
    package = place / "archive/onboarding"
    shutil.copytree(Path(onboarding.__file__).parent, package)
    if not (package / "schemas").exists():
        shutil.copytree(Path(onboarding.__file__).parents[1] / "schemas", package / "schemas")
    words = package / "messages/kernel.json"
    text = words.read_text(encoding="utf-8")
    assert "judged once" in text
    words.write_text(text.replace("judged once", "judged ONCE"), encoding="utf-8")
    with tarfile.open(place / "archive.tar.gz", "w:gz") as archive:
        archive.add(place / "archive", ".")
    (place / "screen.py").write_text("from onboarding.cli.main import onboard\n\nonboard()\n", encoding="utf-8")
    with cluster(place, 1) as made:
        command = [str(SPARK / "bin/spark-submit"), "--master", made.url, "--archives", "archive.tar.gz#package"]
        command += ["--conf", "spark.executorEnv.PYTHONPATH=./package", "screen.py", "screen", *CALL]
        environment = os.environ | ALONE | {"LC_ALL": "C.UTF-8"}
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    assert b"judged ONCE" in reports(place, done)
    assert reports(place, done).replace(b"judged ONCE", b"judged once") == expected(place)


def test_a_broken_registry_decides_nothing_there_either(place: Path) -> None:
    whole = b"".join(records(200))
    (place / "records.jsonl").write_bytes(whole + whole.replace(subject(2).encode(), subject(3).encode()))
    done = run("onboard", "screen", *CALL, "--master", "local[1]", cwd=place)
    assert done.returncode == 2
    assert not (place / "reports.jsonl").exists()
    check = run("onboard-check", *CALL[:5], "-o", "jsonl=checked.jsonl", cwd=place)
    assert check.stderr in done.stderr


def test_it_is_told_where_to_run(place: Path) -> None:
    done = run("onboard", "screen", *CALL, cwd=place)
    assert done.returncode == 2
    assert "--master" in done.stderr
