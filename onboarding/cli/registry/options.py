"""What the commands of `onboard registry` share."""

import getpass
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeVar

import click
from click.core import ParameterSource
from msgspec import to_builtins

from ...decisions.proposals import Proposal
from ...errors import OnboardingError, Problem
from ...identity import normal_text
from ...messages import say, text, value_words
from ...models import Record, to_plain
from ...reading.records import read_record
from ...reading.typed import typed_date, typed_flag
from ...registry import open_database, open_registry
from ...registry.iteration import ids_beginning
from ...registry.protocol import Registry
from ...registry.sql import Entry, SqlRegistry
from ...registry.timestamps import read_instant
from ...rules.loading import DEFAULT, load_ruleset
from ...rules.ruleset import Ruleset
from ..asking import ask_person, on_terminal
from ..check import check_command
from ..completion import complete_addresses
from ..config import configured
from ..errors import refuse_password, shown, usage_error
from ..language import resolve_language as resolve_language
from ..options import RegistryOption, lang_option, traceback_option
from ..output_files import write_json

BOM = "\ufeff"
Command = TypeVar("Command", bound=Callable[..., Any])
MOST_OFFERED = 100  # subjects or shops, by a shell
Kind = TypeVar("Kind", bound=Record)


registry_option = click.option(
    "--registry",
    cls=RegistryOption,
    envvar="ONBOARD_REGISTRY",
    metavar="ADDRESS",
    shell_complete=complete_addresses,
    help="A .db file or postgresql://…  [env var: ONBOARD_REGISTRY; else `registry` in the settings file]",
)
readable_option = click.option(
    "--registry",
    cls=RegistryOption,
    envvar="ONBOARD_REGISTRY",
    metavar="ADDRESS",
    shell_complete=complete_addresses,
    help="A .jsonl or .db file or postgresql://…  [env var: ONBOARD_REGISTRY; else `registry` in the settings file]",
)
format_option = click.option(
    "-o",
    "--output-format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to show the result.",
)
bom_option = click.option(
    "--bom", is_flag=True, help="Begin CSV with a byte order mark, by which Excel knows that it is UTF-8."
)
note_option = click.option(
    "--note", metavar="TEXT", help="The reason or reference of the change; asked for on a terminal."
)
by_option = click.option("--by", metavar="NAME", help="Who makes the change.  [default: the user]")
yes_option = click.option("--yes", is_flag=True, help="Do not ask whether what follows is meant.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")

ruleset_option = click.option(
    "--ruleset",
    envvar="ONBOARD_RULESET",
    metavar="NAME|FOLDER",
    help=f"The rules to judge by.  [env var: ONBOARD_RULESET; else `ruleset` in the settings file, else {DEFAULT}]",
)
known_at_option = click.option(
    "--known-at", metavar="INSTANT", help="See only what was on record then.  [default: now]"
)


