"""64 clients in 8 processes want the same thing at the same moment; exactly what is allowed is granted."""

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import application, brand, shop
from registry.make import load, subject

from onboarding.decisions.admission import all_decisions
from onboarding.registry.sql import SqlRegistry

# Without its lock a round goes wrong nearly each time, and one in four where it does least often.
PROCESSES, THREADS, ROUNDS = 8, 8, 20
CLIENTS = PROCESSES * THREADS
Told = list[list[Any]]


class Racers:
    """The processes, and what they are told."""

    def __init__(self, address: str) -> None:
        pairs = [socket.socketpair() for _ in range(PROCESSES)]
        theirs = [their.fileno() for _, their in pairs]
        command = [sys.executable, "-m", "decisions.racer", address, *map(str, theirs)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        self._parent = subprocess.Popen(command, env=environment, pass_fds=theirs)
        self._processes = []
        for our, their in pairs:
            their.close()
            self._processes.append(our.makefile("rw"))
            our.close()
        assert {process.readline() for process in self._processes} == {"ready\n"}

    def race(self, applications: list[dict[str, Any]]) -> Told:
        """Admit all at once, each by a client of its own."""
        begin = time.monotonic() + 0.01
        for number, process in enumerate(self._processes):
            print(
                json.dumps({"begin": begin, "applications": applications[number::PROCESSES]}), file=process, flush=True
            )
        return [one for process in self._processes for one in json.loads(process.readline())]

    def stop(self) -> None:
        for process in self._processes:
            process.close()
        self._parent.wait()


@pytest.fixture
def racers(registry: SqlRegistry, address: str) -> Iterator[Racers]:
    made = Racers(address)
    yield made
    made.stop()


def wanted(number: int, client: int, **changes: Any) -> dict[str, Any]:
    """The application of one client in one round; its subject is that round's own."""
    own = {"/application_id": f"A-{number}-{client}", "/business_license/uscc": subject(number)}
    return application({**own, **{f"/{name}": value for name, value in changes.items()}})


def decided(registry: SqlRegistry, number: int) -> int:
    with registry.reading() as session:
        return len(list(all_decisions(session, subject(number))))


def open_shops(registry: SqlRegistry, number: int) -> int:
    return len(registry.look_up([subject(number)]).histories[subject(number)].shops)


def test_a_race_for_the_last_place_of_a_subject(registry: SqlRegistry, racers: Racers) -> None:
    shops = [shop(f"S-{n}-{i}", (f"旧{i}",), subject_id=subject(n)) for n in range(ROUNDS) for i in range(2)]
    load(registry, *shops)
    for number in range(ROUNDS):
        told = racers.race([wanted(number, i, brands=[brand(f"牌子{i}")]) for i in range(CLIENTS)])
        assert Counter(verdict for verdict, *_ in told) == {"pass": 1, "fail": CLIENTS - 1}
        assert all(rules == ["max-three-shops"] for verdict, *_, rules in told if verdict == "fail")
        assert open_shops(registry, number) == 3
        assert decided(registry, number) == CLIENTS


def test_a_race_for_one_brand(registry: SqlRegistry, racers: Racers) -> None:
    for number in range(ROUNDS):
        told = racers.race([wanted(number, i) for i in range(CLIENTS)])
        assert Counter(verdict for verdict, *_ in told) == {"pass": 1, "fail": CLIENTS - 1}
        assert all(rules == ["one-shop-per-brand"] for verdict, *_, rules in told if verdict == "fail")
        assert open_shops(registry, number) == 1
        assert decided(registry, number) == CLIENTS


def test_a_race_with_one_application(registry: SqlRegistry, racers: Racers) -> None:
    for number in range(ROUNDS):
        told = racers.race([wanted(number, 0) for _ in range(CLIENTS)])
        assert {verdict for verdict, *_ in told} == {"pass"}
        assert len({shop_id for _, shop_id, *_ in told}) == 1
        assert Counter(repeated for *_, repeated, _ in told) == {False: 1, True: CLIENTS - 1}
        assert open_shops(registry, number) == decided(registry, number) == 1


def test_a_race_of_two_subjects_with_one_application_id(registry: SqlRegistry, racers: Racers) -> None:
    for number in range(0, 2 * ROUNDS, 2):
        mine, yours = (wanted(number + i, 0, application_id=f"A-{number}") for i in range(2))
        told = racers.race([(mine, yours)[client // 2 % 2] for client in range(CLIENTS)])
        assert Counter(verdict for verdict, *_ in told) == {"pass": CLIENTS // 2, "error": CLIENTS // 2}
        assert all("other content" in rules[0] for verdict, *_, rules in told if verdict == "error")
        assert open_shops(registry, number) + open_shops(registry, number + 1) == 1
