"""The address of a database, and what of it may be shown; and the numbers by which it knows a lock."""

from hashlib import blake2b

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ...errors import Problem, RegistryError


def split_password(address: str) -> tuple[str, str]:
    """The password in `address`, and the address without it."""
    try:
        parts = conninfo_to_dict(address)
    except psycopg.Error:
        # The message may quote what was taken for something else.
        raise RegistryError(Problem("not an address that PostgreSQL understands")) from None
    host = str(parts.get("host") or "")
    if "@" in host:
        hint = "spell a `@` in a password `%40`"
        raise RegistryError(Problem("not an address that PostgreSQL understands", hint=hint))
    user, port = parts.get("user"), parts.get("port")
    place = ("" if host.startswith("/") else host) + (f":{port}" if port else "")
    name = f"postgresql://{f'{user}@' if user else ''}{place}/{parts.get('dbname') or ''}"
    return str(parts.get("password") or ""), name + (f"?host={host}" if host.startswith("/") else "")


def lock_number(name: str) -> int:
    """A lock's number. Two names may share one: then their writers wait for each other, and no harm is done."""
    return int.from_bytes(blake2b(name.encode(errors="surrogatepass"), digest_size=4).digest()) >> 1
