"""`onboard new`: a fresh application file, filled in by asking where somebody is there to answer."""

import os
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path as File
from typing import Any, get_args

import click
import msgspec
from click.core import ParameterSource

from ..errors import InputError, Problem
from ..files import os_problem, read_file
from ..identity import license_number, lookalikes, normal_code, normal_text
from ..messages import Lang, Text, aside, say, text, value_words
from ..models import EvidenceType, SubjectType
from ..outputs.files import whole_file
from ..outputs.json import to_json
from ..reading.encoding import MAX_BYTES
from ..reading.own_fields import NO_FIELDS, OwnFields
from ..reading.typed import is_endless, typed_choice, typed_date, typed_flag
from ..reading.validation import did_you_mean, misfit
from ..rules.loading import load_ruleset
from ..rules.outline import Asked, Part, outline
from ..subject_number import BY_USCC, SubjectNumber
from .asking import ask_person, on_terminal
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
@click.pass_context
def new_command(
    ctx: click.Context,
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
    `<` goes back to the question before. Ctrl-C keeps what was typed in PATH.draft, and the same call goes on there.

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
    asking = not template and on_terminal()
    rules = load_ruleset(ruleset) if ruleset is not None else None
    own, number = (rules.own_fields, rules.subject_number) if rules else (NO_FIELDS, BY_USCC)
    draft = File(f"{path}.draft") if asking and path != "-" else None
    made = partial(_filled, name, own=own, number=number)
    filled = _interviewed(made, language, draft, _repeated(ctx)) if asking else made(_no_answer)
    content = to_json(({"$schema": schema} if schema else {}) | filled, indent=2) + "\n"
    if path == "-":
        standard_output().write(content)
        return
    try:
        if force:
            with whole_file(path) as out:
                out.write(content)
        else:
            # Somebody may have made the file while questions were answered.
            with open(file, "x", encoding="utf-8", newline="\n") as out:
                out.write(content)
    except OSError as error:
        raise InputError(os_problem(error, path, writing=True)) from None
    if draft:
        draft.unlink(missing_ok=True)
    # What comes next is judged by the same rules and said in the same language.
    check = _call("onboard-check", path, *_given(ctx, "ruleset", "lang"))
    to_stderr(shown(say("cli.new-written", language, path=path, command=check)))


def _repeated(ctx: click.Context) -> str:
    """The call as it was given, for the shell."""
    options = _given(ctx, "ruleset", "schema", "force", "lang")
    return _call(*ctx.command_path.split(), ctx.params["path"], *options)


def _call(*words: str) -> str:
    """A call to be pasted into a shell; a password is hidden before quotes could hide that it is one."""
    return shlex.join(map(shown, words))


def _given(ctx: click.Context, *names: str) -> Iterator[str]:
    """The options among `names` that stand on the command line, with their values."""
    for name in names:
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            yield f"--{name}"
            if ctx.params[name] is not True:
                yield ctx.params[name]


def _filled(name: str, ask: Ask, *, own: OwnFields, number: SubjectNumber) -> dict[str, Any]:
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
        **_term(licence, ask),
    }
    made["business_license"] = _whole(license_, whole.parts[1], ask, number)
    made["shop"] = _whole({"name": ask(shop["name"])}, whole.parts[2], ask, number)
    made = _whole(made, whole, ask, number)
    brands = []
    while wanted := ask(brand["name"], enter="cli.enter-brand"):
        brands.append(_brand(wanted, whole.parts[3], ask))
    made["brands"] = brands or [_brand(None, whole.parts[3], _nothing)]
    return made


def _brand(name: str | None, part: Part, ask: Ask) -> dict[str, Any]:
    made = _whole({"name": name, "trademark_no": ask(_questions(part)["trademark_no"])}, part, ask)
    paper = _questions(part.parts[0])
    evidence = {
        "type": ask(paper["type"], "authorization_letter", get_args(EvidenceType)),
        **_term(paper, ask),
        "sealed_by_subject": ask(paper["sealed_by_subject"], None, bool),
        "signed_by_legal_representative": ask(paper["signed_by_legal_representative"], None, bool),
    }
    return made | {"evidence": _whole(evidence, part.parts[0], ask)}


