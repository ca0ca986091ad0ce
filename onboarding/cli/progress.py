"""A bar on the terminal, for who has waited for a second, and how many work for who waits."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any, TypeVar

import click

from ..messages import Lang, say

Item = TypeVar("Item")
MOST_WORKERS = 256


def with_progress(
    items: Iterable[Item], total: int, label: str, weigh: Callable[[Any], int] = lambda item: 1, *, shown: bool = True
) -> Iterator[Item]:
    """`items`, with a bar on standard error where that is a terminal; `total` is what they weigh together.

    None where that is 0, so unknown, and none where the terminal fills with what is made of them: not `shown`.
    """
    if not (shown and total and sys.stderr.isatty()):
        yield from items
        return
    begun, done, told = time.monotonic(), 0, 0
    with ExitStack() as screen:
        bar: Any = None
        for number, item in enumerate(items):
            done += weigh(item)
            if number % 512 == 0 and (bar or time.monotonic() - begun > 1):
                bar = bar or screen.enter_context(click.progressbar(length=total, file=sys.stderr, label=label))
                bar.update(done - told)
                told = done
            yield item
        if bar:
            bar.update(done - told)


def screening_progress(lang: Lang) -> Any:
    """What shows how far a step of a screening has come."""

    def shown(items: Iterator[Any], total: int, step: str) -> Iterator[Any]:
        return with_progress(items, total, say(f"cli.screen-{step}", lang))

    return shown


def all_cores() -> int:
    """So many workers as there are cores for us."""
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), MOST_WORKERS)
    return min(os.cpu_count() or 1, MOST_WORKERS)
