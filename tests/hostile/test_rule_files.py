"""Rule files that once ended the lint."""

import json
from pathlib import Path

import pytest
from builders import ROOT
from in_process import run_here

RULE = (ROOT / "schemas/douyin/brand-evidence.json").read_text("utf-8")


@pytest.mark.parametrize(("name", "near"), [("evidense", "evidence"), ("sealed_by_subjekt", "sealed_by_subject")])
def test_a_misspelt_field_of_a_brand_is_told_with_the_one_that_was_meant(tmp_path: Path, name: str, near: str) -> None:
    (tmp_path / "ruleset.json").write_text((ROOT / "schemas/douyin/ruleset.json").read_text("utf-8"), "utf-8")
    (tmp_path / "brand-evidence.json").write_text(RULE.replace(json.dumps(near), json.dumps(name)), "utf-8")
    done = run_here("onboard", "rules", "lint", tmp_path)
    assert done.returncode == 2
    assert f"did you mean `{near}`?" in done.stdout
