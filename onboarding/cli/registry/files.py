"""`onboard registry import|export`: between a registry and files of records or shops."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, cast

import click

from ...decisions.proposals import refuse_unconfirmed
from ...errors import Problem, RegistryError
from ...files import beginning, os_problem
from ...messages import listed, text
from ...models import Shop, to_plain
from ...outputs.files import refuse_overwriting, whole_file
from ...outputs.json import to_json
from ...pointers import looks_like_a_name
from ...reading.encoding import MAX_BYTES, table_encoding
from ...reading.records import Line, lines_of, read_records
from ...reading.shops_csv import read_shops, write_shops
from ...reading.shops_xlsx import read_workbook, write_workbook
from ...reading.wrong_file import wrong_file
from ...registry.addresses import shown_address
from ...registry.bulk_import import add
from ...registry.connect import is_database
from ...registry.iteration import count_subjects, subjects
from ...registry.sqlite import SqliteRegistry
from ..endings import known_ending
from ..errors import shown, tell
from ..inputs import STDIN
from ..options import lang_option, traceback_option
from ..output_files import registry_files, standard_output, write_json
from ..progress import with_progress
from .options import (
    BOM,
    bom_option,
    by_option,
    dry_run_option,
    entry_of,
    format_option,
    note_option,
    open_from_options,
    registry_option,
    resolve_language,
    said,
    the_one_named,
)

ENDINGS = (".jsonl", ".csv", ".xlsx")
SHOWN = 10  # of the records that put a version back, and of the fields that we do not know


@click.command("import")
@click.argument("records", metavar="RECORDS.jsonl|SHOPS.csv|SHOPS.xlsx|-")
@click.argument("place", metavar="[REGISTRY]", required=False)
@registry_option
@note_option
@by_option
@dry_run_option
@lang_option
@format_option
@traceback_option
def import_command(
    records: str,
    place: str | None,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> None:
    """Add the records of a file to a registry, which is made where it is not there.

    All or nothing, with every broken line listed; the same file again adds nothing. The note is the file's name
    unless another is given. `-` reads JSON lines from standard input.

    A file is what is so now: where it brings back a version that has been replaced since, that version counts
    again, and it is said.

    \b
    Example: onboard registry import records.jsonl registry.db
    """
    entry = entry_of(by, note or Path(records).name, ask=False)
    try:
        with ExitStack() as files, open_from_options(the_one_named(place, registry)) as database:
            unknown: set[str] = set()
            lines = _Counted(_noting(_read(records, files), unknown))
            added = add(database, lines, entry, dry_run=dry_run, refuse=refuse_unconfirmed)
            source = database.source
    except OSError as error:
        raise RegistryError(os_problem(error, records)) from None
    if not lines.n:
        tell(text("commands_registry.import-nothing", file=records), resolve_language())
    if unknown:
        click.echo(shown(said("import-unknown", file=records, fields=_first(sorted(unknown)))), err=True)
    if output_format == "json":
        about = {"dry_run": dry_run, "at": entry.at.isoformat(), "by": entry.by, "note": entry.note}
        found = {
            "added": added.new,
            "put_back": added.put_back,
            "withdrawn": added.withdrawn,
            "unknown_fields": sorted(unknown),
        }
        write_json({"schema_version": 1, **about, **found})
        return
    click.echo(shown(said("import-would-add" if dry_run else "import-added", n=added.new, source=source)))
    if added.put_back:
        click.echo(shown(said("import-put-back", file=records, records=_first(added.put_back))), err=True)
    if added.withdrawn:
        click.echo(shown(said("import-withdrawn", file=records, records=_first(added.withdrawn))), err=True)


@click.command("export")
@click.argument("places", metavar="[REGISTRY] [RECORDS.jsonl|SHOPS.csv|SHOPS.xlsx|-]", nargs=-1)
@registry_option
@bom_option
@lang_option
@format_option
@traceback_option
def export_command(places: tuple[str, ...], registry: str | None, bom: bool, output_format: str, **_: Any) -> None:
    """Write the newest version of every record, by subject: all as JSON lines, or the shops alone as CSV or a workbook.

    A file is written whole or not at all. `-`, or no file, is standard output.

    \b
    Example: onboard registry export registry.db shops.csv
    """
    rest = list(places)
    if rest and is_database(rest[0]):
        registry = the_one_named(rest.pop(0), registry)
    target = rest.pop(0) if rest else STDIN
    if rest:
        raise click.UsageError(said("export-two-files", one=target, other=rest[0]))
    if target == STDIN and output_format == "json":
        raise click.UsageError(said("export-json-needs-file"))
    kind = known_ending(target, ENDINGS)
    left_out = 0
    with ExitStack() as files, open_from_options(registry) as database:
        # Asked first, so that a registry that is out of reach leaves no file behind.
        total = count_subjects(database)
        every = with_progress(subjects(database), total, said("writing"), shown=target != STDIN)
        records = _Counted(record for subject in every for record in subject.records)
        try:
            if target != STDIN:
                # By its path: a registry's `source` may have something left out that looks like a password.
                own = registry_files(str(database.path)) if isinstance(database, SqliteRegistry) else []
                refuse_overwriting([target], own)
            file = None if target == STDIN else files.enter_context(whole_file(target))
            out = file or standard_output()
            of_shops = kind in (".csv", ".xlsx")
            written = _Counted(record for record in records if not of_shops or isinstance(record, Shop))
            if file and kind == ".xlsx":
                left_out = write_workbook(written, cast(IO[bytes], file.buffer), shown_address(target))
            elif kind == ".csv":
                out.write(BOM if bom else "")
                left_out = write_shops(written, out.write)
            else:
                out.writelines(to_json(to_plain(record)) + "\n" for record in written)
            files.close()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise RegistryError(os_problem(error, target, writing=True)) from None
        source, others = database.source, records.n - written.n
    if others:
        # Read back, they would be on no record: a ban would be none.
        click.echo(shown(said("export-shops-alone", file=target, n=others)), err=True)
    if left_out:
        click.echo(shown(said("export-left-out", file=target, n=left_out)), err=True)
    if output_format == "json":
        found = {"source": source, "file": shown_address(target), "records": written.n, "left_out": left_out}
        write_json({"schema_version": 1, **found, "others": others})


class _Counted:
    """Items to be gone through once, and how many have come."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = items
        self.n = 0

    def __iter__(self) -> Iterator[Any]:
        for item in self._items:
            self.n += 1
            yield item


