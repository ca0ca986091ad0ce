"""The same bytes from Spark: on one machine, on a real standalone cluster on the loopback address, from an archive."""

import json
import shutil
import subprocess
import tarfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from in_process import run_here, run_in_turn
from screening.cluster import ALONE, SPARK, Cluster, end, until
from screening.corpus import DAY, application, checked, subject, write

import onboarding
from onboarding.rules.loading import ruleset_folder

pytestmark = pytest.mark.needs("java")
CALL = ["screen", "applications.jsonl", "--as-of", DAY, "--engine", "spark"]
# A program that ends after seconds has no use for code that is compiled well; it takes half of the processor's time.
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
# Nor for queries that are compiled, pages that nobody looks at, or waiting for a worker that has the data or is gone.
SETTINGS = f"""spark.driver.extraJavaOptions {QUICK}
spark.executor.extraJavaOptions {QUICK}
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.ui.enabled false
spark.locality.wait 0
spark.shuffle.io.retryWait 100ms
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
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


def reports(done: subprocess.CompletedProcess[str], file: Path) -> bytes:
    assert done.returncode == 2, done.stderr  # as some lines are invalid
    assert "error:" not in done.stderr, done.stderr
    return file.read_bytes()


def expected(place: Path) -> bytes:
    return checked(place / "applications.jsonl", "--registry", "records.jsonl")


def screen(master: str, output: str, registry: str = "records.jsonl") -> list[str]:
    """The call that screens on `master`."""
    return ["onboard", *CALL, "--registry", registry, "-o", output, "--master", master]


# Whom other rules touch, and all that can be shown of it.
IMPACT = ["onboard", "rules", "impact", "douyin", "stricter", "--as-of", DAY, "--fail-on", "newly-refused"]
UNREAD = [*IMPACT[:3], "douyin", "douyin", "--registry", "records.jsonl", "--applications", "applications.jsonl"]
FORMS = {"text": "impact.txt", "json": "impact.json", "markdown": "impact.md", "html": "impact.html"}


def write_for_impact(place: Path) -> list[str]:
    """The call that asks whom `stricter` rules touch of those on record in a database, and of sound applications."""
    shutil.copytree(ruleset_folder("douyin"), place / "stricter")
    file = place / "stricter/max-three-shops.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"maximum": 3', '"maximum": 1'), encoding="utf-8")
    made = (application(number // 2, application_id=f"A-{number}") for number in range(60))
    (place / "sound.jsonl").write_text("".join(json.dumps(one) + "\n" for one in made), encoding="utf-8")
    run_here("onboard", "registry", "import", "records.jsonl", "--registry", "registry.db", cwd=place)
    forms = [f"-o{form}={name}" for form, name in FORMS.items()]
    return [*IMPACT, "--registry", "registry.db", "--applications", "sound.jsonl", *forms]


def impact(done: subprocess.CompletedProcess[str], place: Path) -> list[bytes]:
    """What is shown in each form, which is gone then."""
    assert done.returncode == 1, done.stderr  # as some are newly refused
    shown = [(place / name).read_bytes() for name in FORMS.values()]
    for name in FORMS.values():
        (place / name).unlink()
    return shown


def on_two_cores(place: Path) -> list[list[str]]:
    """The calls that screen on two cores of this machine, where a registry is sound and where it is broken, and that
    which asks whom a change touches of applications some of which cannot be read."""
    whole = (place / "records.jsonl").read_bytes()
    (place / "broken.jsonl").write_bytes(whole + whole.replace(subject(2).encode(), subject(3).encode()))
    calls = [screen("local[2]", "reports.jsonl"), screen("local[2]", "none.jsonl", "broken.jsonl")]
    return [*calls, [*UNREAD, "--engine", "spark", "--master", "local[2]"]]


def what_cannot_be_read_decides_nothing(
    broken: subprocess.CompletedProcess[str], unread: subprocess.CompletedProcess[str], place: Path
) -> None:
    """And it is told as without Spark."""
    assert broken.returncode == 2
    assert not (place / "none.jsonl").exists()
    call = ["applications.jsonl", "--registry", "broken.jsonl", "--as-of", DAY, "-o", "jsonl=checked.jsonl"]
    assert run_here("onboard-check", *call, cwd=place).stderr in broken.stderr
    here = run_here(*UNREAD, cwd=place)
    assert (unread.returncode, unread.stdout) == (here.returncode, here.stdout) == (2, "")
    assert here.stderr.count("applications.jsonl:") >= 10
    assert here.stderr in unread.stderr


def test_a_cluster_of_two_workers_then_two_cores_of_this_machine_then_two_workers_of_which_one_is_killed(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but the first in one process, one after the other: starting Java is what takes the time."""
    touching = write_for_impact(place)
    folder = place / "cluster"
    folder.mkdir()
    for name, value in ALONE.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as processes:
        cluster = Cluster(folder, processes, QUICK.split())
        first, second = cluster.add_worker(), cluster.add_worker()
        assert submitted_with_an_archive(place, cluster.url) == expected(place)
        # What lies in the folder is imported by none of its processes.
        (place / "struct.py").write_text("raise SystemExit")
        with monkeypatch.context() as noting:
            events = note_events(place, noting)
            calls = [*on_two_cores(place), screen(cluster.url, "one.jsonl")]
            calls.append([*touching, "--engine", "spark", "--master", cluster.url])

            def kill_one_during_each(process: subprocess.Popen[str]) -> None:
                """Once the registry and the applications lie with the workers and nothing is judged yet.

                The first goes on with the one that is left, alone; the second is joined by a new one.
                """
                until(lambda: any("StageCompleted" in text for text in logs(events)), process)
                end(first)
                assert not (place / "one.jsonl").exists()
                until(lambda: logs(events)[1:], process)
                assert (place / "one.jsonl").exists()
                cluster.add_worker()
                until(lambda: any("StageCompleted" in text for text in logs(events)[1:]), process)
                end(second)
                assert not (place / FORMS["text"]).exists()

            done = run_in_turn(calls, cwd=place, noisy=True, meanwhile=kill_one_during_each)
        here, broken, unread, one, touched = done
        assert reports(here, place / "reports.jsonl") == expected(place)
        what_cannot_be_read_decides_nothing(broken, unread, place)
        assert reports(one, place / "one.jsonl") == expected(place)
        assert impact(touched, place) == impact(run_here(*touching, "--workers", "2", cwd=place), place)


