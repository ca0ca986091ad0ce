"""What staff put on record from the desk: each a form, with what it asks for, and one call of the library."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal, NamedTuple, get_args

from .. import library
from ..identity import normal_text
from ..messages import Text, text
from ..models import MOST_VALUE, Ban, BanReason, ClosedFor, Mark, Record, Shop, Violation, ViolationKind
from ..reading.documents import MAX_TEXT
from .record_view import choice

Values = Mapping[str, Any]
# Which subject, which record of it (or none), what the form says, and who says so (`registry`, `by`, `note`, `dry_run`).
Do = Callable[[str, str, Values, dict[str, Any]], Any]


class Field(NamedTuple):
    """One field of a form."""

    name: str
    kind: Literal["day", "choice", "number", "words", "reason"]
    choices: tuple[str, ...] = ()
    needed: bool = True


class Action(NamedTuple):
    """One thing that staff do; `about` is the kind of record that it changes, None where it makes a new one.

    `fits` says of a record that it can be done to it as it stands.
    """

    name: str
    about: type[Record] | None
    fields: tuple[Field, ...]
    do: Do
    fits: Callable[[Any], bool] = bool


class Asked(NamedTuple):
    """A field as a form shows it: what it is called, what to know of it, what may be chosen, and what is typed in it."""

    field: Field
    label: Text
    hint: Text | None
    choices: tuple[tuple[str, Text], ...]
    value: str
    problem: Text | None


_REASON = Field("note", "reason")
_ON = Field("on", "day")
ACTIONS: Mapping[str, Action] = {
    action.name: action
    for action in (
        Action(
            "close",
            Shop,
            (_ON, Field("reason", "choice", get_args(ClosedFor)), _REASON),
            lambda _, shop, said, who: library.close(shop, said["reason"], said["on"], **who),
            lambda shop: shop.closed_on is None,
        ),
        Action(
            "ban",
            None,
            (_ON, Field("reason", "choice", get_args(BanReason)), _REASON),
            lambda subject, _, said, who: library.ban(subject, said["reason"], said["on"], **who),
        ),
        Action(
            "revoke",
            Ban,
            (_ON, _REASON),
            lambda _, ban, said, who: library.revoke(ban, said["on"], **who),
            lambda ban: ban.revoked_on is None,
        ),
        Action(
            "violation",
            None,
            (_ON, Field("kind", "choice", get_args(ViolationKind)), Field("shop_id", "choice", needed=False), _REASON),
            lambda subject, _, said, who: library.add_violation(
                subject, said["kind"], said["on"], shop_id=said["shop_id"], **who
            ),
        ),
        Action(
            "resolve",
            Violation,
            (_ON, _REASON),
            lambda _, violation, said, who: library.resolve(violation, said["on"], **who),
            lambda violation: violation.resolved_on is None,
        ),
        Action(
            "mark",
            None,
            (
                Field("kind", "choice"),
                _ON,
                Field("until", "day", needed=False),
                Field("value", "number", needed=False),
                _REASON,
            ),
            lambda subject, _, said, who: library.mark(
                subject, said["kind"], said["on"], until=said["until"], value=said["value"], **who
            ),
        ),
        Action(
            "waiver",
            None,
            (Field("about", "choice"), _ON, Field("until", "day", needed=False), _REASON),
            lambda subject, _, said, who: library.mark(
                subject, "waiver", said["on"], until=said["until"], about=said["about"], **who
            ),
        ),
        Action(
            "unmark",
            Mark,
            (_ON, _REASON),
            lambda _, mark, said, who: library.unmark(mark, said["on"], **who),
            lambda mark: mark.until is None,
        ),
    )
}


def read_form(
    action: Action, said: Mapping[str, str], choices: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, Any], dict[str, Text]]:
    """The values that a form says, by field, and what is wrong with it, by field."""
    values: dict[str, Any] = {}
    problems: dict[str, Text] = {}
    for field in action.fields:
        given = said.get(field.name, "").strip()
        values[field.name] = None
        if not normal_text(given):
            if field.needed:
                problems[field.name] = text(f"desk.missing-{field.kind}")
        elif (value := _value(field, given, choices.get(field.name, field.choices))) is None:
            problems[field.name] = text(f"desk.wrong-{field.kind}", most=MOST_VALUE, length=MAX_TEXT)
        else:
            values[field.name] = value
    return values, problems


def ask(
    action: Action,
    said: Mapping[str, str],
    choices: Mapping[str, tuple[tuple[str, Text], ...]],
    problems: Mapping[str, Text],
) -> list[Asked]:
    """The fields of a form, as it is shown with what is typed in it so far."""
    return [
        Asked(
            field,
            _words(f"desk.ask-{action.name}-{field.name}", f"desk.ask-{field.name}"),
            _hint(action, field),
            choices.get(field.name) or tuple((value, choice(value)) for value in field.choices),
            said.get(field.name, ""),
            problems.get(field.name),
        )
        for field in action.fields
    ]


def _value(field: Field, given: str, choices: tuple[str, ...]) -> Any:
    """What `given` means in `field`; None where it can mean nothing there."""
    try:
        match field.kind:
            case "day":
                return date.fromisoformat(given) if len(given) == 10 else None
            case "number":
                value = int(given)
                return value if abs(value) <= MOST_VALUE else None
            case "choice":
                return given if given in choices else None
    except ValueError:
        return None
    return given if len(given) <= MAX_TEXT and "\0" not in given else None


def _hint(action: Action, field: Field) -> Text | None:
    try:
        return text(f"desk.hint-{action.name}-{field.name}")
    except KeyError:
        return None


def _words(key: str, otherwise: str) -> Text:
    try:
        return text(key)
    except KeyError:
        return text(otherwise)
