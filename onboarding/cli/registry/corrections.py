"""`onboard registry close|reopen|ban|revoke|violation|resolve|mark|unmark`: what staff put on record by hand."""

from collections.abc import Collection
from datetime import date
from typing import Any, get_args

import click

from ...decisions import corrections
from ...messages import listed, same
from ...models import WAIVER, BanReason, ClosedFor, Shop, ViolationKind
from ...outputs.interface import safe
from ...reading.validation import nearest
from ...rules.ruleset import Ruleset
from ..errors import tell, usage_error
from ..options import CONTEXT, ChoiceInWords
from .options import (
    Day,
    change_options,
    complete_shops,
    complete_subjects,
    confirm_or_refuse,
    entry_of,
    open_from_options,
    record_of,
    resolve_language,
    rules_of,
    ruleset_option,
    said,
    show_change,
    worded,
    yes_option,
)

_on = click.option("--on", type=Day(), required=True, help="The day; a day that has not come is refused.")


@click.command("close", context_settings=CONTEXT)
@click.argument("shop", shell_complete=complete_shops)
@click.option("--for", "reason", type=ChoiceInWords(get_args(ClosedFor)), required=True, help="Why it is closed.")
@_on
@yes_option
@change_options
def close_command(
    shop: str,
    reason: Any,
    on: date,
    yes: bool,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> None:
    """Close a shop. For `application_fraud` or `serious_violation`, that bars its subject for good, and is to be
    confirmed: on a terminal by answering, elsewhere by `--yes`.

    \b
    Example: onboard registry close S-1 --for voluntary_exit --on 2024-02-05 --registry registry.db
    """
    entry = entry_of(by, note)
    with open_from_options(registry) as database:
        key = corrections.full_record_id(database, shop, ("shop",))
        if reason in get_args(BanReason) and not dry_run:
            shop_there = corrections.newest_version(database, key).record
            subject = shop_there.subject_id if shop_there else ""
            confirm_or_refuse(said("bars-for-good", subject=subject), yes)
        made = corrections.close_shop(
            key.removeprefix("shop:"), reason, on, registry=database, entry=entry, dry_run=dry_run
        )
    done = said("close-done", shop=record_of(made).shop_id, day=on, why=worded(reason))
    show_change(done, made, entry, dry_run, output_format)


@click.command("reopen", context_settings=CONTEXT)
@click.argument("shop", shell_complete=complete_shops)
@change_options
def reopen_command(
    shop: str, registry: str | None, note: str | None, by: str | None, dry_run: bool, output_format: str, **_: Any
) -> None:
    """Take the closing of a shop back that was entered wrongly, with all that it meant: a ban, or a wait.

    A shop that was rightly closed stays closed: its subject applies again.

    \b
    Example: onboard registry reopen S-1 --note "S-2 was meant" --registry registry.db
    """
    entry = entry_of(by, note)
    with open_from_options(registry) as database:
        key = corrections.full_record_id(database, shop, ("shop",))
        old = corrections.newest_version(database, key).record
        made = corrections.reopen_shop(key.removeprefix("shop:"), registry=database, entry=entry, dry_run=dry_run)
    assert isinstance(old, Shop)
    done = said("reopen-done", shop=old.shop_id, why=worded(str(old.closed_for)))
    show_change(done, made, entry, dry_run, output_format)


@click.command("ban", context_settings=CONTEXT)
@click.argument("subject", shell_complete=complete_subjects)
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
        ban = record_of(made)
        shops = database.look_up([ban.subject_id]).histories[ban.subject_id].shops
    done = said("ban-done", subject=ban.subject_id, day=on, why=worded(reason), ban=ban.id)
    show_change(done, made, entry, dry_run, output_format)
    if open_shops := [shop.shop_id for shop in shops if shop.closed_on is None]:
        names = listed(open_shops)[resolve_language()]
        tell(same(said("ban-open-shops", n=len(open_shops), shops=names)), resolve_language())


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
        ban = corrections.full_record_id(database, ban, ("ban",)).removeprefix("ban:")
        made = corrections.revoke_ban(ban, on, registry=database, entry=entry, dry_run=dry_run)
    ended = record_of(made)
    done = said("revoke-done", ban=ended.id, subject=ended.subject_id, day=on)
    show_change(done, made, entry, dry_run, output_format)


@click.command("violation", context_settings=CONTEXT)
@click.argument("subject", shell_complete=complete_subjects)
@click.option("--kind", type=ChoiceInWords(get_args(ViolationKind)), required=True, help="What was done.")
@click.option("--shop", help="The shop in which it was done.")
@_on
@click.option("--again", is_flag=True, help="It is another one, though an equal one is on record.")
@change_options
def violation_command(
    subject: str,
    kind: Any,
    shop: str | None,
    on: date,
    again: bool,
    registry: str | None,
    note: str | None,
    by: str | None,
    dry_run: bool,
    output_format: str,
    **_: Any,
) -> None:
    """Put a violation on a subject's record. One that is there already is refused, unless it happened `--again`.

    \b
    Example: onboard registry violation 91999999MATEKT019L --kind late_shipment --on 2024-02-05 --registry registry.db
    """
    entry = entry_of(by, note)
    with open_from_options(registry) as database:
        made = corrections.add_violation(
            subject, kind, on, registry=database, entry=entry, shop_id=shop, again=again, dry_run=dry_run
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
        violation = corrections.full_record_id(database, violation, ("violation",)).removeprefix("violation:")
        ended = corrections.resolve_violation(violation, on, registry=database, entry=entry, dry_run=dry_run)
    done = said("resolve-done", violation=ended.id, subject=ended.subject_id, day=on)
    show_change(done, ended, entry, dry_run, output_format)


@click.command("mark", context_settings=CONTEXT)
@click.argument("subject", shell_complete=complete_subjects)
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
    if kind == WAIVER and not about:
        raise usage_error("commands_registry.waiver-about")
    rules, entry = rules_of(ruleset), entry_of(by, note)
    with open_from_options(registry) as database:
        made = corrections.mark_subject(
            subject, kind, on, registry=database, entry=entry, until=until, value=value, about=about, dry_run=dry_run
        )
    new = record_of(made)
    done = said("mark-done", mark=new.id, subject=new.subject_id, kind=new.kind, day=on)
    show_change(done, made, entry, dry_run, output_format)
    _warn("mark-undeclared", new.kind, rules.marks, rules)
    if new.about is not None:
        _warn("mark-no-rule", new.about, [rule.id for rule in rules.rules], rules)


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
        mark = corrections.full_record_id(database, mark, ("mark",)).removeprefix("mark:")
        ended = corrections.end_mark(mark, on, registry=database, entry=entry, dry_run=dry_run)
    done = said("unmark-done", mark=ended.id, kind=ended.kind, subject=ended.subject_id, day=on)
    show_change(done, ended, entry, dry_run, output_format)


def _warn(key: str, given: str, known: Collection[str], rules: Ruleset) -> None:
    """Say on standard error that the ruleset does not know what was `given`: it is on record all the same."""
    if given not in known:
        near = nearest(given, known)
        meant = said("mark-meant", near=near) if near else ""
        click.echo(safe(said(key, given=given, ruleset=rules.id) + meant), err=True)
