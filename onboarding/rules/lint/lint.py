"""Are the rule files of a ruleset sound? Validators pass what is misspelt; this does not.

Takes the files' bytes and gives every problem, with file, pointer, line and column, and a hint where one helps.
"""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, get_args

from ...errors import InputError, Problem
from ...facts.builtin import built_in
from ...facts.declarations import Verb
from ...facts.fact import Fact
from ...facts.verbs import make_facts
from ...messages import Text, listed, text
from ...pointers import to_pointer, walk
from ...reading import json_text
from ...reading.encoding import decode
from ...reading.json_places import Positions
from ...reading.own_fields import NO_FIELDS, OwnFields, read_fields
from ...reading.validation import meant
from ...subject_number import SubjectNumber
from ..rule import cited
from ..ruleset import FACTS_FILE, FIELDS_FILE, MANIFEST
from ..subschemas import Subschema, fact_name, paths_read, subschemas
from ..validator import Failure, Validate, compile_schema, fault_of_schema
from .absent import lint_absent
from .facts import lint_facts, lint_marks, unread
from .fields import lint_fields, lint_subject_number
from .patterns import lint_patterns
from .reads import lint_reads
from .words import lint_characters, lint_words

# Keywords of JSON Schema that are not in the dialect, and what to do instead.
_OTHER_KEYWORDS = {
    **dict.fromkeys(("$ref", "$dynamicRef", "$defs", "definitions", "$anchor", "$dynamicAnchor"), "stands-alone"),
    **dict.fromkeys(("format", "contentEncoding", "contentMediaType"), "asserts-nothing"),
    "oneOf": "no-one-of",
    "description": "no-description",
    "default": "no-default",
}
MOST_BYTES = 1 << 17  # of one rule file
_MOST_PLACES = 500
# Of what is asked of each brand: an application has up to 200 of them, and a reason for each is told.
_MOST_OF_ITEMS = 40
_LARGEST = 1_000_000
MOST_PROBLEMS = 100  # that are told of one file

_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)?\.json")
# What stands alone and must not, by the first of the names that need another.
_ALONE = {"then": "then-without-if", "advisory": "advisory-alone", "within": "within-alone"}
_DIALECTS = {MANIFEST: "ruleset.dialect.json", FIELDS_FILE: "fields.dialect.json", FACTS_FILE: "facts.dialect.json"}
_NEVER = "9999-99-99"


def lint(files: dict[str, bytes], dialects: Path, source: str = "") -> list[Problem]:
    """Everything that is wrong with the rule files of one folder, by file and line.

    `files` holds the content of each `.json` file by name, `dialects` is the folder of the dialect files, and
    `source` the folder's name in messages.
    """
    parsed: dict[str, Any] = {}
    problems: dict[str, list[Problem]] = {name: [] for name in files}
    shared = json.loads((dialects / FACTS_FILE).read_bytes())
    facts = {**built_in(), **make_facts(shared)}
    own = NO_FIELDS
    # What a rule reads can only be said where it is clear what is counted, and that where it is clear from what.
    for name, data in sorted(files.items(), key=lambda item: (item[0] != FIELDS_FILE, item[0] != FACTS_FILE)):
        try:
            if len(data) > MOST_BYTES:
                raise InputError(Problem(text("rules.file-too-large", most=MOST_BYTES >> 10), line=1, column=1))
            parsed[name] = json_text.parse(data)
        except InputError as error:
            problems[name] += (replace(p, hint=p.hint or text("rules.plain-json")) for p in error.problems)
            continue
        problems[name] += _form(name, parsed[name], dialects)
        clear = not (problems[name] or problems.get(FIELDS_FILE) or problems.get(FACTS_FILE))
        if name == FIELDS_FILE and clear:
            problems[name] += lint_fields(parsed[name])
            own = NO_FIELDS if problems[name] else read_fields(parsed[name])
        elif name == FACTS_FILE and clear:
            problems[name] += (p for value, path in _within(parsed[name]) for p in _whole_number(value, path))
            problems[name] += lint_facts(parsed[name], facts, own)
            facts |= {} if problems[name] else make_facts(parsed[name])
        elif name == MANIFEST and clear:
            problems[name] += lint_subject_number(SubjectNumber(**parsed[name].get("subject_number", {})), own)
        elif clear:
            problems[name] += _rule(parsed[name], facts, own)
        problems[name] += lint_characters(parsed[name])
        if decode(data) != canonical(parsed[name]) or data.startswith(BOM_UTF8):
            problems[name].append(Problem(text("rules.not-canonical"), "", hint=text("rules.canonical-cure")))
    if MANIFEST not in files:
        missing = text("rules.no-manifest", name=MANIFEST)
        return [Problem(missing, source=source or ".", hint=text("rules.no-manifest-cure"))]
    sound = {name: value for name, value in parsed.items() if not problems[name]}
    for name, problem in _together(sound, {name for name in files if name not in _DIALECTS}):
        problems[name].append(problem)
    rules = {name: rule for name, rule in parsed.items() if name not in _DIALECTS}
    # Any rule may ask for what another one takes for granted, so all of them must be sound.
    for name, problem in () if any(problems.values()) else lint_absent(rules, facts, own):
        problems[name].append(problem)
    return [p for name, found in problems.items() for p in _placed(found, str(Path(source) / name), files[name])]


