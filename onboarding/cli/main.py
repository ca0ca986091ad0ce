"""Where the two commands begin, and where whatever goes wrong becomes a message and an exit code."""

import gc
import io
import os
import signal
import sys
from contextlib import suppress
from copy import copy
from functools import cache
from importlib import import_module

import click

from .. import __version__
from ..messages import Lang, say
from .check import check_command
from .completion import is_asked
from .errors import complain, shown_lines, to_stderr
from .language import click_in, localized, resolve_language
from .options import CONTEXT

# What has been imported stays, and a call of one file makes too little else to be worth looking through.
gc.freeze()
gc.set_threshold(50_000)
gc.enable()


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="onboard", message="%(prog)s %(version)s")
def onboard_group() -> None:
    """May a business open a shop on the platform? Check applications, rules and the registry.

    \b
    Examples:
      onboard new application.json
      onboard check application.json --registry registry.jsonl
      onboard screen applications.jsonl --registry registry.db -o reports.jsonl
      onboard explain max-three-shops
      onboard rules show max-three-shops
      onboard registry import records.jsonl registry.db
      eval "$(onboard completion bash)"
    """


def onboard_check() -> None:
    """The command `onboard-check`."""
    code = _run(check_command, "onboard-check", "onboard check")
    # By now all files are closed. Python would take apart all that it has in memory, which is as long as judging takes.
    for stream in (sys.__stdout__, sys.__stderr__):
        with suppress(OSError):
            if stream is not None:
                stream.flush()
    os._exit(code)


def onboard() -> None:
    """The command `onboard`."""
    # Whoever names one of its commands does without what the others import.
    named = [name for name in sys.argv[1:2] if name in _COMMANDS]
    code = _run(_group(*named) if named else whole_group(), "onboard", "onboard")
    # What lives to the end need not be looked through for garbage once more.
    gc.freeze()
    sys.exit(code)


def whole_group() -> click.Group:
    """`onboard` with all its commands."""
    return _group(*_COMMANDS)


@cache
def _group(*names: str) -> click.Group:
    made = copy(onboard_group)
    made.commands = {name: _command(*_COMMANDS[name]) for name in names}
    return made


def _command(module: str, name: str) -> click.Command:
    found: click.Command = getattr(import_module(module, __package__), name)
    return found


# In which module each is, and under what name.
_COMMANDS = {
    "check": (".check", "check_command"),
    "rules": (".rules.group", "rules_group"),
    "registry": (".registry.group", "registry_group"),
    "screen": (".screen", "screen_command"),
    "serve": (".serve", "serve_command"),
    "token": (".token", "token_group"),
    "new": (".new", "new_command"),
    "explain": (".explain", "explain_command"),
    "schema": (".schema", "schema_command"),
    "completion": (".completion", "completion_command"),
}


def _run(command: click.Command, name: str, path: str) -> int:
    """Run `command`; its exit code is 2 for whatever is wrong, without a traceback unless it is asked for."""
    _prepare_streams()
    signal.signal(signal.SIGINT, _interrupt)
    lang = resolve_language()
    if is_asked():
        from .shells import register

        register()
    with click_in(lang):
        return _exit_code(localized(command, lang, path), name, lang)


def _exit_code(command: click.Command, name: str, lang: Lang) -> int:
    try:
        code: int = command.main(prog_name=name, standalone_mode=False) or 0
        sys.stdout.flush()
        return code
    except click.exceptions.NoArgsIsHelpError as error:
        to_stderr(error.format_message())
    except click.ClickException as error:
        complain(error, lang)
        if isinstance(error, click.UsageError) and error.ctx is not None:
            to_stderr(say("cli.try-help", lang, command=error.ctx.command_path))
    except (click.Abort, KeyboardInterrupt):
        return 130
    except (BrokenPipeError, SystemExit) as error:
        if isinstance(error, SystemExit) and error.code == 0:
            raise  # a shell has been told how to complete a line
        # Whoever read our output has gone (click says 1 then, which would be a refusal); what is left in the
        # buffer has nowhere to go.
        sys.stdout = None
    except Exception as error:
        if "--traceback" in sys.argv:
            from traceback import format_exc

            to_stderr(shown_lines(format_exc()))
        else:
            complain(error, lang)
        if isinstance(error, OSError):
            sys.stdout = None  # it may be what could not be written
    return 2


def _interrupt(*_: object) -> None:
    # Whoever presses Ctrl-C twice has asked once: the second would come while we end, with a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _prepare_streams() -> None:
    # One that whoever called us has closed: what is read from it or written to the output fails in the usual way,
    # and what would be said on standard error is lost.
    streams = (("stdin", "r", os.O_WRONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY))
    for name, mode, refused in streams:
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.open(os.devnull, refused), mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name may hold bytes that no encoding has; it is shown, never a crash.
            stream.reconfigure(errors="backslashreplace")
