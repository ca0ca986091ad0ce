"""`onboard registry list|find`: what is on record, and where a shop, a brand or a name is in it."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date
from typing import Any, get_args

import click
import msgspec

from ...messages import say
from ...outputs.interface import safe
from ...outputs.json import to_json
from ...reading.shop_table import joined, plain_cell
from ...registry.listing import Listed, Wanted, find, listed
from ..options import CONTEXT, lang_option, today, traceback_option
from ..output_files import standard_output
from .options import (
    BOM,
    Day,
    open_to_read,
    readable_option,
    resolve_language,
    said,
)

_COLUMNS = tuple(field.name for field in fields(Listed))

_state = click.option(
    "--state", type=click.Choice(get_args(Wanted)), help="Only what is so on the day; `refused`: decided, no shop."
)
_as_of = click.option("--as-of", type=Day(), help="The day to look from.  [default: today in Asia/Shanghai]")
_limit = click.option(
    "--limit", type=click.IntRange(min=0), default=50, show_default=True, help="How many to show at most; 0: all."
)
_format = click.option(
    "-o",
    "--output-format",
    "output_format",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    help="How to show the result.",
)


@click.command("list", context_settings=CONTEXT)
@readable_option
@_state
@_as_of
@_limit
@_format
@lang_option
@traceback_option
def list_command(
    registry: str | None, state: Wanted | None, as_of: date | None, limit: int, output_format: str, **_: Any
) -> None:
    """List the shops on record, subjects that have none, and applications that opened none or wait, by subject.

    \b
    Example: onboard registry list --state open --registry registry.db
    """
    day = as_of or today()
    with open_to_read(registry) as records:
        _show(listed(records, day, state), day, limit, output_format)


@click.command("find", context_settings=CONTEXT)
@click.argument("what")
@readable_option
@_state
@_as_of
@_limit
@_format
@lang_option
@traceback_option
def find_command(
    what: str,
    registry: str | None,
    state: Wanted | None,
    as_of: date | None,
    limit: int,
    output_format: str,
    **_: Any,
) -> int:
    """Find a shop by its name, id or brand, a subject by its name or number, an application by its id.

    A part is enough, of numbers and ids the begin or four characters. A brand is found in each way in which rules
    take it for the same, and where it only looks alike, which is said. Exit code 1 where nothing is found.

    \b
    Example: onboard registry find 云上 --registry registry.db
    """
    day = as_of or today()
    with open_to_read(registry) as records:
        return 0 if _show(find(records, what, day, state), day, limit, output_format) else 1


def _show(found: Iterable[Listed], day: date, limit: int, output_format: str) -> int:
    """Show the first of what was `found`, and say how much it is in all, which is returned."""
    counted = _Counted(found, limit)
    if output_format == "json":
        out = standard_output()
        out.write(f'{{"schema_version": 1, "as_of": "{day}", "results": [')
        for number, one in enumerate(counted):
            out.write(("," if number else "") + "\n  " + to_json(msgspec.to_builtins(one)))
        out.write(f'\n], "shown": {counted.shown}, "total": {counted.total}}}\n')
        return counted.total
    if output_format == "csv":
        out = standard_output()
        # Without it, Excel shows no Chinese.
        out.write(BOM)
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(_COLUMNS)
        rows.writerows([safe(_cell(getattr(one, name))) for name in _COLUMNS] for one in counted)
    else:
        for one in counted:
            click.echo(safe("  ".join(_words(one))))
    total = said("find-shown" if counted.shown < counted.total else "find-total", n=counted.total, shown=counted.shown)
    if not counted.total:
        total = said("find-none")
    click.echo(total, err=output_format == "csv")
    return counted.total


class _Counted:
    """The first of `items`, and how many there are."""

    def __init__(self, items: Iterable[Listed], limit: int) -> None:
        self._items, self._limit = items, limit
        self.shown = self.total = 0

    def __iter__(self) -> Iterator[Listed]:
        for item in self._items:
            self.total += 1
            if not self._limit or self.shown < self._limit:
                self.shown += 1
                yield item


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return joined(value)
    return plain_cell(value)


def _words(one: Listed) -> Iterator[str]:
    """What there is to say of one, in the order in which it is looked for."""
    yield one.subject_id or said("find-no-number")
    if one.subject_name:
        yield one.subject_name
    if one.banned:
        yield said("find-banned")
    if one.shop_id:
        yield said("find-shop", shop=one.shop_id)
    elif one.application_id:
        yield said("find-application", application=one.application_id)
    if one.shop_name:
        yield one.shop_name
    if one.brands:
        yield say("punctuation.list-separator", resolve_language()).join(one.brands)
    yield one.standing[resolve_language()]
    if "look_alike" in one.matched:
        yield said("find-look-alike")
