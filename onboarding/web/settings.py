"""What a service is started with. Values only, so that worker processes can be given them."""

from dataclasses import dataclass
from pathlib import Path

from ..rules.loading import DEFAULT


@dataclass(frozen=True)
class Settings:
    """`registry` is an address, `rulesets` names or folders, of which the first judges where a call names none.

    `tokens` is the file of tokens; without one nobody has a role, unless one of `proxies` (addresses or networks)
    says who calls, by `identity_header`, and in which roles, by `roles_header`. `body_seconds` is how long a request's
    body may take, `connections` how many calls may wait for the registry at once, `evaluation_log` where every
    judgement is written down.
    """

    registry: str
    rulesets: tuple[str, ...] = (DEFAULT,)
    tokens: Path | None = None
    proxies: tuple[str, ...] = ()
    identity_header: str = "X-Forwarded-User"
    roles_header: str = "X-Forwarded-Groups"
    evaluation_log: Path | None = None
    access_log: bool = True
    connections: int = 8
    body_seconds: float = 10.0
