"""Sessions: a cookie by which pages know who signed in, and the signs by which they know their own forms again.

A session names its token and holds no longer than that. What ends one (signing out) is written into a folder for its
owner alone, which every worker process looks into, so that a cookie that somebody kept is of no use.
"""

import hashlib
import os
import secrets
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from itsdangerous import BadSignature, Signer, URLSafeTimedSerializer
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from ..errors import OnboardingError, Problem
from ..files import os_problem
from ..messages import text

COOKIE = "onboard_session"
# A working day, and a little more.
HOLDS_SECONDS = 10 * 3600
_KEY = "key"
_ENDED = "ended-"


class SessionsError(OnboardingError):
    """A folder of sessions that cannot be read or written to."""


class Session(NamedTuple):
    """One browser's session; without a token's id, one of somebody who has not signed in."""

    id: str
    token_id: str = ""


class Sessions:
    """The sessions whose key and ends are kept in `folder`; without one, the key is `key`, and none ends early."""

    def __init__(self, folder: Path | None, key: bytes) -> None:
        """Make what is missing; raises SessionsError where that cannot be done, or others could read the key."""
        self._folder = folder
        self._key = _kept_key(folder, key) if folder else key
        signing = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self._serializer = URLSafeTimedSerializer(self._key, salt="session", signer_kwargs=signing)

    def begin(self, token_id: str = "") -> Session:
        """A new session; whoever signs in gets one, so that nobody can have chosen it for them."""
        return Session(secrets.token_hex(16), token_id)

    def cookie(self, session: Session) -> str:
        """What a browser is given to keep."""
        return str(self._serializer.dumps(session))

    def read(self, cookie: str) -> Session | None:
        """The session that `cookie` stands for; None where we did not make it, it is over, or was ended."""
        try:
            session = Session(*self._serializer.loads(cookie, max_age=HOLDS_SECONDS))
        except BadSignature:
            return None
        return None if self._folder and (self._folder / f"{_ENDED}{session.id}").exists() else session

    def end(self, session: Session) -> None:
        """See that no cookie stands for `session` any more; raises SessionsError where that cannot be kept."""
        # Anybody can have any number of sessions in which nobody has signed in: those stand for no one.
        if not self._folder or not session.token_id:
            return
        try:
            os.close(os.open(self._folder / f"{_ENDED}{session.id}", os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as error:
            raise SessionsError(os_problem(error, str(self._folder))) from None
        over = time.time() - HOLDS_SECONDS
        for kept in self._folder.glob(f"{_ENDED}*"):
            with suppress(FileNotFoundError):
                if kept.stat().st_mtime < over:
                    kept.unlink()

    def sign(self, session: Session, name: str) -> str:
        """What the forms of a page carry that is shown to `name` in `session`, and no page elsewhere can know."""
        return self._signer().get_signature(_subject(session, name)).decode()

    def is_signed(self, session: Session, name: str, shown: str) -> bool:
        """Whether a form carries what `sign` gives; takes as long for a wrong sign as for a right one."""
        return self._signer().verify_signature(_subject(session, name), shown.encode(errors="replace"))

    def _signer(self) -> Signer:
        return Signer(self._key, salt="form", key_derivation="hmac", digest_method=hashlib.sha256)


class Throttle:
    """How often somebody may fail to sign in: from one address, and all together. Each process counts for itself."""

    def __init__(self, per_minute: int = 10, in_total: int = 100) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._limits = ((RateLimitItemPerMinute(per_minute), True), (RateLimitItemPerMinute(in_total), False))

    def allows(self, address: str) -> bool:
        """Whether one more try from `address` is let in."""
        return all(self._limiter.test(limit, address if alone else "") for limit, alone in self._limits)

    def failed(self, address: str) -> None:
        """Count a try that failed."""
        for limit, alone in self._limits:
            self._limiter.hit(limit, address if alone else "")


def sessions_beside(tokens: Path) -> Path:
    """Where the sessions are kept of those who sign in with `tokens`, unless it is told: beside them."""
    return tokens.with_name(f"{tokens.name.removesuffix('.json').removesuffix('.tokens')}.sessions")


def _subject(session: Session, name: str) -> str:
    return f"{session.id}\n{name}"


def _kept_key(folder: Path, key: bytes) -> bytes:
    """The key in `folder`, which is `key` where there is none yet."""
    kept, part = folder / _KEY, folder / f"{_KEY}.{secrets.token_hex(8)}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not kept.exists():
            descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
            # Whole or not at all, and of two who make it the first one's.
            with suppress(FileExistsError):
                os.link(part, kept)
            part.unlink()
        # Who can read the key, or change what is kept here, can be anybody.
        if os.name == "posix" and (kept.stat().st_mode & 0o077 or folder.stat().st_mode & 0o022):
            raise SessionsError(Problem(text("desk.key-readable"), source=str(kept)))
        found = kept.read_bytes()
    except OSError as error:
        raise SessionsError(replace(os_problem(error, str(folder)), hint=text("desk.sessions-elsewhere"))) from None
    if len(found) < len(key):
        raise SessionsError(Problem(text("desk.key-broken"), source=str(kept)))
    return found
