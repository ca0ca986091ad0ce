"""Write `docs/reference/` anew from the rule files, the facts, the commands and the published schemas.

python tools/generate_docs.py            write what has changed
python tools/generate_docs.py --check    name what has changed, and exit with 1 if anything has
"""

import json
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from msgspec import structs

from onboarding import check, load_ruleset, open_registry
from onboarding.cli.check import check_command
from onboarding.cli.main import whole_group
from onboarding.messages import LANGS, say
from onboarding.outputs.json import to_json
from onboarding.rules.domain import type_of
from onboarding.rules.loading import read_files, ruleset_folder, shipped_rulesets
from onboarding.subject_number import BY_USCC

DOCS = Path(__file__).parents[1] / "docs"
EXAMPLES = DOCS.parent / "examples"
SCHEMAS = DOCS.parent / "schemas"
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
- `of`: `shop`, `ban`, `violation` or `mark`; each has a first day and may have a day from which it is over. Of marks,
  `where` tests the `kind`, which `marks` in `ruleset.json` declares; for `waiver` it tests `about`, too, the rule's id;
- `at`: `current` (begun and not over on the day), `ended`, or `begun`, whether over or not;
- `where`: tests of fields, by `const`, `enum`, `minimum` and `maximum`;
- `same`: `brand`, `look_alike_brand` (both for `brands[].…`), or a field that the shop applied for has as well;
  where the application lacks it, the fact is unknown;
- `with`: `applied_for` adds the shop applied for, whatever `where` says, and leaves out the one that this very
  application opened;
- for `months_since`, `nth` and `within`: the latest day in a `calendar_year` that holds `nth` of them, or that ends
  `{"months": n}` which hold them (by the Civil Code, arts. 201, 202). `nth` alone is the nth latest.

A month is full on the day after: to a day exactly six months off it is five, and so it is from one.

A record that cannot be told to match or not makes the fact unknown, never smaller: one whose brand cannot be read, or
that lacks a field of the ruleset's own or a number, such as a mark without `value`. A fact with `"advisory": true` is
never unknown: it says what is certain, and null where that is nothing; only advisory rules may read it.

A fact that is read from the application is never unknown: where nothing stands at its pointer it is null, and null
keeps to every limit. A day of the core that is left open, such as `/evidence/valid_until`, means no fixed term, so a
letter without an end has more than six months left. A letter that is not there has neither: the lint asks for a rule
that requires it, or for a `field` fact of it in the same alternative. Where a policy wants an end, a
rule asks for it."""

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
registry file (`.jsonl`) has one `Shop`, `Ban`, `Violation` or `Mark` a line, told apart by `record`; a later record
with the same id replaces the earlier one. Days are `YYYY-MM-DD`; a star marks what must be there. A field that is not
listed here decides nothing and is reported as a note. For files to start from see [the
examples](../../examples/README.md); a file of many applications is told of in [screening](../how-to/screening.md)."""


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
        number = load_ruleset(name).subject_number
        if number != BY_USCC:
            yield " ".join(say("authoring.known-by", lang, **structs.asdict(number)) for lang in LANGS) + "\n"
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
    douyin = load_ruleset()
    known = douyin.facts
    for name, fact in known.items():
        source = "the registry" if fact.from_registry else "the application"
        shown = type_of(fact, known, douyin.own_fields)
        yield f"| `{name}` | `{shown}` | {source} | {fact.meaning['en']} | {fact.meaning['zh']} |"
    yield DECLARING


def commands() -> Iterator[str]:
    yield COMMANDS
    yield from _command("onboard-check")
    yield from _command("onboard")


def _command(*command: str) -> Iterator[str]:
    """The help of a command, as it is printed, and of those below it."""
    name, *words = command
    program = check_command if name == "onboard-check" else whole_group()
    # The width that a terminal of 80 columns leaves.
    done = CliRunner().invoke(program, [*words, "--help"], prog_name=name, terminal_width=78, catch_exceptions=False)
    yield f"\n## `{' '.join(command)}`\n"
    yield f"```text\n{done.output.rstrip()}\n```"
    _, _, below = done.output.partition("\nCommands:\n")
    for name in re.findall(r"^  (\S+)", below, re.MULTILINE):
        if (*command, name) != ("onboard", "check"):
            yield from _command(*command, name)


def reports() -> Iterator[str]:
    yield REPORTS
    yield from _models("report", "Report", "Outcome", "Reason", "Note", "Problem")
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
    yield from _models(
        "application", *("Application", "Subject", "BusinessLicense", "ShopWanted", "BrandWanted", "Evidence")
    )
    yield from _models("registry-record", "Shop", "Ban", "Violation", "Mark", "Brand")


def _models(schema: str, *names: str) -> Iterator[str]:
    """What a published schema says of its models, in English."""
    models = json.loads((SCHEMAS / f"{schema}.schema.json").read_bytes())["$defs"]
    for name in names:
        model = models[name]
        yield f"\n## `{name}`\n"
        yield _english(model) + "\n"
        yield "| field | type | meaning |"
        yield "|---|---|---|"
        for field, about in model["properties"].items():
            star = " *" * (field in model.get("required", ()))
            yield f"| `{field}`{star} | {_type(about)} | {_english(about)} |"


def _english(about: dict[str, Any]) -> str:
    english: str = about["description"].partition("\n")[0]
    return english.replace("|", "\\|")


def _type(schema: dict[str, Any]) -> str:
    match schema:
        case {"anyOf": options}:
            return " or ".join(map(_type, options))
        case {"$ref": ref}:
            name = ref.rpartition("/")[2]
            return f"[`{name}`](#{name.lower()})"
        case {"const": value}:
            return f"`{json.dumps(value)}`"
        case {"enum": values}:
            return ", ".join(f"`{value}`" for value in values)
        case {"type": "array", "items": items}:
            return f"array of {_type(items)}"
        case {"type": "string", "format": "date"}:
            return "day"
        case {"type": "string", "pattern": _}:
            return "string, not blank"
        case {"type": "object", "additionalProperties": {"type": "string"}}:
            return "text by language: `en`, `zh`"
        case {"type": kind}:
            return {"boolean": "true or false", "integer": "number"}.get(kind, str(kind))
    return "any"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
