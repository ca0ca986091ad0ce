"""`onboard new`: a fresh application file, filled in by asking where somebody is there to answer."""

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path as File
from typing import Any, get_args

import click
import msgspec

from ..errors import InputError
from ..files import os_problem
from ..identity import license_number, lookalikes, normal_code, normal_text
from ..messages import Lang, Text, joined, same, say, text
from ..models import Application, EvidenceType, SubjectType
from ..outputs.json import to_json
from ..pointers import Path
from ..reading.own_fields import NO_FIELDS, OwnField, OwnFields
from ..reading.validation import field_at, model_at
from ..rules.loading import load_ruleset, schemas_folder
from ..subject_number import BY_USCC, SubjectNumber
from .completion import complete_rulesets
from .errors import shown, to_stderr, usage_error
from .language import resolve_language
from .options import CONTEXT, PATH, lang_option, today, traceback_option
from .output_files import standard_output

Ask = Callable[..., Any]


@click.command("new", context_settings=CONTEXT)
@click.argument("path", default="application.json", metavar="[PATH]", type=PATH)
@click.option("--template", is_flag=True, help="Ask nothing: write the fields with nothing in them.")
@click.option(
    "--ruleset",
    metavar="NAME|FOLDER",
    shell_complete=complete_rulesets,
    help="The fields of this ruleset's own, too.",
)
@click.option("--schema", metavar="PATH|URL", help="What `$schema` is to say, for editors; see `onboard schema`.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@lang_option
@traceback_option
def new_command(
    path: str,
    template: bool,
    ruleset: str | None,
    schema: str | None,
    force: bool,
    lang: str | None,
    traceback: bool,
) -> None:
    """Write a fresh application file; on a terminal, ask for its fields.

    PATH is application.json where it is not given; `-` is standard output. What is left empty, a check then names.

    \b
    Examples:
      onboard new
      onboard new applications/A-2024-0001.json --lang zh
      onboard new --template - > application.json
    """
    language, file = resolve_language(lang), File(path)
    if path != "-" and os.path.lexists(file) and not force:
        raise usage_error("cli.new-exists", path=path)
    name = "application" if path == "-" else file.stem
    asking = not template and sys.stdin.isatty() and sys.stderr.isatty()
    rules = load_ruleset(ruleset) if ruleset is not None else None
    own, number = (rules.own_fields, rules.subject_number) if rules else (NO_FIELDS, BY_USCC)
    filled = _filled(name, _asker(language) if asking else _no_answer, own, number)
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
    to_stderr(shown(say("cli.new-written", language, path=path)))


def _filled(name: str, ask: Ask, own: OwnFields, number: SubjectNumber) -> dict[str, Any]:
    """An application, as answered; `ask` gets a question or its key, the default, and how to read the answer."""
    made: dict[str, Any] = {
        "application_id": ask("application-id", name, _id),
        "submitted_on": ask("submitted-on", today().isoformat(), _date),
        # Who applies again begins with what was handed in.
        "follows": None,
    }
    subject = {"type": ask("subject-type", "enterprise", get_args(SubjectType)), "name": ask("subject-name")}
    made["subject"] = _whole(subject, ("subject",), ask, own, number)
    by_license = number.path == BY_USCC.path
    license_ = {
        "uscc": ask("uscc", None, _code if number == BY_USCC or not by_license else _number_reader(number)),
        "name": ask("license-name", subject["name"]),
        "valid_from": ask("valid-from", None, _date),
        "valid_until": ask("valid-until", None, _date),
    }
    made["business_license"] = _whole(license_, ("business_license",), ask, own, number)
    made["shop"] = _whole({"name": ask("shop")}, ("shop",), ask, own, number)
    made = _whole(made, (), ask, own, number)
    brands = []
    while brand := ask("brand"):
        brands.append(_brand(brand, ask, own))
    made["brands"] = brands or [_brand(None, _nothing, own)]
    return made


def _brand(name: str | None, ask: Ask, own: OwnFields) -> dict[str, Any]:
    made = _whole({"name": name, "trademark_no": ask("trademark-no")}, ("brands", "[]"), ask, own)
    evidence = {
        "type": ask("evidence", "authorization_letter", get_args(EvidenceType)),
        "valid_from": ask("valid-from", None, _date),
        "valid_until": ask("valid-until", None, _date),
        "sealed_by_subject": ask("sealed", None, bool),
        "signed_by_legal_representative": ask("signed", None, bool),
    }
    return made | {"evidence": _whole(evidence, ("brands", "[]", "evidence"), ask, own)}


def _whole(
    made: dict[str, Any], owner: Path, ask: Ask, own: OwnFields, number: SubjectNumber = BY_USCC
) -> dict[str, Any]:
    """`made`, which stands at `owner`, with the fields that no question above is about, asked for by their meaning:
    those of the models, and those of a ruleset's own. `number` is how its subjects are known.
    """
    model = model_at(Application, owner)
    here = {known.name: field_at(model, (known.name,)) for known in fields(model)}
    others = {
        name: OwnField(field, _meaning(model.__name__, name))
        for name, field in here.items()
        if field and name not in made and field.kind not in ("object", "array")
    }
    others |= {str(path[-1]): field for path, field in own.application.items() if path[:-1] == owner}
    indent = "  " if "[]" in owner else ""
    readers = {n: _reader(f) if (*owner, n) != number.path else _number_reader(number) for n, f in others.items()}
    return made | {name: ask(_question(field, indent), None, readers[name]) for name, field in others.items()}


def _meaning(model: str, name: str) -> Text:
    """What the published schema says of a field."""
    published = json.loads((schemas_folder() / "application.schema.json").read_text(encoding="utf-8"))
    english, _, chinese = published["$defs"][model]["properties"][name]["description"].partition("\n")
    return {"en": english, "zh": chinese}


def _question(own: OwnField, indent: str) -> Text:
    about = own.field
    values = joined("list-separator", map(same, about.values or ()))
    kind = "-of" if about.values else "-day" if about.day else "-flag" if about.kind == "boolean" else ""
    meaning = {lang: words.rstrip(".。") for lang, words in own.meaning.items()}
    return text(f"cli.ask-own{kind}", indent=indent, meaning=meaning, values=values)


def _reader(own: OwnField) -> Callable[[str, Lang], Any]:
    def read(answer: str, lang: Lang) -> Any:
        value: Any = answer or None
        if own.field.kind == "integer" and re.fullmatch("-?[0-9]{1,15}", answer):
            value = int(answer)
        elif own.field.kind == "boolean":
            value = {"y": True, "yes": True, "n": False, "no": False}.get(answer.lower(), value)
        if problem := own.problem(value, ""):
            raise click.UsageError(problem.message[lang])
        return value

    return read


def _number_reader(number: SubjectNumber) -> Callable[[str, Lang], str | None]:
    def read(answer: str, lang: Lang) -> str | None:
        if answer and number.on_record(answer) is None:
            raise click.UsageError(say("reading.not-of-scheme", lang, scheme=number.scheme))
        return answer or None

    return read


def _no_answer(key: str | Text, default: Any = None, kind: Any = None) -> Any:
    return default


def _nothing(key: str | Text, default: Any = None, kind: Any = None) -> None:
    return None


def _asker(lang: Lang) -> Ask:
    click.echo(say("cli.ask-intro", lang), err=True)

    def ask(key: str | Text, default: Any = None, kind: Any = None) -> Any:
        question = say(f"cli.ask-{key}", lang) if isinstance(key, str) else key[lang]
        if kind is bool:
            return click.confirm(question, default=False, err=True)
        if isinstance(kind, tuple):
            return click.prompt(question, default=default, type=click.Choice(kind), err=True)

        def read(answer: str) -> Any:
            given = answer.strip()
            return kind(given, lang) if kind is not None else given or None

        return click.prompt(question, default=default or "", show_default=bool(default), value_proc=read, err=True)

    return ask


def _id(given: str, lang: Lang) -> str:
    if not normal_text(given):
        raise click.UsageError(say("cli.no-id", lang))
    return given


def _date(given: str, lang: Lang) -> str | None:
    try:
        return msgspec.convert(given, date).isoformat() if given else None
    except msgspec.ValidationError:
        raise click.UsageError(say("cli.no-date", lang, text=given)) from None


def _code(given: str, lang: Lang) -> str | None:
    code = normal_code(given)
    if code and license_number(code) not in ("uscc", "early_fujian"):
        likely = "".join(say("cli.likely", lang, **one) for one in lookalikes(code))
        raise click.UsageError(say("cli.no-code", lang, likely=likely))
    return code or None
