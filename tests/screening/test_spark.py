"""The same bytes from Spark: on one machine, on a real standalone cluster on the loopback address, from an archive."""

import os
import shutil
import subprocess
import sys
import tarfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from builders import run
from screening.cluster import ALONE, SPARK, Cluster, end, until
from screening.corpus import DAY, checked, records, subject, write

import onboarding

pytestmark = pytest.mark.needs("java")
CALL = ["applications.jsonl", "--registry", "records.jsonl", "--as-of", DAY, "-o", "reports.jsonl", "--engine", "spark"]
# A program that ends after seconds has no use for code that is compiled well; it takes half of the processor's time.
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SETTINGS = f"""spark.driver.extraJavaOptions {QUICK}
spark.executor.extraJavaOptions {QUICK}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of applications and records; what Spark is set to stands in another."""
    write(tmp_path, 200)
    settings = tmp_path / "settings"
    settings.mkdir()
    (settings / "spark-defaults.conf").write_text(SETTINGS)
    monkeypatch.setenv("SPARK_CONF_DIR", str(settings))
    monkeypatch.setenv("SPARK_LAUNCHER_OPTS", QUICK)
    monkeypatch.setenv("SPARK_DAEMON_JAVA_OPTS", QUICK)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


def reports(place: Path, done: subprocess.CompletedProcess[str]) -> bytes:
    assert done.returncode == 2, done.stderr  # as some lines are invalid
    assert "error:" not in done.stderr, done.stderr
    return (place / "reports.jsonl").read_bytes()


def expected(place: Path) -> bytes:
    return checked(place / "applications.jsonl", "--registry", "records.jsonl")


def test_two_cores_of_this_machine(place: Path) -> None:
    done = run("onboard", "screen", *CALL, "--master", "local[2]", cwd=place)
    assert reports(place, done) == expected(place)


def test_a_cluster_of_one_worker_then_of_two_then_of_two_of_which_one_is_killed(place: Path) -> None:
    folder = place / "cluster"
    folder.mkdir()
    with ExitStack() as processes:
        cluster = Cluster(folder, processes)
        first = cluster.add_worker()
        assert submitted_with_an_archive(place, cluster.url) == expected(place)
        cluster.add_worker()
        done = run("onboard", "screen", *CALL, "--master", cluster.url, cwd=place, env=ALONE)
        assert reports(place, done) == expected(place)
        assert screened_while_one_is_killed(place, cluster.url, first) == expected(place)


def submitted_with_an_archive(place: Path, master: str) -> bytes:
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
    command = [str(SPARK / "bin/spark-submit"), "--master", master, "--archives", "archive.tar.gz#package"]
    command += ["--conf", "spark.executorEnv.PYTHONPATH=./package", "screen.py", "screen", *CALL]
    done = subprocess.run(command, cwd=place, env=os.environ | ALONE, capture_output=True, text=True)
    written = reports(place, done)
    assert b"judged ONCE" in written
    return written.replace(b"judged ONCE", b"judged once")


def screened_while_one_is_killed(place: Path, master: str, worker: subprocess.Popen[str]) -> bytes:
    """`worker` is killed once the registry and the applications lie with the workers and nothing is judged yet."""
    events, written = place / "events", place / "reports.jsonl"
    events.mkdir()
    written.unlink()
    noted = {"enabled": "true", "compress": "false", "dir": events.as_uri()}
    settings = " ".join(f"--conf spark.eventLog.{name}={value}" for name, value in noted.items())
    environment = os.environ | ALONE | {"PYSPARK_SUBMIT_ARGS": f"{settings} pyspark-shell"}
    command = [str(Path(sys.executable).with_name("onboard")), "screen", *CALL, "--master", master]
    with subprocess.Popen(command, cwd=place, env=environment, stderr=subprocess.PIPE, text=True) as process:
        files = events.rglob
        until(lambda: any("StageCompleted" in path.read_text() for path in files("*") if path.is_file()), process)
        end(worker)
        assert not written.exists()
        _, said = process.communicate()
    assert process.returncode == 2, said
    return written.read_bytes()


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
