"""An audit of the registry, too, is told in every format."""

import json
from pathlib import Path

import pytest
from builders import shop
from in_process import run_here

from onboarding.outputs import FORMATS


@pytest.fixture(scope="module")
def registry(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audit") / "registry.db"
    done = run_here("onboard", "registry", "import", samples / "registry.jsonl", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.mark.parametrize("output", FORMATS)
def test_audit_is_told_in_every_format(registry: Path, output: str) -> None:
    done = run_here("onboard", "registry", "audit", "--registry", registry, "--all", "-o", output)
    assert (done.returncode, done.stderr) == (1, "")
    assert "S-9" in done.stdout


def test_junit_names_the_shop_alone_where_a_reason_points_at_no_place(registry: Path) -> None:
    told = run_here("onboard", "registry", "audit", "--registry", registry, "--all", "-o", "junit").stdout
    assert "\nS-9: The papers of this entry are not on record" in told


@pytest.fixture
def of_many_brands(tmp_path: Path) -> Path:
    brands = tuple(f"B{n}" for n in range(13))
    lines = [json.dumps(shop(f"S-{n}", brands)) + "\n" for n in (1, 2)]
    (tmp_path / "r.jsonl").write_text("".join(lines), encoding="utf-8")
    return tmp_path / "r.jsonl"


def test_what_is_said_of_many_brands_of_a_shop_is_said_once_in_text(of_many_brands: Path) -> None:
    done = run_here("onboard", "registry", "audit", "--registry", of_many_brands, "-o", "text")
    told = " ".join(done.stdout.split())
    assert "brands B0, B1, B2, B3, B4, B5, B6, B7, B8, B9 and 3 more: " in told
    assert told.count("B0") == 1


def test_what_is_said_of_many_brands_of_a_shop_is_said_once_on_the_page(of_many_brands: Path) -> None:
    page = run_here("onboard", "registry", "audit", "--registry", of_many_brands, "-o", "html").stdout
    # Beside the reason in two languages, the names stand once above all that is said of the shop.
    assert [page.count(f"<bdi>B{n}</bdi>") for n in (0, 9, 12)] == [3, 3, 1]
    assert " and 3 more: " in page


@pytest.mark.parametrize(
    ("output", "most", "said"),
    [
        ("text", 200, "Of one subject, the first 200 are told in full; of 2 more,"),
        ("html", 500, "The first 500 of one subject are told in full, 1000 of each verdict at most; of 2 more,"),
    ],
)
def test_of_one_subject_people_are_told_the_first_shops_in_full_and_the_others_in_short(
    tmp_path: Path, output: str, most: int, said: str
) -> None:
    lines = [json.dumps(shop(f"S-{n}", ("x",))) + "\n" for n in range(most + 3)]
    (tmp_path / "r.jsonl").write_text("".join(lines), encoding="utf-8")
    done = run_here("onboard", "registry", "audit", "--registry", tmp_path / "r.jsonl", "-o", output)
    way_out, rule = "leave the brand out of this application", "one-shop-per-brand"
    told = " ".join(done.stdout.split())
    # The first shop, S-0, is not refused. The page names the way out once more, above those of one rule.
    assert most <= told.count(way_out) <= most + 1
    assert f"{said} only which rules keep them from passing" in told
    in_short = told[told.index(f"S-{most + 1}") :][:200]
    assert rule in in_short
    assert way_out not in in_short
