"""Applications and records to start from: sound, and changed in the one place that a test is about."""

import copy
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DAY = date(2024, 8, 5)
USCC = "91999999MATEKT019L"
OTHER_USCC = "91999999MATEKT027F"
SOLE_TRADER_USCC = "92999999MATEKT019H"
FUJIAN_USCC = "91350299M0001QK7T0"

_APPLICATION: dict[str, Any] = {
    "application_id": "A-1",
    "submitted_on": "2024-08-05",
    "subject": {"type": "enterprise", "name": "云上茶业有限公司"},
    "business_license": {
        "uscc": USCC,
        "name": "云上茶业有限公司",
        "valid_from": "2019-03-12",
        "valid_until": None,
    },
    "shop": {"name": "云上茶业旗舰店"},
    "brands": [
        {
            "name": "云上",
            "evidence": {
                "type": "authorization_letter",
                "valid_from": "2024-01-01",
                "valid_until": "2025-12-31",
                "sealed_by_subject": True,
                "signed_by_legal_representative": False,
            },
        }
    ],
}


def application(changes: dict[str, Any] | None = None, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """An application that passes, with values set by JSON pointer and fields left out."""
    made = copy.deepcopy(_APPLICATION)
    for pointer, value in (changes or {}).items():
        parent, key = _parent(made, pointer)
        parent[key] = value
    for pointer in without:
        parent, key = _parent(made, pointer)
        del parent[key]
    return made


def brand(name: str | None, **changes: Any) -> dict[str, Any]:
    """A brand with sound evidence."""
    made = copy.deepcopy(_APPLICATION["brands"][0])
    return {**made, "name": name, **changes}


def shop(shop_id: str = "S-1", brands: tuple[str, ...] = ("别的",), **changes: Any) -> dict[str, Any]:
    """An open shop on record of the subject of `application()`."""
    return {
        "record": "shop",
        "shop_id": shop_id,
        "subject_id": USCC,
        "subject_type": "enterprise",
        "brands": [{"name": name} for name in brands],
        "opened_on": "2022-01-01",
        "closed_on": None,
        **changes,
    }


def ban(reason: str = "application_fraud", **changes: Any) -> dict[str, Any]:
    """A ban in force of the subject of `application()`."""
    return {"record": "ban", "subject_id": USCC, "on": "2023-05-01", "reason": reason, "revoked_on": None, **changes}


def violation(kind: str = "late_shipment", **changes: Any) -> dict[str, Any]:
    """An unresolved violation of the subject of `application()`."""
    made = {"record": "violation", "subject_id": USCC, "shop_id": "S-1", "on": "2024-03-01", "kind": kind}
    return {**made, "resolved_on": None, **changes}


def mark(kind: str = "b_points", **changes: Any) -> dict[str, Any]:
    """A mark on the subject of `application()`, in force."""
    made = {"record": "mark", "id": "M-1", "subject_id": USCC, "kind": kind, "value": 6, "on": "2024-03-01"}
    return {**made, "until": None, "about": None, "by": "risk desk", "note": "ticket 4711", **changes}


def run(command: str, *args: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run an installed command (`onboard-check`, `onboard`) as a person would; colour off, English, UTF-8."""
    program = Path(sys.executable).with_name(command)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ONBOARD_") and k != "GITHUB_ACTIONS"}
    environment |= {"LC_ALL": "C.UTF-8", **options.pop("env", {})}
    return subprocess.run(
        [program, *map(str, args)], env=environment, capture_output=True, text=True, encoding="utf-8", **options
    )


def _parent(value: Any, pointer: str) -> tuple[Any, Any]:
    *path, last = pointer.split("/")[1:]
    for part in path:
        value = value[int(part) if isinstance(value, list) else part]
    return value, int(last) if isinstance(value, list) else last
