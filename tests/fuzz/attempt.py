"""One try at the program: some files and some calls, run in this process or as processes of their own, and kept."""

import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from in_process import run_here

from onboarding import InputError, check
from onboarding.rules import loading

PATIENCE = 30  # seconds in which a call in this process must end; it is the machine's clock, so they are many
AS_OF = "2024-08-05"

# Started without `site`, so that it is small: a child's peak counts what its parent held when it was started.
_MEASURE = """
import json, os, resource, sys
numbers, closed, out, err, given, *command = sys.argv[1:]
child = os.fork()
if not child:
    for file, flags, fd in ((given, os.O_RDONLY, 0), (out, 0o1101, 1), (err, 0o1101, 2)):
        os.dup2(os.open(file, flags, 0o600), fd)
    for fd in map(int, closed):
        os.close(fd)
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
    os.execv(command[0], command)
status, used = os.wait4(child, 0)[1:]
code = os.waitstatus_to_exitcode(status)
with open(numbers, "w") as file:
    json.dump([code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024], file)
"""


@dataclass(frozen=True)
class Attempt:
    """Files by name, and calls made one after another where they lie: each the words of a command line.

    The call `library` judges the Python value in `application.py` with the records in `history.py`. `secrets` must
    not appear in any output; `alike` are pairs of calls that must come to the same results.
    """

    kind: str
    calls: tuple[tuple[str, ...], ...]
    files: dict[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""
    env: dict[str, str] = field(default_factory=dict)
    closed: str = ""  # digits: the streams that are closed
    own_process: bool = False
    secrets: tuple[str, ...] = ()
    alike: tuple[tuple[int, int], ...] = ()

    def save(self, folder: Path) -> None:
        """Write it to `folder`, from where `load` takes it."""
        _write(self.files, folder)
        words = {name: value for name, value in vars(self).items() if name not in ("files", "stdin")}
        words |= {"files": sorted(self.files), "stdin": self.stdin.decode("latin-1")}
        (folder / "attempt.json").write_text(json.dumps(words, indent=1), "utf-8")

    @staticmethod
    def load(folder: Path) -> "Attempt":
        """The attempt that was saved to `folder`."""
        words = json.loads((folder / "attempt.json").read_text("utf-8"))
        words["files"] = {name: (folder / name).read_bytes() for name in words["files"]}
        words["stdin"] = words["stdin"].encode("latin-1")
        for name in ("calls", "alike"):
            words[name] = tuple(map(tuple, words[name]))
        return Attempt(**words | {"secrets": tuple(words["secrets"])})


@dataclass(frozen=True)
class Outcome:
    """What came of one call: exit code, outputs, seconds of the processor, MiB, the files that reports went to."""

    code: int
    out: bytes
    err: bytes
    seconds: float = 0.0
    mebibytes: float = 0.0
    escaped: str = ""  # an exception that nothing caught, or that nothing came to an end
    reports: dict[str, bytes] = field(default_factory=dict)


class Hangs(BaseException):
    """Nothing came to an end; no `except Exception` of the program catches it."""


def run(attempt: Attempt, *, own_process: bool = False, validator: str | None = None) -> list[Outcome]:
    """The outcomes of the calls of `attempt`, in a folder of their own; none after an import that is refused."""
    here = not (own_process or attempt.own_process)
    env = attempt.env | ({"ONBOARD_VALIDATOR": validator} if validator else {})
    with tempfile.TemporaryDirectory(prefix="fuzz-") as top:
        # Deep enough for `..` to be ours, too.
        folder = Path(top, "a", "b")
        folder.mkdir(parents=True)
        # Settings above are none of ours.
        (folder / ".git").mkdir()
        _write(attempt.files, folder)
        if "fifo" in str(attempt.calls):
            os.mkfifo(folder / "fifo")
        outcomes = []
        for call in attempt.calls:
            before = _reports(call, folder)
            done = _here(call, folder, env, attempt.stdin) if here else _apart(call, folder, env, attempt)
            written = {name: data for name, data in _reports(call, folder).items() if data != before.get(name)}
            outcomes.append(replace(done, reports=written))
            if "import" in call and done.code == 2:
                break  # what comes after it has nothing to work on
        return outcomes


def report_files(call: tuple[str, ...]) -> list[tuple[str, str | None]]:
    """The formats that a call asks for, each with the file that it goes to."""
    values = [call[i + 1] for i, word in enumerate(call[:-1]) if word in ("-o", "--output-format")]
    split = [value.partition("=") for value in values]
    return [(name, path if equals else None) for name, equals, path in split]


def _here(call: tuple[str, ...], folder: Path, env: dict[str, str], stdin: bytes) -> Outcome:
    # Python reads a literal in far more time than the program takes for what it stands for.
    values = [_value(folder / f"{name}.py") for name in ("application", "history")] if call[0] == "library" else []
    begin = time.process_time()
    with _patience():
        try:
            if values:
                code, out, err = _library(*values)
            else:
                done = run_here(call[0], *call[1:], cwd=folder, env=env, input=stdin)
                code, out, err = done.returncode, _bytes(done.stdout), _bytes(done.stderr)
            escaped = ""
        except (Exception, Hangs) as error:
            code, out, err, escaped = -1, b"", b"", f"{type(error).__name__}: {error}"
    seconds = time.process_time() - begin
    gc.unfreeze()  # what the command freezes at its end would never be collected
    return Outcome(code, out, err, seconds=seconds, escaped=escaped)


def _library(application: Any, history: Any) -> tuple[int, bytes, bytes]:
    try:
        report = check(application, history=history, as_of=AS_OF)
    except InputError as error:
        return 2, b"", str(error).encode(errors="backslashreplace")
    code = {"pass": 0, "fail": 1, "undecided": 3}[report.verdict]
    return code, json.dumps({"results": [report.to_dict()]}, default=str).encode(), b""


def _value(path: Path) -> Any:
    names = {"nan": float("nan"), "inf": float("inf"), "Decimal": Decimal, "date": date, "datetime": datetime}
    source = path.read_text("utf-8") if path.exists() else "None"
    return eval(source, {"__builtins__": {"object": object, "set": set, "frozenset": frozenset}}, names)


def _apart(call: tuple[str, ...], folder: Path, env: dict[str, str], attempt: Attempt) -> Outcome:
    program = Path(sys.executable).with_name(call[0])
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ONBOARD_", "LC_", "LANG"))}
    environment.pop("GITHUB_ACTIONS", None)
    environment |= {"LC_ALL": "C.UTF-8"} | env
    # Beside the folder of the calls, which may be judged whole.
    out, err, given, numbers = (folder.parent / name for name in ("out", "err", "in", "numbers"))
    given.write_bytes(attempt.stdin)
    command = [*map(str, (numbers, attempt.closed, out, err, given, program)), *call[1:]]
    try:
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", _MEASURE, *command],
            cwd=folder, env=environment, check=True, timeout=4 * PATIENCE,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Outcome(-1, b"", b"", escaped="hangs")
    code, seconds, mebibytes = json.loads(numbers.read_text())
    return Outcome(code, out.read_bytes(), err.read_bytes(), seconds=seconds, mebibytes=mebibytes)


@contextmanager
def _patience() -> Iterator[None]:
    def end(*_: object) -> None:
        raise Hangs(f"not over after {PATIENCE} s")

    loading._shipped.cache_clear()  # which validator judges may have changed
    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _reports(call: tuple[str, ...], folder: Path) -> dict[str, bytes]:
    names = [path for _, path in report_files(call) if path]
    return {name: (folder / name).read_bytes() for name in names if _is_file(folder / name)}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _write(files: dict[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
