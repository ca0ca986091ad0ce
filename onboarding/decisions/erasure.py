"""Erasure: what people wrote in an application is taken away; what was decided, and why, stays.

It is the one thing that makes a registry forget. Who did it, when and why stays in the table `erasures`.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any, ClassVar, Literal

import msgspec

from ..errors import ArgumentError, NotOnRecordError, Problem, RegistryError
from ..identity import normal_text
from ..messages import text
from ..models import (
    KNOWN,
    Application,
    BrandWanted,
    BusinessLicense,
    Evidence,
    ShopWanted,
    Subject,
    read_kept_application,
    write_kept,
)
from ..registry.sql import Entry, Session, SqlRegistry
from ..registry.timestamps import write_instant
from .handed_in import find

What = Literal["application", "handed_in"]

_KEEP = "INSERT INTO erasures (application_id, what, erased_at, erased_by, note) VALUES (?, ?, ?, ?, ?)"
_ALL = "SELECT application_id, what, erased_at, erased_by, note FROM erasures ORDER BY seq"
_BEFORE = (
    "SELECT seq, application_id, what, erased_at, erased_by, note FROM erasures WHERE seq < ? ORDER BY seq DESC LIMIT ?"
)
_DECIDED = "SELECT seq, application, report FROM decisions WHERE application_id = ? ORDER BY seq"
_EMPTY = "UPDATE decisions SET application = ?, report = ? WHERE seq = ?"
_OLD = "SELECT application_id FROM handed_in WHERE handed_in_at < ? ORDER BY seq"
_FORGET = "DELETE FROM handed_in WHERE application_id = ?"

# What stands in a report where a text that was erased stood.
_GONE = "…"
_PARTS = (Application, Subject, BusinessLicense, ShopWanted, BrandWanted, Evidence)
_FIELDS = frozenset(chain.from_iterable(KNOWN[part] for part in _PARTS))


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased, by whom, when and why.

    擦除记录：擦除了什么、由谁、何时、因何。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    application_id: str
    """The application's id, in normal form.

    申请编号（规范形式）。
    """
    what: What
    """application: all that people wrote in it; handed_in: only what was handed in, while a decision keeps its own.

    application：申请中由人填写的全部内容；handed_in：仅提交的申请，审核决定所保存的内容不受影响。
    """
    at: str
    """The instant, in UTC.

    时刻（UTC）。
    """
    by: str
    """Who erased it.

    操作人。
    """
    note: str
    """Why.

    理由。
    """


def erase(application_id: str, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False) -> Erasure:
    """Take away what people wrote in an application: where it was handed in, and where a decision keeps it.

    Of a decision stay the verdict, what each rule said and counted, the digests, the subject's number, who and when.
    Raises NotOnRecordError where there is no such application, ArgumentError where `entry` names no reason,
    RegistryError where it does not go.
    """
    _refuse_no_reason(entry)
    key = normal_text(application_id)
    with registry.writing(application_id=key, dry_run=dry_run) as session:
        decided = session.execute(_DECIDED, (key,)).fetchall()
        if not decided and find(session, key) is None:
            raise NotOnRecordError(Problem(text("decisions.no-application", application=application_id)))
        session.execute(_FORGET, (key,))
        emptied = []
        for seq, content, report in decided:
            texts = set(_texts(msgspec.json.decode(content)))
            emptied.append((seq, _emptied(read_kept_application(content)), _unnamed(report, texts)))
            session.execute(_EMPTY, (*emptied[-1][1:], seq))
        if find(session, key) is not None or session.execute(_DECIDED, (key,)).fetchall() != emptied:
            raise _still_there(key, registry.source)
        return _keep(session, key, "application", entry)


def purge_handed_in(
    before: datetime, *, registry: SqlRegistry, entry: Entry, dry_run: bool = False
) -> tuple[Erasure, ...]:
    """Take away all that was handed in before an instant, decided or not; what a decision keeps of it stays.

    Raises ArgumentError where `entry` names no reason, RegistryError where it does not go.
    """
    _refuse_no_reason(entry)
    with registry.writing(dry_run=dry_run) as session:
        old = [row[0] for row in session.execute(_OLD, (write_instant(before),)).fetchall()]
        for key in old:
            session.execute(_FORGET, (key,))
        if (row := session.execute(_OLD, (write_instant(before),)).fetchone()) is not None:
            raise _still_there(row[0], registry.source)
        return tuple(_keep(session, key, "handed_in", entry) for key in old)


def erasures(session: Session) -> Iterator[Erasure]:
    """What was erased, in that order."""
    for row in session.stream(_ALL):
        yield Erasure(*row)


def erasures_before(session: Session, before: int, limit: int) -> list[tuple[int, Erasure]]:
    """At most `limit` of what was erased before the one numbered `before`, each with its number, the newest first."""
    return [(seq, Erasure(*row)) for seq, *row in session.execute(_BEFORE, (before, limit))]


def _keep(session: Session, key: str, what: What, entry: Entry) -> Erasure:
    made = Erasure(key, what, write_instant(entry.at), entry.by, entry.note or "")
    session.execute(_KEEP, (made.application_id, made.what, made.at, made.by, made.note))
    return made


def _still_there(key: str, source: str) -> RegistryError:
    """What to raise where a trigger of the owner's has kept, or put back, what was to go."""
    hint = text("decisions.still-there-hint")
    return RegistryError(Problem(text("decisions.still-there", application=key), source=source, hint=hint))


def _emptied(application: Application) -> str:
    """What is kept of an application without what people wrote in it."""
    kept = Application(application.application_id, Subject(application.subject.type), follows=application.follows)
    return write_kept(replace(kept, submitted_on=application.submitted_on))


def _texts(plain: Any, *, known: bool = True, name: str = "") -> Iterator[str]:
    """The texts in an application that people wrote: names, and all that is in fields of a ruleset's own."""
    if isinstance(plain, dict):
        for key, value in plain.items():
            yield from _texts(value, known=known and key in _FIELDS, name=key)
    elif isinstance(plain, list):
        for value in plain:
            yield from _texts(value, known=known, name=name)
    elif isinstance(plain, str) and (name == "name" or not known):
        yield plain


def _unnamed(report: str, texts: Collection[str]) -> str:
    """A report that was kept, without its names and without `texts`; all else is counted or chosen out of few."""
    plain: dict[str, Any] = msgspec.json.decode(report)
    gone = {_alike(one) for one in texts}
    for outcome in plain["outcomes"]:
        for reason in outcome["reasons"]:
            found = reason["actual"]
            if isinstance(found, str) and _alike(found) in gone:
                words = {lang: said.replace(found, _GONE) for lang, said in reason["message"].items()}
                reason |= {"actual": _GONE, "message": words}
    names = {"subject": None, "shop": None, "brands": [None for _ in plain["names"]["brands"]]}
    return msgspec.json.encode(plain | {"facts": _without(plain["facts"], gone), "names": names}).decode()


def _without(facts: Any, gone: Collection[str]) -> Any:
    if isinstance(facts, dict):
        return {key: _without(inner, gone) for key, inner in facts.items()}
    if isinstance(facts, list):
        return [_without(inner, gone) for inner in facts]
    return _GONE if isinstance(facts, str) and _alike(facts) in gone else facts


def _alike(words: str) -> str:
    return normal_text(words).casefold()


def _refuse_no_reason(entry: Entry) -> None:
    if not normal_text(entry.note or ""):
        raise ArgumentError(Problem(text("decisions.erasing-needs-reason"), hint=text("decisions.no-reason-hint")))
