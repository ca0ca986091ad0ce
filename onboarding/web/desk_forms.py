"""What staff put on record from the desk: each a form, with what it asks for, and one call of the library."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import chain
from typing import Any, Literal, NamedTuple, get_args

from msgspec import to_builtins

from .. import library
from ..identity import normal_text
from ..messages import Text, same, text
from ..models import (
    MOST_VALUE,
    WAIVER,
    Ban,
    BanReason,
    ClosedFor,
    Mark,
    Record,
    Shop,
    Violation,
    ViolationKind,
    to_plain,
)
from ..reading.documents import MAX_TEXT
from ..reading.typed import typed_date
from .record_view import choice, field_name, find_text

# By field, what may be chosen there of this subject or by these rules, and what it is called.
Choices = Mapping[str, tuple[tuple[str, Text], ...]]

Values = Mapping[str, Any]


class Field(NamedTuple):
    """One field of a form."""

    name: str
    kind: Literal["day", "choice", "number", "words", "reason"]
    choices: tuple[str, ...] = ()
    needed: bool = True


class Target(NamedTuple):
    """What a form is about: a subject, and of its records the one with this key, which was entered as `seq`; or a
    proposal, by its id.
    """

    subject: str
    key: str = ""
    record: Record | None = None
    seq: int | None = None

    @property
    def id(self) -> str:
        """The record's own id, as the library is told it."""
        return self.key.partition(":")[2] if self.record and not self.key.startswith("#") else self.key


class Action(NamedTuple):
    """One thing that staff do. `do` is given the target, what the form says, and who says it (`registry`, `by`,
    `note`, `dry_run`); `fits` says of a record that it can be done to it as it stands.
    """

    name: str
    fields: tuple[Field, ...]
    do: Callable[[Target, Mapping[str, Any], dict[str, Any]], Any]
    fits: Callable[[Record], bool] | None = None


class Asked(NamedTuple):
    """A field as a form shows it: what it is called, what to know of it, what may be chosen, what is typed."""

    field: Field
    label: Text
    hint: Text | None
    choices: tuple[tuple[str, Text], ...]
    value: str
    problem: Text | None

    @property
    def said(self) -> Text | None:
        """What is typed or chosen, as it is read again; None where nothing is."""
        return dict(self.choices).get(self.value) or (same(self.value) if self.value.strip() else None)


_REASON = Field("note", "reason")
_ON = Field("on", "day")
_UNTIL = Field("until", "day", needed=False)
ACTIONS: Mapping[str, Action] = {
    action.name: action
    for action in (
        Action(
            "close",
            (_ON, Field("closed_for", "choice", get_args(ClosedFor)), _REASON),
            lambda t, said, who: library.close(t.id, said["closed_for"], said["on"], **who),
            lambda record: isinstance(record, Shop) and record.closed_on is None,
        ),
        Action(
            "reopen",
            (_REASON,),
            lambda t, said, who: library.reopen(t.id, **who),
            lambda record: isinstance(record, Shop) and record.closed_on is not None,
        ),
        Action(
            "ban",
            (_ON, Field("reason", "choice", get_args(BanReason)), _REASON),
            lambda t, said, who: library.ban(t.subject, said["reason"], said["on"], **who),
        ),
        Action(
            "revoke",
            (_ON, _REASON),
            lambda t, said, who: library.revoke(t.id, said["on"], **who),
            lambda record: isinstance(record, Ban) and record.revoked_on is None,
        ),
        Action(
            "violation",
            (_ON, Field("kind", "choice", get_args(ViolationKind)), Field("shop_id", "choice", needed=False), _REASON),
            lambda t, said, who: library.add_violation(
                t.subject, said["kind"], said["on"], shop_id=said.get("shop_id"), **who
            ),
        ),
        Action(
            "resolve",
            (_ON, _REASON),
            lambda t, said, who: library.resolve(t.id, said["on"], **who),
            lambda record: isinstance(record, Violation) and record.resolved_on is None,
        ),
        Action(
            "mark",
            (Field("kind", "choice"), _ON, _UNTIL, Field("value", "number", needed=False), _REASON),
            lambda t, said, who: library.mark(
                t.subject, said["kind"], said["on"], until=said["until"], value=said["value"], **who
            ),
        ),
        Action(
            "waiver",
            (Field("about", "choice"), _ON, _UNTIL, _REASON),
            lambda t, said, who: library.mark(
                t.subject, WAIVER, said["on"], until=said["until"], about=said["about"], **who
            ),
        ),
        Action(
            "unmark",
            (_ON, _REASON),
            lambda t, said, who: library.unmark(t.id, said["on"], **who),
            lambda record: isinstance(record, Mark) and record.until is None,
        ),
        Action(
            "correct",
            (_REASON,),
            lambda t, said, who: library.correct(t.key, _changes(t.record, said), replaces=t.seq, **who),
            lambda record: True,
        ),
        Action(
            "withdraw",
            (_REASON,),
            lambda t, said, who: library.withdraw(t.key, replaces=t.seq, **who),
            lambda record: not isinstance(record, Shop),
        ),
        Action("confirm", (_REASON,), lambda t, said, who: library.confirm(t.key, **who)),
        Action("reject", (_REASON,), lambda t, said, who: library.reject(t.key, **who)),
    )
}
# What is new and about no record.
NEW = ("ban", "violation", "mark", "waiver")
_CORRECTABLE: Mapping[type[Record], tuple[Field, ...]] = {
    Shop: (
        Field("opened_on", "day"),
        Field("closed_on", "day", needed=False),
        Field("closed_for", "choice", get_args(ClosedFor), needed=False),
    ),
    Ban: (_ON, Field("reason", "choice", get_args(BanReason)), Field("revoked_on", "day", needed=False)),
    Violation: (
        _ON,
        Field("kind", "choice", get_args(ViolationKind)),
        Field("shop_id", "choice", needed=False),
        Field("resolved_on", "day", needed=False),
    ),
    Mark: (Field("kind", "words"), _ON, _UNTIL, Field("value", "number", needed=False)),
}


