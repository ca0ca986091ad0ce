"""What a service is started with. Values only, so that worker processes can be given them."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from ..rules.loading import DEFAULT


@dataclass(frozen=True)
class Settings:
    """`registry` is an address, `rulesets` names or folders, of which the first judges where a call names none.

    `tokens` is the file of tokens; without one nobody has a role, unless one of `proxies` (addresses or networks)
    says who calls, by `identity_header`, and in which roles, by `roles_header`. `sessions` is the folder of the
    sessions of those who sign in; `session_key` signs them where it holds no key yet. `body_seconds` is how long a
    request's body may take, `connections` how many calls may wait for the registry at once, `evaluation_log` where
    every judgement is written down, `proposed_rules` a folder of rulesets, each in a folder of its own, of which
    officers may ask whom they would touch.
    """

    registry: str
    rulesets: tuple[str, ...] = (DEFAULT,)
    tokens: Path | None = None
    sessions: Path | None = None
    session_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    proxies: tuple[str, ...] = ()
    identity_header: str = "X-Forwarded-User"
    roles_header: str = "X-Forwarded-Groups"
    evaluation_log: Path | None = None
    proposed_rules: Path | None = None
    access_log: bool = True
    connections: int = 8
    body_seconds: float = 10.0
