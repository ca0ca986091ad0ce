"""What a service writes down, as JSON lines: what was asked and what came of it, and how every judgement came about.

The access log on standard output holds no personal data: no name, number, id or address, but which route, how it
ended and in which role it was asked. The evaluation log holds what explains a judgement later.
"""

import errno
import json
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from ..errors import OnboardingError
from ..files import NO_WAITING, os_problem
from ..registry.timestamps import write_instant
from ..report import Report
from ..rules.ruleset import Ruleset


class LogError(OnboardingError):
    """A log that cannot be written: what it must hold is not answered."""


def tell(event: str, **about: Any) -> None:
    """Say on standard error what whoever runs the service should know."""
    _print(sys.stderr, {"event": event, **about})


def access(**about: Any) -> None:
    """One answered call, on standard output."""
    _print(sys.stdout, about)


class EvaluationLog:
    """The file at `path`, one line for each judgement; several processes may write to one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._append(b"")

    def write(self, report: Report, ruleset: Ruleset, call: dict[str, Any]) -> None:
        """Write down how `report` came about, by which `call`; raises LogError where that cannot be done.

        Which application, by which rules, on what counts, which verdict and whose hand: all but what the applicant
        wrote, of which `digest` tells whether an application is the one that was judged.
        """
        plain = report.to_dict()
        line = {
            "at": write_instant(datetime.now(UTC)),
            **call,
            "ruleset": ruleset.id,
            "ruleset_digest": ruleset.digest,
            "application_id": report.application_id,
            "subject_id": report.subject_id,
            "verdict": report.verdict,
            "outcomes": [_outcome(outcome) for outcome in plain["outcomes"]],
            "facts": plain["facts"],
        }
        self._append(_line(line).encode())

    def _append(self, data: bytes) -> None:
        # Opened for each line, so that the file may be moved away; written at once, so that no two lines mix. A named
        # pipe that nobody reads would keep us waiting for ever.
        try:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | NO_WAITING
            file = os.open(self._path, flags, 0o600)
            try:
                if os.write(file, data) < len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            finally:
                os.close(file)
        except OSError as error:
            raise LogError(os_problem(error, str(self._path))) from None


def _outcome(outcome: dict[str, Any]) -> dict[str, Any]:
    """What a rule said, without its words, which its ruleset has."""
    kept: dict[str, Any] = {name: outcome[name] for name in ("rule", "edition", "status") if name in outcome}
    reasons = [
        {name: reason[name] for name in ("pointer", "actual", "limit", "evidence")} for reason in outcome["reasons"]
    ]
    return {**kept, "reasons": reasons} if reasons else kept


def _print(stream: IO[str], about: dict[str, Any]) -> None:
    # Whoever read it may have gone; that is no reason to answer nobody.
    with suppress(OSError, ValueError):
        stream.write(_line(about))
        stream.flush()


def _line(about: dict[str, Any]) -> str:
    # ASCII: nothing in it ends a line or steers a terminal.
    return json.dumps(about, separators=(",", ":")) + "\n"