def _noting(lines: Iterable[Line], unknown: set[str]) -> Iterator[Line]:
    """`lines`, the fields of their records that the core does not know being added to `unknown`, as `kind.field`.

    A name that looks like none is not kept: it may be a number, or a text.
    """
    for line in lines:
        kind, record = line.record.record, line.record
        unknown.update(f"{kind}.{name}" for name in record.extra if looks_like_a_name(name))
        for brand in record.brands if isinstance(record, Shop) else ():
            unknown.update(f"{kind}.brands[].{name}" for name in brand.extra if looks_like_a_name(name))
        yield line


def _first(names: Sequence[str]) -> str:
    first, more = listed(names[:SHOWN])[resolve_language()], len(names) - SHOWN
    return said("import-and-more", records=first, n=more) if more > 0 else first


def _read(path: str, files: ExitStack) -> Iterator[Line]:
    if path == STDIN:
        return read_records(with_progress(lines_of(sys.stdin.buffer), 0, said("reading"), len), path)
    found = os.stat(path)
    # A pipe that nobody writes to would be waited for without end.
    if stat.S_ISFIFO(found.st_mode):
        raise RegistryError(
            Problem(text("files.not-regular"), source=path, hint=text("commands_registry.import-standard-input"))
        )
    size = found.st_size
    if Path(path).suffix.lower() not in ENDINGS and (other := wrong_file(beginning(path, MAX_BYTES), "registry", path)):
        raise RegistryError(other)
    kind = known_ending(path, ENDINGS)
    if kind == ".xlsx":
        return read_workbook(files.enter_context(Path(path).open("rb")), path)
    if kind == ".csv":
        with Path(path).open("rb") as table:
            encoding = table_encoding(table)
        if encoding == "gb18030":
            tell(text("commands_registry.import-gb18030", file=path), resolve_language())
        text_ = files.enter_context(Path(path).open(encoding=encoding or "utf-8-sig", newline=""))  # noqa: SIM115
        # A line without an end comes in parts, which are too long for cells.
        parts = iter(lambda: text_.readline(MAX_BYTES), "")
        return read_shops(with_progress(parts, size, said("reading"), len), path)
    lines = files.enter_context(Path(path).open("rb"))  # noqa: SIM115
    return read_records(with_progress(lines_of(lines), size, said("reading"), len), path)
