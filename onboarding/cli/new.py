"""`onboard new`: a fresh application file, filled in by asking where somebody is there to answer."""

import os
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path as File
from typing import Any, get_args

import click
import msgspec

from ..errors import InputError
from ..files import os_problem
from ..identity import license_number, lookalikes, normal_code, normal_text
from ..messages import Lang, Text, joined, same, say, text
from ..models import EvidenceType, SubjectType
from ..outputs.json import to_json
from ..reading.own_fields import NO_FIELDS, OwnFields
from ..reading.validation import misfit
from ..rules.loading import load_ruleset
from ..rules.outline import Asked, Part, outline
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
    """An application, as answered; `ask` gets a question, the default, and how to read the answer."""
    whole = outline(own)
    subject_, licence, shop, brand = (_questions(part) for part in whole.parts)
    about = _questions(whole)
    made: dict[str, Any] = {
        "application_id": ask(about["application_id"], name, _id),
        "submitted_on": ask(about["submitted_on"], today().isoformat(), _date),
        # Who applies again begins with what was handed in.
        "follows": None,
    }
    subject = {"type": ask(subject_["type"], "enterprise", get_args(SubjectType)), "name": ask(subject_["name"])}
    made["subject"] = _whole(subject, whole.parts[0], ask, number)
    by_license = number.path == BY_USCC.path
    license_ = {
        "uscc": ask(licence["uscc"], None, _code if number == BY_USCC or not by_license else _number_reader(number)),
        "name": ask(licence["name"], subject["name"]),
        "valid_from": ask(licence["valid_from"], None, _date),
        "valid_until": ask(licence["valid_until"], None, _date),
    }
    made["business_license"] = _whole(license_, whole.parts[1], ask, number)
    made["shop"] = _whole({"name": ask(shop["name"])}, whole.parts[2], ask, number)
    made = _whole(made, whole, ask, number)
    brands = []
    while wanted := ask(text("cli.ask-more", question=brand["name"])):
        brands.append(_brand(wanted, whole.parts[3], ask))
    made["brands"] = brands or [_brand(None, whole.parts[3], _nothing)]
    return made


def _brand(name: str | None, part: Part, ask: Ask) -> dict[str, Any]:
    made = _whole({"name": name, "trademark_no": ask(_questions(part)["trademark_no"])}, part, ask)
    paper = _questions(part.parts[0])
    evidence = {
        "type": ask(paper["type"], "authorization_letter", get_args(EvidenceType)),
        "valid_from": ask(paper["valid_from"], None, _date),
        "valid_until": ask(paper["valid_until"], None, _date),
        "sealed_by_subject": ask(paper["sealed_by_subject"], None, bool),
        "signed_by_legal_representative": ask(paper["signed_by_legal_representative"], None, bool),
    }
    return made | {"evidence": _whole(evidence, part.parts[0], ask)}


def _whole(made: dict[str, Any], part: Part, ask: Ask, number: SubjectNumber = BY_USCC) -> dict[str, Any]:
    """`made`, which is `part`, with the fields that no question above is about: those of the models, and those of a
    ruleset's own. `number` is how its subjects are known.
    """
    others = [asked for asked in part.fields if asked.name not in made]
    readers = {a.name: _reader(a) if a.path != number.path else _number_reader(number) for a in others}
    return made | {asked.name: ask(_question(asked, "-of"), None, readers[asked.name]) for asked in others}


def _questions(part: Part) -> dict[str, Text]:
    return {asked.name: _question(asked) for asked in part.fields}


def _question(asked: Asked, of: str = "") -> Text:
    """The question for a field, by its label; `of` has it list the values, where whoever asks does not."""
    about = asked.field
    kind = of if about.values else "-last-day" if asked.ends else "-day" if about.day else ""
    kind = "-flag" if of and about.kind == "boolean" else kind
    indent = "  " if "[]" in asked.path and asked.path[1:] != ("[]", "name") else ""
    values = joined("list-separator", map(same, about.values or ()))
    return text(f"cli.ask-field{kind}", indent=indent, label=asked.label, values=values)


def _reader(asked: Asked) -> Callable[[str, Lang], Any]:
    def read(answer: str, lang: Lang) -> Any:
        value: Any = answer or None
        if asked.field.kind == "integer" and re.fullmatch("-?[0-9]{1,15}", answer):
            value = int(answer)
        elif asked.field.kind == "boolean":
            value = {"y": True, "yes": True, "n": False, "no": False}.get(answer.lower(), value)
        if problem := misfit(value, asked.field, ""):
            raise click.UsageError(problem.message[lang])
        return value

    return read


def _number_reader(number: SubjectNumber) -> Callable[[str, Lang], str | None]:
    def read(answer: str, lang: Lang) -> str | None:
        if answer and number.on_record(answer) is None:
            raise click.UsageError(say("reading.not-of-scheme", lang, scheme=number.scheme))
        return answer or None

    return read


def _no_answer(question: Text, default: Any = None, kind: Any = None) -> Any:
    return default


def _nothing(question: Text, default: Any = None, kind: Any = None) -> None:
    return None


def _asker(lang: Lang) -> Ask:
    click.echo(say("cli.ask-intro", lang), err=True)

    def ask(question: Text, default: Any = None, kind: Any = None) -> Any:
        if kind is bool:
            return click.confirm(question[lang], default=False, err=True)
        if isinstance(kind, tuple):
            return click.prompt(question[lang], default=default, type=click.Choice(kind), err=True)

        def read(answer: str) -> Any:
            given = answer.strip()
            return kind(given, lang) if kind is not None else given or None

        return click.prompt(
            question[lang], default=default or "", show_default=bool(default), value_proc=read, err=True
        )

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
