"""Records that would make a subject look clean, or its shops fewer, are refused or count in full."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import DAY, USCC, application
from registry.make import load

from onboarding import InputError, RegistryError, check, open_registry
from onboarding.models import Ban, Record, Shop
from onboarding.registry import open_database

CASES = json.loads(Path(__file__).with_name("records.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_records_in_a_file_hide_nothing(tmp_path: Path, case: dict[str, Any]) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in case["records"]), "utf-8")
    assert _verdict(path) == case["verdict"]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_records_imported_hide_nothing(tmp_path: Path, case: dict[str, Any]) -> None:
    path = tmp_path / "registry.db"
    try:
        with open_database(path) as registry:
            load(registry, *case["records"])
    except RegistryError:
        assert case["verdict"] == "refused"
    else:
        assert _verdict(path) == case["verdict"]


def _verdict(path: Path) -> str:
    try:
        return check(application(), registry=open_registry(path), as_of=DAY).verdict
    except RegistryError:
        return "refused"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_records_given_as_a_history_hide_nothing(case: dict[str, Any]) -> None:
    try:
        verdict = check(application(), history=case["records"], as_of=DAY).verdict
    except InputError:
        verdict = "refused"
    assert verdict == case["verdict"]


@pytest.mark.parametrize(
    "made",
    [
        Ban("9199999MATEKT019L", DAY, "serious_violation"),
        Ban(f"USCC:{USCC}", DAY, "serious_violation"),
        Ban(f"'{USCC}", DAY, "serious_violation"),
        Ban(USCC, DAY, "Serious_violation"),  # type: ignore[arg-type]
        Ban(USCC, datetime(2024, 8, 5, tzinfo=UTC), "serious_violation"),
        Ban(USCC, DAY, "serious_violation", revoked_on=DAY - timedelta(days=1)),
        Shop("S-1", USCC, DAY, "云上"),  # type: ignore[arg-type]
    ],
    ids=[
        "a number too short",
        "a label",
        "an apostrophe",
        "no reason",
        "an instant",
        "revoked before it began",
        "a text for brands",
    ],
)
def test_a_record_that_a_program_made_hides_nothing_either(made: Record) -> None:
    with pytest.raises(InputError, match="/history/0"):
        check(application(), history=[made], as_of=DAY)
