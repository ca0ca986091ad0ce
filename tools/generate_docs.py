"""Write `docs/reference/` anew from the rule files, the facts, the commands and the models.

python tools/generate_docs.py            write what has changed
python tools/generate_docs.py --check    name what has changed, and exit with 1 if anything has
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
from msgspec import inspect

from onboarding import check, load_ruleset, models, open_registry
from onboarding.errors import Problem
from onboarding.outputs.json import to_json
from onboarding.report import Note, Outcome, Reason, Report
from onboarding.rules.domain import type_of
from onboarding.rules.loading import read_files, ruleset_folder, shipped_rulesets

DOCS = Path(__file__).parents[1] / "docs"
EXAMPLES = DOCS.parent / "examples"
# What a field's name and type do not say.
MEANINGS = {
    "Application.application_id": "yours; tells the shop that this very application opened from others",
    "Application.submitted_on": "the applicant's word; only orders applications that are judged together",
    "BusinessLicense.uscc": "18 characters; spaces, hyphens and small letters are put right",
    "BusinessLicense.name": "where it is given, it must be the subject's",
    "BusinessLicense.valid_until": "the last day; none means no fixed term",
    "BrandWanted.name": "a bilingual name also counts by each half",
    "Evidence.valid_until": "the last day; none means no fixed term",
    "Shop.closed_on": "the first day on which it is closed",
    "Shop.closed_for": "goes with `closed_on`; `application_fraud` and `serious_violation` ban the subject",
    "Shop.application_id": "of the application that opened it",
    "Ban.revoked_on": "the day on which an appeal succeeded",
    "Ban.id": "without one each record stands alone",
    "Violation.id": "without one each record stands alone",
    "Report.verdict": "`fail` if a required rule fails, else `undecided` if one is undecided, else `pass`",
    "Report.subject_id": "the normal USCC; null without a licence number that can be right",
    "Report.eligible_from": "the first day after `as_of` on which it would pass with nothing else changed; "
    "null unless the verdict is `fail` and waiting cures it",
    "Report.outcomes": "every rule, required ones first, in the order of their clauses",
    "Report.facts": "[the facts](facts.md); what is unknown is absent",
    "Report.source": "the file",
    "Outcome.status": "`undecided`: a fact that it needs is unknown; `not_in_force`: does not apply on the day",
    "Outcome.remedy": "the way out",
    "Outcome.reasons": "none where the rule holds",
    "Reason.actual": "what was counted or found, where there is such a thing",
    "Reason.limit": "what the rule file allows, where there is such a thing",
    "Problem.hint": "what may help",
}
WRITTEN = "<!-- Written by `python tools/generate_docs.py`; changes made here are lost. -->\n"


RULES = """# The rules

Each rule is one file of JSON Schema over `{"application": …, "facts": …}`. A *required* rule that fails refuses the
application; an *advisory* one only warns. All rules always run. Each has a page with what it compares, what it may
say, examples and the way out."""

FACTS_PAGE = """# The facts

What a rule file can read under `facts`: counted from the application, the registry and the day. They are declared in
`schemas/facts.json`; a ruleset's own `facts.json` adds others and replaces none, and `onboard rules facts --ruleset …`
lists both. Only the facts that a ruleset's rules read are counted. How much is *allowed* is said in the rule files. A
fact from the registry is absent (unknown) where there is no registry, or no licence number to look up. `brands[].…` is
counted for each brand.

| fact | type | counted from | meaning | 含义 |
|---|---|---|---|---|"""

DECLARING = """
## Declaring a fact

In the ruleset's `facts.json`: the name, its meaning in both languages, and one verb. With
`"$schema": "../facts.dialect.json"` editors complete it.

```json
{
  "exits_for_other_reasons": {
    "meaning": {"en": "Shops closed for other reasons.", "zh": "因其他原因关闭的店铺数。"},
    "count": [{"of": "shop", "at": "ended", "where": {"closed_for": {"const": "other"}}}]
  },
  "brands[].letter_months_left": {
    "meaning": {"en": "Whole months left on the brand's evidence.", "zh": "品牌资质剩余的整月数。"},
    "months_until": "/evidence/valid_until"
  }
}
```

