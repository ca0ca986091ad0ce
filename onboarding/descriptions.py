"""What each field is, in English and Chinese: what an editor shows beside an application file, a record, a report."""

from typing import Any

from .descriptions_report import OF_REPORTS

# By model, and by model and field.
OF_INPUT: dict[str, tuple[str, str]] = {
    "Application": ("A request to open one shop.", "开设一家店铺的申请。"),
    "Application.application_id": (
        "The application's own id; it tells a repeated check which shop this application opened.",
        "申请编号；重复审核时据此识别本申请所开的店铺。",
    ),
    "Application.subject": ("The business behind the shop.", "店铺背后的经营主体。"),
    "Application.submitted_on": (
        "The day of submission, YYYY-MM-DD; it only orders applications that are judged together.",
        "提交日期（YYYY-MM-DD），仅用于多份申请一并审核时排定先后。",
    ),
    "Application.business_license": ("The subject's business licence.", "主体的营业执照。"),
    "Application.shop": ("The shop applied for.", "申请开设的店铺。"),
    "Application.brands": (
        "The brands that the shop is to sell, each with its evidence.",
        "店铺拟经营的品牌，逐一附品牌资质。",
    ),
    "Subject": ("The business behind the shop.", "店铺背后的经营主体。"),
    "Subject.type": (
        "enterprise: a company; individual_business: a 个体工商户; individual: a natural person; other.",
        "enterprise：企业；individual_business：个体工商户；individual：个人；other：其他。",
    ),
    "Subject.name": ("The subject's name as registered.", "主体的登记名称。"),
    "BusinessLicense": ("A business licence.", "营业执照。"),
    "BusinessLicense.uscc": (
        "The unified social credit code on the licence: 18 characters, the last one a check character.",
        "执照上的统一社会信用代码，共 18 位，末位为校验码。",
    ),
    "BusinessLicense.name": (
        "The name on the licence; where given, it must be the subject's.",
        "执照上的名称；如填写，须与主体名称一致。",
    ),
    "BusinessLicense.valid_from": ("The licence's first day, YYYY-MM-DD.", "执照有效期起始日（YYYY-MM-DD）。"),
    "BusinessLicense.valid_until": (
        "The licence's last day, YYYY-MM-DD; null or absent: no fixed term.",
        "执照有效期截止日（YYYY-MM-DD）；null 或不填表示长期有效。",
    ),
    "ShopWanted": ("The shop applied for.", "申请开设的店铺。"),
    "ShopWanted.name": ("The shop's name.", "店铺名称。"),
    "BrandWanted": ("A brand that the shop is to sell, with its evidence.", "店铺拟经营的品牌及其资质。"),
    "BrandWanted.name": (
        "The brand's name; a bilingual one may be written as 云上/CLOUDTEA.",
        "品牌名称；中英文名称可写作“云上/CLOUDTEA”。",
    ),
    "BrandWanted.trademark_no": (
        "The trademark's registration number; an equal number is the same brand.",
        "商标注册号；注册号相同即视为同一品牌。",
    ),
    "BrandWanted.evidence": (
        "What shows that the subject may sell the brand.",
        "证明主体可以经营该品牌的资质文件。",
    ),
    "Evidence": ("What shows that the subject may sell a brand.", "证明主体可以经营某品牌的资质文件。"),
    "Evidence.type": (
        "authorization_letter, trademark_certificate or other.",
        "authorization_letter：品牌授权书；trademark_certificate：商标注册证；other：其他。",
    ),
    "Evidence.valid_from": ("The evidence's first day, YYYY-MM-DD.", "资质有效期起始日（YYYY-MM-DD）。"),
    "Evidence.valid_until": (
        "The evidence's last day, YYYY-MM-DD; null or absent: no fixed term.",
        "资质有效期截止日（YYYY-MM-DD）；null 或不填表示无固定期限。",
    ),
    "Evidence.sealed_by_subject": ("Whether it bears the subject's seal.", "是否加盖主体公章。"),
    "Evidence.signed_by_legal_representative": (
        "Whether the subject's legal representative has signed it.",
        "主体的法定代表人是否签字。",
    ),
    "Brand": ("A brand that a shop on record carries.", "在册店铺经营的品牌。"),
    "Brand.name": ("The brand's name.", "品牌名称。"),
    "Brand.trademark_no": ("The trademark's registration number.", "商标注册号。"),
    "Shop": ("A shop on record.", "在册店铺。"),
    "Shop.record": ("The kind of record: a shop.", "记录种类：店铺。"),
    "Shop.shop_id": (
        "The shop's id; a later record with the same id replaces this one.",
        "店铺编号；编号相同的后续记录将取代本记录。",
    ),
    "Shop.subject_id": ("The subject's unified social credit code.", "主体的统一社会信用代码。"),
    "Shop.opened_on": ("The day the shop opened, YYYY-MM-DD.", "开店日期（YYYY-MM-DD）。"),
    "Shop.brands": ("The brands that the shop carries.", "店铺经营的品牌。"),
    "Shop.subject_type": ("What kind of subject it was.", "主体类型。"),
    "Shop.closed_on": (
        "The first day on which the shop is no longer open; null while it is.",
        "店铺关闭之日（自该日起不再营业）；营业中为 null。",
    ),
    "Shop.closed_for": (
        "Why it closed; goes with closed_on. Fraud or a serious violation is a ban of the subject.",
        "关闭原因，须与 closed_on 同时填写；因造假或严重违规关闭的，即为对该主体的封禁。",
    ),
    "Shop.application_id": ("The application that opened the shop.", "据以开店的申请编号。"),
    "Ban": ("A ban of a subject for which no shop was opened.", "对未开店主体的封禁。"),
    "Ban.record": ("The kind of record: a ban.", "记录种类：封禁。"),
    "Ban.subject_id": ("The subject's unified social credit code.", "主体的统一社会信用代码。"),
    "Ban.on": ("The ban's first day, YYYY-MM-DD.", "封禁起始日（YYYY-MM-DD）。"),
    "Ban.reason": (
        "application_fraud or serious_violation.",
        "application_fraud：申请资料造假；serious_violation：严重违规。",
    ),
    "Ban.revoked_on": (
        "The day from which it no longer holds, after an appeal succeeded.",
        "申诉成功后封禁撤销之日（自该日起失效）。",
    ),
    "Ban.id": (
        "The ban's id; a later record with the same id replaces this one.",
        "封禁编号；编号相同的后续记录将取代本记录。",
    ),
    "Violation": ("A violation on a subject's record.", "主体的违规记录。"),
    "Violation.record": ("The kind of record: a violation.", "记录种类：违规。"),
    "Violation.subject_id": ("The subject's unified social credit code.", "主体的统一社会信用代码。"),
    "Violation.on": ("The day of the violation, YYYY-MM-DD.", "违规日期（YYYY-MM-DD）。"),
    "Violation.kind": (
        "late_shipment, false_advertising, customer_fraud or other.",
        "late_shipment：未按时发货；false_advertising：虚假宣传；customer_fraud：欺诈客户；other：其他。",
    ),
    "Violation.shop_id": ("The shop in which it happened.", "发生违规的店铺编号。"),
    "Violation.resolved_on": (
        "The day from which it counts as resolved; null while it does not.",
        "违规处理完毕之日；未处理为 null。",
    ),
    "Violation.id": (
        "The violation's id; a later record with the same id replaces this one.",
        "违规编号；编号相同的后续记录将取代本记录。",
    ),
}

DESCRIPTIONS = OF_INPUT | OF_REPORTS

# The same wherever they stand.
_PLACES = {
    "line": ("The line, from 1.", "行号，从 1 起。"),
    "column": ("The column, from 1, in characters.", "列号，从 1 起，按字符计。"),
    "end_line": ("The line of the end.", "结束处的行号。"),
    "end_column": ("The column one past the end.", "结束处后一列的列号。"),
}


def describe(models: dict[str, Any]) -> None:
    """Put the descriptions into the JSON Schemas of `models` by name: English, and Chinese on the next line.

    Raises KeyError where a model or a field has none.
    """
    for name, schema in models.items():
        schema["description"] = "\n".join(DESCRIPTIONS[name])
        for field, inner in schema.get("properties", {}).items():
            said = _PLACES[field] if field in _PLACES else DESCRIPTIONS[f"{name}.{field}"]
            inner["description"] = "\n".join(said)
