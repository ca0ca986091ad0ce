"""`onboard new`: a fresh application file, filled in by asking where somebody is there to answer."""

import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from ..errors import InputError
from ..files import os_problem
from ..identity import license_number, lookalikes, normal_code, normal_text
from ..messages import Lang, say
from ..models import EvidenceType, SubjectType
from ..outputs.json import to_json
from .errors import shown, to_stderr, usage_error
from .language import resolve_language
from .options import CONTEXT, PATH, lang_option, today, traceback_option
from .output_files import standard_output

Ask = Callable[..., Any]


@click.command("new", context_settings=CONTEXT)
@click.argument("path", default="application.json", metavar="[PATH]", type=PATH)
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
    spoken, file = resolve_language(lang), Path(path)
    if path != "-" and os.path.lexists(file) and not force:
        raise usage_error("cli.new-exists", path=path)
    name = "application" if path == "-" else file.stem
    asking = not template and sys.stdin.isatty() and sys.stderr.isatty()
    filled = _filled(name, _asker(spoken) if asking else _no_answer)
    content = to_json(({"$schema": schema} if schema else {}) | filled, indent=2) + "\n"
    if path == "-":
        standard_output().write(content)
        return
    try:
        # Somebody may have made the file while questions were answered.
        with file.open("w" if force else "x", encoding="utf-8", newline="\n") as out:
            out.write(content)
    except OSError as error:
        raise InputError(os_problem(error, path)) from None
    to_stderr(shown(say("cli.new-written", spoken, path=path)))


def _filled(name: str, ask: Ask) -> dict[str, Any]:
    """An application, as answered; `ask` gets a question's key, the default, and how to read the answer."""
    made: dict[str, Any] = {
        "application_id": ask("application-id", name, _id),
        "submitted_on": ask("submitted-on", today().isoformat(), _date),
        "subject": {
            "type": ask("subject-type", "enterprise", get_args(SubjectType)),
            "name": ask("subject-name"),
        },
    }
    made["business_license"] = {
        "uscc": ask("uscc", None, _code),
        "name": ask("license-name", made["subject"]["name"]),
        "valid_from": ask("valid-from", None, _date),
        "valid_until": ask("valid-until", None, _date),
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
        "trademark_no": ask("trademark-no"),
        "evidence": {
            "type": ask("evidence", "authorization_letter", get_args(EvidenceType)),
            "valid_from": ask("valid-from", None, _date),
            "valid_until": ask("valid-until", None, _date),
            "sealed_by_subject": ask("sealed", None, bool),
            "signed_by_legal_representative": ask("signed", None, bool),
        },
    }


def _no_answer(key: str, default: Any = None, kind: Any = None) -> Any:
    return default


def _nothing(key: str, default: Any = None, kind: Any = None) -> None:
    return None


def _asker(lang: Lang) -> Ask:
    click.echo(say("cli.ask-intro", lang), err=True)

    def ask(key: str, default: Any = None, kind: Any = None) -> Any:
        question = say(f"cli.ask-{key}", lang)
        if kind is bool:
            return click.confirm(question, default=False, err=True)
        if isinstance(kind, tuple):
            return click.prompt(question, default=default, type=click.Choice(kind), err=True)

        def read(answer: str) -> str | None:
            text = answer.strip()
            return kind(text, lang) if kind is not None else text or None

        return click.prompt(question, default=default or "", show_default=bool(default), value_proc=read, err=True)

    return ask


def _id(text: str, lang: Lang) -> str:
    if not normal_text(text):
        raise click.UsageError(say("cli.no-id", lang))
    return text


def _date(text: str, lang: Lang) -> str | None:
    try:
        return msgspec.convert(text, date).isoformat() if text else None
    except msgspec.ValidationError:
        raise click.UsageError(say("cli.no-date", lang, text=text)) from None


def _code(text: str, lang: Lang) -> str | None:
    code = normal_code(text)
    if code and license_number(code) not in ("uscc", "early_fujian"):
        likely = "".join(say("cli.likely", lang, **one) for one in lookalikes(code))
        raise click.UsageError(say("cli.no-code", lang, likely=likely))
    return code or None
