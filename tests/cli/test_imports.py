"""What one check imports. Each module is paid for at every start: one more stands here, with whoever looks at that."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from builders import DAY, application, shop

# What it cannot do without, each with all that it imports itself.
LIBRARIES = (
    *("atexit", "dataclasses", "gc", "pathlib", "signal", "sqlite3", "unicodedata"),
    *("click", "jiter", "msgspec"),
)
OURS = """
    cli cli.check cli.completion cli.config cli.config_file cli.errors cli.inputs cli.language cli.main cli.options
    cli.output_files
    eligibility errors evaluation
    facts facts.builtin facts.context facts.declarations facts.derivation facts.fact facts.many facts.selection
    facts.verbs
    files identity joint_run kernel look_alikes marks messages models months
    outputs outputs.files outputs.interface outputs.kept outputs.presentation outputs.text outputs.wrap
    pointers
    reading reading.documents reading.encoding reading.json_text reading.own_fields reading.sound reading.typed
    reading.validation
    registry registry.addresses registry.connect registry.files registry.migrations registry.protocol registry.sql
    registry.sqlite registry.timestamps registry.versions
    report
    rules rules.loading rules.rule rules.ruleset rules.subschemas rules.validator
    screening screening.entries screening.results
    subject_number
    unicode_data unicode_data.radicals
    values
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a registry, an application that passes, and one that the registry refuses."""
    folder = tmp_path_factory.mktemp("work")
    (folder / ".git").mkdir()  # no settings from above
    exit_ = shop(closed_on="2024-02-05", closed_for="voluntary_exit")
    (folder / "records.jsonl").write_text(json.dumps(exit_) + "\n", "utf-8")
    command = [sys.executable, "-c", "from onboarding.cli.main import onboard; onboard()"]
    subprocess.run([*command, "registry", "import", "records.jsonl", "r.db", "--by", "tester"], cwd=folder, check=True)
    (folder / "refused.json").write_text(json.dumps(application(), indent=2), "utf-8")
    passes = application({"/business_license/uscc": "91999999MATEKT027F"})
    (folder / "passes.json").write_text(json.dumps(passes, indent=2), "utf-8")
    return folder


def _imported(program: str, *args: str, cwd: Path, validator: str) -> set[str]:
    """The modules in memory where `program` ends."""
    program += "\nimport sys; print(*sys.modules, file=sys.stderr)"
    environment = os.environ | {"ONBOARD_VALIDATOR": validator, "GITHUB_ACTIONS": ""}
    done = subprocess.run(
        [sys.executable, "-c", program, *args], cwd=cwd, env=environment, capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


CHECK = (
    "import os, sys; os._exit = sys.exit\n"
    "from onboarding.cli.main import onboard_check\n"
    "try: onboard_check()\nexcept SystemExit as end: code = end.code\n"
)


@pytest.mark.parametrize("validator", ["jsonschema", "jsonschema_rs"])
@pytest.mark.parametrize(("file", "code"), [("passes.json", 0), ("refused.json", 1)])
def test_a_check_imports_these_modules_and_no_others(file: str, code: int, validator: str, work: Path) -> None:
    program = f"{CHECK}assert code == {code}, code"
    asked = (file, "--registry", "r.db", "--as-of", DAY.isoformat())
    found = _imported(program, *asked, cwd=work, validator=validator)
    libraries = _imported(f"import {', '.join((*LIBRARIES, validator))}", cwd=work, validator=validator)
    ours = {name for name in found if name.partition(".")[0] == "onboarding"}
    assert ours == {"onboarding", *(f"onboarding.{name}" for name in OURS.split())}
    assert found - ours - libraries == set()
    assert set(LIBRARIES) <= found
    assert "email.utils" not in found
    # `jsonschema` imports it for itself.
    assert ("typing_extensions" in found) == (validator == "jsonschema")


def test_what_stood_in_for_a_module_while_the_validator_was_imported_is_gone(work: Path) -> None:
    written = "Thu, 01 Jan 1970 00:00:00 +0000"
    program = f"{CHECK}import email.utils\nassert email.utils.parsedate_to_datetime('{written}').year == 1970"
    assert "socket" in _imported(program, "passes.json", cwd=work, validator="jsonschema_rs")


def test_no_garbage_is_looked_for_while_modules_are_imported(work: Path) -> None:
    program = (
        "import gc, onboarding\ngc.collect()\nlooked = []\ngc.callbacks.append(lambda *about: looked.append(about))\n"
        "import onboarding.cli.main\nassert not looked, looked\nassert gc.isenabled()"
    )
    assert "click" in _imported(program, cwd=work, validator="jsonschema")
