"""The house keeps its order: arrows go one way, the pure part stays pure, the API is typed, names say what they are."""

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from builders import ROOT
from importlinter.cli import lint_imports

HOME = ROOT / "onboarding"

# Calls that reach out of a function: clocks, files, output, the end of the program.
CALLS = {"open", "print", "input", "exit", "quit", "today", "now", "utcnow", "read_text", "read_bytes", "write_text"}
ALLOWED_CALLS = {
    "rules/loading.py": {"open"},
    "rules/lint/lint.py": {"read_bytes"},
    "reading/shops_xlsx.py": {"open"},  # a part of the workbook that it was given
}

MODULES = sorted(HOME.rglob("*.py"))
# All that a verdict passes through.
PURE = [
    path
    for path in MODULES
    if (path.parent == HOME and path.stem not in ("__init__", "library", "files"))
    or path.relative_to(HOME).parts[0] in ("reading", "facts", "rules")
]


def _calls(path: Path) -> set[str]:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    return {f.id if isinstance(f, ast.Name) else f.attr if isinstance(f, ast.Attribute) else "" for f in calls}


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(HOME)))
def test_above_the_edges_no_call_reaches_out(path: Path) -> None:
    assert _calls(path) & CALLS == ALLOWED_CALLS.get(str(path.relative_to(HOME)), set())


def test_every_import_keeps_the_contracts_of_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    # They stand in pyproject.toml. The linter leaves the working directory in the path, where it finds no package.
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_the_library_starts_without_what_only_the_command_line_needs() -> None:
    heavy = {"click", "sqlite3", "psycopg", "jsonschema", "stdnum", "onboarding.unicode_data.confusables"}
    script = f"import sys; from onboarding import *; print(sorted({heavy} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_the_wheel_holds_the_types_and_the_schemas_and_nothing_else_of_ours(tmp_path: Path) -> None:
    script = "import sys, hatchling.build; print(hatchling.build.build_wheel(sys.argv[1]))"
    built = subprocess.run(
        [sys.executable, "-c", script, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = set(zipfile.ZipFile(tmp_path / built.stdout.split()[-1]).namelist())
    assert "onboarding/py.typed" in names
    shipped = {f"onboarding/{path.relative_to(ROOT)}" for path in (ROOT / "schemas").rglob("*.json")}
    assert shipped <= names
    assert {str(path.relative_to(ROOT)) for path in MODULES} <= names
    folders = [HOME / "outputs/templates", HOME / "web/templates", HOME / "web/static"]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert {str(path.relative_to(ROOT)) for path in files} <= names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"onboarding"}


def test_the_api_is_typed_as_its_users_see_it(tmp_path: Path) -> None:
    # From elsewhere, so that the types are those of the installed package.
    options = ("--strict", "--config-file", "", "--cache-dir", tmp_path / "cache")
    command = [sys.executable, "-m", "mypy", *options, ROOT / "tests/typing_api.py"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert shown.stdout.startswith("Success"), shown.stdout


def test_every_public_name_says_what_it_is() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text("utf-8"))
        if path.name != "__init__.py" or path.parent == HOME:
            assert ast.get_docstring(tree), path
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path}: {node.name}"
