"""What must hold of every attempt, whatever it tried."""

import json
import re
from datetime import date
from functools import cache
from typing import Any
from xml.etree import ElementTree

import oracle
from builders import ROOT
from fuzz.attempt import AS_OF, Attempt, Outcome, report_files, run
from jsonschema_rs import validator_for

MOST_SECONDS, MOST_MEBIBYTES = 2.0, 200.0
VERDICTS = {"pass": 0, "fail": 1, "invalid": 2, "undecided": 3}


def tried(attempt: Attempt) -> tuple[list[Outcome], list[str]]:
    """What came of `attempt`, and the laws that it broke."""
    outcomes = run(attempt)
    if any(map(too_much, outcomes)):
        # Other work of this process may have been counted, or the processor's other half was busy.
        outcomes = run(attempt, own_process=attempt.calls[0][0] != "library")
    return outcomes, broken(attempt, outcomes)


def broken(attempt: Attempt, outcomes: list[Outcome]) -> list[str]:
    """The laws that `outcomes` break, each in a line."""
    found: list[str] = []
    for call, outcome in zip(attempt.calls, outcomes, strict=False):
        said = " ".join(call[:3])[:60]
        found += [f"{said!a}: {law}" for law in _of_one(attempt, call, outcome)]
    for one, other in attempt.alike:
        if other >= len(outcomes):
            if outcomes[one].code != 2:
                found.append(f"call {one} takes what the import refuses")
        elif _results(outcomes[one]) != _results(outcomes[other]) or outcomes[one].code != outcomes[other].code:
            found.append(f"calls {one} and {other} come to different results")
    return found


def too_much(outcome: Outcome) -> bool:
    """Whether it took more time or memory than a small file may."""
    return outcome.seconds > MOST_SECONDS or outcome.mebibytes > MOST_MEBIBYTES


def results_of(outcome: Outcome) -> list[dict[str, Any]]:
    """The results in the JSON that a call wrote to its output; none where it wrote something else."""
    try:
        value = json.loads(outcome.out)
    except ValueError:
        return []
    results = value.get("results") if isinstance(value, dict) else None
    return results if isinstance(results, list) else []


def _of_one(attempt: Attempt, call: tuple[str, ...], outcome: Outcome) -> list[str]:
    if outcome.escaped:
        return [f"nothing caught {outcome.escaped}"]
    found = [] if outcome.code in (0, 1, 2, 3) else [f"exit code {outcome.code}"]
    everything = [outcome.out, outcome.err, *outcome.reports.values()]
    told = b"\n".join(everything)
    found += [f"says {word!r}" for word in ("internal:", "内部错误", "Traceback (most") if word.encode() in told]
    # These two are no reports: they give staff the record itself, with the fields that nobody knows, which are kept.
    given = call[:3] in (("onboard", "registry", "show"), ("onboard", "registry", "export"))
    on_record = attempt.files.get("records.jsonl", b"") if given else b""
    echoed = [s for s in attempt.secrets if s.encode() in told and s.encode() not in on_record]
    found += [f"echoes {secret}" for secret in echoed]
    # A program's own value may be of any size: what is bounded is the cost of what a file can hold.
    large_value = any(len(data) > 1 << 20 for name, data in attempt.files.items() if name.endswith(".py"))
    if too_much(outcome) and not large_value:
        found.append(f"takes {outcome.seconds:.1f} s and {outcome.mebibytes:.0f} MiB")
    if call[0] == "onboard-check":
        found += _unreadable(call, outcome)
        found += _verdicts(attempt, call, outcome)
    if call[0] == "library" and outcome.code == 0 and (law := _pass_refused(attempt, "application.py", AS_OF)):
        found.append(law)
    return found


