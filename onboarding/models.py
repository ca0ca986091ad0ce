"""What comes in: an application, and the records of a subject. Values only, frozen, as they were written.

Standard dataclasses, which msgspec decodes, and pydantic explains, publishes and serves. The texts under the
fields are what `schemas/*.schema.json`, editors and the reference say of them: English, then Chinese. Texts of
an application are kept as given; `identity` brings them to the form in which they are compared.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import msgspec

from .errors import InputError, Problem
from .identity import normal_text
from .messages import Text, text
from .subject_number import normal_subject
from .values import ByFields

SubjectType = Literal["enterprise", "individual_business", "individual", "other"]
EvidenceType = Literal["authorization_letter", "trademark_certificate", "other"]
ClosedFor = Literal["voluntary_exit", "application_fraud", "serious_violation", "other"]
BanReason = Literal["application_fraud", "serious_violation"]
ViolationKind = Literal["late_shipment", "false_advertising", "customer_fraud", "other"]
Model = TypeVar("Model")


class Strictly:
    """What pydantic is told of a type, so that it takes what msgspec takes and nothing else."""

    @staticmethod
    def __get_pydantic_core_schema__(source: Any, handler: Callable[[Any], Any]) -> Any:
        return handler(source) | {"strict": True}


class NotBlank:
    """Tells pydantic of a text that must hold more than spaces and what cannot be seen."""

    @staticmethod
    def __get_pydantic_core_schema__(source: Any, handler: Callable[[Any], Any]) -> Any:
        from pydantic_core import core_schema

        def check(value: Any) -> Any:
            if not isinstance(value, str) or not normal_text(value):
                raise _refusal("not_blank", text("models.expected", what=text("reading.not-blank")))
            return value

        return core_schema.no_info_before_validator_function(check, handler(source) | {"strict": True})

    @staticmethod
    def __get_pydantic_json_schema__(schema: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return handler(schema) | {"pattern": r"\S"}


class AsDay:
    """Tells pydantic of a day: a date, or the text `YYYY-MM-DD` and no other writing."""

    @staticmethod
    def __get_pydantic_core_schema__(source: Any, handler: Callable[[Any], Any]) -> Any:
        from pydantic_core import core_schema

        def check(value: Any) -> Any:
            try:
                return msgspec.convert(value, date)
            except msgspec.ValidationError:
                raise _refusal("day", text("models.expected", what=text("reading.a-day"))) from None

        return core_schema.no_info_before_validator_function(check, handler(source) | {"strict": True})


class Unpublished:
    """Tells pydantic of a field that is not published; `KeepsOthers` fills it."""

    @staticmethod
    def __get_pydantic_json_schema__(schema: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        from pydantic_core import PydanticOmit

        raise PydanticOmit


class KeepsOthers(ByFields):
    """Has pydantic keep the fields that a model does not know in `extra`, and write them back beside the others.

    Whether they are what a ruleset declares is looked at by `check`, as it is of a file.
    """

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Callable[[Any], Any]) -> Any:
        from pydantic_core import core_schema

        def gather(value: Any) -> Any:
            return _with_extra(value, cls)[0] if isinstance(value, dict) else value

        def spread(value: Any, write: Callable[[Any], dict[str, Any]]) -> Any:
            written = write(value)
            others = written.pop("extra", {})
            return written | others

        spreading = core_schema.wrap_serializer_function_ser_schema(spread)
        return core_schema.no_info_before_validator_function(gather, handler(source), serialization=spreading)


class _WithinAMillion:
    """Tells pydantic of the numbers that a mark may have; the same bounds stand in what msgspec is told."""

    @staticmethod
    def __get_pydantic_core_schema__(source: Any, handler: Callable[[Any], Any]) -> Any:
        return handler(source) | {"strict": True, "ge": -MOST_VALUE, "le": MOST_VALUE}


MOST_VALUE = 1_000_000
# What msgspec would make a text of that nobody meant, such as a brand that is on no record.
NO_TEXTS = (bytes, bytearray, memoryview)
Words = Annotated[str, Strictly]
Id = Annotated[str, msgspec.Meta(min_length=1), NotBlank]  # of blanks alone: see `_refuse_invisible`
Day = Annotated[date, AsDay]
Flag = Annotated[bool, Strictly]
Value = Annotated[int, msgspec.Meta(ge=-MOST_VALUE, le=MOST_VALUE), _WithinAMillion]
Extra = Annotated[dict[str, Any], Unpublished]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Subject(KeepsOthers):
    """The business behind the shop.

    店铺背后的经营主体。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    type: SubjectType
    """enterprise: a company; individual_business: a 个体工商户; individual: a natural person; other.

    enterprise：企业；individual_business：个体工商户；individual：个人；other：其他。
    """
    name: Words | None = None
    """The subject's name as registered.

    主体的登记名称。
    """
    extra: Extra = field(default_factory=dict, kw_only=True, hash=False)
    """The fields of a ruleset's own, by name; see `reading.own_fields`.

    规则集自有的字段，按名称。
    """


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BusinessLicense(KeepsOthers):
    """A business licence.

    营业执照。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    uscc: Words | None = None
    """The unified social credit code on the licence: 18 characters, the last one a check character.

    执照上的统一社会信用代码，共 18 位，末位为校验码。
    """
    name: Words | None = None
    """The name on the licence; where given, it must be the subject's.

    执照上的名称；如填写，须与主体名称一致。
    """
    valid_from: Day | None = None
    """The licence's first day, YYYY-MM-DD.

    执照有效期起始日（YYYY-MM-DD）。
    """
    valid_until: Day | None = None
    """The licence's last day, YYYY-MM-DD; null or absent: no fixed term.

    执照有效期截止日（YYYY-MM-DD）；null 或不填表示长期有效。
    """
    extra: Extra = field(default_factory=dict, kw_only=True, hash=False)
    """The fields of a ruleset's own, by name; see `reading.own_fields`.

    规则集自有的字段，按名称。
    """


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ShopWanted(KeepsOthers):
    """The shop applied for.

    申请开设的店铺。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    name: Words | None = None
    """The shop's name.

    店铺名称。
    """
    extra: Extra = field(default_factory=dict, kw_only=True, hash=False)
    """The fields of a ruleset's own, by name; see `reading.own_fields`.

    规则集自有的字段，按名称。
    """


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Evidence(KeepsOthers):
    """What shows that the subject may sell a brand.

    证明主体可以经营某品牌的资质文件。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    type: EvidenceType | None = None
    """authorization_letter, trademark_certificate or other.

    authorization_letter：品牌授权书；trademark_certificate：商标注册证；other：其他。
    """
    valid_from: Day | None = None
    """The evidence's first day, YYYY-MM-DD.

    资质有效期起始日（YYYY-MM-DD）。
    """
    valid_until: Day | None = None
    """The evidence's last day, YYYY-MM-DD; null or absent: no fixed term.

    资质有效期截止日（YYYY-MM-DD）；null 或不填表示无固定期限。
    """
    sealed_by_subject: Flag | None = None
    """Whether it bears the subject's seal.

    是否加盖主体公章。
    """
    signed_by_legal_representative: Flag | None = None
    """Whether the subject's legal representative has signed it.

    主体的法定代表人是否签字。
    """
    extra: Extra = field(default_factory=dict, kw_only=True, hash=False)
    """The fields of a ruleset's own, by name; see `reading.own_fields`.

    规则集自有的字段，按名称。
    """


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BrandWanted(KeepsOthers):
    """A brand that the shop is to sell, with its evidence.

    店铺拟经营的品牌及其资质。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    name: Words | None = None
    """The brand's name; a bilingual one may be written as 云上/CLOUDTEA.

    品牌名称；中英文名称可写作“云上/CLOUDTEA”。
    """
    trademark_no: Words | None = None
    """The trademark's registration number; an equal number is the same brand.

    商标注册号；注册号相同即视为同一品牌。
    """
    evidence: Evidence | None = None
    """What shows that the subject may sell the brand.

    证明主体可以经营该品牌的资质文件。
    """
    extra: Extra = field(default_factory=dict, kw_only=True, hash=False)
    """The fields of a ruleset's own, by name; see `reading.own_fields`.

    规则集自有的字段，按名称。
    """


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Application(KeepsOthers):
    """A request to open one shop.

    开设一家店铺的申请。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    application_id: Id
    """The application's own id; it tells a repeated check which shop this application opened.

    申请编号；重复审核时据此识别本申请所开的店铺。
    """
    subject: Subject
    """The business behind the shop.

    店铺背后的经营主体。
    """
    submitted_on: Day | None = None
    """The day of submission, YYYY-MM-DD; it only orders applications that are judged together.

    提交日期（YYYY-MM-DD），仅用于多份申请一并审核时排定先后。
    """
    business_license: BusinessLicense | None = None
    """The subject's business licence.

    主体的营业执照。
    """
    shop: ShopWanted | None = None
    """The shop applied for.

    申请开设的店铺。
    """
    brands: tuple[BrandWanted, ...] | None = None
    """The brands that the shop is to sell, each with its evidence.

    店铺拟经营的品牌，逐一附品牌资质。
    """
    follows: Words | None = None
    """The id of an earlier application that this one follows, as after a refusal; it decides nothing.

    本申请所承接的先前申请的编号（如被拒后重新申请）；不影响审核结果。
    """
    extra: Extra = field(default_factory=dict, kw_only=True, hash=False)
    """The fields of a ruleset's own, by name; see `reading.own_fields`.

    规则集自有的字段，按名称。
    """

    def __post_init__(self) -> None:
        _refuse_invisible(self.application_id)
        if self.follows is not None and normal_text(self.follows) == normal_text(self.application_id):
            raise _refusal("follows_itself", text("reading.follows-itself"))

    def at(self, path: Iterable[str]) -> Any:
        """The value of the field at `path`, the core's or one of a ruleset's own; None where it is missing."""
        value: Any = self
        for name in path:
            if value is None:
                return None
            value = getattr(value, name) if name in KNOWN[type(value)] else value.extra.get(name)
        return value

    @property
    def names(self) -> dict[str, Any]:
        """The names of subject, shop and brands, in normal form; None where one is missing."""
        return {
            "subject": _name(self.subject.name),
            "shop": _name(self.shop.name if self.shop else None),
            "brands": [_name(brand.name) for brand in self.brands or ()],
        }


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Brand(KeepsOthers):
    """A brand that a shop on record carries.

    在册店铺经营的品牌。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    name: Words
    """The brand's name.

    品牌名称。
    """
    trademark_no: Words | None = None
    """The trademark's registration number.

    商标注册号。
    """
    extra: Extra = field(default_factory=dict, kw_only=True)
    """The fields that we do not know, kept and written back as they came.

    本系统未定义的字段，按原样保留并写回。
    """


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Shop(KeepsOthers):
    """A shop on record.

    在册店铺。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    record: Literal["shop"] = field(default="shop", kw_only=True)
    """The kind of record: a shop.

    记录种类：店铺。
    """
    shop_id: Id
    """The shop's id; a later record with the same id replaces this one.

    店铺编号；编号相同的后续记录将取代本记录。
    """
    subject_id: Id
    """The subject's unified social credit code; another national number with its scheme: th.tin:0994000617721.

    主体的统一社会信用代码；其他号码须注明号码体系，如 th.tin:0994000617721。
    """
    opened_on: Day
    """The day the shop opened, YYYY-MM-DD.

    开店日期（YYYY-MM-DD）。
    """
    brands: tuple[Brand, ...]
    """The brands that the shop carries.

    店铺经营的品牌。
    """
    subject_type: SubjectType | None = None
    """What kind of subject it was.

    主体类型。
    """
    closed_on: Day | None = None
    """The first day on which the shop is no longer open; null while it is.

    店铺关闭之日（自该日起不再营业）；营业中为 null。
    """
    closed_for: ClosedFor | None = None
    """Why it closed; goes with closed_on. Fraud or a serious violation is a ban of the subject.

    关店原因，须与 closed_on 同时填写；因申请造假或严重违规关闭的，即为对该主体的封禁。
    """
    application_id: Words | None = None
    """The application that opened the shop.

    据以开店的申请编号。
    """
    extra: Extra = field(default_factory=dict, kw_only=True)
    """The fields that we do not know, kept and written back as they came.

    本系统未定义的字段，按原样保留并写回。
    """

    def __post_init__(self) -> None:
        _refuse_invisible(self.shop_id)
        _refuse_invisible(self.subject_id)
        # By truth: `reading.sound` asks it of values in which what is missing is not None.
        if bool(self.closed_on) != bool(self.closed_for):
            raise _refusal("closed_alone", text("reading.closed-alone"))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ban(KeepsOthers):
    """A ban of a subject for which no shop was opened.

    对未开店主体的封禁。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    record: Literal["ban"] = field(default="ban", kw_only=True)
    """The kind of record: a ban.

    记录种类：封禁。
    """
    subject_id: Id
    """The subject's unified social credit code; another national number with its scheme: th.tin:0994000617721.

    主体的统一社会信用代码；其他号码须注明号码体系，如 th.tin:0994000617721。
    """
    on: Day
    """The ban's first day, YYYY-MM-DD.

    封禁起始日（YYYY-MM-DD）。
    """
    reason: BanReason
    """application_fraud or serious_violation.

    application_fraud：申请造假；serious_violation：严重违规。
    """
    revoked_on: Day | None = None
    """The day from which it no longer holds, after an appeal succeeded.

    申诉成功后封禁撤销之日（自该日起失效）。
    """
    id: Words | None = None
    """The ban's id; a later record with the same id replaces this one.

    封禁编号；编号相同的后续记录将取代本记录。
    """
    subject_type: SubjectType | None = field(default=None, kw_only=True)
    """What kind of subject it is; tells which ids its subject_id may be.

    主体类型，据此判断 subject_id 可采用的号码。
    """
    extra: Extra = field(default_factory=dict, kw_only=True)
    """The fields that we do not know, kept and written back as they came.

    本系统未定义的字段，按原样保留并写回。
    """

    def __post_init__(self) -> None:
        _refuse_invisible(self.subject_id)

    def in_force(self, day: date) -> bool:
        """In force on `day`: from `on` on, and until the day before `revoked_on`."""
        return self.on <= day and (self.revoked_on is None or day < self.revoked_on)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Violation(KeepsOthers):
    """A violation on a subject's record.

    主体的违规记录。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    record: Literal["violation"] = field(default="violation", kw_only=True)
    """The kind of record: a violation.

    记录种类：违规。
    """
    subject_id: Id
    """The subject's unified social credit code; another national number with its scheme: th.tin:0994000617721.

    主体的统一社会信用代码；其他号码须注明号码体系，如 th.tin:0994000617721。
    """
    on: Day
    """The day of the violation, YYYY-MM-DD.

    违规日期（YYYY-MM-DD）。
    """
    kind: ViolationKind
    """late_shipment, false_advertising, customer_fraud or other.

    late_shipment：未按时发货；false_advertising：虚假宣传；customer_fraud：欺诈客户；other：其他。
    """
    shop_id: Words | None = None
    """The shop in which it happened.

    发生违规的店铺编号。
    """
    resolved_on: Day | None = None
    """The day from which it counts as resolved; null while it does not.

    违规处理完毕之日；未处理为 null。
    """
    id: Words | None = None
    """The violation's id; a later record with the same id replaces this one.

    违规编号；编号相同的后续记录将取代本记录。
    """
    subject_type: SubjectType | None = field(default=None, kw_only=True)
    """What kind of subject it is; tells which ids its subject_id may be.

    主体类型，据此判断 subject_id 可采用的号码。
    """
    extra: Extra = field(default_factory=dict, kw_only=True)
    """The fields that we do not know, kept and written back as they came.

    本系统未定义的字段，按原样保留并写回。
    """

    def __post_init__(self) -> None:
        _refuse_invisible(self.subject_id)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Mark(KeepsOthers):
    """What the platform knows of a subject from a day until a day: points, an investigation, a waiver of a rule.

    平台对主体所作的标记，自某日起至某日止：如记分、调查、规则豁免。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    record: Literal["mark"] = field(default="mark", kw_only=True)
    """The kind of record: a mark.

    记录种类：标记。
    """
    subject_id: Id
    """The subject's unified social credit code; another national number with its scheme: th.tin:0994000617721.

    主体的统一社会信用代码；其他号码须注明号码体系，如 th.tin:0994000617721。
    """
    kind: Id
    """What kind of mark it is, such as b_points; the ruleset declares the kinds that it counts. waiver: of one rule.

    标记种类，如 b_points；计入哪些种类由规则集声明。waiver：对某条规则的豁免。
    """
    on: Day
    """The mark's first day, YYYY-MM-DD.

    标记起始日（YYYY-MM-DD）。
    """
    value: Value | None = None
    """A whole number that goes with it, such as how many points.

    标记所附的整数，如记分的分数。
    """
    until: Day | None = None
    """The first day on which it no longer holds; null while no end is known.

    标记失效之日（自该日起不再有效）；未定时为 null。
    """
    about: Words | None = None
    """The id of the rule that it is about; a waiver has one.

    所涉规则的标识；豁免须填写。
    """
    by: Words | None = None
    """Who made it; a waiver says who gave it.

    标记人；豁免须写明由谁给予。
    """
    note: Words | None = None
    """The reason or reference.

    理由或依据。
    """
    id: Words | None = None
    """The mark's id; a later record with the same id replaces this one.

    标记编号；编号相同的后续记录将取代本记录。
    """
    subject_type: SubjectType | None = field(default=None, kw_only=True)
    """What kind of subject it is; tells which ids its subject_id may be.

    主体类型，据此判断 subject_id 可采用的号码。
    """
    extra: Extra = field(default_factory=dict, kw_only=True)
    """The fields that we do not know, kept and written back as they came.

    本系统未定义的字段，按原样保留并写回。
    """

    def __post_init__(self) -> None:
        _refuse_invisible(self.subject_id)
        _refuse_invisible(self.kind)

    def in_force(self, day: date) -> bool:
        """In force on `day`: from `on` on, and until the day before `until`."""
        return self.on <= day and (self.until is None or day < self.until)

    def waives(self, rule: str) -> bool:
        """Whether it is a waiver of the rule with this id."""
        return self.is_waiver and normal_text(self.about or "") == rule

    @property
    def is_waiver(self) -> bool:
        return normal_text(self.kind) == WAIVER