def canonical(value: Any) -> str:
    """The one way in which a rule file is written, so that a change shows as that change and no other."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _form(name: str, value: Any, dialects: Path) -> Iterator[Problem]:
    schema, validate = _dialect(dialects / _DIALECTS.get(name, "rule.dialect.json"))
    for failure in validate(value):
        yield from _in_words(failure, value, schema)


@cache
def _dialect(path: Path) -> tuple[Any, Validate]:
    schema = json.loads(path.read_bytes())
    return schema, compile_schema(schema)


def _rule(rule: dict[str, Any], facts: Mapping[str, Fact], own: OwnFields) -> list[Problem]:
    """The problems of one rule file that keeps to the dialect."""
    found = list(islice(subschemas(rule), _MOST_PLACES + 1))
    if len(found) > _MOST_PLACES:
        return [Problem(text("rules.too-many-places", most=_MOST_PLACES), "", hint=text("rules.split-the-rule"))]
    if sum(_asked_of_items(found)) > _MOST_OF_ITEMS:
        return [Problem(text("rules.too-many-of-items", most=_MOST_OF_ITEMS), "", hint=text("rules.split-the-rule"))]
    problems = [*_terms(rule["x-rule"]), *_whole_numbers(found), *lint_patterns(rule)]
    # How a rule speaks can only be said where it is clear what it reads.
    problems += list(lint_reads(rule, facts, own)) or lint_words(rule, facts, own)
    if not problems and (fault := fault_of_schema(rule)):
        problems.append(Problem(text("rules.not-compiled", fault=fault), ""))
    return problems


def _asked_of_items(found: list[Subschema]) -> Iterator[int]:
    """Of each of `found` that speaks of the items of a list, how much of one may fail or has to be searched."""
    for subschema in found:
        if "[]" in subschema.instance_path:
            asked = {*subschema.assertions(), *({"pattern"} & subschema.schema.keys())}
            yield sum(len(subschema.schema[keyword]) if keyword == "required" else 1 for keyword in asked)


def _whole_numbers(found: list[Subschema]) -> Iterator[Problem]:
    """JSON Schema takes `3.0` for a whole number; whoever looks for the numbers of a rule does not."""
    for subschema in found:
        for keyword, value in subschema.schema.items():
            for number in value if isinstance(value, list) else (value,):
                yield from _whole_number(number, (*subschema.path, keyword))


def _whole_number(value: Any, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if isinstance(value, float):
        yield Problem(text("rules.not-whole", number=value), to_pointer(path), hint=text("rules.not-whole-cure"))
    elif isinstance(value, int) and abs(value) > _LARGEST:
        yield Problem(text("rules.number-too-large", most=_LARGEST), to_pointer(path))


def _within(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, tuple[str | int, ...]]]:
    """All that is in `value`, with its place."""
    yield value, path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _within(inner, (*path, key))


def _in_words(failure: Failure, value: Any, schema: Any) -> Iterator[Problem]:
    hint: Text | None
    instance, keyword = walk(value, failure.instance_path), failure.schema_path[-1]
    pointer, limit = to_pointer(failure.instance_path), _limit(schema, failure)
    match keyword:
        case "additionalProperties":
            above = _schema_at(schema, failure.schema_path[:-1])
            known = above.get("properties", {})
            for name in sorted(instance.keys() - known.keys()):
                if "patternProperties" in above:
                    if not any(re.search(pattern, name) for pattern in above["patternProperties"]):
                        yield _misnamed(name, failure.instance_path)
                    continue
                hint = meant(name, known)
                if name in _OTHER_KEYWORDS:
                    hint = text(f"rules.{_OTHER_KEYWORDS[name]}")
                place = f"{pointer}{to_pointer((name,))}"
                yield Problem(text("rules.unknown-keyword", name=_cut(name)), place, hint=hint)
        case "required":
            for name in (name for name in limit if name not in instance):
                hint = text("rules.both-languages") if name in ("en", "zh") else None
                yield Problem(text("rules.missing", name=name), f"{pointer}/{name}", hint=hint)
        case "type":
            quoted = isinstance(instance, str) and "integer" in str(limit)
            given = json.dumps(instance, ensure_ascii=False)[:40]
            words = text("rules.expected", expected=limit, given=given)
            hint = text("rules.without-quotes") if quoted else None
            if isinstance(instance, str) and "integer" in str(limit) and not re.search("[0-9]", instance):
                hint = text("rules.in-digits")
            elif isinstance(instance, float) and "integer" in str(limit):
                hint = text("rules.no-fraction", less=int(instance // 1), more=int(instance // 1) + 1)
            elif failure.instance_path[-2:-1] == ("where",):
                hint = text("rules.as-a-test", given=given)
            yield Problem(words, pointer, hint=hint)
        case "enum":
            given = instance if isinstance(instance, str) else json.dumps(instance, ensure_ascii=False)
            hint = meant(given, list(map(str, limit)))
            yield Problem(text("rules.not-known-here", value=_cut(given)), pointer, hint=hint)
        case "anyOf" if pointer.endswith("/type"):
            given = json.dumps(instance, ensure_ascii=False)[:40]
            kinds = "integer, string, boolean, array, object, null"
            yield Problem(text("rules.expected", expected=kinds, given=given), pointer)
        case "anyOf":
            yield Problem(text("rules.field-without-type"), pointer)
        case "oneOf":
            yield Problem(text("rules.one-verb"), pointer, hint=text("reading.known", names=listed(get_args(Verb))))
        case "minItems" | "minProperties" | "minLength":
            yield Problem(text("rules.empty"), pointer, hint=text("rules.empty-cure"))
        case "minimum":
            yield Problem(text("rules.number-too-small", least=limit), pointer)
        case "const":
            wanted = json.dumps(limit)
            hint = text("rules.or-leave-it-out")
            yield Problem(text("rules.expected", expected=wanted, given=_cut(json.dumps(instance))), pointer, hint=hint)
        case "uniqueItems":
            yield Problem(text("rules.twice"), pointer, hint=text("rules.twice-cure"))
        case "pattern" if "一" in limit:
            yield Problem(text("rules.no-chinese"), pointer, hint=text("rules.no-chinese-cure"))
        case "pattern" if limit.startswith("^[0-9]{4}"):
            hint = text("rules.as-a-day", day=_as_day(str(instance)))
            yield Problem(text("rules.no-day", day=_cut(instance)), pointer, hint=hint)
        case "pattern" if limit == "^[a-z0-9][a-z0-9-]*$":
            hint = text("rules.ruleset-id-cure")
            yield Problem(text("rules.ruleset-id", value=_cut(instance)), pointer, hint=hint)
        case "pattern" if failure.instance_path == ("cases",):
            yield Problem(text("rules.cases-outside"), pointer, hint=text("rules.cases-outside-cure"))
        case "pattern" if limit.startswith("^(/"):
            yield Problem(text("rules.no-pointer", value=_cut(instance)), pointer, hint=text("rules.no-pointer-cure"))
        case "pattern" if limit.startswith("^[A-Za-z0-9]["):
            hint = text("rules.field-value-cure")
            yield Problem(text("rules.field-value", value=_cut(instance)), pointer, hint=hint)
        case "pattern" if limit.startswith("^[a-z][a-z0-9_]*"):
            hint = text("rules.no-field-name-cure")
            yield Problem(text("rules.no-field-name", value=_cut(instance)), pointer, hint=hint)
        case "dependentRequired":
            yield Problem(text(f"rules.{_ALONE[next(iter(limit))]}"), pointer)
        case _:
            shown = json.dumps(limit, ensure_ascii=False)[:60]
            yield Problem(text("rules.does-not-fit", keyword=keyword, limit=shown), pointer)


def _misnamed(name: str, place: tuple[str | int, ...]) -> Problem:
    """A name that is given at `place` and is not formed as names are there."""
    pointer = to_pointer((*place, name))
    if place[-1:] in (("marks",), ("where",)):
        return Problem(text("rules.no-name", value=_cut(name)), pointer, hint=text("rules.no-field-name-cure"))
    # Of a `fields.json` names are inside, of a `facts.json` outside.
    kind = "field" if place else "fact"
    return Problem(text(f"rules.{kind}-name", name=_cut(name)), pointer, hint=text(f"rules.{kind}-name-cure"))


def _as_day(given: str) -> str:
    """`given` as a day is written, where it shows which one is meant; else an example."""
    parts = [part.zfill(2) for part in re.findall("[0-9]+", given)]
    if len(parts) == 3 and len(parts[0]) == 4:
        return "-".join(parts)
    if len(parts) == 3 and len(parts[2]) == 4 and "." in given:
        return "-".join(parts[::-1])  # 01.12.2026; what 01/12/2026 means nobody can tell
    return "2026-12-01"


def _cut(value: Any) -> str:
    return str(value)[:60]


def _limit(schema: Any, failure: Failure) -> Any:
    """The keyword's value."""
    return _schema_at(schema, failure.schema_path[:-1])[failure.schema_path[-1]]


