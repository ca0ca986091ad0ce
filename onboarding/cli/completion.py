"""What a shell offers on Tab: formats, rulesets, rules; and `onboard completion`, the script that makes it ask."""

from typing import TYPE_CHECKING

import click

from ..outputs import FORMATS
from ..rules.loading import DEFAULT, load_ruleset, shipped_rulesets
from .options import CONTEXT, traceback_option

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = ("onboard-check", "onboard")


@click.command("completion", context_settings=CONTEXT)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@traceback_option
def completion_command(shell: str, traceback: bool) -> None:
    """Print the script with which SHELL completes `onboard-check` and `onboard`: files, formats, rulesets, rules.

    \b
    Examples:
      eval "$(onboard completion bash)"       in ~/.bashrc
      eval "$(onboard completion zsh)"        in ~/.zshrc, after compinit
      onboard completion fish | source        in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    for name in COMMANDS:
        variable = f"_{name}_COMPLETE".replace("-", "_").upper()
        script = kind(click.Command(name), {}, name, variable)
        # Not `source()`, which for bash first runs the bash of this machine.
        click.echo(script.source_template % script.source_vars())


def complete_formats(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The formats."""
    return [name for name in FORMATS if name.startswith(incomplete)]


def complete_rulesets(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """The rulesets that come with the package; where none fits, folders."""
    from click.shell_completion import CompletionItem

    shipped = [CompletionItem(name) for name in shipped_rulesets() if name.startswith(incomplete)]
    return shipped or [CompletionItem(incomplete, type="dir")]


def complete_rules(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """The rules of the ruleset that the line names, each with its title."""
    from click.shell_completion import CompletionItem

    rules = load_ruleset(ctx.params.get("ruleset") or DEFAULT).rules
    return [CompletionItem(rule.id, help=rule.title["en"]) for rule in rules if rule.id.startswith(incomplete)]
