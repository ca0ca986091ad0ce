"""`onboard token`: who may call the service, and in which roles."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from ..messages import Text, same, say, text
from ..outputs.interface import safe
from ..registry.timestamps import show_instant
from ..web.tokens import Role, Token, TokenFile, tokens_beside
from .check import check_command
from .config import configured
from .errors import refuse_password, tell, usage_error
from .language import resolve_language
from .options import CONTEXT, lang_option, traceback_option
from .output_files import write_json
from .registry.options import format_option, registry_option

tokens_option = click.option(
    "--tokens",
    envvar="ONBOARD_TOKENS",
    metavar="FILE",
    help="The file of tokens.  [env var: ONBOARD_TOKENS; else beside an SQLite registry]",
)


@click.group("token", context_settings=CONTEXT)
def token_group() -> None:
    """Make and revoke the tokens by which `onboard serve` knows who calls.

    \b
    Examples:
      onboard token create li.na --role staff --registry registry.db
      onboard token list --registry registry.db
      onboard token revoke 5f0c3a91 --registry registry.db
    """


@token_group.command("create")
@click.argument("name")
@click.option(
    "--role",
    "roles",
    type=click.Choice(get_args(Role)),
    multiple=True,
    required=True,
    help="What its holder may do. May be repeated.",
)
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How long it holds.")
@tokens_option
@registry_option
@format_option
@lang_option
@traceback_option
def create_command(
    name: str,
    roles: tuple[Role, ...],
    days: int,
    tokens: str | None,
    registry: str | None,
    output_format: str,
    **_: Any,
) -> None:
    """Make a token for NAME, who will stand on record as having made each change, and print its secret once.

    `staff` read what is on record, admit and correct; `officer` reads it, and changes nothing.

    \b
    Example: onboard token create li.na --role staff --registry registry.db
    """
    refuse_password(name, "NAME")
    now = datetime.now(UTC)
    made = _file(tokens, registry).create(name, tuple(dict.fromkeys(roles)), at=now, until=now + timedelta(days=days))
    if output_format == "json":
        write_json({"schema_version": 1, **_plain(made.token), "secret": made.secret})
        return
    until = show_instant(made.token.expires_at)
    tell(text("cli.token-made", id=made.token.id, until=until), resolve_language())
    click.echo(made.secret)


@token_group.command("list")
@tokens_option
@registry_option
@format_option
@lang_option
@traceback_option
def list_command(tokens: str | None, registry: str | None, output_format: str, **_: Any) -> None:
    """List the tokens: whose, in which roles, until when. No secret is kept.

    \b
    Example: onboard token list --registry registry.db
    """
    found = _file(tokens, registry).tokens()
    if output_format == "json":
        write_json({"schema_version": 1, "tokens": [_plain(token) for token in found]})
        return
    lang, now = resolve_language(), datetime.now(UTC)
    for token in found:
        click.echo(safe("  ".join([token.id, token.name, "+".join(token.roles), _state(token, now)[lang]])))
    if not found:
        click.echo(say("cli.token-none", lang))


@token_group.command("revoke")
@click.argument("token_id", metavar="ID")
@tokens_option
@registry_option
@format_option
@lang_option
@traceback_option
def revoke_command(token_id: str, tokens: str | None, registry: str | None, output_format: str, **_: Any) -> None:
    """Revoke a token, named by its id; the service refuses it from now on.

    \b
    Example: onboard token revoke 5f0c3a91 --registry registry.db
    """
    ended = _file(tokens, registry).revoke(token_id, at=datetime.now(UTC))
    if output_format == "json":
        write_json({"schema_version": 1, **_plain(ended)})
        return
    click.echo(safe(say("cli.token-ended", resolve_language(), id=ended.id, name=ended.name)))


def _file(tokens: str | None, registry: str | None) -> TokenFile:
    address = registry or configured(check_command, "registry")
    path = Path(tokens) if tokens else tokens_beside(address) if address else None
    if path is None:
        raise usage_error("cli.token-no-file")
    return TokenFile(path)


def _state(token: Token, now: datetime) -> Text:
    if token.revoked_at:
        return text("cli.token-revoked", at=show_instant(token.revoked_at))
    until = same(show_instant(token.expires_at))
    return text("cli.token-until" if token.holds(now) else "cli.token-over", until=until)


def _plain(token: Token) -> dict[str, Any]:
    """A token as JSON; its hash is of use to nobody."""
    plain: dict[str, Any] = msgspec.to_builtins(token)
    del plain["hash"]
    return plain