def _schema_at(schema: Any, path: tuple[str | int, ...]) -> Any:
    """The subschema at `path`; the dialects refer only to their own `$defs`, which a validator's path may spell out."""
    value = _referred(schema, schema)
    for part in path:
        value = value if part == "$ref" else _referred(schema, value[part])
    return value


def _referred(schema: Any, value: Any) -> Any:
    # What is referred to may refer on.
    while isinstance(value, dict) and "$ref" in value:
        value = walk(schema, tuple(value["$ref"].split("/")[1:]))
    return value


def _terms(terms: dict[str, Any]) -> Iterator[Problem]:
    days: dict[str, date] = {}
    for name in ("effective_from", "effective_until"):
        try:
            if name in terms:
                days[name] = date.fromisoformat(terms[name])
        except ValueError:
            words = text("rules.no-day", day=_cut(terms[name]))
            yield Problem(words, f"/x-rule/{name}", hint=text("rules.no-day-cure"))
    if len(days) == 2 and days["effective_from"] >= days["effective_until"]:
        yield Problem(text("rules.ends-first"), "/x-rule/effective_until", hint=text("rules.ends-first-cure"))


def _together(files: dict[str, Any], rule_files: set[str]) -> Iterator[tuple[str, Problem]]:
    """What only shows beside the other files: ids, clauses, marks, editions. `rule_files` are all, sound or not."""
    about = files.get(MANIFEST)
    if about is None:
        return
    try:
        date.fromisoformat(f"{about['source']['date']}-01-01"[:10])
    except ValueError:
        words = text("rules.no-day", day=about["source"]["date"])
        yield MANIFEST, Problem(words, "/source/date", hint=text("rules.no-day-cure"))
    if FACTS_FILE in files:
        read = {fact_name(path) for name, rule in files.items() if name not in _DIALECTS for path in paths_read(rule)}
        # What a broken rule reads nobody can say.
        not_read = unread(files[FACTS_FILE], read) if rule_files <= files.keys() else ()
        yield from ((FACTS_FILE, problem) for problem in not_read)
        rules = {name.split(".")[0] for name in rule_files}
        yield from ((FACTS_FILE, problem) for problem in lint_marks(files[FACTS_FILE], about.get("marks", {}), rules))
    editions: dict[str, list[tuple[str, str, str]]] = {}
    for name, rule in files.items():
        if name in _DIALECTS:
            continue
        if not _FILE_NAME.fullmatch(name):
            yield name, Problem(text("rules.file-name", name=name), "", hint=text("rules.file-name-cure"))
        rule_id, terms = name.split(".")[0], rule["x-rule"]
        wanted = ":".join(("urn:onboarding", about["id"], name.removesuffix(".json").replace(".", ":")))
        if rule["$id"] != wanted:
            words = text("rules.other-id", given=_cut(rule["$id"]), wanted=wanted)
            yield name, Problem(words, "/$id", hint=text("rules.other-id-cure"))
        for clause in cited(terms["clause"]):
            if clause not in about["clauses"]:
                words = text("rules.unknown-clause", clause=_cut(clause), name=MANIFEST)
                several = re.search("[,;，；、]", clause)
                known = text("reading.known", names=listed(about["clauses"]))
                hint = text("rules.several-clauses") if several else known
                yield name, Problem(words, "/x-rule/clause", hint=hint)
        span = (terms.get("effective_from", ""), terms.get("effective_until", _NEVER), name)
        editions.setdefault(rule_id, []).append(span)
    for rule_id, spans in editions.items():
        for (_, until, one), (start, _, other) in zip(sorted(spans), sorted(spans)[1:], strict=False):
            if start < until:
                hint = text("rules.overlap-cure", one=one, other=other)
                yield other, Problem(text("rules.overlap", edition=one, rule=rule_id), "/x-rule", hint=hint)
            elif until < start:
                gap = text("rules.gap", rule=rule_id, until=until, start=start)
                yield one, Problem(gap, "/x-rule/effective_until", hint=text("rules.gap-cure"))
    if not rule_files:
        yield MANIFEST, Problem(text("rules.no-rule"), "")


def _placed(problems: list[Problem], source: str, data: bytes) -> Iterator[Problem]:
    told = problems[:MOST_PROBLEMS]
    wanted = [p.pointer for p in told if p.line is None and p.pointer is not None]
    # A file that cannot be read at all has its places already.
    positions = Positions(decode(data), wanted) if wanted else None
    for problem in told:
        line, column = problem.line, problem.column
        if positions is not None and line is None and problem.pointer is not None:
            line, column = positions.place(problem.pointer)
        yield replace(problem, source=source, line=line, column=column)
    if (more := len(problems) - MOST_PROBLEMS) > 0:
        yield Problem(text("rules.more-problems", n=more), source=source, line=1, column=1)
