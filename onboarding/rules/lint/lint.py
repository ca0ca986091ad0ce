"""Are the rule files of a ruleset sound? Validators pass what is misspelt; this does not.

Takes the files' bytes and gives every problem, with file, pointer, line and column, and a hint where one helps.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ...errors import InputError, Problem
from ...pointers import to_pointer, walk
from ...reading import json_text
from ...reading.encoding import decode
from ...reading.validation import nearest
from ..rule import MANIFEST
from ..validator import Failure, Validate, compile_schema
from .patterns import lint_patterns
from .reads import lint_reads
from .words import lint_words

_ALONE = "a rule file stands alone: write the schema out where it is used"
_COMPARED = "days are compared in facts, such as `license_days_left`; texts by `pattern` or `enum`"
_OTHER_KEYWORDS = {
    **dict.fromkeys(("$ref", "$dynamicRef", "$defs", "definitions", "$anchor", "$dynamicAnchor"), _ALONE),
    **dict.fromkeys(("format", "contentEncoding", "contentMediaType"), f"it asserts nothing; {_COMPARED}"),
    "oneOf": "`anyOf` decides the same and is easier to explain",
    "description": "what people read stands in `x-rule` and `x-reason`; a remark for us in `$comment`",
    "default": "nothing is filled in: what is missing is missing",
}


_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)?\.json")
_NEVER = "9999-99-99"


def lint(files: dict[str, bytes], dialects: Path, source: str = "") -> list[Problem]:
    """Everything that is wrong with the rule files of one folder, by file and line.

    `files` holds the content of each `.json` file by name, `dialects` is the folder of the dialect files, and
    `source` the folder's name in messages.
    """
    parsed: dict[str, Any] = {}
    problems: dict[str, list[Problem]] = {name: [] for name in files}
    for name, data in files.items():
        try:
            parsed[name] = json_text.parse(data)
        except InputError as error:
            hint = "a rule file is plain JSON: each key once, no comma behind the last, no remarks"
            problems[name] += (replace(p, hint=p.hint or hint) for p in error.problems)
            continue
        problems[name] += _form(name, parsed[name], dialects)
        if not problems[name] and name != MANIFEST:
            rule = parsed[name]
            problems[name] += [*_terms(rule["x-rule"]), *lint_patterns(rule)]
            # How a rule speaks can only be said where it is clear what it reads.
            problems[name] += list(lint_reads(rule)) or lint_words(rule)
        if data.decode() != canonical(parsed[name]):
            hint = "two spaces a level, one item a line, a line feed at the end; `onboard rules lint --fix` does it"
            problems[name].append(Problem("not in canonical form", "", hint=hint))
    if MANIFEST not in files:
        hint = "each ruleset has one: its id, source and clauses"
        return [Problem(f"`{MANIFEST}` is missing", source=source or ".", hint=hint)]
    sound = {name: value for name, value in parsed.items() if not problems[name]}
    for name, problem in _together(sound):
        problems[name].append(problem)
    return [_placed(p, name, files[name], source) for name, found in problems.items() for p in found]


def canonical(value: Any) -> str:
    """The one way in which a rule file is written, so that a change shows as that change and no other."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _form(name: str, value: Any, dialects: Path) -> Iterator[Problem]:
    dialect = "ruleset.dialect.json" if name == MANIFEST else "rule.dialect.json"
    schema, validate = _dialect(dialects / dialect)
    for failure in validate(value):
        yield from _in_words(failure, value, schema)


@cache
def _dialect(path: Path) -> tuple[Any, Validate]:
    schema = json.loads(path.read_bytes())
    return schema, compile_schema(schema)


