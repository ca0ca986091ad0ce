"""The published JSON Schemas are those of the models, and they say what the program does."""

import importlib.util
import json
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from builders import ROOT, application, ban, run, shop, violation
from cli.test_new import answered
from jsonschema import Draft202012Validator, FormatChecker
from tables import CASES, by_command_line, refused

from onboarding import models
from onboarding.errors import InputError
from onboarding.pointers import walk
from onboarding.reading.records import read_record
from onboarding.reading.validation import build, unknown_fields
from onboarding.rules.lint.lint import canonical

generate_schemas = runpy.run_path(str(ROOT / "tools/generate_schemas.py"))["schemas"]
SCHEMAS: dict[str, dict[str, Any]] = generate_schemas()
VALIDATORS = {name: Draft202012Validator(schema, format_checker=FormatChecker()) for name, schema in SCHEMAS.items()}
FAST = {name: jsonschema_rs.Draft202012Validator(schema, validate_formats=True) for name, schema in SCHEMAS.items()}


def _fits(name: str, value: Any) -> bool:
    fits = VALIDATORS[name].is_valid(value)
    assert FAST[name].is_valid(value) == fits
    return fits


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_files_are_what_the_models_give(name: str, same_as_file: Callable[[Path, str], None]) -> None:
    same_as_file(ROOT / "schemas" / f"{name}.schema.json", canonical(SCHEMAS[name]))


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_sound_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


REGION = '''
    region: str | None = None
    """Where the goods come from.

    货物产地。
    """
'''


def test_a_new_field_of_an_application_is_one_edit_in_the_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read, checked, explained, known and published in both languages: all of it follows from the class."""
    source = Path(models.__file__).read_text(encoding="utf-8")
    last = "    brands: tuple[BrandWanted, ...] | None = None\n"
    assert source.count(last) == 1
    copy = tmp_path / "with_region.py"
    copy.write_text(source.replace(last, REGION.lstrip("\n") + last), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("onboarding.with_region", copy)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)

    made = application({"/region": "Fujian"})
    assert list(unknown_fields(made, models.Application)) == [("region",)]
    assert list(unknown_fields(made, module.Application)) == []
    read = build(made, module.Application)
    assert read.region == "Fujian"
    assert module.to_plain(read)["region"] == "Fujian"
    with pytest.raises(InputError) as caught:
        build(application({"/region": 1}), module.Application)
    assert [problem.pointer for problem in caught.value.problems] == ["/region"]
    published = generate_schemas(module.Application)["application"]["$defs"]["Application"]
    assert published["properties"]["region"]["description"] == "Where the goods come from.\n货物产地。"


LEASE = '''
    lease_from: Day | None = None
    """The lease's first day.

    租约起始日。
    """
    lease_until: Day | None = None
    """The lease's last day.

    租约截止日。
    """
'''
EDITS = [
    ("    brands: tuple[BrandWanted, ...] | None = None\n", REGION, ""),
    ('    name: Words | None = None\n    """The shop\'s name.\n', LEASE, ""),
    ("    application_id: Words | None = None\n", REGION, ""),
    ('    name: Words\n    """The brand\'s name.\n\n    品牌名称。\n    """\n', "", REGION),
]


