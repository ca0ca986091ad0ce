"""Who does the work of a command that goes through millions: processes of this machine, or a cluster."""

from collections.abc import Callable
from typing import Any

import click

from ..messages import listed
from .errors import usage_error
from .progress import MOST_WORKERS


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` the options `--workers`, `--engine` and `--master`."""
    for option in (
        click.option("--master", metavar="URL", help="Spark: where, such as local[2] or spark://host:7077."),
        click.option(
            "--engine",
            type=click.Choice(["local", "spark"]),
            default="local",
            show_default=True,
            help="Who does the work.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(1, MOST_WORKERS),
            help="Processes of the local engine.  [default: one for each core]",
        ),
    ):
        command = option(command)
    return command


def refuse_of_other_engine(engine: str, master: str | None, workers: int | None, *, resume: bool = False) -> None:
    """Raise UsageError for what was asked of `engine` and is for the other one."""
    if engine == "local" and master:
        raise usage_error("cli.master-without-spark")
    if engine == "spark" and (resume or workers):
        raise usage_error("cli.local-alone", options=listed(["--resume"] * resume + ["--workers"] * bool(workers)))
