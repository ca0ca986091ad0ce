"""`check` says what `admit` would say of an application whose id was decided on with other content."""

import json
from pathlib import Path
from typing import Any

import pytest
from builders import DAY, OTHER_USCC, application, brand
from in_process import run_here
from registry.make import WHO

from onboarding import InputError, admit, check
from onboarding.registry.sql import SqlRegistry

WORDS = "decided on with other content"

OTHER: dict[str, dict[str, Any]] = {
    "another shop name": {"/shop/name": "云上茶业专卖店"},
    "another subject": {"/business_license/uscc": OTHER_USCC},
    "no subject": {"/business_license": None},
    "an id that only looks otherwise": {"/application_id": "Ａ-1\u200b", "/shop/name": "云上茶业专卖店"},
}


@pytest.fixture(params=["admitted", "refused"])
def decided(request: pytest.FixtureRequest, registry: SqlRegistry) -> SqlRegistry:
    """A registry that has decided on the application."""
    changes = {} if request.param == "admitted" else {"/brands": []}
    assert admit(application(changes), registry=registry, **WHO).admitted is (request.param == "admitted")
    return registry


@pytest.mark.parametrize("changes", OTHER.values(), ids=OTHER)
def test_an_id_is_used_once(decided: SqlRegistry, changes: dict[str, Any]) -> None:
    for call in (
        lambda: admit(application(changes), registry=decided, **WHO),
        lambda: check(application(changes), registry=decided, as_of=DAY),
    ):
        with pytest.raises(InputError, match=WORDS):
            call()


@pytest.mark.parametrize("independent", [(), ("--independent",)])
def test_in_a_run_the_others_are_judged(
    registry: SqlRegistry, address: str, tmp_path: Path, independent: tuple[str, ...]
) -> None:
    admit(application(), registry=registry, **WHO)
    files = {"other": OTHER["another shop name"], "nul": {"/application_id": "A\0"}}
    for name, changes in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(application(changes)), "utf-8")
    paths = [f"{name}.json" for name in files]
    done = run_here(
        "onboard-check", *paths, "--registry", address, "--as-of", str(DAY), "-o", "json", *independent, cwd=tmp_path
    )
    other, nul = json.loads(done.stdout)["results"]
    assert [other["verdict"], nul["verdict"]] == ["invalid", "fail"]
    (error,) = other["errors"]
    assert WORDS in error["message"]["en"]
    assert error["pointer"] == "/application_id"
    assert error["line"] == 1


def test_what_was_not_known_then_was_not_decided(registry: SqlRegistry, address: str, tmp_path: Path) -> None:
    admit(application(), registry=registry, **WHO)
    (tmp_path / "other.json").write_text(json.dumps(application(OTHER["another shop name"])), "utf-8")
    told = ("other.json", "--registry", address, "--as-of", str(DAY), "--known-at", "2024-08-05T00:00:00Z")
    assert run_here("onboard-check", *told, cwd=tmp_path).returncode == 0


def test_the_same_content_is_checked_again(registry: SqlRegistry) -> None:
    admit(application(), registry=registry, **WHO)
    assert check(application(), registry=registry, as_of=DAY).passed


def test_what_was_left_undecided_may_change(registry: SqlRegistry) -> None:
    assert admit(application({"/brands": [brand("!!!")]}), registry=registry, **WHO).verdict == "undecided"
    assert check(application(), registry=registry, as_of=DAY).passed
