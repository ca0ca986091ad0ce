"""A ruleset to begin with: a copy of another under its own id, or the bare manifest of one."""

from pathlib import Path
from typing import Any

from ..reading import json_text
from ..rules.lint.lint import canonical
from ..rules.loading import cases_folder, load_ruleset, read_files, schemas_folder
from ..rules.ruleset import FACTS_FILE, FIELDS_FILE, MANIFEST

DIALECTS = "dialects"  # the folder beside the rules to which `$schema` points, so that editors complete them
_DIALECT = {MANIFEST: "ruleset", FACTS_FILE: "facts", FIELDS_FILE: "fields"}


def ruleset_files(ruleset_id: str, source: Path | None) -> dict[str, bytes]:
    """The files of a ruleset `ruleset_id`, by their path in its folder: those in `source` under the new id, else only
    a manifest to be filled in.

    The dialects that `$schema` names come with them. Raises RulesetError where `source` is no sound ruleset.
    """
    files = {f"{DIALECTS}/{path.name}": path.read_bytes() for path in sorted(schemas_folder().glob("*.dialect.json"))}
    if source is None:
        return {MANIFEST: _written(MANIFEST, _bare_manifest(ruleset_id)), **files}
    load_ruleset(source)
    rules = {name: json_text.parse(data) for name, data in read_files(source).items()}
    old = rules[MANIFEST]["id"]
    for name, content in rules.items():
        if name == MANIFEST:
            content["id"] = ruleset_id
        elif name not in _DIALECT:
            content["$id"] = content["$id"].replace(f"urn:onboarding:{old}:", f"urn:onboarding:{ruleset_id}:", 1)
    tables = cases_folder(source)
    cases = read_files(tables) if tables.is_dir() else {}
    written = {name: _written(name, content) for name, content in rules.items()}
    return written | {f"{tables.name}/{name}": data for name, data in cases.items()} | files


def _written(name: str, content: dict[str, Any]) -> bytes:
    dialect = _DIALECT.get(name, "rule")
    return canonical({"$schema": f"{DIALECTS}/{dialect}.dialect.json", **_without_schema(content)}).encode()


def _without_schema(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != "$schema"}


def _bare_manifest(ruleset_id: str) -> dict[str, Any]:
    to_fill_in = {"en": "to be filled in", "zh": "待填写"}
    return {
        "id": ruleset_id,
        "title": {"en": ruleset_id, "zh": f"{ruleset_id}（待填写）"},
        "source": {"name": to_fill_in, "date": "2000"},
        "clauses": {"C1": to_fill_in},
    }