WAIVER = "waiver"  # the one kind of mark that means something to the program itself
Record = Shop | Ban | Violation | Mark
RECORDS: Mapping[str, type[Record]] = {"shop": Shop, "ban": Ban, "violation": Violation, "mark": Mark}
# msgspec learns a class when it is first asked for one: here, since threads that teach it at once end the process.
for _model in (Application, Brand, *RECORDS.values()):
    msgspec.json.Decoder(_model)
# By model, the names of the fields that we know.
KNOWN: Mapping[type, frozenset[str]] = {
    model: frozenset(known.name for known in fields(model)) - {"extra"}
    for model in (*RECORDS.values(), Brand, Application, Subject, BusinessLicense, ShopWanted, BrandWanted, Evidence)
}
# By the name of the field of an application that holds it: what may itself have fields of a ruleset's own.
_PARTS: Mapping[str, type] = {
    "subject": Subject,
    "business_license": BusinessLicense,
    "shop": ShopWanted,
    "brands": BrandWanted,
    "evidence": Evidence,
}


def record_id(record: Record) -> str | None:
    """What a later record must carry to replace this one; None where it stands alone, as with an id of blanks."""
    if record.record == "shop":
        return f"shop:{record.shop_id}"
    return f"{record.record}:{record.id}" if record.id and normal_text(record.id) else None


