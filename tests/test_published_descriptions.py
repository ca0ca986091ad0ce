"""The published schemas say of every field what it is, in both languages, and help an editor with an application."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from builders import DAY, ROOT, application
from in_process import run_here
from jsonschema import Draft202012Validator

from onboarding import check

NAMES = ("application", "registry-record", "report")


def schema(name: str) -> dict[str, Any]:
    done = run_here("onboard", "schema", name, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_described_in_english_and_chinese(name: str) -> None:
    for model, about in schema(name)["$defs"].items():
        fields = {f"{model}.{field}": inner for field, inner in about.get("properties", {}).items()}
        for place, inner in {model: about, **fields}.items():
            english, _, chinese = inner.get("description", "").partition("\n")
            assert re.match("[A-Za-z`]", english), place
            assert re.search("[\u4e00-\u9fff]", chinese), place


def test_the_schema_finds_what_an_editor_should_mark() -> None:
    validator = Draft202012Validator(schema("application"))
    assert validator.is_valid(application({"/$schema": "application.schema.json"}))
    assert not validator.is_valid(application({"/subject/type": "company"}))
    assert not validator.is_valid(application(without=("/application_id",)))


def test_naming_a_schema_is_no_unknown_field(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    for made, unknown in (({"/$schema": "x.json"}, []), ({"/$schema": 1, "/$schemas": ""}, ["/$schemas"])):
        file.write_text(json.dumps(application(made)), encoding="utf-8")
        notes = json.loads(run_here("onboard-check", file, "-o", "json").stdout)["results"][0]["notes"]
        assert [note["pointer"] for note in notes] == unknown


def test_the_library_takes_a_named_schema_too() -> None:
    assert check(application({"/$schema": "x.json"}), as_of=DAY, history=[]).notes == ()
