"""Where the two commands begin, and where whatever goes wrong becomes a message and an exit code."""

import signal
import sys
from collections.abc import Callable

import click

from .. import __version__
from ..errors import OnboardingError
from ..outputs.interface import safe
from .check import check_command
from .options import CONTEXT


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="onboard")
def onboard_group() -> None:
    """May a business open a shop on the platform? Check applications, rules and the registry.

    \b
    Examples:
      onboard new application.json
      onboard check application.json --registry registry.jsonl
      onboard explain max-three-shops
      onboard rules show max-three-shops
      onboard registry import records.jsonl registry.db
      eval "$(onboard completion bash)"
    """


onboard_group.add_command(check_command, "check")


def onboard_check() -> None:
    """The command `onboard-check`."""
    _run(check_command, "onboard-check")


def onboard() -> None:
    """The command `onboard`."""
    # `onboard-check` starts without what only these need.
    from .completion import completion_command
    from .explain import explain_command
    from .new import new_command
    from .registry.group import registry_group
    from .rules.group import rules_group
    from .schema import schema_command

    for command in (
        *(rules_group, registry_group),
        *(new_command, explain_command, schema_command, completion_command),
    ):
        onboard_group.add_command(command)
    _run(onboard_group, "onboard")


def _run(command: click.Command, name: str) -> None:
    """Run `command` and exit: 2 for whatever is wrong, without a traceback unless it is asked for."""
    _prepare(sys.stdout, sys.stderr)
    signal.signal(signal.SIGINT, _interrupt)
    try:
        code = command.main(prog_name=name, standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = 2
    except click.ClickException as error:
        # click spreads a list of choices over lines.
        _complain([" ".join(error.format_message().split())])
        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(f"try `{error.ctx.command_path} --help`", err=True)
        code = 2
    except (click.Abort, KeyboardInterrupt):
        code = 130
    except (BrokenPipeError, SystemExit) as error:
        if isinstance(error, SystemExit) and error.code == 0:
            raise  # a shell has been told how to complete a line
        # Whoever read our output has gone (click says 1 then, which would be a refusal); what is left in the
        # buffer has nowhere to go.
        sys.stdout = None
        code = 2
    except Exception as error:
        if "--traceback" in sys.argv:
            from traceback import print_exc

            print_exc()
        else:
            _complain(_in_words(error))
        if isinstance(error, OSError):
            sys.stdout = None  # it may be what could not be written
        code = 2
    sys.exit(code)


def _interrupt(*_: object) -> None:
    # Whoever presses Ctrl-C twice has asked once: the second would come while we end, with a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _in_words(error: Exception) -> list[str]:
    if isinstance(error, OnboardingError):
        return [str(problem) for problem in error.problems]
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return [f"{place}{(error.strerror or 'cannot be read or written').lower()}"]
    return [f"internal: {type(error).__name__}: a fault of this program; `--traceback` shows where"]


def _complain(messages: list[str]) -> None:
    for message in messages:
        click.echo(f"error: {safe(message)}", err=True)


def _prepare(*streams: object) -> None:
    for stream in streams:
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # A file name may hold bytes that no encoding has; it is shown, never a crash.
            reconfigure(errors="backslashreplace")
