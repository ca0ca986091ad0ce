"""What the command line prints, to the byte; `pytest --update-golden` writes the files in `golden/` anew."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import OTHER_USCC, ROOT, application, ban, brand, shop, violation
from click.testing import CliRunner

from onboarding import __version__
from onboarding.cli.check import check_command

FORMATS = {
    "en.txt": ("-o", "text", "--lang", "en"),
    "zh.txt": ("-o", "text", "--lang", "zh"),
    "verbose.txt": ("-o", "text", "--lang", "en", "--verbose"),
    "quiet.txt": ("-o", "text", "--lang", "zh", "--quiet"),
    "json": ("-o", "json"),
    "jsonl": ("-o", "jsonl"),
}

_LICENSE = "/business_license"
_EVIDENCE = "/brands/0/evidence"
_SHOPS = [shop("S-1", ("NIKE/耐克",)), shop("S-2", ("山下",)), shop("S-3", ("水边",))]

# By name: the files, as values or as text, and the records on file (None without a registry).
RUNS: dict[str, tuple[dict[str, Any], list[Any] | None]] = {
    "passes": ({"application.json": application()}, []),
    "passes-with-a-warning": (
        {"application.json": application({"/subject/tpye": 1, f"{_LICENSE}/uscc": "91350299M0001QK7T0"})},
        [violation(subject_id="91350299M0001QK7T0")],
    ),
    "refused-for-the-licence": (
        {
            "another-name.json": application({f"{_LICENSE}/name": "别家茶业"}),
            "expired.json": application({f"{_LICENSE}/valid_until": "2024-08-04"}),
            "letter-for-digit.json": application({f"{_LICENSE}/uscc": "91999999MATEKTO19L"}),
            "not-yet.json": application({f"{_LICENSE}/valid_from": "2024-08-12"}),
            "no-licence.json": application(without=(_LICENSE,)),
        },
        [],
    ),
    "refused-for-the-brand": (
        {
            "evidence.json": application({"/brands": [brand("云上", evidence=None), brand("\x1b[31m红\u202e色")]}),
            "same.json": application({"/brands": [brand("耐克"), brand("溪流")]}),
            "unsigned.json": application({f"{_EVIDENCE}/sealed_by_subject": False}),
        },
        _SHOPS[:1],
    ),
    "refused-for-the-history": (
        {"application.json": application({f"{_LICENSE}/valid_until": "2030-12-31"})},
        [
            *_SHOPS,
            shop("S-4", closed_on="2024-03-01", closed_for="voluntary_exit"),
            shop("S-5", closed_on="2023-03-01", closed_for="serious_violation"),
            ban(id="B-1"),
            violation(id="V-1"),
        ],
    ),
    "waits": (
        {"application.json": application()},
        [shop("S-1", closed_on="2024-02-05", closed_for="voluntary_exit")],
    ),
    "undecided": ({"application.json": application()}, None),
    "invalid": (
        {
            "broken.json": '{"application_id": "A-1",\n "subject": {"type": "enterprise",}}',
            "many.json": '{"aplication_id": "A-1", "subject": {"type": "company"},\n "submitted_on": "31.12.2024"}',
            "twice.json": '{"application_id": "A-1", "application_id": "A-2",\n "subject": {"type": "other"}}',
        },
        [],
    ),
    "together": (
        {
            "1.json": application({"/application_id": "A-1"}),
            "2.json": application({"/application_id": "A-2", "/brands": [brand("云上"), brand("山下")]}),
            "3.json": application({"/application_id": "A-3", f"{_LICENSE}/uscc": OTHER_USCC}),
            "4.json": "[]",
        },
        [],
    ),
}


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("name", RUNS)
def test_what_is_printed_is_what_is_kept(
    name: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same_as_file: Callable[[Path, str], None]
) -> None:
    monkeypatch.chdir(tmp_path)
    files, records = RUNS[name]
    options = ["--as-of", "2024-08-05"]
    if records is not None:
        Path("registry.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
        options += ["--registry", "registry.jsonl"]
    for file, value in files.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
        Path(file).write_text(text, "utf-8")
    shown = CliRunner().invoke(check_command, [*files, *options, *FORMATS[ending]], standalone_mode=False)
    assert shown.exception is None
    # What changes with every release and every rule is not what these files are about.
    printed = re.sub("sha256:[0-9a-f]{64}", "sha256:…", shown.stdout.replace(f'"{__version__}"', '"VERSION"'))
    same_as_file(ROOT / "tests/outputs/golden_cases" / f"{name}.{ending}", printed)


def test_no_golden_file_is_left_over() -> None:
    kept = {path.name for path in (ROOT / "tests/outputs/golden_cases").iterdir()}
    assert kept == {f"{name}.{ending}" for name in RUNS for ending in FORMATS}


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("ending", ["en.txt", "zh.txt", "verbose.txt", "quiet.txt"])
def test_text_is_readable_at_eighty_columns_and_steers_no_terminal(name: str, ending: str) -> None:
    from wcwidth import wcswidth

    text = (ROOT / "tests/outputs/golden_cases" / f"{name}.{ending}").read_text(encoding="utf-8")
    for line in text.splitlines():
        assert line.isprintable()
        assert wcswidth(line) <= 80
    assert text.endswith("\n") or text == ""
