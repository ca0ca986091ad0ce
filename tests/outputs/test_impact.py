"""How `onboard rules impact` shows whom a change touches, to the byte."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import OTHER_USCC, ROOT, USCC, application, shop
from in_process import run_here as run

ENDINGS = {"text": "txt", "json": "json", "markdown": "md", "html": "html"}
RECORDS = [
    *(shop(f"S-{number}", (f"牌{number}",)) for number in range(2)),
    shop("S-5", subject_id=OTHER_USCC),
    # As nobody should be called: what a name may do to a page, a table or a terminal.
    shop("S-7", ("牌",), subject_id="<b>*|\u202e`x", subject_type="other"),
]
GIVEN = ("--registry", "registry.jsonl", "--applications", "applications.jsonl", "--as-of", "2024-08-05")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with rules, `rules`, of which one allows two shops, and one who is neither company nor sole trader."""
    (tmp_path / "rules").mkdir()
    for file in (ROOT / "schemas/douyin").glob("*.json"):
        rule = json.loads(file.read_text(encoding="utf-8"))
        if file.stem == "max-three-shops":
            rule["properties"]["facts"]["properties"]["shops_if_admitted"]["maximum"] = 2
        if file.stem == "no-individual-sellers":
            rule["properties"]["application"]["properties"]["subject"]["properties"]["type"]["enum"].append("other")
        written = json.dumps(rule, ensure_ascii=False, indent=2) + "\n"
        (tmp_path / "rules" / file.name).write_text(written, encoding="utf-8")
    _write(tmp_path / "registry.jsonl", RECORDS)
    made = [application({"/application_id": f"A|{n}", "/brands/0/name": f"牌{n + 5}"}) for n in range(2)]
    _write(tmp_path / "applications.jsonl", made)
    return tmp_path


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("form", ENDINGS)
def test_impact_is_shown_as_before(form: str, lang: str, place: Path, golden: Callable[[str, str], None]) -> None:
    done = run(
        "onboard", "rules", "impact", "douyin", "rules", *GIVEN, "-o", form, "--lang", lang, "--workers", "1", cwd=place
    )
    assert (done.returncode, done.stderr) == (0, "")
    golden(f"impact.{lang}.{ENDINGS[form]}", done.stdout)


def test_several_forms_are_written_at_once(place: Path) -> None:
    forms = [f"-o{form}=impact.{ending}" for form, ending in ENDINGS.items()]
    done = run("onboard", "rules", "impact", "douyin", "rules", *GIVEN, *forms, cwd=place)
    assert (done.returncode, done.stdout) == (0, "")
    for form, ending in ENDINGS.items():
        alone = run("onboard", "rules", "impact", "douyin", "rules", *GIVEN, "-o", form, cwd=place).stdout
        assert (place / f"impact.{ending}").read_text(encoding="utf-8") == alone


def test_nothing_that_is_read_is_written_over(place: Path) -> None:
    for path in ("registry.jsonl", "applications.jsonl", "rules/permanent-ban.json"):
        before = (place / path).read_bytes()
        done = run("onboard", "rules", "impact", "douyin", "rules", *GIVEN, "-o", f"json={path}", cwd=place)
        assert (done.returncode, (place / path).read_bytes()) == (2, before)


def test_names_do_nothing_to_a_page(place: Path) -> None:
    page = run("onboard", "rules", "impact", "douyin", "rules", *GIVEN, "-o", "html", cwd=place).stdout
    assert "<b>" not in page.lower()
    assert "\u202e" not in page
    assert USCC in page


def _write(path: Path, values: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values), encoding="utf-8")
