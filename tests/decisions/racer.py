"""Processes of clients that race: eight threads in each, each of which admits one application when it is told to.

    python -m decisions.racer ADDRESS SOCKET...

A process for each inherited socket, which reads lines of `{"begin": monotonic seconds, "applications": [eight]}` there
and writes a line of what each was told.
"""

import json
import os
import socket
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from builders import application
from registry.make import WHO

from onboarding import InputError, admit
from onboarding.registry import open_database


def main(address: str, sockets: list[int]) -> None:
    # Compiled and imported once, for all processes: what an admission wants as well as what the database does.
    open_database(address).close()
    with TemporaryDirectory() as folder, open_database(Path(folder) / "registry.db") as another:
        another.init()
        admit(application(), registry=another, **WHO)
    processes = []
    for own in sockets:
        process = os.fork()
        if process == 0:
            for other in sockets:
                if other != own:
                    os.close(other)
            serve(address, own)
            os._exit(0)
        processes.append(process)
    for own in sockets:
        os.close(own)
    for process in processes:
        os.waitpid(process, 0)


def serve(address: str, number: int) -> None:
    """Do what is asked for at a socket, until nobody is there to ask."""
    with open_database(address) as registry, socket.socket(fileno=number) as own, own.makefile("rw") as asked:

        def run(wanted: dict[str, Any], begin: float, told: list[Any], place: int) -> None:
            time.sleep(max(0.0, begin - time.monotonic()))
            try:
                made = admit(wanted, registry=registry, **WHO)
                told[place] = [made.verdict, made.shop_id, made.repeated, [o.rule for o in made.report.failures]]
            except InputError as error:
                told[place] = ["error", None, False, [str(error)]]

        print("ready", file=asked, flush=True)
        for line in asked:
            order = json.loads(line)
            told: list[Any] = [["lost", None, False, []]] * len(order["applications"])
            threads = [
                threading.Thread(target=run, args=(wanted, order["begin"], told, place))
                for place, wanted in enumerate(order["applications"])
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            print(json.dumps(told), file=asked, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], [int(number) for number in sys.argv[2:]])
