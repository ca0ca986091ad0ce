"""Files of 1 MiB that once took minutes or gigabytes: each costs no more than the contract allows, and is answered."""

import json
from pathlib import Path
from random import Random

import pytest
from fuzz import bounds, laws

COSTLY: list[list[str]] = json.loads(Path(__file__).with_name("costly.json").read_text("utf-8"))


@pytest.mark.parametrize(("kind", "made"), COSTLY)
def test_a_costly_file_breaks_no_law(kind: str, made: str) -> None:
    _, broken = laws.tried(bounds.shaped(kind, made, Random(0)))
    assert broken == []
