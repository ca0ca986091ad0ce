"""A page of the desk: what each of them is shown beside what it is about."""

from typing import Any

from fastapi.responses import Response
from starlette.requests import Request

from ..messages import Text, text
from .desk_forms import about_action, action_words, sure_words
from .pages import page
from .record_view import choice, find_text, proposed, when
from .visits import Visit, keep


def show(request: Request, visit: Visit, template: str, status: int = 200, **shown: Any) -> Response:
    """The page that `template` makes of `shown` and `visit`; a browser that is new here is given a session to keep."""
    answer = page(request, template, status, **_WORDS, visit=visit, **shown)
    return keep(request, answer, visit.session) if visit.is_new else answer


def _done_words(key: str) -> Text | None:
    """What was done, of which the address of a page tells; None where it tells of nothing that we do."""
    return find_text(f"desk.done-{key}")


def _cause_words(cause: str) -> Text:
    return text(f"desk.replay-{cause}")


def _state_words(state: str) -> Text:
    return text(f"desk.state-{state}")


def _matched_words(field: str) -> Text:
    return text(f"desk.by-{field}")


def _erased_words(what: str) -> Text:
    return text(f"desk.erased-{what}")


def _turn_words(turn: str) -> Text:
    return text(f"screening.impact-turn-{turn}")


_WORDS: dict[str, Any] = {
    "about_action": about_action,
    "action_words": action_words,
    "cause_words": _cause_words,
    "choice": choice,
    "done_words": _done_words,
    "erased_words": _erased_words,
    "matched_words": _matched_words,
    "proposed": proposed,
    "state_words": _state_words,
    "sure_words": sure_words,
    "turn_words": _turn_words,
    "when": when,
}
