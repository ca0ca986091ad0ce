"""What a shell offers on Tab: formats, rulesets, rules, registries; and `onboard completion`, the script that makes it
ask."""

import os
from typing import TYPE_CHECKING

import click

from ..messages import listed
from ..outputs import FORMATS
from ..rules.loading import DEFAULT, load_ruleset, shipped_rulesets
from .errors import usage_error
from .language import resolve_language
from .options import CONTEXT, traceback_option

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = ("onboard-check", "onboard")
SHELLS = ("bash", "zsh", "fish")
_SCHEMES = ("postgresql://", "sqlite:///")


@click.command("completion", context_settings=CONTEXT)
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@traceback_option
def completion_command(shell: str | None, traceback: bool) -> None:
    """Print the script with which SHELL completes `onboard-check` and `onboard`: files, formats, rulesets, rules, and
    the subjects and shops of the registry that is named before them or in the settings.

    Without SHELL it is that of the environment variable of this name.

    \b
    Examples:
      eval "$(onboard completion bash)"       in ~/.bashrc
      eval "$(onboard completion zsh)"        in ~/.zshrc, after compinit
      onboard completion fish | source        in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    from .shells import register

    register()
    name = shell or os.path.basename(os.environ.get("SHELL", ""))
    kind = get_completion_class(name) if name in SHELLS else None
    if kind is None:
        raise usage_error("cli.no-shell", shells=listed(SHELLS))
    for name in COMMANDS:
        variable = f"_{name}_COMPLETE".replace("-", "_").upper()
        script = kind(click.Command(name), {}, name, variable)
        # Not `source()`, which for bash first runs the bash of this machine.
        click.echo(script.source_template % script.source_vars())


def is_asked() -> bool:
    """Whether it is a shell that calls, to be told how a line goes on."""
    return any(name.startswith("_ONBOARD") and name.endswith("_COMPLETE") for name in os.environ)


def complete_formats(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """The formats; behind one and its `=`, files."""
    from click.shell_completion import CompletionItem

    name, sign, path = incomplete.partition("=")
    if sign:
        return [CompletionItem(path, type="file", before=name + sign)]
    return [CompletionItem(name) for name in FORMATS if name.startswith(incomplete)]


def complete_addresses(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Files and folders; the beginnings of addresses where one is begun, and files behind that of SQLite."""
    from click.shell_completion import CompletionItem

    from .shells import paths_beginning

    if incomplete.startswith(_SCHEMES[1]):
        begun = incomplete.removeprefix(_SCHEMES[1])
        return [CompletionItem(_SCHEMES[1] + path) for path in paths_beginning(begun)]
    schemes = [scheme for scheme in _SCHEMES if incomplete and scheme.startswith(incomplete)]
    # Shells offer either what they are told or files; so these are told, too, where an address is begun.
    if schemes:
        return [CompletionItem(found) for found in (*schemes, *paths_beginning(incomplete))]
    return [] if "://" in incomplete else [CompletionItem(incomplete, type="file")]


def complete_rulesets(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """The rulesets that come with the package; where none fits, folders."""
    from click.shell_completion import CompletionItem

    shipped = [CompletionItem(name) for name in shipped_rulesets() if name.startswith(incomplete)]
    return shipped or [CompletionItem(incomplete, type="dir")]


def complete_rules(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """The rules of the ruleset that the line names, each with its title."""
    from click.shell_completion import CompletionItem

    lang = resolve_language()
    rules = load_ruleset(ctx.params.get("ruleset") or DEFAULT).rules
    return [CompletionItem(rule.id, help=rule.title[lang]) for rule in rules if rule.id.startswith(incomplete)]
