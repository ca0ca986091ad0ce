"""`onboard registry close|ban|revoke|violation|resolve`: what staff put on record by hand."""

from datetime import date
from typing import Any, get_args

import click

from ...decisions import corrections
from ...models import BanReason, ClosedFor, ViolationKind
from ..options import CONTEXT
from .options import Day, change_options, entry_of, open_from_options, show_change

_on = click.option("--on", type=Day(), required=True, help="The day; a day that has not come is refused.")


@click.command("close", context_settings=CONTEXT)
@click.argument("shop")
@click.option("--for", "reason", type=click.Choice(get_args(ClosedFor)), required=True, help="Why it is closed.")
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
        closed = corrections.close_shop(database, shop, reason, on, entry, dry_run=dry_run)
    show_change(f"shop {closed.shop_id} closed from {on} for {reason}", closed, entry, dry_run, output_format)


@click.command("ban", context_settings=CONTEXT)
@click.argument("subject")
@click.option("--reason", type=click.Choice(get_args(BanReason)), required=True, help="Why it is banned.")
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
        made = corrections.ban_subject(database, subject, reason, on, entry, dry_run=dry_run)
    show_change(f"{made.subject_id} banned from {on} for {reason}: ban {made.id}", made, entry, dry_run, output_format)


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
        ended = corrections.revoke_ban(database, ban, on, entry, dry_run=dry_run)
    show_change(f"ban {ended.id} of {ended.subject_id} revoked from {on}", ended, entry, dry_run, output_format)


@click.command("violation", context_settings=CONTEXT)
@click.argument("subject")
@click.option("--kind", type=click.Choice(get_args(ViolationKind)), required=True, help="What was done.")
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
        made = corrections.add_violation(database, subject, kind, on, entry, shop_id=shop, dry_run=dry_run)
    show_change(
        f"violation {made.id} of {made.subject_id} on record: {kind}, {on}", made, entry, dry_run, output_format
    )


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
        done = corrections.resolve_violation(database, violation, on, entry, dry_run=dry_run)
    show_change(f"violation {done.id} of {done.subject_id} resolved from {on}", done, entry, dry_run, output_format)