def _in_words(failure: Failure, value: Any, schema: Any) -> Iterator[Problem]:
    hint: str | None
    instance, keyword = walk(value, failure.instance_path), failure.schema_path[-1]
    pointer, limit = to_pointer(failure.instance_path), _limit(schema, failure)
    match keyword:
        case "additionalProperties":
            known = _limit(schema, Failure((), (*failure.schema_path[:-1], "properties")))
            for name in instance.keys() - known.keys():
                near = nearest(name, known)
                hint = f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"
                hint = _OTHER_KEYWORDS.get(name, hint)
                yield Problem(f"unknown keyword `{name}`", f"{pointer}{to_pointer((name,))}", hint=hint)
        case "required":
            for name in (name for name in limit if name not in instance):
                hint = "every text is there in both languages" if name in ("en", "zh") else None
                yield Problem(f"`{name}` is missing", f"{pointer}/{name}", hint=hint)
        case "type":
            hint = "a number stands without quotes" if isinstance(instance, str) and "integer" in str(limit) else None
            given = json.dumps(instance, ensure_ascii=False)[:40]
            yield Problem(f"expected {limit}, got `{given}`", pointer, hint=hint)
        case "enum":
            near = nearest(str(instance), map(str, limit))
            hint = f"did you mean `{near}`?" if near else f"known: {', '.join(f'`{v}`' for v in limit)}"
            yield Problem(f"`{instance}` is not known here", pointer, hint=hint)
        case "pattern" if "一" in limit:
            yield Problem("the Chinese text has no Chinese in it", pointer, hint="sellers read it with `--lang zh`")
        case "dependentRequired":
            yield Problem("`then` and `else` do nothing without `if`", pointer)
        case _:
            yield Problem(f"does not fit `{keyword}: {json.dumps(limit, ensure_ascii=False)[:60]}`", pointer)


def _limit(schema: Any, failure: Failure) -> Any:
    """The keyword's value; the dialects refer only to their own `$defs`, which validators may or may not spell out."""
    value = schema
    for part in failure.schema_path:
        if isinstance(value, dict) and part not in value and "$ref" in value:
            value = walk(schema, tuple(value["$ref"].split("/")[1:]))
        value = value if part == "$ref" else value[part]
    return value


def _terms(terms: dict[str, Any]) -> Iterator[Problem]:
    days: dict[str, date] = {}
    for name in ("effective_from", "effective_until"):
        try:
            if name in terms:
                days[name] = date.fromisoformat(terms[name])
        except ValueError:
            hint = "a day that exists, as `YYYY-MM-DD`"
            yield Problem(f"`{terms[name]}` is no day of the calendar", f"/x-rule/{name}", hint=hint)
    if len(days) == 2 and days["effective_from"] >= days["effective_until"]:
        hint = "`effective_until` is the first day on which the rule no longer applies"
        yield Problem("`effective_until` is not after `effective_from`", "/x-rule/effective_until", hint=hint)


def _together(files: dict[str, Any]) -> Iterator[tuple[str, Problem]]:
    """What only shows beside the other files: ids, clauses, editions."""
    about = files.get(MANIFEST)
    if about is None:
        return
    editions: dict[str, list[tuple[str, str, str]]] = {}
    for name, rule in files.items():
        if name == MANIFEST:
            continue
        if not _FILE_NAME.fullmatch(name):
            hint = "`<rule id>.json` or `<rule id>.<edition>.json`, in small letters, digits and hyphens"
            yield name, Problem(f"`{name}` is no name for a rule file", "", hint=hint)
        rule_id, terms = name.split(".")[0], rule["x-rule"]
        wanted = ":".join(("urn:onboarding", about["id"], name.removesuffix(".json").replace(".", ":")))
        if rule["$id"] != wanted:
            hint = "the name of the file and its `$id` go together"
            yield name, Problem(f"`$id` is `{rule['$id']}`, the file's name asks for `{wanted}`", "/$id", hint=hint)
        for clause in re.split(r",\s*", terms["clause"]):
            if clause not in about["clauses"]:
                hint = f"known: {', '.join(about['clauses'])}"
                yield name, Problem(f"clause `{clause}` is not in `{MANIFEST}`", "/x-rule/clause", hint=hint)
        span = (terms.get("effective_from", ""), terms.get("effective_until", _NEVER), name)
        editions.setdefault(rule_id, []).append(span)
    for rule_id, spans in editions.items():
        for (_, until, one), (start, _, other) in zip(sorted(spans), sorted(spans)[1:], strict=False):
            if start < until:
                hint = f"let `{one}` end with `effective_until` where `{other}` begins"
                yield other, Problem(f"overlaps edition `{one}` of rule `{rule_id}`", "/x-rule", hint=hint)
            elif until < start:
                hint = "`effective_until` is the first day without the rule: give the day on which the next begins"
                gap = f"no edition of rule `{rule_id}` applies from {until} until {start}"
                yield one, Problem(gap, "/x-rule/effective_until", hint=hint)
    if not editions:
        yield MANIFEST, Problem("no rule file beside it: such a ruleset would admit everybody", "")


def _placed(problem: Problem, name: str, data: bytes, source: str) -> Problem:
    line, column = problem.line, problem.column
    if line is None and problem.pointer is not None:
        line, column = json_text.Positions(decode(data)).place(problem.pointer)
    return replace(problem, source=str(Path(source) / name), line=line, column=column)
