"""Everything that happened to one subject, in the order of time: what came on record, what was decided and proposed."""

from ..registry.sql import SqlRegistry
from ..registry.timeline import Recorded, timeline
from .admission import all_decisions
from .decision import Decision
from .proposals import Proposal, proposals

Event = Recorded | Decision | Proposal
_ALL = 2**31 - 1


def subject_history(registry: SqlRegistry, subject: str) -> tuple[Event, ...]:
    """What happened to `subject` (a normal subject id): each with who, when and why; empty where nothing did.

    Raises RegistryError where something that is on record is broken.
    """
    with registry.reading() as session:
        events: list[Event] = [*proposals(session, subject), *all_decisions(session, subject)]
        events += timeline(registry, session, subject, limit=_ALL)
    return tuple(sorted(events, key=happened_at))


def happened_at(event: Event) -> str:
    """The instant of an event, in UTC; of a proposal, when it was made."""
    match event:
        case Recorded():
            return event.recorded_at
        case Decision():
            return event.at
        case Proposal():
            return event.proposed_at