def complete_subjects(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The subjects on record in the registry that the line names, or the settings."""
    return _on_record(ctx, "subject_id", incomplete)


def complete_shops(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The shops on record in the registry that the line names, or the settings."""
    return [found.removeprefix("shop:") for found in _on_record(ctx, "record_id", f"shop:{incomplete}")]


def change_options(command: Command) -> Command:
    """The options of every command that changes the registry."""
    options = (registry_option, note_option, by_option, dry_run_option, lang_option, format_option, traceback_option)
    for option in reversed(options):
        command = option(command)
    return command


class Day(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A day as `YYYY-MM-DD`."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        day = typed_date(value)
        if day is None:
            self.fail(said("no-day", given=value), param, ctx)
        return day


# What is not given, the settings file of `onboard check` says: one file serves both.


def the_one_named(place: str | None, registry: str | None) -> str | None:
    """The registry that stands among the arguments, or else that of the option; raises UsageError where both name one:
    nothing would be looked at in one of them.
    """
    by_option = click.get_current_context().get_parameter_source("registry") is ParameterSource.COMMANDLINE
    if place and by_option and place != registry:
        raise usage_error("cli.another-registry")
    return place or registry


def open_from_options(registry: str | None, *, known_at: str | None = None) -> SqlRegistry:
    """The registry that was named, as it was at the instant `known_at`; raises UsageError where none was."""
    return open_database(address_of(registry), known_at=read_instant(known_at) if known_at else None)


def open_to_read(registry: str | None, *, known_at: str | None = None) -> Registry:
    """As `open_from_options`; a file of JSON lines does as well."""
    return open_registry(address_of(registry), known_at=read_instant(known_at) if known_at else None)


def address_of(registry: str | None) -> str:
    """The address of the registry that was named; raises UsageError where none was."""
    address = registry or configured(check_command, "registry")
    if not address:
        raise click.UsageError(said("no-registry"))
    return address


def rules_of(ruleset: str | None) -> Ruleset:
    """The ruleset that was named, else the default one."""
    return load_ruleset(name_of_rules(ruleset))


def name_of_rules(ruleset: str | None) -> str:
    """The name or folder of the ruleset that was named, else of the default one."""
    return ruleset or configured(check_command, "ruleset") or DEFAULT


def said(key: str, **values: object) -> str:
    """The words of `key` of these commands, in the language of this call."""
    return say(f"commands_registry.{key}", resolve_language(), **values)


def worded(value: str) -> str:
    """What people call a value out of few, such as why a shop was closed, in the language of this call."""
    return value_words(value)[resolve_language()]


def entry_of(by: str | None, note: str | None, *, ask: bool = True) -> Entry:
    """Who changes what, now, and why; asks a person who did not say why."""
    if note is None and ask and on_terminal():
        note = ask_person(said("ask-note"), resolve_language(), _reason)
    refuse_password(by, "--by")
    refuse_password(note, "--note")
    return Entry(datetime.now(UTC), by or _user(), note)


def confirm_or_refuse(what_follows: str, yes: bool) -> None:
    """Have a person confirm what follows from a change; raises OnboardingError where not, UsageError in a script."""
    if yes:
        return
    if not on_terminal():
        raise click.UsageError(said("needs-yes", what=what_follows))
    question = shown(said("ask-sure", what=what_follows)) + said("yes-or-no")
    if not ask_person(question, resolve_language(), _sure, ""):
        raise OnboardingError(Problem(text("commands_registry.not-meant")))


def record_of(made: Kind | Proposal) -> Kind:
    """The record that was put there, or would be."""
    return read_record(made.record) if isinstance(made, Proposal) else made  # type: ignore[return-value]


def show_change(done: str, made: Record | Proposal, entry: Entry, dry_run: bool, output_format: str) -> None:
    """Say what was put on record, or proposed."""
    if output_format == "json":
        about = {"dry_run": dry_run, "at": entry.at.isoformat(), "by": entry.by, "note": entry.note}
        what = {"proposal": to_builtins(made)} if isinstance(made, Proposal) else {"record": to_plain(made)}
        write_json({"schema_version": 1, **about, **what})
        return
    if isinstance(made, Proposal):
        done = said("proposed", done=done, proposal=made.proposal_id)
    click.echo(shown(said("dry-run", done=done) if dry_run else done))


def _reason(answer: str) -> str:
    if not normal_text(answer):
        raise click.UsageError(said("no-reason"))
    return answer.strip()


def _sure(answer: str) -> bool:
    flag = typed_flag(answer)
    if answer.strip() and flag is None:
        raise click.UsageError(say("cli.no-flag", resolve_language(), text=answer.strip()))
    return bool(flag)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _on_record(ctx: click.Context, column: Literal["subject_id", "record_id"], begun: str) -> list[str]:
    try:
        with open_from_options(ctx.params.get("registry")) as registry:
            return ids_beginning(registry, column, begun, MOST_OFFERED)
    except (OnboardingError, click.ClickException, OSError):
        return []  # whoever presses Tab wants no error
