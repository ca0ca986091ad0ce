"""The address of a database: what of it names the registry, and how to connect; and the numbers of locks."""

from hashlib import blake2b
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ...errors import Problem, RegistryError
from ...messages import text
from ..addresses import PLAIN_SIGNS

# For each address that the host's name stands for; `localhost` has two.
CONNECT_SECONDS = 5
# Of a server that is cut off in the middle it is the network that must tell; it does so within about ten seconds.
_OPTIONS: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


def readable_name(address: str) -> str:
    """`address` without its password and settings; raises RegistryError where it cannot be read.

    Parts of a password that was not escaped, or after a full-width sign, would pass for a user, a host, a port or a
    database, which errors quote: such an address is refused, and nothing of it repeated.
    """
    parts = _parts(address)
    host, name, port = (str(parts.get(part) or "") for part in ("host", "dbname", "port"))
    user = str(parts.get("user") or "")
    odd = "@" in host + name or {":", ";"} & {*user} or address != address.translate(PLAIN_SIGNS)
    if odd or (port and not port.replace(",", "").isdecimal()):
        raise RegistryError(Problem(text("registry.address-unread"), hint=text("registry.address-escape")))
    place, socket = ("", f"?host={host}") if host.startswith("/") else (host, "")
    place += f":{port}" if port else ""
    return f"postgresql://{f'{user}@' if user else ''}{place}/{name}{socket}"


def connection_options(address: str) -> dict[str, Any]:
    """How to connect to `address`, where it does not say otherwise itself."""
    given = _parts(address)
    return {name: value for name, value in _OPTIONS.items() if name not in given} | {"client_encoding": "utf8"}


def lock_number(name: str) -> int:
    """A lock's number. Two names may share one: then their writers wait for each other, and no harm is done."""
    return int.from_bytes(blake2b(name.encode(errors="surrogatepass"), digest_size=4).digest()) >> 1


def _parts(address: str) -> dict[str, Any]:
    try:
        return dict(conninfo_to_dict(address))
    except (psycopg.Error, UnicodeEncodeError):
        # The message may quote what was taken for something else.
        raise RegistryError(Problem(text("registry.address-unread"), hint=text("registry.address-escape"))) from None