def to_plain(value: Record | Application) -> dict[str, Any]:
    """`value` as plain JSON values without nulls: what files and databases hold. See `to_record` for the way back.

    The same value always gives the same text, which records and digests on file are compared with; a record's
    fields that we do not know come last. Raises InputError where one that a program made holds what is no JSON, or a
    field that we know among those that we do not.
    """
    try:
        return _without_nulls(msgspec.to_builtins(value, builtin_types=NO_TEXTS))
    except (TypeError, RecursionError) as error:
        # One that was made in a program may hold anything.
        raise InputError(Problem(text("models.no-json", why=error))) from None


def to_record(plain: Any) -> Record:
    """The record whose plain form this is, with the fields that we do not know; raises msgspec.ValidationError."""
    kind = plain.get("record") if isinstance(plain, dict) else None
    model = RECORDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise msgspec.ValidationError
    record: Record = msgspec.convert(*_with_extra(plain, model))
    if isinstance(record, Shop):
        for brand in plain["brands"]:
            if not brand.keys() <= KNOWN[Brand]:
                brands = tuple(msgspec.convert(*_with_extra(one, Brand)) for one in plain["brands"])
                return replace(record, brands=brands)
    return record


def write_kept(value: Record | Application | None) -> str:
    """The text that is kept of `value`: JSON without spaces; None says that there is no such record any more."""
    return msgspec.json.encode(to_plain(value) if value is not None else None).decode()


