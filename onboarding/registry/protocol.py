"""What every registry can be asked."""

from collections.abc import Callable, Collection, Mapping
from typing import Protocol, Self

from msgspec import Struct

from ..errors import ClashError, Problem
from ..identity import normal_text
from ..messages import text
from ..models import Application, History, content_digest


class Found(Struct, frozen=True):
    """The histories of the subjects asked for, and what makes a digest of what they were read from.

    `empty` says that the registry holds no record at all, of whomever: likely another one was meant. `decided` holds,
    by application id, the digest of the content on which a final decision was made.
    """

    histories: dict[str, History]
    make_digest: Callable[[], str]
    empty: bool = False
    decided: Mapping[str, str] = {}

    @property
    def digest(self) -> str:
        """A digest of what the histories were read from; made when asked for, since few ask."""
        return self.make_digest()

    def refuse_other_content(self, application: Application) -> None:
        """Raise ClashError where the id of `application` was decided on with other content, as `admit` would."""
        decided = self.decided.get(normal_text(application.application_id))
        if decided is not None and decided != content_digest(application):
            raise other_content()


def other_content() -> ClashError:
    """What is said of an application whose id was decided on with other content, whoever the subject was."""
    hint = text("decisions.other-content-hint")
    return ClashError(Problem(text("decisions.other-content"), "/application_id", hint=hint))


class Registry(Protocol):
    """A registry that can be read, as `open_registry` gives it; one to be written to comes from `open_database`.

    `source` names it in reports and never holds a password. Use it in a `with` statement, or close it.
    """

    source: str

    def look_up(self, subjects: Collection[str], application_ids: Collection[str] = ()) -> Found:
        """The history of each of `subjects` (normal USCCs); one with nothing on record has an empty one.

        With `application_ids` (in normal form), also what was decided on them; a `.jsonl` file holds no decisions.

        Raises RegistryError where the registry cannot be read whole, or not reached.
        """
        ...

    def close(self) -> None:
        """Let go of the connections, where any are kept."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *what: object) -> None: ...
