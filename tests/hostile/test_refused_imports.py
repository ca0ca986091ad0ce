"""A registry that an import would have filled, and that was refused, is no empty registry: nobody passes by it."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from builders import USCC, application, ban, run
from in_process import run_here

from onboarding.registry import open_database

REFUSED = {
    "records.jsonl": json.dumps(ban(subject_id=USCC[:-1])) + "\n",
    "shops.csv": f"shop_id,subject_id,brands,opened_on\nS-1,{USCC[:-1]},云上,2022-01-01\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_after_a_refused_import_nothing_is_judged_by_what_it_left(tmp_path: Path, address: str, name: str) -> None:
    (tmp_path / name).write_text(REFUSED[name], "utf-8")
    (tmp_path / "one.json").write_text(json.dumps(application()), "utf-8")
    assert run_here("onboard", "registry", "import", name, address, cwd=tmp_path).returncode == 2
    check = ("onboard-check", "one.json", "--as-of", "2024-08-05", "--registry", address)
    assert run_here(*check, cwd=tmp_path).returncode == 2
    (tmp_path / name).write_text("" if name == "records.jsonl" else REFUSED[name].split("S-1")[0], "utf-8")
    assert run_here("onboard", "registry", "import", name, address, cwd=tmp_path).returncode == 0
    assert run_here(*check, cwd=tmp_path).returncode == 0


def test_first_imports_at_once_are_all_kept(tmp_path: Path, address: str) -> None:
    names = [f"{number}.jsonl" for number in range(8)]
    for number, name in enumerate(names):
        (tmp_path / name).write_text(json.dumps(ban(id=f"B-{number}")) + "\n", "utf-8")
    with ThreadPoolExecutor(len(names)) as together:
        done = list(together.map(lambda name: run("onboard", "registry", "import", name, address, cwd=tmp_path), names))
    assert [(each.returncode, each.stderr) for each in done] == [(0, "")] * len(names)
    with open_database(address) as registry:
        assert len(registry.look_up([USCC]).histories[USCC].bans) == len(names)