def note_events(place: Path, patch: pytest.MonkeyPatch) -> Path:
    """Have Spark note what it does, in the folder returned."""
    events = place / "events"
    events.mkdir()
    noted = {"enabled": "true", "compress": "false", "dir": events.as_uri()}
    settings = " ".join(f"--conf spark.eventLog.{name}={value}" for name, value in noted.items())
    patch.setenv("PYSPARK_SUBMIT_ARGS", f"{settings} pyspark-shell")
    return events


def logs(events: Path) -> list[str]:
    """What is noted of each application on the cluster, in the order in which they began."""
    applications = sorted(events.glob("*app-*"))
    return ["".join(file.read_text() for file in one.rglob("*") if file.is_file()) for one in applications]


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
    command += ["--conf", "spark.executorEnv.PYTHONPATH=./package", "screen.py", *CALL]
    command += ["--registry", "records.jsonl", "-o", "reports.jsonl"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True)
    written = reports(done, place / "reports.jsonl")
    assert b"judged ONCE" in written
    return written.replace(b"judged ONCE", b"judged once")


def test_it_is_told_where_to_run(place: Path) -> None:
    done = run_here("onboard", *CALL, "-o", "reports.jsonl", cwd=place)
    assert done.returncode == 2
    assert "--master" in done.stderr
