"""The pages of a ruleset, from its rule files and its cases: one a rule, in both languages."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..messages import Lang, say
from ..rules.loading import cases_folder, load_ruleset, ruleset_folder
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset
from ..rules.subschemas import fact_name, subschemas
from .cases import Step, differences, outcome_of, read_cases, run_cases
from .explain import Example, Page, page_of, to_markdown
from .requirement import name_of

_MOST_EXAMPLES = 6
# Of the applicant's own fields only these are shown: no text of an applicant's.
_SHOWN_FIELDS = ("type", "sealed_by_subject", "signed_by_legal_representative")


def rule_pages(name_or_folder: str | Path) -> dict[str, str]:
    """A page for each rule of a ruleset, by `<rule id>.md`, English first; raises RulesetError where it is unsound."""
    ruleset, steps = _read(name_or_folder)
    pages = {}
    for rule_id in dict.fromkeys(rule.id for rule in ruleset.rules):
        made = _editions(ruleset, rule_id, steps)
        english, chinese = ("\n".join(to_markdown(page, lang) for page in made) for lang in ("en", "zh"))
        pages[f"{rule_id}.md"] = "\n".join([english, "---", "", chinese, *(_file(page, "en") for page in made)])
    return pages


def rule_page(name_or_folder: str | Path, rule_id: str, lang: Lang) -> str:
    """What the page of one rule says in one language, with its files."""
    ruleset, steps = _read(name_or_folder, rule_id)
    made = _editions(ruleset, rule_id, steps)
    return "\n".join([*(to_markdown(page, lang) for page in made), *(_file(page, lang) for page in made)])


def _read(name_or_folder: str | Path, rule_id: str | None = None) -> tuple[Ruleset, list[Step]]:
    """The ruleset, and what comes out of its case tables, or of that of one rule: its page shows no other."""
    ruleset, folder = load_ruleset(name_or_folder), cases_folder(ruleset_folder(name_or_folder))
    cases = read_cases(folder, ruleset) if folder.is_dir() else []
    return ruleset, run_cases([case for case in cases if rule_id in (None, Path(case[0]).stem)], ruleset)


def _editions(ruleset: Ruleset, rule_id: str, steps: list[Step]) -> list[Page]:
    rules = [rule for rule in ruleset.rules if rule.id == rule_id]
    return [page_of(rule, ruleset, _examples(rule, steps)) for rule in rules]


def _file(page: Page, lang: Lang) -> str:
    text = json.dumps(page.schema, ensure_ascii=False, indent=2)
    return f"## {say('authoring.the-file', lang)} `{page.name}.json`\n\n```json\n{text}\n```\n"


def _examples(rule: Rule, steps: list[Step]) -> list[Example]:
    """From the rule's own table: what holds and each different reason once, and how else it may come out.

    A case that nobody has confirmed, or that states something else than is found, is no example: its name says so, too.
    """
    shown: dict[str, Example] = {}
    for step in steps:
        if Path(step.source).stem != rule.id or not rule.in_force(step.as_of):
            continue
        if step.proposed or any(differences(step)):
            continue
        comes_out, _ = outcome_of(rule, step)
        reason = next((finding.reason for finding in rule.findings(step.applied_to) if finding.reason), None)
        values = tuple(_values(rule, step.applied_to))
        key = f"{comes_out} {values}" if comes_out == "holds" else f"{comes_out} {reason}"
        if sum(e.comes_out == comes_out for e in shown.values()) < _MOST_EXAMPLES / (2 if comes_out == "holds" else 1):
            shown.setdefault(key, Example(comes_out, values, reason, step.case))
    return sorted(shown.values(), key=lambda example: example.comes_out != "holds")


def _values(rule: Rule, applied_to: dict[str, Any]) -> Iterator[str]:
    """The facts and fields that the rule compares, each with its values."""
    seen: dict[str, str] = {}
    for subschema in subschemas(rule.schema):
        at = subschema.instance_path
        if (at[:1] == ("facts",) and fact_name(at) in rule.facts) or (at and at[-1] in _SHOWN_FIELDS):
            values = [json.dumps(value) for value in _at(applied_to, at)]
            seen[name_of(at)] = f"`{name_of(at)}` = {', '.join(values)}" if values else ""
    yield from filter(None, seen.values())


def _at(value: Any, path: tuple[str | int, ...]) -> list[Any]:
    if not path:
        return [value]
    if path[0] == "[]":
        return [found for item in value for found in _at(item, path[1:])] if isinstance(value, list) else []
    return _at(value[path[0]], path[1:]) if isinstance(value, dict) and path[0] in value else []
