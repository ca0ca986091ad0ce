"""`onboard rules new`: a ruleset of one's own, to begin with."""

import os
import re
from pathlib import Path
from shutil import rmtree

import click

from ...authoring.new_ruleset import ruleset_files
from ...errors import InputError, Problem
from ...files import os_problem
from ...messages import say, text
from ...rules.loading import ruleset_folder
from ..completion import complete_rulesets
from ..errors import shown
from ..language import resolve_language
from ..options import lang_option, traceback_option

_ID = re.compile(r"[a-z0-9][a-z0-9-]*")


@click.command("new")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--from", "source", metavar="NAME|FOLDER", shell_complete=complete_rulesets, help="Whose rules to copy.")
@lang_option
@traceback_option
def new_ruleset(folder: Path, source: str | None, lang: str | None, traceback: bool) -> None:
    """Begin a ruleset in FOLDER, which is new and whose name becomes its id: a copy, with cases, or one from nothing.

    What editors need to complete its files is put beside them.

    \b
    Examples:
      onboard rules new my-rules --from douyin
      onboard rules new my-platform
    """
    spoken = resolve_language(lang)
    if not _ID.fullmatch(folder.name):
        words, hint = text("authoring.no-ruleset-id"), text("authoring.no-ruleset-id-cure")
        raise InputError(Problem(words, source=str(folder), hint=hint))
    files = ruleset_files(folder.name, ruleset_folder(source) if source else None)
    if os.path.lexists(folder):
        words = text("authoring.folder-exists")
        raise InputError(Problem(words, source=str(folder), hint=text("authoring.folder-exists-cure")))
    # Whole or not at all: a copy that lacks a rule would be sound, and let in whom that rule refuses.
    made = folder.with_name(f".{os.urandom(8).hex()}.part")
    try:
        for name, data in files.items():
            (made / name).parent.mkdir(exist_ok=True)
            (made / name).write_bytes(data)
        made.rename(folder)
    except OSError as error:
        raise InputError(os_problem(error, str(folder), writing=True)) from None
    finally:
        rmtree(made, ignore_errors=True)
    for line in say("authoring.new-copy" if source else "authoring.new-bare", spoken, folder=folder).splitlines():
        click.echo(shown(line))
