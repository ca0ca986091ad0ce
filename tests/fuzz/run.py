"""Throw odd inputs at the program for some minutes, and keep those that break a law: `python tests/fuzz/run.py`.

Inputs come from hypothesis, from sound files with bytes changed, from shapes that cost time or memory, and from command
lines put together at random; what must hold is in `laws.py`. What breaks a law is written to a folder, with the
command that runs it again.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent))

import hypothesis
from fuzz import bounds, command_lines, laws, mutated, odd
from fuzz.attempt import Attempt, Outcome, run
from hypothesis import HealthCheck, Phase, settings
from hypothesis.strategies import SearchStrategy

from onboarding import messages

# Examples in one go of a strategy, before the next kind has its turn.
ROUND = settings(
    max_examples=12,
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Session:
    """What has been tried so far, and what it came to."""

    until: float
    keep: Path
    random: Random
    tried: Counter[str] = field(default_factory=Counter)
    codes: Counter[int] = field(default_factory=Counter)
    faults: dict[str, Path] = field(default_factory=dict)
    slowest: tuple[float, str] = (0.0, "")
    largest: tuple[float, str] = (0.0, "")

    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self.until

    def try_(self, attempt: Attempt) -> list[str]:
        """Run `attempt`; returns the laws that it broke and that none broke before."""
        outcomes, found = laws.tried(attempt)
        if not attempt.own_process and self.random.random() < 0.2:
            found += self._repeated(attempt, outcomes)
        self._count(attempt, outcomes)
        return [law for law in found if f"{attempt.kind}: {laws.signature(law)}" not in self.faults]

    def fault(self, attempt: Attempt, found: list[str]) -> None:
        """Keep an attempt that broke a law."""
        folder = self.keep / f"{len(self.faults) + 1:03}-{attempt.kind.split(':')[0].replace(' ', '-')}"
        attempt.save(folder)
        for law in found:
            self.faults[f"{attempt.kind}: {laws.signature(law)}"] = folder
            print(f"FAULT {attempt.kind}: {law}", flush=True)
        print(f"      python tests/fuzz/run.py --replay {folder}", flush=True)

    def _repeated(self, attempt: Attempt, before: list[Outcome]) -> list[str]:
        """What differs when all is run again, by the other validator: nothing may but what tells the time."""
        if "registry" in str(attempt.calls) and "db" in str(attempt.calls):
            return []  # what is written there bears the instant
        again = run(attempt, validator="jsonschema")
        same = [replace(outcome, seconds=0.0) for outcome in before] == [replace(o, seconds=0.0) for o in again]
        return [] if same else ["another run, by the other validator, comes to something else"]

    def _count(self, attempt: Attempt, outcomes: list[Outcome]) -> None:
        self.tried[attempt.kind.split(":")[0]] += 1
        for call, outcome in zip(attempt.calls, outcomes, strict=False):
            self.codes[outcome.code] += 1
            what = f"{attempt.kind}: {' '.join(call)[:70]!a}"
            self.slowest = max(self.slowest, (outcome.seconds, what))
            self.largest = max(self.largest, (outcome.mebibytes, what))


def by_hypothesis(session: Session, strategy: SearchStrategy[Attempt]) -> None:
    """A round of examples; one that breaks a law is made as small as it goes before it is kept."""
    last: list[tuple[Attempt, list[str]]] = []

    @hypothesis.seed(session.random.randrange(1 << 32))
    @ROUND
    @hypothesis.given(strategy)
    def examples(attempt: Attempt) -> None:
        if session.over():
            return  # so does a failure that is being made smaller: what it was last is kept
        if found := session.try_(attempt):
            last[:] = [(attempt, found)]
            raise AssertionError(found)

    try:
        examples()
    except (AssertionError, hypothesis.errors.Flaky):
        session.fault(*last[0])


class Mutations:
    """Mutated files, one kind after another; those that reach a new message join those that are mutated."""

    def __init__(self) -> None:
        self._corpus = mutated.seeds()
        self._reached: dict[str, set[str]] = {kind: set() for kind in self._corpus}

    def __call__(self, session: Session) -> None:
        """A round: some files of each kind."""
        for kind, corpus in self._corpus.items():
            for _ in range(4):
                if session.over():
                    return
                data = mutated.mutate(session.random.choice(corpus), corpus, session.random)
                attempt = mutated.attempt(kind, data, session.random)
                with _keys_said() as keys:
                    found = session.try_(attempt)
                if found:
                    session.fault(attempt, found)
                elif not keys <= self._reached[kind] and len(data) < 20_000:
                    corpus.append(data)
                self._reached[kind] |= keys


def at_random(make: Callable[[Random], Attempt], times: int) -> Callable[[Session], None]:
    """A round of attempts that `make` makes."""

    def round_(session: Session) -> None:
        for _ in range(times):
            if session.over():
                return
            attempt = make(session.random)
            if found := session.try_(attempt):
                session.fault(attempt, found)

    return round_


class _keys_said:
    """The keys of the messages that are said inside: what tells one way through the program from another."""

    def __enter__(self) -> set[str]:
        keys: set[str] = set()
        self._words = words = messages._words

        def noted(key: str) -> dict[str, object]:
            keys.add(key)
            return words(key)

        messages._words = noted
        return keys

    def __exit__(self, *_: object) -> None:
        messages._words = self._words


def fuzz(seconds: float, seed: int, keep: Path) -> Session:
    """Try for so many seconds; returns what came of it."""
    session = Session(time.monotonic() + seconds, keep, Random(seed))
    rounds: list[Callable[[Session], None]] = [Mutations()]
    rounds += [partial(by_hypothesis, strategy=strategy) for strategy in odd.STRATEGIES]
    rounds += [at_random(command_lines.attempt, 12), at_random(command_lines.apart, 2), at_random(bounds.attempt, 1)]
    while not session.over():
        for round_ in rounds:
            round_(session)
    return session


def summary(session: Session) -> Iterator[str]:
    """What was tried and what came of it, for people."""
    yield f"{session.tried.total()} attempts, {session.codes.total()} calls"
    yield "by kind: " + ", ".join(f"{kind} {count}" for kind, count in session.tried.most_common())
    yield "by exit code: " + ", ".join(f"{code}: {count}" for code, count in sorted(session.codes.items()))
    yield f"slowest: {session.slowest[0]:.2f} s, {session.slowest[1]}"
    yield f"largest: {session.largest[0]:.0f} MiB, {session.largest[1]}"
    yield f"{len(session.faults)} faults"
    for fault, folder in session.faults.items():
        yield f"  {fault}\n    python tests/fuzz/run.py --replay {folder}"


def main() -> int:
    """The command; returns 1 where a law was broken."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--minutes", type=float, default=1)
    options.add_argument("--seed", type=int, help="the same seed makes the same inputs in the same order")
    options.add_argument("--keep", type=Path, default=Path("fuzz-faults"), help="where what breaks a law is written")
    options.add_argument("--replay", type=Path, metavar="FOLDER", help="run what is kept in FOLDER once more")
    chosen = options.parse_args()
    if chosen.replay:
        attempt = Attempt.load(chosen.replay)
        outcomes, found = laws.tried(attempt)
        for call, outcome in zip(attempt.calls, outcomes, strict=False):
            print(call, outcome, sep="\n  ")
        print(*(found or ["no law is broken"]), sep="\n")
        return 1 if found else 0
    seed = chosen.seed if chosen.seed is not None else Random().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    session = fuzz(chosen.minutes * 60, seed, chosen.keep)
    print(*summary(session), sep="\n")
    return 1 if session.faults else 0


if __name__ == "__main__":
    sys.exit(main())
