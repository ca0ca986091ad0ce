"""The published JSON Schemas, made from the models: `schemas/*.schema.json` hold what this returns.

`pytest --update-golden` writes the files anew; a test fails where they differ.
"""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from .descriptions import describe
from .errors import Problem
from .models import Application, Ban, Shop, Violation
from .report import Report

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Written with all their fields, with or without a value.
_ALWAYS_WHOLE = ("Report", "Outcome", "Reason", "Note", "InvalidFile")


class Tool(Struct):
    """The program that made the report."""

    name: Literal["onboard-check"]
    version: str


class RulesetUsed(Struct):
    """The ruleset judged by: its id, and the digest of its content."""

    id: str
    digest: str


class RegistryUsed(Struct):
    """The registry asked: its address without a password, and the digest of what was read from it."""

    source: str
    digest: str


class Summary(Struct):
    """How many results there are of each verdict."""

    passed: int = msgspec.field(name="pass")
    fail: int
    undecided: int
    invalid: int


class InvalidFile(Struct):
    """A file that could not be judged, with every problem."""

    source: str
    verdict: Literal["invalid"]
    errors: tuple[Problem, ...]


class ReportFile(Struct):
    """What `onboard-check -o json` prints. Later versions may add fields and take none away."""

    schema_version: Literal[1]
    tool: Tool
    as_of: str
    ruleset: RulesetUsed
    registry: RegistryUsed | None
    summary: Summary
    results: tuple[dict[str, Any], ...]


def schema_files() -> dict[str, dict[str, Any]]:
    """The JSON Schemas by their names: `application`, `registry-record`, `report`."""
    return {
        "application": _schema("application", "An application to open one shop", Application),
        "registry-record": _schema("registry-record", "One record of a registry", Shop | Ban | Violation),
        "report": _report(),
    }


def _schema(name: str, title: str, model: Any) -> dict[str, Any]:
    (body,), models = msgspec.json.schema_components([model], ref_template="#/$defs/{name}")
    head = {"$schema": DIALECT, "$id": f"urn:onboarding:{name}.schema", "title": title}
    return {**head, **body, "$defs": _described(models)}


def _report() -> dict[str, Any]:
    kinds = (ReportFile, Report, InvalidFile)
    (body, *results), models = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    models["ReportFile"]["properties"]["results"]["items"] = {"anyOf": results}
    models["ReportFile"]["properties"]["as_of"]["format"] = "date"
    for name in _ALWAYS_WHOLE:
        fields = models[name]["properties"]
        # What has no value may be absent only where that is its own kind of value (line, column).
        whole = {*models[name]["required"], *(field for field, schema in fields.items() if "default" in schema)}
        models[name]["required"] = [field for field in fields if field in whole]
        for schema in fields.values():
            schema.pop("default", None)
    head = {"$schema": DIALECT, "$id": "urn:onboarding:report.schema", "title": "The report of one call, as JSON"}
    return {**head, **body, "$defs": _described(models)}


def _described(models: dict[str, Any]) -> dict[str, Any]:
    """The models by name, with what they and their fields are."""
    describe(models)
    return dict(sorted(models.items()))
