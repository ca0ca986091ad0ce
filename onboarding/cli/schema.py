"""`onboard schema`: the published JSON Schemas, for editors and for programs."""

import json
from typing import Any

import click
from msgspec import structs

from ..messages import text
from ..models import MOST_VALUE, Application
from ..outputs.json import to_json
from ..reading.own_fields import OwnField
from ..reading.validation import model_at
from ..rules.loading import load_ruleset, schemas_folder
from ..rules.ruleset import Ruleset
from .completion import complete_rulesets
from .errors import usage_error
from .options import CONTEXT, traceback_option
from .output_files import standard_output

PUBLISHED = ("application", "registry-record", "report")
DIALECTS = ("ruleset", "rule", "facts", "fields", "case")


@click.command("schema", context_settings=CONTEXT)
@click.argument("name", metavar="NAME", type=click.Choice([*PUBLISHED, *DIALECTS]))
@click.option(
    "--ruleset",
    metavar="NAME|FOLDER",
    shell_complete=complete_rulesets,
    help="Of an application: with the fields of this ruleset's own.",
)
@traceback_option
def schema_command(name: str, ruleset: str | None, traceback: bool) -> None:
    """Print a JSON Schema (2020-12).

    NAME is `application`, `registry-record`, or `report` (of `-o json`); or what a ruleset's author writes: `ruleset`
    (its `ruleset.json`), `rule`, `facts`, `fields`, `case` (a table of cases).

    \b
    Examples:
      onboard schema application > application.schema.json
      onboard schema application --ruleset my-rules/ > application.schema.json
      onboard new --schema application.schema.json
    """
    if ruleset is not None and name != "application":
        raise usage_error("cli.ruleset-of-schema", name=name)
    file = f"{name}.schema.json" if name in PUBLISHED else f"{name}.dialect.json"
    content = (schemas_folder() / file).read_text(encoding="utf-8")
    if ruleset is not None:
        content = to_json(_with_own_fields(json.loads(content), load_ruleset(ruleset)), indent=2) + "\n"
    standard_output().write(content)


def _with_own_fields(schema: dict[str, Any], ruleset: Ruleset) -> dict[str, Any]:
    for path, own in ruleset.own_fields.application.items():
        schema["$defs"][model_at(Application, path[:-1]).__name__]["properties"][str(path[-1])] = _property(own)
    *above, name = ruleset.subject_number.path
    known_by = text("authoring.known-by", **structs.asdict(ruleset.subject_number))
    numbered = schema["$defs"][model_at(Application, tuple(above)).__name__]["properties"][name]
    numbered["description"] += f"\n{known_by['en']}\n{known_by['zh']}"
    return {**schema, "$id": f"{schema['$id']}:{ruleset.id}"}


def _property(own: OwnField) -> dict[str, Any]:
    values = own.field.values
    value: dict[str, Any] = {"type": own.field.kind} if values is None else {"enum": list(values)}
    value |= {"format": "date"} if own.field.day else {}
    value |= {"minimum": -MOST_VALUE, "maximum": MOST_VALUE} if own.field.kind == "integer" else {}
    meaning = f"{own.meaning['en']}\n{own.meaning['zh']}"
    return {"anyOf": [value, {"type": "null"}], "default": None, "description": meaning}
