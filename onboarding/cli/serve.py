"""`onboard serve`: the library over HTTP, until it is told to end."""

import os
import signal
import socket
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from ..decisions.proposals import set_four_eyes
from ..errors import OnboardingError, Problem
from ..files import os_problem
from ..messages import same, text
from ..outputs.files import refuse_overwriting
from ..registry import open_database
from ..registry.sqlite import SqliteRegistry
from ..rules.loading import DEFAULT, ruleset_folder
from ..web.settings import Settings
from ..web.tokens import TokenFile, tokens_beside
from .check import check_command
from .config import configured
from .errors import tell, usage_error
from .language import resolve_language
from .options import CONTEXT, lang_option, traceback_option
from .output_files import files_read
from .registry.options import entry_of, registry_option
from .token import tokens_option

# How long those are waited for who are being answered when the service is to end.
GRACE_SECONDS = 30
_QUEUE = 2048


@click.command("serve", context_settings=CONTEXT)
@registry_option
@click.option(
    "--ruleset",
    "rulesets",
    multiple=True,
    metavar="NAME|FOLDER",
    help="The rules to judge by; the first judges where a call names none. May be repeated."
    f"  [default: `ruleset` in the settings file, else {DEFAULT}]",
)
@click.option(
    "--proposed-rules",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False),
    help="A folder of rulesets, each in a folder of its own, of which officers may ask whom they would touch.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port; 0 is any that is free."
)
@click.option(
    "--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="How many processes answer calls."
)
@tokens_option
@click.option(
    "--sessions",
    metavar="FOLDER",
    help="The folder for the key of the desk's sessions, and for their ends; its owner's alone."
    "  [default: beside the tokens]",
)
@click.option(
    "--proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    help="An address or network whose word on who calls is taken. May be repeated.",
)
@click.option(
    "--identity-header",
    default=Settings.identity_header,
    metavar="NAME",
    show_default=True,
    help="Where the proxy names who calls.",
)
@click.option(
    "--roles-header",
    default=Settings.roles_header,
    metavar="NAME",
    show_default=True,
    help="Where the proxy lists the caller's groups: `staff`, `officer`.",
)
@click.option(
    "--four-eyes",
    is_flag=True,
    help="Have bans and waivers need a second person from now on, as `onboard registry four-eyes on` does.",
)
@click.option("--evaluation-log", metavar="FILE", help="Where to write down how every judgement came about.")
@click.option("--no-access-log", is_flag=True, help="Do not write each call to standard output.")
@click.option(
    "--connections",
    type=click.IntRange(1, 1000),
    default=Settings.connections,
    show_default=True,
    help="How many calls of one process may ask the registry at once.",
)
@click.option(
    "--body-seconds",
    type=click.FloatRange(0.1, 600),
    default=Settings.body_seconds,
    show_default=True,
    help="How long a call's body may take to arrive.",
)
@lang_option
@traceback_option
def serve_command(
    registry: str | None,
    rulesets: tuple[str, ...],
    proposed_rules: str | None,
    host: str,
    port: int,
    workers: int,
    tokens: str | None,
    sessions: str | None,
    proxies: tuple[str, ...],
    identity_header: str,
    roles_header: str,
    four_eyes: bool,
    evaluation_log: str | None,
    no_access_log: bool,
    connections: int,
    body_seconds: float,
    **_: Any,
) -> None:
    """Answer over HTTP what the other commands answer here.

    An SQLite registry that is not there is made, and is empty: whoever is looked up in it is clean. Tokens for staff
    are made by `onboard token create`.

    \b
    Example: onboard serve --registry registry.db
    """
    address = registry or configured(check_command, "registry")
    if not address:
        raise usage_error("cli.serve-no-registry")
    try:
        from ..web.access import networks
        from ..web.app import create_app
    except ImportError:
        raise OnboardingError(Problem(text("cli.no-web"), hint=same("pip install 'onboard-check[web]'"))) from None
    settings = Settings(
        registry=address,
        rulesets=rulesets or (configured(check_command, "ruleset") or DEFAULT,),
        tokens=Path(tokens) if tokens else tokens_beside(address),
        sessions=Path(sessions) if sessions else None,
        proxies=proxies,
        identity_header=identity_header,
        roles_header=roles_header,
        evaluation_log=Path(evaluation_log) if evaluation_log else None,
        proposed_rules=Path(proposed_rules) if proposed_rules else None,
        access_log=not no_access_log,
        connections=connections,
        body_seconds=body_seconds,
    )
    if settings.evaluation_log:
        proposed = filter(Path.is_dir, settings.proposed_rules.glob("*")) if settings.proposed_rules else ()
        read = files_read(address, [*map(ruleset_folder, settings.rulesets), *proposed])
        refuse_overwriting([str(settings.evaluation_log)], [*read, *filter(None, [settings.tokens])])
    try:
        networks(settings.proxies)
    except ValueError:
        raise usage_error("cli.serve-no-network") from None
    _prepare(settings, four_eyes)
    # Once here, so that what is wrong with the settings is said before anybody is let in.
    create_app(settings)
    listening = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    tell(text("cli.serving", address=f"http://{shown}:{listening.getsockname()[1]}"), resolve_language())
    _run(settings, workers, listening)


def _prepare(settings: Settings, four_eyes: bool) -> None:
    """See that the registry is there, and say what whoever starts the service may not have meant."""
    lang = resolve_language()
    with open_database(settings.registry) as database:
        if isinstance(database, SqliteRegistry) and not database.path.exists():
            database.init()
            tell(text("cli.serve-made", source=database.source), lang)
        if four_eyes:
            set_four_eyes(True, registry=database, entry=entry_of(None, "onboard serve --four-eyes"))
        if database.look_up(()).empty:
            tell(text("cli.registry-empty"), lang)
    known = TokenFile(settings.tokens).tokens() if settings.tokens else []
    if not known and not settings.proxies:
        tell(text("cli.serve-nobody"), lang)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_QUEUE)
    except OSError as error:
        raise OnboardingError(os_problem(error, f"{host}:{port}")) from None
    listening.set_inheritable(True)
    return listening


def _run(settings: Settings, workers: int, listening: socket.socket) -> None:
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from ..web.app import create_app
    from ..web.metrics import SHARED_FOLDER

    config = uvicorn.Config(
        partial(create_app, settings),
        factory=True,
        workers=workers,
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        # Who calls, the app asks itself: it knows whom to believe.
        proxy_headers=False,
        server_header=False,
        backlog=_QUEUE,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    # uvicorn lets all calls end, and then gives the signal on to us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if workers == 1:
        uvicorn.Server(config).run(sockets=[listening])
        return
    with TemporaryDirectory() as folder:
        os.environ[SHARED_FOLDER] = folder
        # The processes are started by `python -c`, which would import what lies in the working folder.
        os.environ["PYTHONSAFEPATH"] = "1"
        Multiprocess(config, sockets=[listening]).run()
