"""`onboard registry show`: all that is on record of one subject, and what bars it from another shop."""

from collections.abc import Iterator
from datetime import date

import click
import msgspec

from ...decisions.audit import applicant, by_record
from ...decisions.corrections import subject_hint
from ...errors import Problem, RegistryError
from ...identity import normal_code
from ...kernel import check
from ...messages import Lang, Text
from ...models import Ban, Record, Shop
from ...outputs.interface import safe
from ...registry.sql import history_from
from ...report import Report
from ..options import CONTEXT, lang_option, today, traceback_option
from ..output_files import write_json
from .options import (
    Day,
    format_option,
    known_at_option,
    open_from_options,
    registry_option,
    resolve_language,
    rules_of,
    ruleset_option,
)

_WORDS: dict[str, Text] = {
    "as of": {"en": "{subject}  as of {day}", "zh": "{subject}  截至 {day}"},
    "shop": {"en": "shop {name}  {brands}: opened {on}", "zh": "店铺 {name}  {brands}：{on} 开店"},
    "ban": {"en": "ban {name}: {why}, from {on}", "zh": "封禁 {name}：{why}，自 {on} 起"},
    "violation": {"en": "violation {name}: {why} on {on}", "zh": "违规 {name}：{why}，{on}"},
    "closed": {"en": ", closed {on} for {why}", "zh": "，{on} 关店（{why}）"},
    "revoked": {"en": ", revoked {on}", "zh": "，{on} 撤销"},
    "resolved": {"en": ", resolved {on}", "zh": "，{on} 已处理"},
    "not resolved": {"en": ", not resolved", "zh": "，尚未处理"},
    "voluntary_exit": {"en": "voluntary_exit", "zh": "主动退出"},
    "application_fraud": {"en": "application_fraud", "zh": "申请造假"},
    "serious_violation": {"en": "serious_violation", "zh": "严重违规"},
    "late_shipment": {"en": "late_shipment", "zh": "未按时发货"},
    "false_advertising": {"en": "false_advertising", "zh": "虚假宣传"},
    "customer_fraud": {"en": "customer_fraud", "zh": "欺诈客户"},
    "other": {"en": "other", "zh": "其他"},
    "barred": {"en": "{rule} ({clause}): {why}", "zh": "{rule}（{clause}）：{why}"},
    "not barred": {"en": "nothing on record bars another shop", "zh": "登记库中没有妨碍再开店的记录"},
    "no number": {
        "en": "not a sound licence number: what it may do cannot be told",
        "zh": "该号码不是正确的统一社会信用代码，无法判定能否开店",
    },
    "from": {"en": "may open a shop from {day}", "zh": "自 {day} 起可再开店"},
    "never": {"en": "waiting alone does not cure this", "zh": "仅靠等待无法解决"},
}


@click.command("show", context_settings=CONTEXT)
@click.argument("subject")
@registry_option
@ruleset_option
@known_at_option
@click.option("--as-of", type=Day(), help="The day to look from.  [default: today in Asia/Shanghai]")
@lang_option
@format_option
@traceback_option
def show_command(
    subject: str,
    registry: str | None,
    ruleset: str | None,
    known_at: str | None,
    as_of: date | None,
    lang: str | None,
    output_format: str,
    traceback: bool,
) -> None:
    """Show a subject's shops, bans and violations, and when it may open another shop as far as the record goes.

    \b
    Example: onboard registry show 91999999MATEKT019L --registry registry.db
    """
    code, day = normal_code(subject), as_of or today()
    with open_from_options(registry, known_at=known_at) as database, database.reading() as session:
        rows = database.rows(session, code, known_at=database.known_until)
        if not rows:
            raise RegistryError(Problem(f"nothing is on record of `{code}`", hint=subject_hint(session, code)))
    newest = {row.key: row.record for row in rows}
    records = {key: record for key, record in newest.items() if record is not None}
    known = by_record(rules_of(ruleset), with_type=False)
    report = check(applicant(code, None, (), ""), history_from(code, rows), day, known)
    if output_format == "json":
        plain = [{"record_id": key, **msgspec.to_builtins(record)} for key, record in records.items()]
        barred = [{"rule": o.rule, "reasons": msgspec.to_builtins(o.reasons)} for o in report.failures]
        about = {"schema_version": 1, "subject_id": code, "as_of": day, "records": plain, "barred_by": barred}
        write_json(msgspec.to_builtins({**about, "eligible_from": report.eligible_from}))
        return
    words = resolve_language(lang)
    click.echo(safe(_say("as of", words, subject=code, day=day)))
    for key, record in records.items():
        click.echo(safe("  " + _record(key, record, words)))
    for line in _barred(report, words):
        click.echo(safe("  " + line))


def _say(key: str, lang: Lang, **values: object) -> str:
    return _WORDS[key][lang].format(**values)


def _record(key: str, record: Record, lang: Lang) -> str:
    if isinstance(record, Shop):
        brands = ("、" if lang == "zh" else ", ").join(brand.name for brand in record.brands)
        line = _say("shop", lang, name=record.shop_id, brands=brands, on=record.opened_on)
        why = _WORDS[record.closed_for][lang] if record.closed_for else ""
        return line + (_say("closed", lang, on=record.closed_on, why=why) if record.closed_on else "")
    name = record.id or key
    if isinstance(record, Ban):
        line = _say("ban", lang, name=name, why=_WORDS[record.reason][lang], on=record.on)
        return line + (_say("revoked", lang, on=record.revoked_on) if record.revoked_on else "")
    line = _say("violation", lang, name=name, why=_WORDS[record.kind][lang], on=record.on)
    return line + _say("resolved" if record.resolved_on else "not resolved", lang, on=record.resolved_on)


def _barred(report: Report, lang: Lang) -> Iterator[str]:
    for outcome in report.failures:
        for reason in outcome.reasons:
            yield _say("barred", lang, rule=outcome.rule, clause=outcome.clause, why=reason.message[lang])
    if report.verdict == "undecided":
        yield _say("no number", lang)
    elif report.verdict == "pass":
        yield _say("not barred", lang)
    elif report.eligible_from:
        yield _say("from", lang, day=report.eligible_from)
    else:
        yield _say("never", lang)
