"""What is lost when something dies in the middle: time, never a result."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from in_process import run_here
from processes import children, is_alive
from screening.corpus import DAY, checked, write

from onboarding import OnboardingError
from onboarding.screening.workfolder import folder_beside, work_folder

CALL = ["screen", "applications.jsonl", "--registry", "records.jsonl", "--as-of", DAY, "-o", "reports.jsonl"]

# Looking on all the time would take a core from the one that is looked at.
LOOK = 0.005


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of applications and records that nobody changes."""
    folder = tmp_path_factory.mktemp("corpus")
    write(folder, 1500)
    return folder


@pytest.fixture(scope="module")
def expected(corpus: Path) -> bytes:
    """What a check says of them."""
    return checked(corpus / "applications.jsonl", "--registry", "records.jsonl")


@pytest.fixture
def place(corpus: Path, tmp_path: Path) -> Path:
    """A copy of them to work in."""
    for file in ("applications.jsonl", "records.jsonl"):
        shutil.copy(corpus / file, tmp_path)
    return tmp_path


@contextmanager
def in_the_middle(place: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A run of CALL that has judged something and not all."""
    program = Path(sys.executable).with_name("onboard")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ONBOARD_")} | {"LC_ALL": "C.UTF-8"}
    command = [str(program), *CALL, *options]
    with subprocess.Popen(
        command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while not finished(place):
            assert process.poll() is None, process.communicate()
            time.sleep(LOOK)
        yield process


def finished(place: Path) -> list[Path]:
    """The results that wait to be put in order."""
    return sorted(place.glob(".reports.jsonl.screening/judge-*.told"))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_worker_that_dies_costs_no_result(place: Path, expected: bytes, workers: str) -> None:
    with in_the_middle(place, "--workers", workers) as process:
        os.kill(children(process.pid)[0], signal.SIGKILL)
        assert not (place / "reports.jsonl").exists()
        process.communicate()
    assert process.returncode == 2  # as some lines are invalid
    assert (place / "reports.jsonl").read_bytes() == expected
    assert not (place / ".reports.jsonl.screening").exists()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_goes_on_where_it_was(place: Path, expected: bytes, sign: signal.Signals) -> None:
    with in_the_middle(place) as process:
        workers = children(process.pid)
        process.send_signal(sign)
        _, said = process.communicate()
    assert process.returncode == (130 if sign == signal.SIGINT else -sign)
    assert ("--resume" in said) == (sign == signal.SIGINT)
    assert not (place / "reports.jsonl").exists()
    while any(map(is_alive, workers)):
        time.sleep(LOOK)  # they end with the one that started them
    # Whoever did again what is finished would find no space for it.
    finished(place)[0].with_suffix(".part").symlink_to("/dev/full")
    resumed = run_here("onboard", *CALL, "--resume", cwd=place)
    assert resumed.returncode == 2, resumed.stderr
    assert (place / "reports.jsonl").read_bytes() == expected
    assert not (place / ".reports.jsonl.screening").exists()


# What a machine that stops, or a disk, may make of a file of finished work.
LOST: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "records": ("splitrecords-000000", lambda whole: b""),
    "applications": ("split-000000", lambda whole: b""),
    "half of it": ("splitrecords-000000", lambda whole: whole[: len(whole) // 2]),
    "records, and the size is kept": ("splitrecords-000000", lambda whole: bytes(len(whole))),
    "applications, and the size is kept": ("split-000000", lambda whole: bytes(len(whole))),
    "half of it, and the size is kept": (
        "splitrecords-000000",
        lambda whole: whole[: len(whole) // 2].ljust(len(whole), b"\0"),
    ),
    "one letter": ("splitrecords-000000", lambda whole: whole.replace(b"ban", b"bat")),
    "results": ("judge-*[0-9]", lambda whole: whole.replace(b"fail", b"pass")),
    "what a task told": ("splitrecords-000000.told", lambda whole: b""),
    "what a task told, but for four zeros": ("splitrecords-000000.told", lambda whole: bytes(4)),
    "what a task counted": ("judge-*.told", lambda whole: whole.replace(b"pass", b"fail")),
    "what a task told, and the size is kept": ("splitrecords-000000.told", lambda whole: bytes(len(whole))),
}


@pytest.mark.parametrize("what", LOST)
def test_what_is_lost_of_finished_work_is_done_again(place: Path, expected: bytes, what: str) -> None:
    """A history of which half is missing would look clean."""
    with in_the_middle(place) as process:
        process.send_signal(signal.SIGINT)
        process.communicate()
    name, damage = LOST[what]
    for file in place.glob(f".reports.jsonl.screening/{name}"):
        whole = file.read_bytes()
        assert damage(whole) != whole
        file.write_bytes(damage(whole))
    if not name.startswith("judge"):
        for told in finished(place):
            told.unlink()
    summary = (*CALL, "--summary", "summary.json")
    assert run_here("onboard", *summary, "--resume", cwd=place).returncode == 2
    assert (place / "reports.jsonl").read_bytes() == expected
    told = (place / "summary.json").read_bytes()
    run_here("onboard", *summary, cwd=place)
    assert told == (place / "summary.json").read_bytes()


@pytest.mark.parametrize("kept", [b"", b"{", b"[]", b"null", b"\xff", b'{"version": 1}'])
def test_work_of_which_nobody_can_say_what_it_is_begins_anew(place: Path, expected: bytes, kept: bytes) -> None:
    (place / ".reports.jsonl.screening").mkdir()
    (place / ".reports.jsonl.screening/screening.json").write_bytes(kept)
    assert run_here("onboard", *CALL, "--resume", cwd=place).returncode == 2
    assert (place / "reports.jsonl").read_bytes() == expected


def test_without_resume_it_begins_anew(place: Path, expected: bytes) -> None:
    with in_the_middle(place) as process:
        process.send_signal(signal.SIGINT)
        process.communicate()
    done = finished(place)[0].with_suffix("")
    done.write_bytes(done.read_bytes().replace(b"A-", b"B-"))
    assert run_here("onboard", *CALL, cwd=place).returncode == 2
    assert (place / "reports.jsonl").read_bytes() == expected


# What differs, and how.
CHANGES = {
    "APPLICATIONS": ("applications.jsonl", []),
    "--registry": ("records.jsonl", []),
    "--as-of": (None, ["--as-of", "2024-08-06"]),
    "--ruleset": (None, ["--ruleset", "tmall-2019"]),
    "--independent": (None, ["--independent"]),
}


def test_another_call_does_not_go_on_with_it(place: Path, expected: bytes) -> None:
    with in_the_middle(place) as process:
        process.send_signal(signal.SIGINT)
        process.communicate()
    for name, (file, options) in CHANGES.items():
        path = place / (file or "applications.jsonl")
        before = path.read_bytes()
        path.write_bytes(before + b"\n" * (file is not None))
        done = run_here("onboard", *CALL, "--resume", *options, cwd=place)
        path.write_bytes(before)
        assert done.returncode == 2
        assert f"`{name}`" in done.stderr
        assert "without `--resume`" in done.stderr
    assert run_here("onboard", *CALL, "--resume", cwd=place).returncode == 2
    assert (place / "reports.jsonl").read_bytes() == expected


@pytest.mark.parametrize("begins", [True, False], ids=["and another begins", "and none begins"])
@pytest.mark.parametrize("moment", ["mkdir", "flock"])
def test_a_run_that_ends_as_another_begins_leaves_it_no_folder_of_a_third(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, begins: bool
) -> None:
    """The run that ends takes its folder away while the other is between its steps."""
    output = str(tmp_path / "reports.jsonl")
    with ExitStack() as third:
        ends = ExitStack()
        ends.enter_context(work_folder(output, {"run": "first"}, resume=False))
        owner, name = (Path, "mkdir") if moment == "mkdir" else (fcntl, "flock")
        step = getattr(owner, name)

        def take(*args: Any, **options: Any) -> Any:
            monkeypatch.setattr(owner, name, step)
            try:
                return step(*args, **options) if moment == "mkdir" else None
            finally:
                ends.close()
                if begins:
                    third.enter_context(work_folder(output, {"run": "third"}, resume=False))
                    (folder_beside(output) / "judge-000000").touch()
                if moment == "flock":
                    step(*args, **options)

        monkeypatch.setattr(owner, name, take)
        with pytest.raises(OnboardingError, match="another run"), work_folder(output, {"run": "second"}, resume=False):
            pass
        left = sorted(path.name for path in folder_beside(output).glob("*"))
        assert left == (["judge-000000", "screening.json"] if begins else [])


# Before which call of what, when a run takes its folder away, another begins; and who is let in, that one or a third.
ENDS = {
    "finished work is there": ("unlink", 1, "third"),
    "the file that says whose it is is there": ("unlink", 2, "third"),
    "the folder is there": ("rmdir", 1, "second"),
}


@pytest.mark.parametrize(("name", "nth", "let_in"), ENDS.values(), ids=ENDS)
def test_of_two_runs_that_begin_as_one_ends_one_is_let_in_and_keeps_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, nth: int, let_in: str
) -> None:
    output, inside = str(tmp_path / "reports.jsonl"), []
    step, calls = getattr(os, name), count(1)
    with ExitStack() as runs:

        def begin(run: str) -> None:
            with suppress(OnboardingError):
                runs.enter_context(work_folder(output, {"run": run}, resume=False))
                inside.append(run)

        def begin_before(*args: Any, **options: Any) -> None:
            if next(calls) == nth:
                monkeypatch.setattr(os, name, step)
                begin("second")
            step(*args, **options)

        with work_folder(output, {"run": "first"}, resume=False):
            (folder_beside(output) / "judge-000000").touch()
            monkeypatch.setattr(os, name, begin_before)
        assert getattr(os, name) is step
        begin("third")
        assert inside == [let_in]
        kept = {path.name: path.read_text("utf-8") for path in folder_beside(output).iterdir()}
        assert kept == {"screening.json": f'{{"run": "{let_in}"}}'}
    assert not folder_beside(output).exists()


def test_two_runs_do_not_write_one_file(place: Path, expected: bytes) -> None:
    with in_the_middle(place) as process:
        process.send_signal(signal.SIGSTOP)  # else it may be done first
        second = run_here("onboard", *CALL, cwd=place)
        process.send_signal(signal.SIGCONT)
        assert second.returncode == 2
        assert "another run" in second.stderr
        process.communicate()
    assert (place / "reports.jsonl").read_bytes() == expected
