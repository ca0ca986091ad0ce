"""Looking for shops and applications by what staff know of them: a name, a brand, a number, an id, or a part of one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import ClassVar, Literal, NamedTuple, get_args

import msgspec

from ..errors import Problem, RegistryError
from ..identity import brand_keys, letters, normal_text, trademark_number
from ..look_alikes import brand_looks
from ..messages import Text, text, value_words
from ..models import (
    Application,
    BanReason,
    Brand,
    BrandWanted,
    ClosedFor,
    Record,
    Shop,
    SubjectType,
    by_kind,
    read_kept,
    read_kept_application,
)
from ..report import Verdict
from ..subject_number import can_be_subject, normal_subject
from .iteration import subjects
from .protocol import Registry
from .sql import Session, SqlRegistry, keepable
from .timestamps import show_instant

State = Literal["open", "closed", "not_open_yet", "no_shop"]
Match = Literal["subject_id", "subject_name", "shop_id", "shop_name", "brand", "look_alike", "application_id"]
Wanted = Literal["open", "closed", "banned", "refused"]

Brands = Sequence[Brand | BrandWanted]
# All by subject, its records first, then what was decided, then what was handed in and is not decided yet.
_ALL = """
SELECT subject_id, 0, seq, record_id, record, '', '', '' FROM records{where}
UNION ALL
SELECT subject_id, 1, seq, application_id, application, verdict, coalesce(shop_id, ''), digest FROM decisions{where}
UNION ALL
SELECT subject_id, 2, seq, application_id, application, handed_in_at, '', digest FROM handed_in{where}
ORDER BY 1, 2, 3
"""
_TABLES = ("records", "decisions", "handed_in")
_NEXT_IN = "SELECT subject_id FROM (SELECT DISTINCT subject_id FROM {0} WHERE subject_id > ? ORDER BY 1 LIMIT ?) AS {0}"
_NEXT = " UNION ".join(map(_NEXT_IN.format, _TABLES)) + " ORDER BY 1 LIMIT ?"
_BEGINNING = {
    (table, column): f"SELECT subject_id FROM {table} WHERE {column} >= ? AND {column} < ? ORDER BY {column} LIMIT ?"  # noqa: S608
    for table, column in (
        *((table, "subject_id") for table in _TABLES),
        ("records", "record_id"),
        ("decisions", "application_id"),
        ("handed_in", "application_id"),
    )
}
_LATEST = {
    table: f"SELECT subject_id, application FROM {table} ORDER BY seq DESC LIMIT ?"  # noqa: S608
    for table in ("decisions", "handed_in")
}
# A page of what is found looks at so many subjects, at so many that begin with an id, and at so many of the
# applications that came last, whoever they are of.
_SUBJECTS, _BEGUN, _NEWEST = 20_000, 50, 1_000
# So many of those applications are looked at that have no number by which to go on from one to the next.
_NUMBERLESS_MOST = 5_000
MOST = 50
# A part of a number or an id that is shorter is in too many of them.
_LEAST_PART = 4


@dataclass(frozen=True, slots=True)
class Listed:
    """A shop; or a subject, or an application that was decided on, without one.

    一家店铺；或没有店铺的主体、已决定但未开店的申请。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    subject_id: str | None
    """The subject's unified social credit code; null where its application has none that can be right.

    主体的统一社会信用代码；申请中未填写或不可能正确时为 null。
    """
    subject_name: str | None
    """The subject's name by its latest application decided on here; null where there is none.

    主体名称，取自在此作出决定的最近一份申请；没有时为 null。
    """
    subject_type: SubjectType | None
    """What kind of subject it is, as far as that is on record.

    主体类型；未登记时为 null。
    """
    banned: bool
    """Whether the subject is barred for good on the day: by a ban, or by a shop closed for what is one.

    当日该主体是否被永久禁入：被封禁，或其店铺因相应原因关闭。
    """
    state: State
    """open, closed or not_open_yet on the day; no_shop where there is none.

    当日状态：`open` 营业中；`closed` 已关闭；`not_open_yet` 尚未开店；`no_shop` 没有店铺。
    """
    shop_id: str | None = None
    """The shop's id.

    店铺编号。
    """
    shop_name: str | None = None
    """The shop's name by the application that was decided on here; null where there is none.

    店铺名称，取自在此作出决定的申请；没有时为 null。
    """
    brands: tuple[str, ...] = ()
    """The names of the brands that it carries or that were applied for.

    店铺经营或所申请的品牌名称。
    """
    opened_on: date | None = None
    """The day the shop opened.

    开店日期。
    """
    closed_on: date | None = None
    """The first day on which it is no longer open.

    店铺关闭之日（自该日起不再营业）。
    """
    closed_for: ClosedFor | None = None
    """Why it closed.

    关店原因。
    """
    application_id: str | None = None
    """The application that opened it, or was decided on.

    据以开店的申请编号，或已作出决定的申请编号。
    """
    verdict: str | None = None
    """What was decided on the application, where that was here.

    对该申请作出的决定；未在此作出决定时为 null。
    """
    handed_in_at: str | None = None
    """The instant, in UTC, at which the application was handed in, where no final decision was made on it here.

    申请提交的时刻（UTC）；已在此作出最终决定的为 null。
    """
    matched: tuple[Match, ...] = ()
    """By what it was found.

    匹配的内容。
    """

    @property
    def key(self) -> tuple[str | None, str | None, str | None]:
        """What tells it from all others."""
        return self.subject_id, self.shop_id, self.application_id

    @property
    def standing(self) -> Text:
        """How the shop, the application or the subject stands, in a few words."""
        if self.closed_for:
            days, why = {"opened": self.opened_on, "closed": self.closed_on}, value_words(self.closed_for)
            return text(f"commands_registry.find-{self.state}-to-close", **days, why=why)
        if self.shop_id:
            return text(f"commands_registry.find-{self.state}", opened=self.opened_on)
        if self.verdict:
            return text(f"commands_registry.status-{self.verdict}")
        if self.handed_in_at:
            return text("commands_registry.handed-in-at", at=show_instant(self.handed_in_at))
        return text("commands_registry.find-no_shop")


