"""What the tests of the outputs share: the sample run and golden files."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import builders
import pytest
from in_process import run_here

GOLDEN = Path(__file__).parent / "golden"
RECORDS = [
    builders.shop("S-1", ("云上",)),
    builders.shop("S-2"),
    builders.shop("S-3"),
    builders.violation(),
    builders.shop("S-9", subject_id=builders.SOLE_TRADER_USCC, closed_on="2024-03-01", closed_for="voluntary_exit"),
]
SAMPLES: dict[str, Any] = {
    "a/refused.json": builders.application({"/application_id": "A-1"}),
    "a/wrong fields.json": builders.application(
        {
            "/application_id": "A-2",
            "/business_license/uscc": "91999999MATEKTO19L",
            "/business_license/valid_until": "2024-08-04",
            "/shop_name": "x",
            "/brands/0/evidence/sealed_by_subject": False,
        }
    ),
    "a/bare.json": {"application_id": "A-3", "subject": {"type": "individual"}},
    "b/invalid.json": builders.application({"/subject/type": "enterprize", "/submitted_on": "2024-02-30"}),
    "b/pass.json": builders.application(
        {"/application_id": "A-5", "/business_license/uscc": builders.OTHER_USCC, "/brands/0/name": "别样"}
    ),
    "b/early-fujian.json": builders.application(
        {"/application_id": "A-6", "/business_license/uscc": builders.FUJIAN_USCC}
    ),
    "b/waiting.json": builders.application(
        {
            "/application_id": "A-7",
            "/subject/type": "individual_business",
            "/business_license/uscc": builders.SOLE_TRADER_USCC,
        }
    ),
    "b/no-brand-name.json": builders.application(
        {"/application_id": "A-8", "/business_license/uscc": builders.OTHER_USCC}, without=("/brands/0/name",)
    ),
}


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with applications that pass, fail, are undecided and invalid, and a registry; not to be written to."""
    folder = tmp_path_factory.mktemp("samples")
    for name, value in SAMPLES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value, ensure_ascii=False, indent=2), encoding="utf-8")
    (folder / "b" / "not-json.json").write_text('{\n  "application_id": }', encoding="utf-8")
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)
    (folder / "registry.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def own_samples(samples: Path, tmp_path: Path) -> Path:
    """A copy of the samples for one test to change."""
    return Path(shutil.copytree(samples, tmp_path / "samples"))


@pytest.fixture(scope="session")
def show(samples: Path) -> Callable[..., str]:
    """Judge the samples and give back one format's text; the same question is asked once."""
    told: dict[str, str] = {}

    def shown(output: str, *args: str, lang: str = "en", code: int = 2, **options: Any) -> str:
        options.setdefault("cwd", samples)
        question = repr((output, args, lang, code, options))
        if question not in told or options["cwd"] != samples:
            done = run_here(
                "onboard-check", "--as-of", "2024-08-05", *(args or ("a", "b", "--registry", "registry.jsonl")),
                "--lang", lang, "-o", output, **options,
            )  # fmt: skip
            assert done.returncode == code, done.stderr
            assert done.stderr == ""
            told[question] = done.stdout
        return told[question]

    return shown


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with a golden file; with UPDATE_GOLDEN=1 in the environment, write it anew."""

    def compare(name: str, text: str) -> None:
        path, stable = GOLDEN / name, _stable(text)
        if os.environ.get("UPDATE_GOLDEN") == "1":
            path.parent.mkdir(exist_ok=True)
            path.write_text(stable, encoding="utf-8", newline="\n")
        assert path.exists(), f"no golden file {name}; UPDATE_GOLDEN=1 writes it"
        assert stable == path.read_text("utf-8")

    return compare


def _stable(text: str) -> str:
    """`text` without what changes with every release: digests, the version, the page's own style and script."""
    text = re.sub(r"sha256:[0-9a-f]{64}", "sha256:0", text)
    text = re.sub(r"sha256-[A-Za-z0-9+/=]{44}", "sha256-0", text)
    text = re.sub(r"(<(style|script)>).*?(</\2>)", r"\1\3", text, flags=re.DOTALL)
    text = re.sub(r'("version": ")\d+\.\d+\.\d+[^"]*"', r'\g<1>0"', text)
    return re.sub(r"onboard-check \d+\.\d+\.\d+[^<]*", "onboard-check 0", text)
