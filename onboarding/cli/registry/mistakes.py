"""`onboard registry correct|withdraw`: what was entered wrongly is put right, and stays to be seen."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from ...decisions import corrections
from ...errors import InputError, Problem
from ...identity import normal_text
from ...messages import field_words, say, text
from ...models import RECORDS, Record, Shop, to_plain
from ...pointers import to_pointer
from ...reading.columns import column_of
from ...reading.typed import typed_choice, typed_date
from ...reading.validation import field_at, meant, names_of
from ...rules.ruleset import Ruleset
from ..options import CONTEXT
from .options import (
    change_options,
    entry_of,
    open_from_options,
    record_of,
    resolve_language,
    rules_of,
    ruleset_option,
    said,
    show_change,
    worded,
)

# What a value of one of these fields means, people are told in words.
_CHOICES = frozenset(("closed_for", "reason", "kind", "subject_type"))


@click.command("correct", context_settings=CONTEXT)
@click.argument("record")
@click.option(
    "--set", "fields", multiple=True, metavar="FIELD=VALUE", help="What is right; `FIELD=` takes it away. Repeatable."
)
@click.option(
    "--brand",
    "brands",
    multiple=True,
    metavar="NAME[=NUMBER]",
    help="A brand of a shop, with its trademark number; all of them are named. Repeatable.",
)
@ruleset_option
@change_options
def correct_command(
    record: str,
    fields: tuple[str, ...],
    brands: tuple[str, ...],
    ruleset: str | None,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> None:
    """Correct what was entered wrongly in a shop, a ban, a violation or a mark: days, causes, brands.

    RECORD is its id, with its kind before it where two kinds have the same one: `ban:B-1`. The fields are those of a
    file of records. What was there before is kept; ids and subject cannot be corrected.

    \b
    Examples:
      onboard registry correct S-1 --set opened_on=2024-02-05 --note "typed wrongly" --registry registry.db
      onboard registry correct S-1 --brand 云上=12345678 --brand 竹溪 --note "as in the letter" --registry registry.db
    """
    if not fields and not brands:
        raise click.UsageError(said("correct-what"))
    rules, entry = rules_of(ruleset), entry_of(by, note)
    with open_from_options(registry) as database:
        key = corrections.full_record_id(database, record)
        row = corrections.newest_version(database, key)
        assert row.record is not None
        changes = dict(_change(field, row.record, rules) for field in fields)
        if brands:
            changes["brands"] = _brands(brands, row.record)
        made = corrections.correct_record(
            key, changes, registry=database, entry=entry, replaces=row.seq, dry_run=dry_run
        )
    done = said("correct-done", record=record_name(key), changes=_told(to_plain(row.record), to_plain(record_of(made))))
    show_change(done, made, entry, dry_run, output_format)


@click.command("withdraw", context_settings=CONTEXT)
@click.argument("record")
@change_options
def withdraw_command(
    record: str, registry: str | None, note: str | None, by: str | None, dry_run: bool, output_format: str, **_: Any
) -> None:
    """Take back a ban, a violation or a mark that was entered in error, as of another subject: it never counted.

    What it said stays to be seen by `onboard registry history`. After an appeal a ban is revoked instead.

    \b
    Example: onboard registry withdraw ban:B-1 --note "another subject was meant" --registry registry.db
    """
    entry = entry_of(by, note)
    with open_from_options(registry) as database:
        key = corrections.full_record_id(database, record)
        row = corrections.newest_version(database, key)
        made = corrections.withdraw_record(key, registry=database, entry=entry, replaces=row.seq, dry_run=dry_run)
    assert row.record is not None
    done = said("withdraw-done", record=record_name(key), subject=row.record.subject_id)
    show_change(done, made, entry, dry_run, output_format)


def _change(given: str, record: Record, rules: Ruleset) -> tuple[str, Any]:
    """A field and its value, as `--set` has them."""
    name, equals, value = given.partition("=")
    if not equals or not name:
        raise click.UsageError(said("set-form", given=given))
    if name == "brands":
        raise click.UsageError(said("set-brands"))
    own = rules.own_fields.records.get(record.record, {}).get(name)
    field = own.field if own else field_at(RECORDS[record.record], (name,))
    if field is None and name not in to_plain(record):
        raise InputError(_unknown_field(name, record, rules))
    if value == "":
        return name, None
    # Days and choices as people write them.
    if field and field.day and (day := typed_date(value)):
        return name, day.isoformat()
    if field and field.values and (chosen := typed_choice(value, field.values)):
        return name, chosen
    if field and field.kind == "integer" and value.removeprefix("-").isdecimal():
        return name, int(value)
    if field and field.kind == "boolean" and value in ("true", "false"):
        return name, value == "true"
    return name, value


def _unknown_field(name: str, record: Record, rules: Ruleset) -> Problem:
    """What is said of a field that nobody declares and the record does not have: to set it would correct nothing."""
    known = names_of(type(record)) | set(rules.own_fields.records.get(record.record, {}))
    called = column_of(name) if isinstance(record, Shop) else name
    hint = text("reading.did-you-mean", near=called) if called in known else meant(name, sorted(known))
    return Problem(text("reading.record-field", name=name), to_pointer((name,)), hint=hint)


def _brands(given: Iterable[str], record: Record) -> list[dict[str, Any]]:
    """The brands as `--brand` has them; what else is known of one of that name stays with it."""
    known = {normal_text(b["name"]): b for b in to_plain(record)["brands"]} if isinstance(record, Shop) else {}
    made = []
    for one in given:
        name, equals, number = one.rpartition("=") if "=" in one else (one, "", "")
        brand = {**known.get(normal_text(name), {}), "name": name}
        made.append({**brand, "trademark_no": number or None} if equals else brand)
    return made


def _told(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    return show_changes({n: (old.get(n), new.get(n)) for n in {**old, **new} if old.get(n) != new.get(n)})


def show_changes(changes: Mapping[str, tuple[Any, Any]]) -> str:
    """Fields of a record by the names that people call them, each as it was and as it is."""
    return say("punctuation.clause-separator", resolve_language()).join(
        said("changed-field", field=field_words(name), before=_value(name, before), after=_value(name, after))
        for name, (before, after) in changes.items()
    )


def record_name(key: str) -> str:
    """A record by its kind in words and its id; one without an id as it is."""
    kind, colon, id_ = key.partition(":")
    return said(f"record-{kind}", id=id_) if colon and kind in RECORDS else key


def _value(name: str, value: Any) -> str:
    """A value of a record's field, for people."""
    if value is None:
        return said("no-value")
    if isinstance(value, bool):
        return worded(str(value).lower())
    if isinstance(value, list):
        brands = (" ".join(str(part) for part in brand.values()) for brand in value)
        return say("punctuation.list-separator", resolve_language()).join(brands)
    return worded(value) if name in _CHOICES and isinstance(value, str) else str(value)