def _term(questions: dict[str, Text], ask: Ask) -> dict[str, str | None]:
    """First and last day of a paper."""

    def last(given: str, lang: Lang) -> str | None:
        end = None if is_endless(given) else _date(given, lang)
        if begin and end and end < begin:
            raise click.UsageError(say("reading.reversed", lang, end=end, begin=begin))
        return end

    begin = ask(questions["valid_from"], None, _date)
    return {
        "valid_from": begin,
        "valid_until": ask(questions["valid_until"], None, last, enter="cli.enter-valid-until"),
    }


def _whole(made: dict[str, Any], part: Part, ask: Ask, number: SubjectNumber = BY_USCC) -> dict[str, Any]:
    """`made`, which is `part`, with the fields that no question above is about: those of the models, and those of a
    ruleset's own. `number` is how its subjects are known.
    """
    others = [asked for asked in part.fields if asked.name not in made]
    kinds = {a.name: _kind(a) if a.path != number.path else _number_reader(number) for a in others}
    return made | {asked.name: ask(_question(asked), None, kinds[asked.name]) for asked in others}


def _questions(part: Part) -> dict[str, Text]:
    return {asked.name: _question(asked) for asked in part.fields}


def _question(asked: Asked) -> Text:
    indent = "  " if "[]" in asked.path and asked.path[1:] != ("[]", "name") else ""
    return text("cli.ask-field-day" if asked.field.day else "cli.ask-field", indent=indent, label=asked.label)


def _kind(asked: Asked) -> Any:
    """How an answer is read that is to be a value of `asked`: one of few, yes or no, or by a function."""
    if asked.field.values:
        return asked.field.values
    return bool if asked.field.kind == "boolean" else partial(_value, asked)


def _value(asked: Asked, answer: str, lang: Lang) -> Any:
    value: Any = answer or None
    if asked.field.day and (day := typed_date(answer)):
        value = day.isoformat()
    elif asked.field.kind == "integer" and re.fullmatch("-?[0-9]{1,15}", answer):
        value = int(answer)
    if problem := misfit(value, asked.field, ""):
        raise click.UsageError(problem.message[lang])
    return value


def _number_reader(number: SubjectNumber) -> Callable[[str, Lang], str | None]:
    def read(answer: str, lang: Lang) -> str | None:
        if answer and number.on_record(answer) is None:
            raise click.UsageError(say("reading.not-of-scheme", lang, scheme=number.scheme))
        return answer or None

    return read


def _no_answer(question: Text, default: Any = None, kind: Any = None, enter: str | None = None) -> Any:
    return default


def _nothing(question: Text, default: Any = None, kind: Any = None, enter: str | None = None) -> None:
    return None


class _Back(Exception):
    """Whoever answers wants the question before once more."""


def _interviewed(made: Callable[[Ask], dict[str, Any]], lang: Lang, draft: File | None, call: str) -> dict[str, Any]:
    """The application that `made` makes of what a person answers; what was answered when they leave is a draft."""
    answers = _drafted(draft) if draft else []
    click.echo(say("cli.ask-intro", lang), err=True)
    if answers:
        click.echo(say("cli.ask-again", lang, path=draft, n=len(answers)), err=True)
    while True:
        try:
            return made(_asker(lang, answers))
        except _Back:
            # All questions up to that one are asked once more, and answered from what is kept.
            del answers[-1]
        except (click.Abort, KeyboardInterrupt):
            if draft and answers:
                to_stderr("")
                _keep(answers, draft)
                to_stderr(shown(say("cli.ask-kept", lang, path=draft, command=call)))
            raise


