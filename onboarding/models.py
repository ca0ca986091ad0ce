"""What comes in: an application, and the records of a subject. Values only, frozen, as they were written.

`schemas/*.schema.json` are generated from these classes. Texts are kept as given; `identity` brings them
to the form in which they are compared.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from .identity import normal_code

SubjectType = Literal["enterprise", "individual_business", "individual", "other"]
EvidenceType = Literal["authorization_letter", "trademark_certificate", "other"]
ClosedFor = Literal["voluntary_exit", "application_fraud", "serious_violation", "other"]
BanReason = Literal["application_fraud", "serious_violation"]
ViolationKind = Literal["late_shipment", "false_advertising", "customer_fraud", "other"]

Id = Annotated[str, Meta(pattern=r"\S")]


class Subject(Struct, frozen=True, omit_defaults=True):
    """The business behind the shop (主体)."""

    type: SubjectType
    name: str | None = None


class BusinessLicense(Struct, frozen=True, omit_defaults=True):
    """The business licence (营业执照): its unified social credit code, its name, its first and last day."""

    uscc: str | None = None
    name: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class ShopWanted(Struct, frozen=True, omit_defaults=True):
    """The shop applied for."""

    name: str | None = None


class Evidence(Struct, frozen=True, omit_defaults=True):
    """What shows that the subject may sell the brand; no `valid_until` means no fixed term."""

    type: EvidenceType | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    sealed_by_subject: bool | None = None
    signed_by_legal_representative: bool | None = None


class BrandWanted(Struct, frozen=True, omit_defaults=True):
    """A brand that the shop is to sell, with its evidence."""

    name: str | None = None
    trademark_no: str | None = None
    evidence: Evidence | None = None


class Application(Struct, frozen=True, omit_defaults=True):
    """A request to open one shop. Only what no rule can do without must be there."""

    application_id: Id
    subject: Subject
    submitted_on: date | None = None
    business_license: BusinessLicense | None = None
    shop: ShopWanted | None = None
    brands: tuple[BrandWanted, ...] | None = None


class Brand(Struct, frozen=True, omit_defaults=True):
    """A brand that a shop on record carries."""

    name: str
    trademark_no: str | None = None


class Shop(Struct, frozen=True, omit_defaults=True, tag_field="record", tag="shop"):
    """A shop on record; one closed for fraud or serious violation is a ban of its subject (P7)."""

    shop_id: Id
    subject_id: Id
    opened_on: date
    brands: tuple[Brand, ...]
    subject_type: SubjectType | None = None
    closed_on: date | None = None
    closed_for: ClosedFor | None = None
    application_id: str | None = None

    def __post_init__(self) -> None:
        if (self.closed_on is None) != (self.closed_for is None):
            raise ValueError("`closed_for` goes with `closed_on`: both or neither")

    def is_open(self, day: date) -> bool:
        """Open on `day`: from `opened_on` on, and until the day before `closed_on`."""
        return self.opened_on <= day and not self.is_closed(day)

    def is_closed(self, day: date) -> bool:
        """Closed on `day`: from `closed_on` on."""
        return self.closed_on is not None and self.closed_on <= day


class Ban(Struct, frozen=True, omit_defaults=True, tag_field="record", tag="ban"):
    """A ban of a subject for which no shop was opened, until it is revoked on appeal."""

    subject_id: Id
    on: date
    reason: BanReason
    revoked_on: date | None = None
    id: str | None = None

    def in_force(self, day: date) -> bool:
        """In force on `day`: from `on` on, and until the day before `revoked_on`."""
        return self.on <= day and (self.revoked_on is None or day < self.revoked_on)


class Violation(Struct, frozen=True, omit_defaults=True, tag_field="record", tag="violation"):
    """A violation on a subject's record, until it is resolved."""

    subject_id: Id
    on: date
    kind: ViolationKind
    shop_id: str | None = None
    resolved_on: date | None = None
    id: str | None = None

    def unresolved(self, day: date) -> bool:
        """Unresolved on `day`: from `on` on, and until the day before `resolved_on`."""
        return self.on <= day and (self.resolved_on is None or day < self.resolved_on)


Record = Shop | Ban | Violation


def record_id(record: Record) -> str | None:
    """What a later record must carry to replace this one; None where it stands alone."""
    if isinstance(record, Shop):
        return f"shop:{record.shop_id}"
    kind = "ban" if isinstance(record, Ban) else "violation"
    return f"{kind}:{record.id}" if record.id else None


class History(Struct, frozen=True):
    """All that is on record of one subject, each record in its newest version."""

    shops: tuple[Shop, ...] = ()
    bans: tuple[Ban, ...] = ()
    violations: tuple[Violation, ...] = ()

    def with_shop(self, shop: Shop) -> "History":
        """The same history with one more shop."""
        return History((*self.shops, shop), self.bans, self.violations)


def history_of(subject: str, records: Iterable[Record]) -> History:
    """What `records`, in the order in which they were added, say of `subject` (a normal USCC).

    A later record replaces the earlier one of its id, even one that named another subject.
    """
    newest: dict[object, Record] = {}
    for position, record in enumerate(records):
        newest[record_id(record) or position] = record
    own = [record for record in newest.values() if normal_code(record.subject_id) == subject]
    return History(
        tuple(record for record in own if isinstance(record, Shop)),
        tuple(record for record in own if isinstance(record, Ban)),
        tuple(record for record in own if isinstance(record, Violation)),
    )