def content_digest(application: Application) -> str:
    """A digest of what is kept of `application`, which tells whether another of its id is the same."""
    from hashlib import sha256

    return "sha256:" + sha256(write_kept(application).encode()).hexdigest()


def read_kept(text: str | bytes) -> Record | None:
    """The record in a text that was kept; raises msgspec.DecodeError where it is broken."""
    plain = _kept(text)
    return to_record(plain) if plain is not None else None


def read_kept_plain(text: str | bytes) -> dict[str, Any] | None:
    """The plain form of the record in a text that was kept; raises as `read_kept` does."""
    plain: dict[str, Any] | None = _kept(text)
    if plain is not None:
        to_record(plain)
    return plain


def _kept(text: object) -> Any:
    """What was kept as JSON; a damaged database may give anything in its place."""
    if not isinstance(text, str | bytes):
        raise msgspec.DecodeError(f"Expected `str`, got `{type(text).__name__}`")
    return msgspec.json.decode(text)


def read_kept_application(text: str | bytes) -> Application:
    """The application in a text that was kept; raises msgspec.DecodeError where it is broken.

    A field that we do not know is one of a ruleset's own: no others are kept of an application.
    """
    return msgspec.convert(_with_own(_kept(text), Application), Application)


class History(msgspec.Struct, frozen=True, dict=True):
    """All that is on record of one subject, each record in its newest version."""

    shops: tuple[Shop, ...] = ()
    bans: tuple[Ban, ...] = ()
    violations: tuple[Violation, ...] = ()
    marks: tuple[Mark, ...] = ()

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """What is found out about these records whatever is asked of them, by whoever found it."""
        return {}

    @cached_property
    def days(self) -> list[date]:
        """The days on which a record begins or ends, in order."""
        terms = (
            *((shop.opened_on, shop.closed_on) for shop in self.shops),
            *((ban.on, ban.revoked_on) for ban in self.bans),
            *((violation.on, violation.resolved_on) for violation in self.violations),
            *((mark.on, mark.until) for mark in self.marks),
        )
        return sorted({day for term in terms for day in term if day})

    @cached_property
    def most_brands(self) -> int:
        """How many brands that shop carries which carries the most."""
        return max((len(shop.brands) for shop in self.shops), default=0)

    @cached_property
    def ended_shops(self) -> tuple[Shop, ...]:
        """The shops that have an end, whenever that is."""
        return tuple(shop for shop in self.shops if shop.closed_on is not None)