def listed(registry: Registry, day: date, wanted: Wanted | None = None) -> Iterator[Listed]:
    """Every shop on record, each subject that has none, and each application that opened none, by subject.

    `wanted` leaves those that are so on `day`. Raises RegistryError where the registry cannot be read whole.
    """
    return (one for one, _ in _all(registry, day) if wanted is None or _is(one, wanted))


def find(registry: Registry, given: str, day: date, wanted: Wanted | None = None) -> Iterator[Listed]:
    """What `listed` has that `given` may mean, with why: a name or a part of it, a brand or one that may be taken for
    it, a number or an id, the begin of one or a part of it. Raises RegistryError where the registry cannot be read
    whole, or `given` has bytes that are not UTF-8: it may mean anything that is on record.
    """
    with keepable():
        given.encode()
    sought = _Sought(given)
    part = _of(sought.subject) if sought.subject else _EVERYTHING
    return _fitting(_all(registry, day, part), sought, wanted)


class Page(NamedTuple):
    """A part of what `find` or `listed` gives; `after` is where the next part begins, None where there is no more."""

    found: list[Listed]
    after: str | None


def find_some(
    registry: SqlRegistry, given: str, day: date, wanted: Wanted | None = None, *, after: str = "", most: int = MOST
) -> Page:
    """What `find` gives, or `listed` where nothing is `given`, by pages of about `most`, in time that does not grow
    with the registry.

    What an index leads to comes first: whoever has `given` for a number or an id or the begin of one, and who applied
    last. Where it is the number or the id of somebody, that is all; else everybody is looked through, so many on a
    page, by subject, from the one after `after` on.
    """
    sought = _Sought(given) if normal_text(given) else None
    found: dict[tuple[str | None, str | None, str | None], Listed] = {}
    if sought and not after:
        for part in [_of(sought.subject)] if sought.subject else _likely(registry, sought):
            found |= {one.key: one for one in _fitting(_all(registry, day, part), sought, wanted)}
        meant = [one for one in found.values() if sought.is_id_of(one)]
        if meant or sought.subject:
            return Page(meant, None)
    upto = _upto(registry, after)
    parts = [_between(after, upto)] if upto else [_beyond(after), _NUMBERLESS]
    shown, last = 0, after
    for part in parts:
        for one in _fitting(_all(registry, day, part), sought, wanted):
            if shown >= most and one.subject_id not in (None, last):
                return Page(list(found.values()), last)
            shown, last = shown + 1, one.subject_id or last
            found.setdefault(one.key, one)
    return Page(list(found.values()), upto)


class Names(NamedTuple):
    """What a subject and its shops are called by the applications decided on here; the shops by their ids."""

    subject: str | None
    shops: dict[str, str]


NO_NAMES = Names(None, {})


def names_of(session: Session, subject: str, until: str | None = None) -> Names:
    """The names of the `subject` (a normal id) and its shops; of what was decided up to the instant `until`, as
    instants stand on record, where one is given.
    """
    where, values = (" AND decided_at <= ?", (subject, until)) if until else ("", (subject,))
    statement = f"SELECT shop_id, application FROM decisions WHERE subject_id = ?{where} ORDER BY seq"  # noqa: S608
    found = session.execute(statement, values)
    return _names([(shop_id, read_kept_application(content)) for shop_id, content in found])


class _Part(NamedTuple):
    """A part of the registry: what keeps a query to it; where it is one subject's, of which."""

    where: str = ""
    values: tuple[str, ...] = ()
    subject: str | None = None
    limit: int | None = None