def action_words(name: str) -> Text:
    """What an action is called."""
    return text(f"desk.do-{name}")


def sure_words(name: str) -> Text:
    """What the button says by which it is done."""
    return text(f"desk.sure-{name}")


def about_action(name: str) -> Text | None:
    """What to know of it before."""
    return find_text(f"desk.about-{name}")


def actions_on(record: Record) -> list[str]:
    """The names of what staff can do to a record as it stands."""
    return [action.name for action in ACTIONS.values() if action.fits and action.fits(record)]


def fields_of(action: Action, target: Target, choices: Choices) -> tuple[Field, ...]:
    """What a form asks for; of a correction, all that may be wrong. What can be chosen from nothing is typed."""
    fields = _fields(action, target)
    empty = {name for name, some in choices.items() if not some}
    return tuple(
        field._replace(kind="words") if field.name in empty else field
        for field in fields
        if field.needed or field.name not in empty
    )


def begun(action: Action, target: Target, day: date) -> dict[str, str]:
    """What a form says before anybody has typed in it: of a correction, what is on record; else that it is today."""
    if action.name != "correct" or target.record is None:
        return {"on": day.isoformat()} if _ON in action.fields else {}
    plain = to_plain(target.record)
    said = {name: str(value) for name, value in plain.items() if not isinstance(value, list)} | {"note": ""}
    for index, brand in enumerate(plain.get("brands", ())):
        said |= {f"brand-{index}-{name}": str(brand.get(name, "")) for name in ("name", "trademark_no")}
    return said


def read_form(
    fields: Iterable[Field], said: Mapping[str, str], choices: Choices
) -> tuple[dict[str, Any], dict[str, Text]]:
    """The values that a form says, by field, and what is wrong with it, by field."""
    values: dict[str, Any] = {}
    problems: dict[str, Text] = {}
    for field in fields:
        given = said.get(field.name, "").strip()
        values[field.name] = None
        if not normal_text(given):
            if field.needed:
                problems[field.name] = text(f"desk.missing-{field.kind}")
        elif (value := _value(field, given, _allowed(field, choices))) is None:
            problems[field.name] = text(f"desk.wrong-{field.kind}", most=MOST_VALUE, length=MAX_TEXT)
        else:
            values[field.name] = value
    return values, problems


def ask(
    action: Action, fields: Iterable[Field], said: Mapping[str, str], choices: Choices, problems: Mapping[str, Text]
) -> list[Asked]:
    """The fields of a form, as it is shown with what is typed in it so far."""
    return [
        Asked(
            field,
            _label(action, field),
            find_text(f"desk.hint-{action.name}-{field.name}"),
            tuple((value, words) for value, words in (choices.get(field.name) or _chosen(field))),
            said.get(field.name, ""),
            problems.get(field.name),
        )
        for field in fields
    ]


def _fields(action: Action, target: Target) -> tuple[Field, ...]:
    if action.name != "correct" or target.record is None:
        return action.fields
    brands = target.record.brands if isinstance(target.record, Shop) else ()
    of_brands = [
        (Field(f"brand-{index}-name", "words"), Field(f"brand-{index}-trademark_no", "words", needed=False))
        for index in range(len(brands))
    ]
    return (*_CORRECTABLE[type(target.record)], *chain(*of_brands), *action.fields)


def _value(field: Field, given: str, choices: tuple[str, ...]) -> Any:
    """What `given` means in `field`; None where it can mean nothing there."""
    try:
        match field.kind:
            case "day":
                return typed_date(given)
            case "number":
                value = int(given)
                return value if abs(value) <= MOST_VALUE else None
            case "choice":
                return given if given in choices else None
    except ValueError:
        return None
    return given if len(given) <= MAX_TEXT and "\0" not in given else None


def _allowed(field: Field, choices: Choices) -> tuple[str, ...]:
    return tuple(value for value, _ in choices[field.name]) if field.name in choices else field.choices


def _chosen(field: Field) -> Iterator[tuple[str, Text]]:
    return ((value, choice(value)) for value in field.choices)


def _label(action: Action, field: Field) -> Text:
    if field.name.startswith("brand-"):
        _, index, name = field.name.split("-")
        return text(f"desk.ask-brand-{name}", n=int(index) + 1)
    return find_text(f"desk.ask-{action.name}-{field.name}") or field_name(field.name)


def _changes(record: Record | None, said: Mapping[str, Any]) -> dict[str, Any]:
    """What a correction changes: all that its form says otherwise than the record."""
    plain = to_plain(record) if record else {}
    changes = {name: value for name, value in said.items() if name != "note" and not name.startswith("brand-")}
    if brands := plain.get("brands"):
        told = [
            {name: said[f"brand-{index}-{name}"] for name in ("name", "trademark_no")} for index in range(len(brands))
        ]
        changes["brands"] = [
            {name: value for name, value in (brand | new).items() if value is not None}
            for brand, new in zip(brands, told, strict=True)
        ]
    return {name: value for name, value in changes.items() if to_builtins(value) != plain.get(name)}
