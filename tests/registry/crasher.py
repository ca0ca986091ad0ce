"""Children that import, admit and close, and are killed in the middle; then what is on record is looked at.

    python -m registry.crasher ADDRESS ROUNDS SEED

Says how many of them were killed in the middle, and fails unless after each kill the registry opened, what was
acknowledged was there, what was not was there whole or not at all, and a repeat completed the work.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from builders import DAY, application, brand, shop
from registry.make import WHO, entry, lines, subject

from onboarding import admit, load_ruleset
from onboarding.decisions import corrections
from onboarding.decisions.admission import all_decisions
from onboarding.models import Shop
from onboarding.registry import open_database
from onboarding.registry.bulk_import import add
from onboarding.registry.sql import SqlRegistry

IMPORTED = 400


def batch(number: int) -> list[dict[str, Any]]:
    return [shop(f"I-{number}-{i}", subject_id=subject(number)) for i in range(IMPORTED)]


def wanted(number: int, i: int) -> dict[str, Any]:
    name = f"牌{i}"
    own = {"/application_id": f"A-{number}-{i}", "/business_license/uscc": subject(number * 10_000 + i)}
    return application({**own, "/brands": [brand(name)]})


def do_import(registry: SqlRegistry, number: int, say: Callable[[str], None]) -> None:
    add(registry, lines(*batch(number)), entry())
    say("imported")


def do_admit(registry: SqlRegistry, number: int, say: Callable[[str], None]) -> None:
    for i in range(1000):
        say(f"{i} {admit(wanted(number, i), registry=registry, **WHO).shop_id}")


def do_close(registry: SqlRegistry, number: int, say: Callable[[str], None]) -> None:
    add(registry, lines(*batch(number)), entry())
    for i in range(IMPORTED):
        corrections.close_shop(f"I-{number}-{i}", "other", DAY, registry=registry, entry=entry())
        say(str(i))


def shops(registry: SqlRegistry, number: int) -> dict[str, Shop]:
    return {s.shop_id: s for s in registry.look_up([subject(number)]).histories[subject(number)].shops}


def see_import(registry: SqlRegistry, number: int, said: list[str]) -> None:
    found = len(shops(registry, number))
    assert found in ((IMPORTED,) if said else (0, IMPORTED)), f"half an import: {found}"
    add(registry, lines(*batch(number)), entry())
    assert len(shops(registry, number)) == IMPORTED


def see_admit(registry: SqlRegistry, number: int, said: list[str]) -> None:
    with registry.reading() as session:
        made = {d.application_id: d for d in all_decisions(session) if d.application_id.startswith(f"A-{number}-")}
    assert len(made) - len(said) in (0, 1), f"{len(said)} acknowledged, {len(made)} on record"
    for line in said:
        i, shop_id = line.split()
        assert made[f"A-{number}-{i}"].shop_id == shop_id
    for i in range(len(said) + 1):
        decision = admit(wanted(number, i), registry=registry, **WHO)
        assert decision.repeated == (f"A-{number}-{i}" in made)
        assert list(shops(registry, number * 10_000 + i)) == [decision.shop_id]


def see_close(registry: SqlRegistry, number: int, said: list[str]) -> None:
    found = shops(registry, number)
    closed = [s for s in found.values() if s.closed_on]
    assert len(closed) - len(said) in (0, 1), f"{len(said)} acknowledged, {len(closed)} on record"
    assert all(found[f"I-{number}-{i}"].closed_on for i in said)
    if found and len(closed) < IMPORTED:
        corrections.close_shop(f"I-{number}-{len(closed)}", "other", DAY, registry=registry, entry=entry())


# With the longest time that each is left to itself: about as long as it would take, or less.
WORK = ((do_import, see_import, 0.03), (do_admit, see_admit, 0.1), (do_close, see_close, 0.1))
BEGUN = b"begun\n"


def fork(work: Callable[[], None]) -> int:
    """Run `work` in a child; threads and connections are the child's own."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    return pid


def main(address: str, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    load_ruleset()  # compiled once, for all children
    interrupted = 0
    for number in range(rounds):
        do, see, longest = WORK[number % 3]
        ear, mouth = os.pipe()

        def work(do: Any = do, number: int = number, mouth: int = mouth) -> None:
            with open_database(address) as registry:
                os.write(mouth, BEGUN)
                do(registry, number, lambda text: os.write(mouth, f"{text}\n".encode()))
                os.write(mouth, b"ended\n")

        child = fork(work)
        os.close(mouth)
        assert os.read(ear, len(BEGUN)) == BEGUN
        time.sleep(chance.uniform(0.0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(ear) as heard:
            said = heard.read().splitlines()
        if said[-1:] == ["ended"]:
            said.pop()
        else:
            interrupted += 1

        def look(see: Any = see, number: int = number, said: list[str] = said) -> None:
            with open_database(address) as registry:
                see(registry, number, said)

        _, status = os.waitpid(fork(look), 0)
        assert status == 0, f"round {number}: {see.__name__}"
    print(interrupted)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