_EVERYTHING = _Part()
_NUMBERLESS = _Part(" WHERE subject_id IS NULL", limit=_NUMBERLESS_MOST)


class _Group(NamedTuple):
    """All of one subject: its records, each application that was decided on, with the verdict and the shop, and each
    that was handed in and waits, with the instant.
    """

    subject: str | None
    records: list[Record]
    decided: list[tuple[Application, str, str]]
    waiting: list[tuple[Application, str]]


class _Sought:
    """What is looked for, in each form in which it is compared."""

    def __init__(self, given: str) -> None:
        self._text = text = normal_text(given)
        code = normal_subject(text)
        # Only this one's records need be read then.
        self.subject = code if can_be_subject(text) else None
        self._id = text.casefold()
        self._code = code
        self._name = letters(self._id)
        self._brand = BrandWanted(text, text if trademark_number(text) else None)
        self._keys = brand_keys(self._brand.name, self._brand.trademark_no)
        self._looks = brand_looks(self._brand.name)

    def begins(self) -> Iterator[tuple[str, str, str]]:
        """What ids may begin with that are meant, by table and column."""
        ids = {self._text, self._text.upper(), self._id}
        for table in _TABLES:
            yield table, "subject_id", self._code
        for id_ in sorted(ids):
            yield "records", "record_id", f"shop:{id_}"
            yield "decisions", "application_id", id_
            yield "handed_in", "application_id", id_

    def is_id_of(self, one: Listed) -> bool:
        """Whether it is the whole number of `one`'s subject, or the id of its shop or its application."""
        return one.subject_id == self._code or any(
            id_ is not None and normal_text(id_).casefold() == self._id for id_ in (one.shop_id, one.application_id)
        )

    def names(self, application: Application) -> bool:
        """Whether it names something of `application`."""
        shop = application.shop.name if application.shop else None
        names = (application.subject.name, shop)
        return any(map(self._in_name, names)) or next(self._matches_brands(application.brands or ()), None) is not None

    def matches(self, one: Listed, brands: Brands) -> Iterator[Match]:
        if one.subject_id is not None and self._in_id(self._code, one.subject_id):
            yield "subject_id"
        ids: tuple[tuple[Match, str | None], ...] = (("shop_id", one.shop_id), ("application_id", one.application_id))
        for field, id_ in ids:
            if id_ is not None and self._in_id(self._id, normal_text(id_).casefold()):
                yield field
        names: tuple[tuple[Match, str | None], ...] = (
            ("subject_name", one.subject_name),
            ("shop_name", one.shop_name),
        )
        for field, name in names:
            if self._in_name(name):
                yield field
        yield from self._matches_brands(brands)

    def _matches_brands(self, brands: Brands) -> Iterator[Match]:
        if any(self._keys & brand_keys(b.name, b.trademark_no) or self._in_name(b.name) for b in brands):
            yield "brand"
        elif any(self._looks & brand_looks(b.name) for b in brands):
            yield "look_alike"

    def _in_id(self, sought: str, whole: str) -> bool:
        return bool(sought) and (whole.startswith(sought) or (len(sought) >= _LEAST_PART and sought in whole))

    def _in_name(self, name: str | None) -> bool:
        return bool(self._name) and name is not None and self._name in letters(normal_text(name).casefold())


def _fitting(
    everything: Iterable[tuple[Listed, Brands]], sought: _Sought | None, wanted: Wanted | None
) -> Iterator[Listed]:
    """What is `wanted`, and `sought` where anything is."""
    for one, brands in everything:
        if wanted is None or _is(one, wanted):
            matched = tuple(sought.matches(one, brands)) if sought else ()
            if matched or sought is None:
                yield replace(one, matched=matched) if matched else one


def _likely(registry: SqlRegistry, sought: _Sought) -> list[_Part]:
    """The parts of the registry in which an index leads to what is sought; nothing but the newest is looked at else."""
    subjects: dict[str | None, None] = {}
    with registry.reading() as session:
        for table, column, begun in sought.begins():
            found = session.execute(_BEGINNING[table, column], (begun, begun + "\U0010ffff", _BEGUN))
            subjects |= {subject: None for (subject,) in found.fetchall()}
        for latest in _LATEST.values():
            for subject, content in session.execute(latest, (_NEWEST,)).fetchall():
                if subject not in subjects and sought.names(read_kept_application(content)):
                    subjects[subject] = None
    return [_of(subject) if subject else _NUMBERLESS for subject in subjects]


def _upto(registry: SqlRegistry, after: str) -> str | None:
    """The last of the next _SUBJECTS subjects; None where there are no more than these."""
    with registry.reading() as session:
        found = session.execute(_NEXT, (after, _SUBJECTS, after, _SUBJECTS, after, _SUBJECTS, _SUBJECTS)).fetchall()
    return found[-1][0] if len(found) == _SUBJECTS else None


