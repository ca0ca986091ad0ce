"""`onboard rules export`: the rules as one JSON Schema."""

import click

from ...authoring.export import bundle
from ...rules.loading import DEFAULT, load_ruleset
from ..options import day_asked_for, traceback_option
from ..output_files import write_json


@click.command("export")
@click.argument("folder", default=DEFAULT, metavar="[NAME|FOLDER]")
@click.option("--as-of", metavar="YYYY-MM-DD", help="The day of the rules.  [default: today in Asia/Shanghai]")
@traceback_option
def export_rules(folder: str, as_of: str | None, traceback: bool) -> None:
    """Print the required rules in force as one plain JSON Schema (2020-12), for use elsewhere.

    It holds exactly where onboard-check says pass. It is applied to an application in comparable form and its
    facts: {"application": ..., "facts": ...}.

    \b
    Example: onboard rules export douyin --as-of 2024-08-05 > douyin.schema.json
    """
    write_json(bundle(load_ruleset(folder), day_asked_for(as_of)))