def _unreadable(call: tuple[str, ...], outcome: Outcome) -> list[str]:
    """Reports that their readers cannot read."""
    if {"--version", "--show-config", "--help", "-h"} & set(call):
        return []
    asked = report_files(call)
    on_output = [name for name, path in asked if path is None]
    written = [(name, outcome.reports[path]) for name, path in asked if path in outcome.reports]
    if len(on_output) == 1:
        written.append((on_output[0], outcome.out))
    found = []
    for name, data in written:
        try:
            if data:
                _read(name, data)
        except (ValueError, ElementTree.ParseError) as error:
            found.append(f"{name} that cannot be read: {error}")
    return found


def _read(name: str, data: bytes) -> None:
    text = data.decode("utf-8")
    if name == "junit":
        ElementTree.fromstring(text)
    elif name == "sarif":
        json.loads(text, parse_constant=_refuse)
    elif name == "jsonl":
        for line in text.removesuffix("\n").split("\n"):
            json.loads(line, parse_constant=_refuse)
    elif name == "json":
        value = json.loads(text, parse_constant=_refuse)
        if wrong := next(iter(_schema().iter_errors(value)), None):
            raise ValueError(f"not of its schema: {wrong.message[:200]}")


def _verdicts(attempt: Attempt, call: tuple[str, ...], outcome: Outcome) -> list[str]:
    """An exit code that is not the verdicts', and passes that the second opinion refuses."""
    results = results_of(outcome)
    if not results or "--exit-zero" in call:
        return []
    order = {2: 0, 1: 1, 3: 2, 0: 3}
    code = min((VERDICTS[result["verdict"]] for result in results), key=order.__getitem__)
    found = [] if outcome.code in (code, 2) else [f"exit code {outcome.code} for results that say {code}"]
    if "--ruleset" in call or "--config" in call or "--as-of" not in call:
        return found
    day = call[call.index("--as-of") + 1]
    registry = call[call.index("--registry") + 1] if "--registry" in call else None
    for result in results:
        if result["verdict"] == "pass":
            law = _pass_refused(attempt, result["source"], day, registry)
            found += [law] if law else []
    return found


def _pass_refused(attempt: Attempt, source: str, day: str, registry: str | None = None) -> str | None:
    """What is wrong with a pass, where a second opinion can be had: what it reads was given as a file."""
    try:
        return _refused(attempt, source, day, registry)
    except Exception as error:  # it trusts what it is given: what it trips over should not have passed
        return f"passes, and the second opinion cannot read it: {error!r}"


def _refused(attempt: Attempt, source: str, day: str, registry: str | None) -> str | None:
    if source == "application.py":
        application, records = (_literal(attempt.files.get(name)) for name in (source, "history.py"))
    else:
        # What goes into a database or comes out of it are the records of the attempt.
        at_hand = registry if registry in attempt.files and str(registry).endswith(".jsonl") else "records.jsonl"
        if source not in attempt.files or (registry and at_hand not in attempt.files):
            return None
        application = _application(attempt.files[source])
        records = _records(attempt.files[at_hand]) if registry else None
    if not isinstance(application, dict):
        return None
    opinion = oracle.judged(application, records, date.fromisoformat(day))
    return None if opinion["verdict"] == "pass" else f"passes, and the second opinion is {opinion}"


def _application(data: bytes) -> Any:
    return json.loads(data.removeprefix(b"\xef\xbb\xbf"))


def _records(data: bytes) -> list[Any]:
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return [json.loads(line) for line in lines if line.strip()]


def _literal(data: bytes | None) -> Any:
    from ast import literal_eval

    try:
        return literal_eval(data.decode()) if data else None
    except ValueError:
        return None


def _results(outcome: Outcome) -> Any:
    return results_of(outcome) or None


def _refuse(token: str) -> None:
    raise ValueError(f"{token} is no JSON")


@cache
def _schema() -> Any:
    return validator_for(json.loads((ROOT / "schemas/report.schema.json").read_text("utf-8")))


def signature(law: str) -> str:
    """`law` without numbers and quoted texts: two of one signature are one fault."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|\d+(\.\d+)?", "…", law)[:160]
