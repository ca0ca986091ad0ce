"""Settings: a flag beats the environment (`ONBOARD_…`), and that beats the settings file."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from ..messages import Lang, say
from ..registry.addresses import shown_address
from .config_file import find_config, read_config
from .errors import usage_error
from .options import PATH

PREFIX = "ONBOARD"  # of the environment variables
_META = "onboarding.config"
# What belongs to one call and to no file.
_CALL_ONLY = frozenset(
    {"config", "isolated", "show_config", "stdin_filename", "traceback", "version", "help"}
    | {"changed_since", "write_baseline"}
)


def config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options `--config` and `--isolated`, which are read first and give the others their defaults, and
    `--show-config`."""
    options = (
        click.option(
            "--config",
            is_eager=True,
            expose_value=False,
            callback=_configure,
            metavar="FILE",
            type=PATH,
            help="The settings file to use.  [default: the nearest one, see above]",
        ),
        click.option(
            "--isolated",
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_configure,
            help="Read no settings file.",
        ),
        click.option(
            "--show-config",
            is_flag=True,
            allow_from_autoenv=False,
            help="Say what each setting is and where it came from, and judge nothing.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def configured(command: click.Command, key: str) -> Any:
    """The value of `key` in the settings file of `command`, for another command that is given none; None without one.

    Which file is read, and whether any is, the environment says as it does to `command`.
    """
    path = settings_file()
    known = _known(command.params)
    return read_config(path, known).get(known[key].name or key) if path else None


def settings_file() -> Path | None:
    """The settings file that `configured` reads; None without one."""
    isolated = os.environ.get(f"{PREFIX}_ISOLATED")
    if isolated and click.BOOL.convert(isolated, None, None):
        return None
    file = os.environ.get(f"{PREFIX}_CONFIG")
    return Path(file) if file else find_config(Path.cwd())


def settings_files(ctx: click.Context) -> list[Path]:
    """The settings file that this call was given its defaults by, if any."""
    file = ctx.meta.get(_META, {}).get("file")
    return [file] if file else []


def settings(ctx: click.Context, lang: Lang) -> Iterator[str]:
    """Each setting on a line, with its value and where it came from; passwords are left out."""
    file = ctx.meta.get(_META, {}).get("file")
    yield say("cli.settings-file", lang, file=file) if file else say("cli.no-settings-file", lang)
    rows = [(key, _value(ctx, param), _origin(ctx, param, lang)) for key, param in _known(ctx.command.params).items()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for key, value, origin in rows:
        yield f"{key:{widths[0]}}  {value:{widths[1]}}  {origin}"


def _configure(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Both options end here, in the order in which they were given; the second one finds them complete."""
    given = ctx.meta.setdefault(_META, {})
    given[param.name] = value
    if ctx.resilient_parsing or not {"config", "isolated"} <= given.keys():
        return
    file, isolated = given["config"], given["isolated"]
    if file and isolated:
        if ctx.get_parameter_source("config") is ctx.get_parameter_source("isolated"):
            raise usage_error("cli.config-and-isolated")
        # A flag beats the environment here, too.
        isolated = ctx.get_parameter_source("isolated") is ParameterSource.COMMANDLINE
    if isolated:
        return
    path = Path(file) if file else find_config(Path.cwd())
    if path is not None:
        ctx.default_map = read_config(path, _known(ctx.command.params))
        given["file"] = path


def _known(params: Sequence[click.Parameter]) -> dict[str, click.Parameter]:
    """What can be set, by key: `paths`, and each option by its long name."""
    known: dict[str, click.Parameter] = {}
    for param in params:
        if param.name not in _CALL_ONLY:
            long = max(param.opts, key=len) if isinstance(param, click.Option) else param.name or ""
            known[long.removeprefix("--")] = param
    return known


def _value(ctx: click.Context, param: click.Parameter) -> str:
    value = ctx.params.get(param.name or "")
    if isinstance(value, str):
        value = shown_address(value)
    elif isinstance(value, tuple | list):
        value = [shown_address(str(item)) for item in value]
    # Only `--show-config` asks.
    import json

    return "-" if value is None else json.dumps(value, ensure_ascii=False)


def _origin(ctx: click.Context, param: click.Parameter, lang: Lang) -> str:
    match ctx.get_parameter_source(param.name or ""):
        case ParameterSource.COMMANDLINE:
            return say("cli.from-command-line", lang)
        case ParameterSource.ENVIRONMENT:
            return say("cli.from-environment", lang, variable=_variable(param))
        case ParameterSource.DEFAULT_MAP:
            return str(ctx.meta[_META]["file"])
    return say("cli.from-default", lang)


def _variable(param: click.Parameter) -> str:
    if isinstance(param.envvar, str):
        return param.envvar
    return f"{PREFIX}_{param.name}".upper()
