"""A real standalone cluster of Spark's on the loopback address."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pyspark

SPARK = Path(pyspark.__file__).parent
# Nobody but this machine takes part.
ALONE = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(SPARK), "PYSPARK_PYTHON": sys.executable}


class Cluster:
    """A standalone master, and workers of one core each."""

    def __init__(self, place: Path, processes: ExitStack, java_options: Sequence[str] = ()) -> None:
        self._place, self._processes = place, processes
        # Spark's own `spark-class` starts Java once more, to find this out.
        self._java = ["java", *java_options, "-cp", f"{SPARK / 'jars'}/*"]
        self._env = os.environ | ALONE | {"SPARK_SCALA_VERSION": "2.13"}
        master = ["master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
        _, self.url = self._start(master, r"Starting Spark master at (\S+)")

    def add_worker(self) -> subprocess.Popen[str]:
        command = ["worker.Worker", "--host", "127.0.0.1", "--webui-port", "0", "--cores", "1", "--memory", "1g"]
        return self._start([*command, "--work-dir", str(self._place / "work"), self.url], "Successfully registered")[0]

    def _start(self, command: list[str], ready: str) -> tuple[subprocess.Popen[str], str]:
        """A process of Spark's, once it has said that it is `ready`, and what that names."""
        log = self._place / f"log-{command[0]}-{len(list(self._place.glob('log-*')))}"
        with log.open("w") as file:
            process = subprocess.Popen(
                [*self._java, f"org.apache.spark.deploy.{command[0]}", *command[1:]],
                env=self._env,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self._processes.callback(end, process)
        until(lambda: re.search(ready, log.read_text()), process)
        found = re.search(ready, log.read_text())
        assert found
        return process, found[found.re.groups]


def until(holds: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait for what `process` does; looking all the time would take a core from it."""
    while not holds():
        assert process.poll() is None, process.args
        time.sleep(0.1)


def end(process: subprocess.Popen[str]) -> None:
    """End `process` and the executors that it has started, at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