NO_RECORDS = History()


def history_of(subject: str, records: Iterable[Record]) -> History:
    """What `records`, in the order in which they were added, say of `subject` (a normal subject id).

    A later record replaces the earlier one of its id.
    """
    newest: dict[object, Record] = {}
    for position, record in enumerate(records):
        newest[record_id(record) or position] = record
    return by_kind(record for record in newest.values() if is_of(record, subject))


def is_of(record: Record, subject: str) -> bool:
    """Whether `record` is one of `subject` (a normal subject id)."""
    return record.subject_id == subject or normal_subject(record.subject_id) == subject


def by_kind(records: Iterable[Record]) -> History:
    """The history that `records`, each in its newest version, make up."""
    kinds: dict[type, list[Any]] = {Shop: [], Ban: [], Violation: [], Mark: []}
    for record in records:
        kinds[type(record)].append(record)
    return History(*map(tuple, kinds.values()))


def _name(name: str | None) -> str | None:
    return normal_text(name) if name is not None else None


def _refusal(kind: str, words: Text) -> ValueError:
    """What says that a value is refused: in English, as pydantic says all, and in both languages in its context."""
    from pydantic_core import PydanticCustomError

    return PydanticCustomError(kind, "{en}", words)


def _refuse_invisible(id_: str) -> None:
    # Not an empty one, which no text may have: a shop that is on no record yet has none.
    if id_ and not normal_text(id_):
        raise _refusal("not_blank", text("models.expected", what=text("reading.not-blank")))


