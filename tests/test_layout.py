"""The house keeps its order: data flows downward, the pure part stays pure, modules stay small, the API is typed."""

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import ROOT

HOME = ROOT / "onboarding"

# A module imports only from those above it. What stands in one string has one place: a package is one layer.
PURE = (
    *("errors", "pointers", "months", "radicals", "identity", "confusables", "look_alikes", "models"),
    *("situation", "measures", "facts", "report", "words"),
    *("decoding", "strictjson", "shape", "reading", "validator", "rules", "spots", "mutants"),
    *("lint_patterns", "lint_reads", "lint_words", "lint", "rulesets", "waiting", "judging", "kernel"),
)
EDGES = (
    *("descriptions_report", "descriptions", "schema_files"),
    *("outputs", "registry", "library", "authoring", "web", "cli"),
)
ORDER = (*PURE, *EDGES)

# No clock, no disk, no network, no process above the edges, but for what is said here.
IMPURE = {
    *("os", "sys", "io", "time", "socket", "pathlib", "subprocess", "random", "tempfile", "shutil", "threading"),
    *("urllib", "http", "logging", "sqlite3", "asyncio", "glob", "secrets", "uuid", "click"),
}
ALLOWED = {
    "validator": {"os"},  # which validator to use, from one environment variable
    "rulesets": {"pathlib"},  # reads the rule files
    "lint": {"pathlib"},  # reads the dialect files
}
# Calls that reach out of a function: clocks, files, output, the end of the program.
CALLS = {"open", "print", "input", "exit", "quit", "today", "now", "utcnow", "read_text", "read_bytes", "write_text"}
ALLOWED_CALLS = {"rulesets": {"read_bytes"}, "lint": {"read_bytes"}}

MODULES = sorted(HOME.rglob("*.py"))
# `confusables` is a table, written by a program.
MOST_LINES = {"onboarding/__init__.py": 40, "onboarding/kernel.py": 60, "onboarding/confusables.py": 500}


def _layer(path: Path) -> str:
    return path.relative_to(HOME).with_suffix("").parts[0]


def _imports(path: Path) -> Iterator[str]:
    """The layers of ours that the module at `path` imports, wherever in it."""
    package = path.relative_to(HOME).parent.parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            inside = package[: len(package) - node.level + 1]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                yield [*inside, *name.split(".")][0]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for name in names:
                assert name.split(".")[0] != "onboarding", f"{path}: our own modules are imported relatively"


def _others(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").split(".")[0])
    return found


def _calls(path: Path) -> set[str]:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    return {f.id if isinstance(f, ast.Name) else f.attr if isinstance(f, ast.Attribute) else "" for f in calls}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_modules_above_it(path: Path) -> None:
    layer = _layer(path)
    if layer == "__init__":
        return
    assert layer in ORDER, f"`{layer}` has no place yet: give it one in ORDER"
    above = set(ORDER[: ORDER.index(layer)])
    # The version stands in the package itself; within a package there is no order.
    own = {layer} if (HOME / layer).is_dir() else set()
    below = set(_imports(path)) - above - own - {"__version__"}
    assert below == set()


@pytest.mark.parametrize("layer", PURE)
def test_above_the_edges_nothing_reaches_out(layer: str) -> None:
    path = HOME / f"{layer}.py"
    assert _others(path) & IMPURE == ALLOWED.get(layer, set())
    assert _calls(path) & CALLS == ALLOWED_CALLS.get(layer, set())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_small(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= MOST_LINES.get(str(path.relative_to(ROOT)), 200)


def test_only_the_command_line_ends_the_program() -> None:
    ending = {
        _layer(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and (ast.unparse(node) in ("sys.exit", "os._exit"))
    }
    assert ending == {"cli"}


def test_only_the_validator_knows_which_one_judges() -> None:
    knows = {str(path.relative_to(HOME)) for path in MODULES if _others(path) & {"jsonschema", "jsonschema_rs"}}
    assert knows == {"validator.py"}


def test_the_library_starts_without_what_only_the_command_line_needs() -> None:
    heavy = {"click", "sqlite3", "psycopg", "jsonschema", "stdnum", "onboarding.confusables"}
    script = f"import sys, onboarding; print(sorted({heavy} & set(sys.modules)))"
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
