"""`onboard new`: a fresh application file, filled in by asking where somebody is there to answer."""

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from ..errors import Problem
from ..identity import license_number, lookalikes, normal_code, normal_text
from ..models import EvidenceType, SubjectType
from ..outputs.files import standard_output
from ..outputs.json import to_json
from .options import CONTEXT, lang_option, language, today, traceback_option

Ask = Callable[..., Any]

_EN = {
    "intro": "Enter leaves a field empty; it can be filled in later. Ctrl-C leaves without a file.",
    "application_id": "Id of the application",
    "submitted_on": "Day of submission, YYYY-MM-DD",
    "subject.type": "Kind of subject",
    "subject.name": "Name of the subject",
    "uscc": "Unified social credit code on the licence",
    "license.name": "Name on the licence",
    "valid_from": "  First day of validity, YYYY-MM-DD",
    "valid_until": "  Last day of validity, YYYY-MM-DD (empty: no fixed term)",
    "shop": "Name of the shop",
    "brand": "Brand (empty: no more)",
    "trademark_no": "  Trademark number",
    "evidence": "  Kind of evidence for the brand",
    "sealed": "  Does it bear the subject's seal?",
    "signed": "  Has the legal representative signed it?",
    "no date": "`{text}` is no date that exists; write it as 2024-08-05",
    "no code": "a code has 18 characters, of which the last checks the others; this one is wrong{likely}",
    "likely": "; character {position} is likely {likely}, not {typed}",
    "no id": "every application has an id",
    "written": "wrote `{path}`; now: onboard-check {path}",
}
_ZH = {
    "intro": "直接回车表示留空，以后可再补填；按 Ctrl-C 退出且不生成文件。",
    "application_id": "申请编号",
    "submitted_on": "提交日期（YYYY-MM-DD）",
    "subject.type": "主体类型",
    "subject.name": "主体名称",
    "uscc": "营业执照上的统一社会信用代码",
    "license.name": "营业执照上的名称",
    "valid_from": "  有效期起始日（YYYY-MM-DD）",
    "valid_until": "  有效期截止日（YYYY-MM-DD，留空表示长期有效）",
    "shop": "店铺名称",
    "brand": "品牌名称（留空表示没有更多）",
    "trademark_no": "  商标注册号",
    "evidence": "  品牌资质类型",
    "sealed": "  是否加盖主体公章？",
    "signed": "  法定代表人是否签字？",
    "no date": "“{text}”不是有效日期，请按 2024-08-05 的格式填写",
    "no code": "统一社会信用代码共 18 位，末位为校验码，所填代码不正确{likely}",
    "likely": "；第 {position} 位的 {typed} 很可能是 {likely}",
    "no id": "申请编号不能为空",
    "written": "已生成 `{path}`，接下来可运行：onboard-check {path}",
}


@click.command("new", context_settings=CONTEXT)
@click.argument("path", default="application.json", metavar="[PATH]", type=click.Path())
@click.option("--template", is_flag=True, help="Ask nothing: write the fields with nothing in them.")
@click.option("--schema", metavar="PATH|URL", help="What `$schema` is to say, for editors; see `onboard schema`.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@lang_option
@traceback_option
def new_command(path: str, template: bool, schema: str | None, force: bool, lang: str | None, traceback: bool) -> None:
    """Write a fresh application file; on a terminal, ask for its fields.

    PATH is application.json where it is not given; `-` is standard output. What is left empty, a check then names.

    \b
    Examples:
      onboard new
      onboard new applications/A-2024-0001.json --lang zh
      onboard new --template - > application.json
    """
    words = _ZH if language(lang) == "zh" else _EN
    file = Path(path)
    if path != "-" and file.exists() and not force:
        raise click.UsageError(f"`{path}` is there already; `--force` replaces it")
    name = "application" if path == "-" else file.stem
    asking = not template and sys.stdin.isatty() and sys.stderr.isatty()
    filled = _filled(name, _asker(words) if asking else _no_answer)
    text = to_json(({"$schema": schema} if schema else {}) | filled, indent=2) + "\n"
    if path == "-":
        standard_output().write(text)
        return
    try:
        # Somebody may have made the file while questions were answered.
        with file.open("w" if force else "x", encoding="utf-8", newline="\n") as out:
            out.write(text)
    except OSError as error:
        raise click.UsageError(str(Problem((error.strerror or "unwritable").lower(), source=path))) from None
    click.echo(words["written"].format(path=path), err=True)


def _filled(name: str, ask: Ask) -> dict[str, Any]:
    """An application, as answered; `ask` gets a question's key, the default, and how to read the answer."""
    made: dict[str, Any] = {
        "application_id": ask("application_id", name, _id),
        "submitted_on": ask("submitted_on", today().isoformat(), _date),
        "subject": {
            "type": ask("subject.type", "enterprise", get_args(SubjectType)),
            "name": ask("subject.name"),
        },
    }
    made["business_license"] = {
        "uscc": ask("uscc", None, _code),
        "name": ask("license.name", made["subject"]["name"]),
        "valid_from": ask("valid_from", None, _date),
        "valid_until": ask("valid_until", None, _date),
    }
    made["shop"] = {"name": ask("shop")}
    brands = []
    while brand := ask("brand"):
        brands.append(_brand(brand, ask))
    made["brands"] = brands or [_brand(None, _nothing)]
    return made


def _brand(name: str | None, ask: Ask) -> dict[str, Any]:
    return {
        "name": name,
        "trademark_no": ask("trademark_no"),
        "evidence": {
            "type": ask("evidence", "authorization_letter", get_args(EvidenceType)),
            "valid_from": ask("valid_from", None, _date),
            "valid_until": ask("valid_until", None, _date),
            "sealed_by_subject": ask("sealed", None, bool),
            "signed_by_legal_representative": ask("signed", None, bool),
        },
    }


def _no_answer(key: str, default: Any = None, kind: Any = None) -> Any:
    return default


def _nothing(key: str, default: Any = None, kind: Any = None) -> None:
    return None


def _asker(words: dict[str, str]) -> Ask:
    click.echo(words["intro"], err=True)

    def ask(key: str, default: Any = None, kind: Any = None) -> Any:
        if kind is bool:
            return click.confirm(words[key], default=False, err=True)
        if isinstance(kind, tuple):
            return click.prompt(words[key], default=default, type=click.Choice(kind), err=True)

        def read(answer: str) -> str | None:
            text = answer.strip()
            return kind(text, words) if kind is not None else text or None

        return click.prompt(words[key], default=default or "", show_default=bool(default), value_proc=read, err=True)

    return ask


def _id(text: str, words: dict[str, str]) -> str:
    if not normal_text(text):
        raise click.UsageError(words["no id"])
    return text


def _date(text: str, words: dict[str, str]) -> str | None:
    try:
        return msgspec.convert(text, date).isoformat() if text else None
    except msgspec.ValidationError:
        raise click.UsageError(words["no date"].format(text=text)) from None


def _code(text: str, words: dict[str, str]) -> str | None:
    code = normal_code(text)
    if code and license_number(code) not in ("uscc", "early_fujian"):
        likely = "".join(words["likely"].format(**one) for one in lookalikes(code))
        raise click.UsageError(words["no code"].format(likely=likely))
    return code or None
