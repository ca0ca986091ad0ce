"""Who may what. Whoever shows no token is anonymous, and no anonymous call asks the registry anything.

A bearer token says who calls; or a proxy in front does, by a header that counts from the configured addresses alone.
Credentials that are not sound are refused and never taken for none: an answer without the history must not look like
one with it.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple, get_args

from starlette.requests import Request

from ..errors import Problem
from ..messages import listed, text
from .problems import Refused
from .settings import Settings
from .tokens import Role, TokenFile, TokensError, is_name

Network = IPv4Network | IPv6Network
READERS: frozenset[Role] = frozenset(("staff", "officer"))
WRITERS: frozenset[Role] = frozenset(("staff",))
OFFICERS: frozenset[Role] = frozenset(("officer",))
_CHALLENGE = {"www-authenticate": 'Bearer realm="onboard"'}
_INVALID = {"www-authenticate": 'Bearer realm="onboard", error="invalid_token"'}


class Caller(NamedTuple):
    """Who calls; without a role it is anonymous, whatever the name."""

    name: str = ""
    roles: frozenset[Role] = frozenset()

    @property
    def reads_history(self) -> bool:
        return bool(self.roles & READERS)


class Access:
    """Finds out who calls."""

    def __init__(self, settings: Settings) -> None:
        self.tokens = TokenFile(settings.tokens) if settings.tokens else None
        self._proxies = networks(settings.proxies)
        self._identity, self._roles = settings.identity_header, settings.roles_header
        if self.tokens:
            self.tokens.tokens()

    def caller(self, request: Request) -> Caller:
        """Who calls; raises Refused where credentials are shown that are not sound."""
        shown = request.headers.getlist("authorization")
        if shown:
            return self._by_token(shown)
        names = request.headers.getlist(self._identity)
        if names and self.is_proxy(request):
            return self._by_proxy(names, request.headers.getlist(self._roles))
        return Caller()

    def _by_token(self, shown: list[str]) -> Caller:
        scheme, _, secret = shown[0].partition(" ")
        if len(shown) > 1 or scheme.lower() != "bearer" or self.tokens is None:
            raise _unknown_token()
        try:
            token = self.tokens.find(secret.strip(), datetime.now(UTC))
        except TokensError as error:
            raise Refused("out-of-order") from error
        if token is None:
            raise _unknown_token()
        return Caller(token.name, frozenset(token.roles))

    def _by_proxy(self, names: list[str], groups: list[str]) -> Caller:
        try:
            # A header's bytes reach us as Latin-1.
            (name,) = (name.encode("latin-1").decode() for name in names)
        except ValueError:
            raise _unknown_identity() from None
        if not is_name(name):
            raise _unknown_identity()
        given = {group.strip() for group in ",".join(groups).split(",")}
        return Caller(name, frozenset(role for role in get_args(Role) if role in given))

    def is_proxy(self, request: Request) -> bool:
        """Whether the connection itself comes from an address whose word is taken."""
        # The peer itself: what it says of whom it calls for is not asked.
        try:
            peer = ip_address(request.client.host) if request.client else None
        except ValueError:
            return False
        return peer is not None and any(_bare(peer) in network for network in self._proxies)


def needs(roles: frozenset[Role]) -> Callable[[Request], Awaitable[Caller]]:
    """What a route depends on that is for callers in one of `roles`; it gives the caller."""

    async def check(request: Request) -> Caller:
        caller = await anyone(request)
        if not caller.roles:
            raise Refused("no-role", headers=_CHALLENGE)
        if not caller.roles & roles:
            needed = [role for role in get_args(Role) if role in roles]
            raise Refused("wrong-role", Problem(text("web.needs-role", roles=listed(needed))))
        return caller

    return check


async def anyone(request: Request) -> Caller:
    """What a route depends on that is for everybody; it gives the caller."""
    access: Access = request.app.state.access
    caller: Caller = access.caller(request)
    request.state.role = "+".join(sorted(caller.roles)) or "anonymous"
    return caller


def networks(addresses: tuple[str, ...]) -> list[Network]:
    """The networks that `addresses` name; an address is a network of one. Raises ValueError where one names none."""
    return [ip_network(address) for address in addresses]


def _bare(peer: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that a socket for both kinds shows as `::ffff:10.0.0.5`."""
    return (peer.ipv4_mapped or peer) if isinstance(peer, IPv6Address) else peer


def _unknown_token() -> Refused:
    return Refused("no-role", Problem(text("web.unknown-token")), headers=_INVALID)


def _unknown_identity() -> Refused:
    return Refused("no-role", Problem(text("web.unknown-identity")), headers=_CHALLENGE)
