"""Bearer tokens: a file for its owner alone, which holds who may call in which roles, and of each secret its hash.

A file and no table, so that a registry that is out of reach lets nobody in and keeps nobody out, and no reader of the
registry sees it. Every worker process looks whether the file has changed, so a token that is revoked is refused at
once.
"""

import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from ..errors import OnboardingError, Problem
from ..files import os_problem
from ..identity import normal_text
from ..messages import text
from ..outputs.files import whole_file
from ..registry.timestamps import write_instant

Role = Literal["staff", "officer"]
PREFIX = "onboard_"
MOST_NAME = 100
_MOST_BYTES = 16 << 20


class TokensError(OnboardingError):
    """A file of tokens that cannot be read or written, or a token that cannot be made."""


@dataclass(frozen=True, slots=True)
class Token:
    """Who may call, in which roles, until when. Instants are in UTC and sort as text."""

    id: str
    name: str
    roles: tuple[Role, ...]
    hash: str
    created_at: str
    expires_at: str
    revoked_at: str | None = None

    def __post_init__(self) -> None:
        # The file may have been edited by hand; any other text, `never` say, would come after every instant.
        if not all(map(_is_instant, (self.created_at, self.expires_at, self.revoked_at or self.created_at))):
            raise ValueError

    def holds(self, at: datetime) -> bool:
        """Whether it is neither revoked nor over at that instant."""
        return self.revoked_at is None and write_instant(at) < self.expires_at


class Made(NamedTuple):
    """A new token, and its secret, which is told once and kept nowhere."""

    token: Token
    secret: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    tokens: list[Token]


class TokenFile:
    """The tokens in the file at `path`; one that is not there holds none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, ...] | None = None
        self._tokens: dict[str, Token] = {}

    def tokens(self) -> list[Token]:
        """All of them, in the order in which they were made; raises TokensError where the file cannot be read."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._tokens = {token.hash: token for token in self._read()} if stamp else {}
            self._seen = stamp
        return list(self._tokens.values())

    def find(self, secret: str, at: datetime) -> Token | None:
        """The token with this secret, where it holds at that instant; raises TokensError as `tokens` does."""
        self.tokens()
        token = self._tokens.get(_hash(secret))
        return token if token and token.holds(at) else None

    def holding(self, token_id: str, at: datetime) -> Token | None:
        """The token with this id, where it holds at that instant; raises TokensError as `tokens` does."""
        return next((token for token in self.tokens() if token.id == token_id and token.holds(at)), None)

    def create(self, name: str, roles: tuple[Role, ...], *, at: datetime, until: datetime) -> Made:
        """Make a token for `name`; raises TokensError where that is no name, or the file cannot be written."""
        if not is_name(name):
            raise TokensError(Problem(text("web.no-name", most=MOST_NAME)))
        secret = PREFIX + secrets.token_urlsafe(32)
        made = Token(secrets.token_hex(4), name, roles, _hash(secret), write_instant(at), write_instant(until))
        self._change(lambda tokens: [*tokens, made])
        return Made(made, secret)

    def revoke(self, token_id: str, *, at: datetime) -> Token:
        """End the token with this id; raises TokensError where there is none, or the file cannot be written."""

        def revoked(tokens: list[Token]) -> list[Token]:
            if not any(token.id == token_id for token in tokens):
                raise TokensError(Problem(text("web.no-such-token"), source=str(self.path)))
            ended = write_instant(at)
            return [
                replace(token, revoked_at=token.revoked_at or ended) if token.id == token_id else token
                for token in tokens
            ]

        return next(token for token in self._change(revoked) if token.id == token_id)

    def _change(self, change: Callable[[list[Token]], list[Token]]) -> list[Token]:
        # The file that a link leads to: a service may know it by that name, and go on taking what is revoked.
        path = os.path.realpath(self.path)
        with self._alone(path):
            changed = change(self.tokens())
            try:
                # For its owner alone; what replaces it keeps its mode. An empty one holds no token.
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
                with whole_file(path) as file:
                    file.write(msgspec.json.format(msgspec.json.encode(_File(changed)), indent=1).decode() + "\n")
            except OSError as error:
                raise TokensError(os_problem(error, str(self.path))) from None
        return changed

    @contextmanager
    def _alone(self, path: str) -> Iterator[None]:
        """Two who change the file at `path` at once would lose one of the changes."""
        lock = Path(f"{path}.lock")
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            raise TokensError(Problem(text("web.tokens-locked"), source=str(lock))) from None
        except OSError as error:
            raise TokensError(os_problem(error, str(lock), writing=True)) from None
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)

    def _stamp(self) -> tuple[int, ...] | None:
        """What tells one state of the file from another; None where there is no file."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise TokensError(os_problem(error, str(self.path))) from None
        # A named pipe would keep us waiting for ever.
        if not stat.S_ISREG(found.st_mode):
            raise TokensError(Problem(text("files.not-regular"), source=str(self.path)))
        # Whoever can write to it can make a token for anybody.
        if os.name == "posix" and found.st_mode & 0o022:
            raise TokensError(Problem(text("web.tokens-writable"), source=str(self.path)))
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def _read(self) -> list[Token]:
        try:
            with self.path.open("rb") as file:
                data = file.read(_MOST_BYTES)
            return msgspec.json.decode(data, type=_File).tokens if data else []
        except OSError as error:
            raise TokensError(os_problem(error, str(self.path))) from None
        except msgspec.DecodeError:
            raise TokensError(Problem(text("web.tokens-broken"), source=str(self.path))) from None


def _is_instant(written: str) -> bool:
    try:
        return datetime.fromisoformat(written).astimezone(UTC).isoformat(timespec="microseconds") == written
    except (ValueError, OverflowError):
        return False


def is_name(name: str) -> bool:
    """Whether `name` may stand on record as whoever made a change: printable, not blank, not long."""
    return name.isprintable() and bool(normal_text(name)) and len(name) <= MOST_NAME


def tokens_beside(address: str) -> Path | None:
    """Where the tokens of a service on this registry are kept unless it is told: beside an SQLite file."""
    if address.startswith(("postgresql://", "postgres://")):
        return None
    path = Path(address.removeprefix("sqlite:///"))
    return path.with_name(f"{path.stem}.tokens.json") if path.name else None


def _hash(secret: str) -> str:
    # Of 256 random bits; nothing slower is called for, and a look-up by it tells nothing by its time.
    return "sha256:" + hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
