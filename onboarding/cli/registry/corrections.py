"""`onboard registry close|ban|revoke|violation|resolve|mark|unmark`: what staff put on record by hand."""

from collections.abc import Collection
from datetime import date
from typing import Any, get_args

import click

from ...decisions import corrections
from ...models import BanReason, ClosedFor, ViolationKind
from ...outputs.interface import safe
from ...reading.validation import nearest
from ...rules.ruleset import Ruleset
from ..options import CONTEXT, ChoiceInWords
from .options import (
    Day,
    change_options,
    entry_of,
    open_from_options,
    rules_of,
    ruleset_option,
    said,
    show_change,
    worded,
)

_on = click.option("--on", type=Day(), required=True, help="The day; a day that has not come is refused.")


@click.command("close", context_settings=CONTEXT)
@click.argument("shop")
@click.option("--for", "reason", type=ChoiceInWords(get_args(ClosedFor)), required=True, help="Why it is closed.")
@_on
@change_options
def close_command(
    shop: str,
    reason: Any,
    on: date,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> None:
    """Close a shop. For `application_fraud` or `serious_violation`, that bars its subject for good.

    \b
    Example: onboard registry close S-1 --for voluntary_exit --on 2024-02-05 --registry registry.db
    """
    entry = entry_of(by, note)
    with open_from_options(registry) as database:
        closed = corrections.close_shop(shop, reason, on, registry=database, entry=entry, dry_run=dry_run)
    done = said("close-done", shop=closed.shop_id, day=on, why=worded(reason))
    show_change(done, closed, entry, dry_run, output_format)


@click.command("ban", context_settings=CONTEXT)
@click.argument("subject")
@click.option("--reason", type=ChoiceInWords(get_args(BanReason)), required=True, help="Why it is banned.")
@_on
@change_options
def ban_command(
    subject: str,
    reason: Any,
    on: date,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> None:
    """Ban a subject that has no shop to be closed.

    \b
    Example: onboard registry ban 91999999MATEKT019L --reason application_fraud --on 2024-02-05 --registry registry.db
    """
    entry = entry_of(by, note)
    with open_from_options(registry) as database:
        made = corrections.ban_subject(subject, reason, on, registry=database, entry=entry, dry_run=dry_run)
    done = said("ban-done", subject=made.subject_id, day=on, why=worded(reason), ban=made.id)
    show_change(done, made, entry, dry_run, output_format)


@click.command("revoke", context_settings=CONTEXT)
@click.argument("ban")
@_on
@change_options
def revoke_command(
    ban: str,
    on: date,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> None:
    """End a ban after an appeal; `onboard registry show` names a subject's bans.

    \b
    Example: onboard registry revoke B-1 --on 2024-02-05 --registry registry.db
    """
    entry = entry_of(by, note)
    with open_from_options(registry) as database:
        ended = corrections.revoke_ban(ban, on, registry=database, entry=entry, dry_run=dry_run)
    done = said("revoke-done", ban=ended.id, subject=ended.subject_id, day=on)
    show_change(done, ended, entry, dry_run, output_format)


@click.command("violation", context_settings=CONTEXT)
@click.argument("subject")
@click.option("--kind", type=ChoiceInWords(get_args(ViolationKind)), required=True, help="What was done.")
@click.option("--shop", help="The shop in which it was done.")
@_on
@change_options
def violation_command(
    subject: str,
    kind: Any,
    shop: str | None,
    on: date,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> None:
    """Put a violation on a subject's record.

    \b
    Example: onboard registry violation 91999999MATEKT019L --kind late_shipment --on 2024-02-05 --registry registry.db
    """
    entry = entry_of(by, note)
    with open_from_options(registry) as database:
        made = corrections.add_violation(
            subject, kind, on, registry=database, entry=entry, shop_id=shop, dry_run=dry_run
        )
    why = worded(kind)
    done = said("violation-done", violation=made.id, subject=made.subject_id, why=why, day=on)
    show_change(done, made, entry, dry_run, output_format)


@click.command("resolve", context_settings=CONTEXT)
@click.argument("violation")
@_on
@change_options
def resolve_command(
    violation: str,
    on: date,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> None:
    """Note that a violation is resolved; `onboard registry show` names a subject's violations.

    \b
    Example: onboard registry resolve V-1 --on 2024-02-05 --registry registry.db
    """
    entry = entry_of(by, note)
    with open_from_options(registry) as database:
        ended = corrections.resolve_violation(violation, on, registry=database, entry=entry, dry_run=dry_run)
    done = said("resolve-done", violation=ended.id, subject=ended.subject_id, day=on)
    show_change(done, ended, entry, dry_run, output_format)


@click.command("mark", context_settings=CONTEXT)
@click.argument("subject")
@click.option("--kind", required=True, help="What kind of mark; the rules declare which they count.")
@_on
@click.option("--until", type=Day(), help="The day from which it no longer holds.  [default: no end]")
@click.option("--value", type=int, help="The number that goes with it, such as how many points.")
@click.option("--about", metavar="RULE", help="The rule that it is about; a `waiver` needs one.")
@ruleset_option
@change_options
def mark_command(
    subject: str,
    kind: str,
    on: date,
    until: date | None,
    value: int | None,
    about: str | None,
    ruleset: str | None,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> None:
    """Put a mark on a subject: points, an investigation, a waiver of a rule.

    A mark of a kind that the rules do not declare is kept and counts nowhere; that is said.

    \b
    Example: onboard registry mark 91999999MATEKT019L --kind b_points --value 6 --on 2024-02-05 --registry registry.db
    """
    rules, entry = rules_of(ruleset), entry_of(by, note)
    with open_from_options(registry) as database:
        made = corrections.mark_subject(
            subject, kind, on, registry=database, entry=entry, until=until, value=value, about=about, dry_run=dry_run
        )
    done = said("mark-done", mark=made.id, subject=made.subject_id, kind=made.kind, day=on)
    show_change(done, made, entry, dry_run, output_format)
    _warn("mark-undeclared", made.kind, rules.marks, rules)
    if made.about is not None:
        _warn("mark-no-rule", made.about, [rule.id for rule in rules.rules], rules)


@click.command("unmark", context_settings=CONTEXT)
@click.argument("mark")
@_on
@change_options
def unmark_command(
    mark: str,
    on: date,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> None:
    """End a mark; `onboard registry show` names a subject's marks.

    \b
    Example: onboard registry unmark M-1 --on 2024-02-05 --registry registry.db
    """
    entry = entry_of(by, note)
    with open_from_options(registry) as database:
        ended = corrections.end_mark(mark, on, registry=database, entry=entry, dry_run=dry_run)
    done = said("unmark-done", mark=ended.id, kind=ended.kind, subject=ended.subject_id, day=on)
    show_change(done, ended, entry, dry_run, output_format)


def _warn(key: str, given: str, known: Collection[str], rules: Ruleset) -> None:
    """Say on standard error that the ruleset does not know what was `given`: it is on record all the same."""
    if given not in known:
        near = nearest(given, known)
        meant = said("mark-meant", near=near) if near else ""
        click.echo(safe(said(key, given=given, ruleset=rules.id) + meant), err=True)
