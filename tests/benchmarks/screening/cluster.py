"""A screening by Spark on a real standalone cluster of this machine, beside the processes of the local engine: seconds.

    python tests/benchmarks/screening/cluster.py [SIZE]     (100,000 applications unless said otherwise)

One worker of one core; two; two of which one is killed in the middle, when half of the time has gone that two of them
took. Three records an application. That all write the same bytes is asserted. Java is wanted. A cluster is for what
does not fit one machine: on this one its seconds are those of the local engine and of the JVMs beside it.
"""

import filecmp
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from subprocess import DEVNULL, Popen
from time import perf_counter, sleep

sys.path.insert(0, str(Path(__file__).parents[2]))

import make
from screening.cluster import ALONE, Cluster, end

PROGRAM = Path(sys.executable).with_name("onboard")
FILES = ("applications.jsonl", "registry.jsonl")
EXPECTED = "local.jsonl"


def main(size: int) -> None:
    with tempfile.TemporaryDirectory() as place, ExitStack() as processes:
        os.chdir(place)
        for name, values in zip(FILES, (make.applications(size), make.records(size)), strict=True):
            Path(name).write_bytes(b"".join(make.lines(values)))
        print(f"{size:,} applications")
        took(screening("--engine", "local", "--workers", "2", into=EXPECTED), "local, 2 workers")
        cluster = Cluster(Path(place), processes)
        on_cluster = ("--engine", "spark", "--master", cluster.url)
        first = cluster.add_worker()
        took(screening(*on_cluster), "cluster, 1 worker")
        cluster.add_worker()
        seconds = took(screening(*on_cluster), "cluster, 2 workers")
        begun = perf_counter()
        process = screening(*on_cluster)
        sleep(seconds / 2)
        end(first)
        took(process, "cluster, 2 workers, 1 killed", begun)


def screening(*options: str, into: str = "reports.jsonl") -> Popen[bytes]:
    """A process that screens; one that refuses is no failure."""
    command = [PROGRAM, "screen", FILES[0], "--registry", FILES[1], "--as-of", str(make.DAY), "--exit-zero"]
    return Popen([*command, "-o", into, *options], env=os.environ | ALONE, stdout=DEVNULL, stderr=DEVNULL)


def took(process: Popen[bytes], name: str, begun: float | None = None) -> float:
    """The seconds that `process` took since it `begun`, by default now; tells them."""
    begun = begun or perf_counter()
    assert process.wait() == 0, name
    seconds = perf_counter() - begun
    if Path("reports.jsonl").exists():
        assert filecmp.cmp("reports.jsonl", EXPECTED, shallow=False), name
        Path("reports.jsonl").unlink()
    print(f"{name:28} {seconds:7.1f} s", flush=True)
    return seconds


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