def _of(subject: str) -> _Part:
    return _Part(" WHERE subject_id = ?", (subject,), subject)


def _between(after: str, upto: str) -> _Part:
    return _Part(" WHERE subject_id > ? AND subject_id <= ?", (after, upto))


def _beyond(after: str) -> _Part:
    return _Part(" WHERE subject_id > ?", (after,))


def _all(registry: Registry, day: date, part: _Part = _EVERYTHING) -> Iterator[tuple[Listed, Brands]]:
    for group in _groups(registry, part):
        history = by_kind(group.records)
        barred = any(ban.in_force(day) for ban in history.bans)
        barred |= any(s.closed_for in get_args(BanReason) and s.closed_on and s.closed_on <= day for s in history.shops)
        names = _names([(shop_id, application) for application, _, shop_id in group.decided])
        verdicts = {shop_id: verdict for _, verdict, shop_id in group.decided}
        types = [record.subject_type for record in group.records] + [a.subject.type for a, _, _ in group.decided]
        types += [application.subject.type for application, _ in group.waiting]
        of_subject = Listed(group.subject, names.subject, next((t for t in types if t), None), barred, "no_shop")
        for shop in history.shops:
            yield (
                replace(
                    of_subject,
                    subject_type=shop.subject_type or of_subject.subject_type,
                    state=_state(shop, day),
                    shop_id=shop.shop_id,
                    shop_name=names.shops.get(shop.shop_id),
                    brands=tuple(brand.name for brand in shop.brands),
                    opened_on=shop.opened_on,
                    closed_on=shop.closed_on,
                    closed_for=shop.closed_for,
                    application_id=shop.application_id,
                    verdict=verdicts.get(shop.shop_id),
                ),
                shop.brands,
            )
        others: list[tuple[Application, str | None, str | None]] = [
            (application, verdict, None) for application, verdict, shop_id in group.decided if not shop_id
        ]
        others += [(application, None, at) for application, at in group.waiting]
        for application, verdict, at in others:
            wanted = application.brands or ()
            brands = tuple(brand.name for brand in wanted if brand.name)
            told = replace(of_subject, subject_name=application.subject.name, brands=brands, verdict=verdict)
            told = replace(told, handed_in_at=at)
            shop_name = application.shop.name if application.shop else None
            yield replace(told, shop_name=shop_name, application_id=application.application_id), wanted
        if not history.shops and not others:
            yield of_subject, ()


def _groups(registry: Registry, part: _Part) -> Iterator[_Group]:
    if not isinstance(registry, SqlRegistry):
        for found in subjects(registry, part.subject):
            yield _Group(found.id, found.records, [], [])
        return
    statement, values = _ALL.format(where=part.where), part.values * len(_TABLES)
    statement += f" LIMIT {part.limit}" if part.limit else ""
    with registry.reading() as session:
        for code, rows in groupby(session.stream(statement, values), key=itemgetter(0)):
            newest: dict[str, Record | None] = {}
            # Of an application that was undecided more than once, the last word counts.
            decided: dict[str, tuple[Application, str, str]] = {}
            waiting: list[tuple[Application, str]] = []
            final: dict[str, str] = {}
            try:
                for _, kind, _, key, content, said, shop_id, digest in rows:
                    if kind == 0:
                        newest[key] = read_kept(content)
                    elif kind == 1:
                        decided[key] = (read_kept_application(content), msgspec.convert(said, Verdict), shop_id)
                        if said != "undecided":
                            final[key] = digest
                    elif final.get(key) != digest:
                        if key not in final:
                            decided.pop(key, None)
                        waiting.append((read_kept_application(content), said))
            except msgspec.DecodeError as error:
                problem = text("registry.broken-record-of", subject=code, error=error)
                raise RegistryError(Problem(problem, source=registry.source)) from None
            records = [record for record in newest.values() if record is not None]
            yield _Group(code, records, list(decided.values()), waiting)


def _names(decided: Iterable[tuple[str | None, Application]]) -> Names:
    subject: str | None = None
    shops: dict[str, str] = {}
    for shop_id, application in decided:
        subject = application.subject.name or subject
        if shop_id and application.shop and application.shop.name:
            shops[shop_id] = application.shop.name
    return Names(subject, shops)


def _state(shop: Shop, day: date) -> State:
    if day < shop.opened_on:
        return "not_open_yet"
    return "open" if shop.closed_on is None or day < shop.closed_on else "closed"


def _is(one: Listed, wanted: Wanted) -> bool:
    match wanted:
        case "banned":
            return one.banned
        case "refused":
            return one.state == "no_shop" and one.verdict is not None
    return one.state == wanted