@pytest.fixture(scope="module")
def with_new_fields(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with new fields in its models: of an application, the shop applied for, a shop on record
    and its brands. Nothing else in it is edited; the schemas are made anew."""
    folder = tmp_path_factory.mktemp("new_fields")
    for part in ("onboarding", "schemas", "tools"):
        left_out = shutil.ignore_patterns("__pycache__", "schemas")
        shutil.copytree(ROOT / part, folder / part, ignore=left_out if part == "onboarding" else None)
    path = folder / "onboarding/models.py"
    source = path.read_text("utf-8")
    for line, before, after in EDITS:
        assert source.count(line) == 1, line
        source = source.replace(line, before.removeprefix("\n") + line + after.removeprefix("\n"))
    path.write_text(source, "utf-8")
    made = [sys.executable, folder / "tools/generate_schemas.py"]
    subprocess.run(made, env=os.environ | {"PYTHONPATH": str(folder)}, check=True, capture_output=True)
    return folder


def test_a_new_field_is_asked_for_in_the_words_of_the_models(with_new_fields: Path, tmp_path: Path) -> None:
    env = {"PYTHONPATH": str(with_new_fields)}
    template = json.loads(run("onboard", "new", "--template", "-", env=env).stdout)
    assert template["region"] is None
    assert template["shop"] == {"name": None, "lease_from": None, "lease_until": None}
    answers = ["A-1", "", "", "", "", "", "", "", "", "2024-02-01", "2024-01-01", "福建", ""]
    code, shown = answered(tmp_path, "--lang", "zh", answers=answers, env=env)
    assert code == 0, shown
    for words in ("租约起始日，如 2024年8月5日", "租约截止日，如 2024年8月5日", "货物产地（可不填）："):
        assert words in shown
    made = json.loads((tmp_path / "application.json").read_text("utf-8"))
    assert (made["region"], made["shop"]["lease_from"]) == ("福建", "2024-02-01")


def test_new_days_that_are_reversed_are_told_as_that(with_new_fields: Path, tmp_path: Path) -> None:
    file = tmp_path / "application.json"
    lease = {"/region": "福建", "/shop/lease_from": "2024-02-01", "/shop/lease_until": "2024-01-01"}
    file.write_text(json.dumps(application(lease)), "utf-8")
    done = run("onboard-check", file, "--as-of", "2024-08-05", "-o", "json", env={"PYTHONPATH": str(with_new_fields)})
    notes = json.loads(done.stdout)["results"][0]["notes"]
    assert [(note["kind"], note["pointer"]) for note in notes if note["pointer"]] == [("reversed", "/shop/lease_until")]


def test_new_fields_of_a_shop_and_its_brands_are_columns(with_new_fields: Path, tmp_path: Path) -> None:
    brands = [{"name": "云上", "region": "A;B"}, {"name": "竹溪"}]
    record = shop() | {"region": "福建", "brands": brands}
    (tmp_path / "registry.jsonl").write_text(json.dumps(record) + "\n", "utf-8")
    env = {"PYTHONPATH": str(with_new_fields)}

    def onboard(*args: str) -> None:
        done = run("onboard", "registry", *args, cwd=tmp_path, env=env)
        assert done.returncode == 0, done.stderr

    for command in (
        "import registry.jsonl first.db",
        "export first.db shops.csv",
        "import shops.csv second.db",
        "export second.db again.jsonl",
    ):
        onboard(*command.split())
    head, row = (tmp_path / "shops.csv").read_text("utf-8").splitlines()
    assert head == (
        "shop_id,subject_id,subject_type,brands,regions,trademark_nos,opened_on,closed_on,closed_for,region,application_id"
    )
    assert ",A\\;B;," in row
    again = json.loads((tmp_path / "again.jsonl").read_text("utf-8"))
    assert read_record(again) == read_record(record)
    assert (again["region"], again["brands"][0]["region"]) == ("福建", "A;B")


def test_applications_and_records_of_the_cases_fit_their_schemas() -> None:
    for case in (case for cases in CASES.values() for case in cases):
        assert all(_fits("application", made) for made in case["applications"])
        assert all(_fits("registry-record", record) for record in case["registry"] or [])


@pytest.mark.parametrize(
    "change",
    [
        {"/application_id": None},
        {"/application_id": " "},
        {"/subject": None},
        {"/subject/type": "company"},
        {"/subject/name": 1},
        {"/business_license": []},
        {"/business_license/uscc": 91},
        {"/business_license/valid_from": "2024-02-30"},
        {"/business_license/valid_until": "2024"},
        {"/brands": {}},
        {"/brands": ["云上"]},
        {"/brands/0/evidence": "yes"},
        {"/brands/0/evidence/type": "letter"},
        {"/brands/0/evidence/sealed_by_subject": "yes"},
        {"/shop": "云上"},
    ],
    ids=str,
)
def test_what_the_program_refuses_to_read_does_not_fit_the_schema(change: dict[str, Any]) -> None:
    made = application(change)
    assert refused(made)
    assert not _fits("application", made)


def test_a_missing_field_and_an_unknown_one_are_told_apart() -> None:
    assert not _fits("application", application(without=("/application_id",)))
    assert not _fits("application", application(without=("/subject/type",)))
    assert _fits("application", application(without=("/business_license", "/brands", "/shop", "/submitted_on")))
    assert _fits("application", application({"/subject/motto": "x"}))


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"record": "shops"},
        shop(opened_on=None),
        shop(brands=[{}]),
        shop(closed_on="2024-01-01", closed_for="fraud"),
        ban("late_shipment"),
        ban(on="yesterday"),
        violation("rudeness"),
        [],
    ],
    ids=str,
)
def test_a_broken_record_does_not_fit_the_schema(record: Any) -> None:
    assert not _fits("registry-record", record)


def test_every_report_fits_the_schema(tmp_path: Path) -> None:
    for index, case in enumerate(case for cases in CASES.values() for case in cases[::4]):
        folder = tmp_path / str(index)
        folder.mkdir()
        report = json.loads(by_command_line(case, folder, "--lang", "zh").stdout)
        assert _fits("report", report), list(VALIDATORS["report"].iter_errors(report))


def test_a_report_of_an_invalid_file_fits_the_schema(tmp_path: Path) -> None:
    case = {"as_of": "2024-08-05", "registry": None, "applications": [{"subject": {"typ": "x"}}, "云上"]}
    report = json.loads(by_command_line(case, tmp_path).stdout)
    assert report["summary"]["invalid"] == 2
    assert _fits("report", report)


def test_a_report_without_a_verdict_or_with_another_one_does_not_fit(tmp_path: Path) -> None:
    case = {"as_of": "2024-08-05", "registry": None, "applications": [application()]}
    report = json.loads(by_command_line(case, tmp_path).stdout)
    for path in (("results", 0, "verdict"), ("results", 0, "outcomes", 0, "status"), ("schema_version",)):
        changed = json.loads(json.dumps(report))
        walk(changed, path[:-1])[path[-1]] = "maybe"
        assert not _fits("report", changed)
        del walk(changed, path[:-1])[path[-1]]
        assert not _fits("report", changed)
