"""`onboard schema`: the published JSON Schemas, for editors and for programs."""

import click

from ..rules.loading import schemas_folder
from .options import CONTEXT, traceback_option
from .output_files import standard_output

NAMES = ("application", "registry-record", "report")


@click.command("schema", context_settings=CONTEXT)
@click.argument("name", type=click.Choice(NAMES))
@traceback_option
def schema_command(name: str, traceback: bool) -> None:
    """Print a JSON Schema (2020-12): of an application file, a registry record, or the report of `-o json`.

    \b
    Examples:
      onboard schema application > application.schema.json
      onboard new --schema application.schema.json
    """
    standard_output().write((schemas_folder() / f"{name}.schema.json").read_text(encoding="utf-8"))