def _asker(lang: Lang, answers: list[tuple[str, str]]) -> Ask:
    """What asks a person; `answers` are those given before, each behind its question, and grow."""
    done = 0

    def ask(question: Text, default: Any = None, kind: Any = None, enter: str | None = None) -> Any:
        nonlocal done
        name = question["en"].strip()

        def read(answer: str) -> Any:
            given = answer.strip() or default or ""
            if normal_text(given) == "<":
                if not done:
                    raise click.UsageError(say("cli.no-question-before", lang))
                raise _Back
            value = _read(given, kind, lang)
            answers.append((name, given))
            return value

        if done < len(answers) and answers[done][0] == name:
            with suppress(click.UsageError):
                value = _read(answers[done][1], kind, lang)
                done += 1
                return value
        # What was answered to other questions, such as those of another ruleset, answers none of these.
        del answers[done:]
        value = ask_person(question[lang] + _about(default, kind, enter, lang), lang, read, "")
        done += 1
        return value

    return ask


def _about(default: Any, kind: Any, enter: str | None, lang: Lang) -> str:
    """What may be answered, and what Enter stands for: by the catalogue where `enter` names it."""
    named = isinstance(kind, tuple)
    choices = [value_words(value)[lang] for value in (kind if named else ("true", "false") if kind is bool else ())]
    words = say(enter, lang) if enter else default and value_words(default)[lang]
    stands = say("cli.enter", lang, words=words) if words else say("cli.optional", lang)
    told = [say("punctuation.list-separator", lang).join(choices)] * bool(choices) + [stands]
    return aside(say("punctuation.clause-separator", lang).join(told), lang)


def _read(given: str, kind: Any, lang: Lang) -> Any:
    """`given` as its field takes it; raises UsageError with what is wrong with it."""
    if isinstance(kind, tuple):
        return _choice(given, kind, lang)
    if kind is bool:
        value = typed_flag(given)
        if given and value is None:
            raise click.UsageError(say("cli.no-flag", lang, text=given))
        return value
    return kind(given, lang) if kind is not None else given or None


def _choice(given: str, values: tuple[str, ...], lang: Lang) -> str | None:
    value = typed_choice(given, values)
    if given and value is None:
        words = [value_words(one)[lang] for one in values]
        hint = did_you_mean(given, [*values, *words])
        listed = say("punctuation.list-separator", lang).join(words)
        said = say("cli.no-choice", lang, text=given, values=listed)
        raise click.UsageError(said + (aside(hint[lang], lang) if hint else ""))
    return value


def _drafted(draft: File) -> list[tuple[str, str]]:
    """The questions and answers that are kept in `draft`; none where there is no such file."""
    try:
        return msgspec.json.decode(read_file(draft, MAX_BYTES), type=list[tuple[str, str]])
    except FileNotFoundError:
        return []
    except msgspec.DecodeError:
        raise InputError(Problem(text("cli.no-draft"), source=str(draft), hint=text("cli.no-draft-hint"))) from None
    except OSError as error:
        raise InputError(os_problem(error, str(draft))) from None


def _keep(answers: list[tuple[str, str]], draft: File) -> None:
    try:
        with whole_file(draft) as out:
            out.write(to_json(answers, indent=2) + "\n")
    except OSError as error:
        raise InputError(os_problem(error, str(draft))) from None


def _id(given: str, lang: Lang) -> str:
    if not normal_text(given):
        raise click.UsageError(say("cli.no-id", lang))
    return given


def _date(given: str, lang: Lang) -> str | None:
    day = typed_date(given)
    if given and day is None:
        raise click.UsageError(say("cli.no-date", lang, text=given))
    return day.isoformat() if day else None


def _code(given: str, lang: Lang) -> str | None:
    code = normal_code(given)
    if code and license_number(code) not in ("uscc", "early_fujian"):
        likely = "".join(say("cli.likely", lang, **one) for one in lookalikes(code))
        raise click.UsageError(say("cli.no-code", lang, likely=likely))
    return code or None