| verb | gives |
|---|---|
| `count` | how many records the selections find, each once; one more where a selection says `with` |
| `sum` | the sum of the field `value` of the records found |
| `months_since` | whole months since the latest day selected, or since the day at a pointer; null if there is none |
| `months_until`, `days_until` | to the day at a pointer; negative after it, null if there is none |
| `field` | the application's own value, where that is one of few, a number, or yes or no; null where it is missing |

A pointer leads into the application; for `brands[].…` into the brand. A selection has
- `of`: `shop`, `ban`, `violation` or `mark`; each has a first day and may have a day from which it is over;
- `at`: `current` (begun and not over on the day), `ended`, or `begun`, whether over or not;
- `where`: tests of fields, by `const`, `enum`, `minimum` and `maximum`;
- `same`: `brand`, `look_alike_brand` (both for `brands[].…`), or a field that the shop applied for has as well;
- `with`: `applied_for` adds the shop applied for, whatever `where` says, and leaves out the one that this very
  application opened;
- for `months_since`, `nth` and `within`: the latest day in a `calendar_year` that holds `nth` of them, or that ends
  `{"months": n}` which hold them (by the Civil Code, arts. 201, 202). `nth` alone is the nth latest.

A record that cannot be told to match or not makes the fact unknown, never smaller: one whose brand cannot be read, or
that lacks a field of the ruleset's own. A fact with `"advisory": true` is never unknown: it says what is certain, and
null where that is nothing; only advisory rules may read it."""

COMMANDS = """# The commands

What `--help` says. `onboard check` is the same as `onboard-check`. For exit codes see [exit codes](exit-codes.md)."""

REPORTS = """# The report

`onboard-check -o json` prints one object: `schema_version`, `tool`, `as_of`, `ruleset`, `registry`, `results` and
`summary`. Each entry of `results` is what `Report.to_dict()` gives; `-o jsonl` prints these, one a line. Fields are
only ever added. An entry for a file that could not be judged is
`{"source": …, "verdict": "invalid", "errors": [{"message": …, "pointer": …, "line": …, "column": …}]}`.
A star marks what is always there."""

EXAMPLE = """
## An example

`examples/refused/brand-evidence-unsigned.json` as of 2024-08-05; of the outcomes only the one that fails.
"""

INPUT = """# Applications and records