def _with_extra(plain: dict[str, Any], model: type[Model]) -> tuple[dict[str, Any], type[Model]]:
    """`plain` as `model` takes it: the fields that we do not know in one of their own."""
    known = KNOWN[model]
    if plain.keys() <= known:
        return plain, model
    extra = {name: value for name, value in plain.items() if name not in known}
    return {name: value for name, value in plain.items() if name in known} | {"extra": extra}, model


def _with_own(plain: Any, model: type) -> Any:
    """`plain` as `model` takes it, with the fields that we do not know in `extra`, and so for all below it."""
    if isinstance(plain, list):
        return [_with_own(item, model) for item in plain]
    if not isinstance(plain, dict):
        return plain
    known = KNOWN[model]
    kept = {n: _with_own(v, _PARTS[n]) if n in _PARTS else v for n, v in plain.items() if n in known}
    return kept if len(kept) == len(plain) else kept | {"extra": {n: v for n, v in plain.items() if n not in known}}


def _without_nulls(plain: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in plain.items():
        if name == "extra":
            extra = value
        elif isinstance(value, dict):
            kept[name] = _without_nulls(value)
        elif isinstance(value, list | tuple):
            kept[name] = [_without_nulls(item) if isinstance(item, dict) else item for item in value]
        elif value is not None:
            kept[name] = value
    if shadowed := extra.keys() & (plain.keys() - {"extra"}):
        # Else what is written there would take the place of what the field says.
        name = min(shadowed)
        raise InputError(Problem(text("models.known-in-extra", name=name), f"/extra/{name}"))
    return kept | extra if extra else kept