An application file is one JSON object of the shape `Application`: UTF-8, at most 1 MiB, nested at most 64 deep. A
registry file (`.jsonl`) has one `Shop`, `Ban` or `Violation` a line, told apart by `record`; a later record with the
same id replaces the earlier one. Days are `YYYY-MM-DD`; a star marks what must be there. A field that is not listed
here decides nothing and is reported as a note. For files to start from see [the examples](../../examples/README.md)."""


def main(arguments: list[str]) -> int:
    pages = {"rules": rules, "facts": facts, "commands": commands, "reports": reports, "input": applications}
    stale = []
    for name, page in pages.items():
        path, text = DOCS / f"reference/{name}.md", WRITTEN + "\n" + "\n".join(page()).rstrip() + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path))
            if "--check" not in arguments:
                path.write_text(text, encoding="utf-8", newline="\n")
    for place in stale:
        print(
            f"{place}: {'not up to date; run `python tools/generate_docs.py`' if '--check' in arguments else 'written'}"
        )
    return 1 if stale and "--check" in arguments else 0


def rules() -> Iterator[str]:
    yield RULES
    for name in shipped_rulesets():
        about = json.loads(read_files(ruleset_folder(name))["ruleset.json"])
        yield f"\n## Ruleset `{name}`: {about['title']['en']}（{about['title']['zh']}）\n"
        yield f"Source: {about['source']['name']['en']} ({about['source']['date']}).\n"
        yield f"来源：{about['source']['name']['zh']}（{about['source']['date']}）。\n"
        yield "| clause | what it says | 条款内容 |"
        yield "|---|---|---|"
        for clause, said in about["clauses"].items():
            yield f"| {clause} | {said['en']} | {said['zh']} |"
        yield "\n| rule | level | clause | title | 标题 |"
        yield "|---|---|---|---|---|"
        for rule in load_ruleset(name).rules:
            page = f"[`{rule.edition or rule.id}`](rules/{name}/{rule.id}.md)"
            yield f"| {page} | {rule.level} | {rule.clause} | {rule.title['en']} | {rule.title['zh']} |"


def facts() -> Iterator[str]:
    yield FACTS_PAGE
    known = load_ruleset().facts
    for name, fact in known.items():
        source = "the registry" if fact.from_registry else "the application"
        shown = type_of(fact, known)
        yield f"| `{name}` | `{shown}` | {source} | {fact.meaning['en']} | {fact.meaning['zh']} |"
    yield DECLARING


def commands() -> Iterator[str]:
    yield COMMANDS
    yield from _command("onboard-check")
    yield from _command("onboard")


def _command(*command: str) -> Iterator[str]:
    """The help of a command, as it is printed, and of those below it."""
    program = Path(sys.executable).with_name(command[0])
    environment = os.environ | {"COLUMNS": "80", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [program, *command[1:], "--help"], env=environment, capture_output=True, check=True, encoding="utf-8"
    )
    yield f"\n## `{' '.join(command)}`\n"
    yield f"```text\n{done.stdout.rstrip()}\n```"
    _, _, below = done.stdout.partition("\nCommands:\n")
    for name in re.findall(r"^  (\S+)", below, re.MULTILINE):
        if (*command, name) != ("onboard", "check"):
            yield from _command(*command, name)


def reports() -> Iterator[str]:
    yield REPORTS
    for kind in (Report, Outcome, Reason, Note, Problem):
        yield from _struct(kind)
    yield EXAMPLE
    report = check(
        (EXAMPLES / "refused/brand-evidence-unsigned.json").read_bytes(),
        registry=open_registry(EXAMPLES / "registry.jsonl"),
        as_of=date(2024, 8, 5),
    )
    shown = report.to_dict() | {"outcomes": [o for o in report.to_dict()["outcomes"] if o["status"] == "fail"]}
    yield "```json"
    yield to_json(shown, indent=2)
    yield "```"


def applications() -> Iterator[str]:
    yield INPUT
    for kind in _structs(models.Application):
        yield from _struct(kind)
    for record in (models.Shop, models.Ban, models.Violation, models.Brand):
        yield from _struct(record)


def _structs(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    yield kind
    for field in inspect.type_info(kind).fields:  # type: ignore[attr-defined]
        for option in field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,):
            inner = option.item_type if isinstance(option, inspect.VarTupleType) else option
            if isinstance(inner, inspect.StructType):
                yield from _structs(inner.cls)


def _struct(kind: type[msgspec.Struct]) -> Iterator[str]:
    shape = inspect.type_info(kind)
    assert isinstance(shape, inspect.StructType)
    yield f"\n## `{kind.__name__}`\n"
    yield _unwrapped(kind.__doc__ or "") + "\n"
    yield "| field | type | meaning |"
    yield "|---|---|---|"
    if shape.tag_field:
        yield f"| `{shape.tag_field}` * | `{json.dumps(shape.tag)}` | |"
    for field in shape.fields:
        name = f"`{field.encode_name}`" + " *" * field.required
        yield f"| {name} | {_type(field.type)} | {MEANINGS.get(f'{kind.__name__}.{field.encode_name}', '')} |"


def _type(shape: inspect.Type) -> str:
    match shape:
        case inspect.UnionType(types=types):
            shown = [_type(option) for option in types if not isinstance(option, inspect.NoneType)]
            return " or ".join(shown + ["null"] * any(isinstance(option, inspect.NoneType) for option in types))
        case inspect.StructType(cls=cls):
            return f"[`{cls.__name__}`](#{cls.__name__.lower()})"
        case inspect.VarTupleType(item_type=item):
            return f"array of {_type(item)}"
        case inspect.DictType(value_type=inspect.StrType()):
            return "text by language: `en`, `zh`"
        case inspect.DictType():
            return "object"
        case inspect.LiteralType(values=values):
            return ", ".join(f"`{value}`" for value in values)
        case inspect.StrType(pattern=pattern):
            return "string, not blank" if pattern else "string"
    names = {"DateType": "day", "BoolType": "true or false", "IntType": "number", "AnyType": "any"}
    return names[type(shape).__name__]


def _unwrapped(docstring: str) -> str:
    paragraphs = re.split(r"\n\s*\n", docstring.strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
