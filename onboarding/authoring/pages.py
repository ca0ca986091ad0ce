"""One page a rule, in both languages, from the rule file and the cases: what, why, numbers, examples, way out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from ..facts.definitions import FACTS
from ..reading.json_text import parse
from ..rules.loading import cases_folder, load_ruleset, read_files, ruleset_folder
from ..rules.rule import MANIFEST, Rule, Ruleset
from ..rules.subschemas import Subschema, fact_name, subschemas
from .cases import Step, outcome_of, read_cases, run_cases
from .schema_diff import worded

Lang = Literal["en", "zh"]
_MOST_EXAMPLES = 6
_WORDS: dict[Lang, dict[str, str]] = {
    "en": {
        "required": "Required: who does not satisfy it is refused.",
        "advisory": "Advisory: a warning, never a refusal.",
        "from": "In force from {}.",
        "until": "In force until the day before {}.",
        "why": "Why",
        "compares": "What it compares",
        "examples": "Examples",
        "holds": "holds",
        "undecided": "undecided",
        "fails": "fails",
        "warns": "warns",
        "way out": "Way out",
        "file": "The file",
    },
    "zh": {
        "required": "必须满足，否则不予准入。",
        "advisory": "仅作提醒，不影响准入。",
        "from": "自 {} 起生效。",
        "until": "至 {} 前一日止有效。",
        "why": "依据",
        "compares": "核对内容",
        "examples": "示例",
        "holds": "符合",
        "undecided": "无法判定",
        "fails": "不符合",
        "warns": "提醒",
        "way out": "解决办法",
        "file": "规则文件",
    },
}
_LIMITS_ZH = {
    "maximum": "不超过 {}",
    "minimum": "不少于 {}",
    "exclusiveMaximum": "小于 {}",
    "exclusiveMinimum": "大于 {}",
    "maxLength": "最多 {} 个字符",
    "minLength": "至少 {} 个字符",
    "maxItems": "最多 {} 项",
    "minItems": "至少 {} 项",
    "enum": "为下列之一：{}",
    "const": "为 {}",
    "pattern": "符合 {}",
    "required": "须有 {}",
}


def rule_pages(name_or_folder: str | Path) -> dict[str, str]:
    """A page for each rule of a ruleset, by `<rule id>.md`, English first; raises RulesetError where it is unsound."""
    ruleset, clauses, steps = _read(name_or_folder)
    pages = {}
    for rule_id in dict.fromkeys(rule.id for rule in ruleset.rules):
        english, chinese = (list(_page(ruleset, rule_id, lang, clauses, steps)) for lang in _WORDS)
        pages[f"{rule_id}.md"] = "\n".join([*english, "---", "", *chinese, *_file(ruleset, rule_id)])
    return pages


def rule_page(name_or_folder: str | Path, rule_id: str, lang: Lang) -> str:
    """What the page of one rule says in one language, with its files."""
    ruleset, clauses, steps = _read(name_or_folder)
    return "\n".join([*_page(ruleset, rule_id, lang, clauses, steps), *_file(ruleset, rule_id, lang)])


def _read(name_or_folder: str | Path) -> tuple[Ruleset, dict[str, dict[str, str]], list[Step]]:
    ruleset, folder = load_ruleset(name_or_folder), ruleset_folder(name_or_folder)
    cases = cases_folder(folder)
    steps = run_cases(read_cases(cases), ruleset) if cases.is_dir() else []
    return ruleset, parse(read_files(folder)[MANIFEST])["clauses"], steps


def _page(
    ruleset: Ruleset, rule_id: str, lang: Lang, clauses: dict[str, dict[str, str]], steps: list[Step]
) -> Iterator[str]:
    words = _WORDS[lang]
    editions = [rule for rule in ruleset.rules if rule.id == rule_id]
    for number, rule in enumerate(editions):
        yield f"# {rule.edition or rule.id}{'：' if lang == 'zh' else ': '}{rule.title[lang]}"
        yield ""
        terms = [words[rule.level]]
        days = (("from", rule.effective_from), ("until", rule.effective_until))
        terms += [words[name].format(day) for name, day in days if day]
        yield ("" if lang == "zh" else " ").join(terms)
        yield ""
        yield f"## {words['why']}"
        yield ""
        yield from (f"- {clause}: {clauses[clause][lang]}" for clause in rule.clause.split(", "))
        yield ""
        yield f"## {words['compares']}"
        yield ""
        yield from dict.fromkeys(_comparisons(rule, lang))
        yield ""
        if examples := list(_examples(rule, steps, lang)):
            yield f"## {words['examples']}"
            yield ""
            yield from examples
            yield ""
        yield f"## {words['way out']}"
        yield ""
        yield rule.remedy[lang]
        if number < len(editions) - 1:
            yield ""
    yield ""


def _file(ruleset: Ruleset, rule_id: str, lang: Lang = "en") -> Iterator[str]:
    for rule in ruleset.rules:
        if rule.id == rule_id:
            yield f"## {_WORDS[lang]['file']} `{rule.edition or rule.id}.json`"
            yield ""
            yield "```json"
            yield json.dumps(rule.schema, ensure_ascii=False, indent=2)
            yield "```"
            yield ""


def _comparisons(rule: Rule, lang: Lang) -> Iterator[str]:
    for subschema in subschemas(rule.schema):
        if subschema.unsound in ("if", "not"):
            continue
        for keyword in _LIMITS_ZH:
            at_application = subschema.instance_path[:1] == ("application",)
            if keyword in subschema.schema and (keyword != "required" or at_application):
                limit = worded(keyword, subschema.schema[keyword], _LIMITS_ZH[keyword] if lang == "zh" else None)
                yield f"- `{_name(subschema)}`{_meaning(subschema, lang)}: {limit}"


def _name(subschema: Subschema) -> str:
    name = fact_name(subschema.instance_path)
    return name or str(subschema.instance_path[0])


def _meaning(subschema: Subschema, lang: Lang) -> str:
    fact = FACTS.get(_name(subschema)) if subschema.instance_path[0] == "facts" and lang == "en" else None
    return f" ({fact.meaning.rstrip('.')})" if fact else ""


def _examples(rule: Rule, steps: list[Step], lang: Lang) -> Iterator[str]:
    """From the rule's own table: what holds and each different reason once, and how else it may come out."""
    shown: dict[str, str] = {}
    for step in steps:
        if Path(step.source).stem != rule.id or not rule.in_force(step.as_of):
            continue
        said, _ = outcome_of(rule, step)
        reasons = [finding.reason for finding in rule.findings(step.applied_to) if finding.reason]
        message = reasons[0][lang] if reasons else ""
        values = "; ".join(_values(rule, step.applied_to))
        mark = _WORDS[lang][said]
        key = f"{said} {message}" if said != "holds" else f"holds {values}"
        line = f"- **{mark}**: " + ": ".join(filter(None, (values, message)))
        if lang == "en":
            line += f" _({step.case})_"
        if sum(k.startswith(said) for k in shown) < _MOST_EXAMPLES / (2 if said == "holds" else 1):
            shown.setdefault(key, line)
    yield from (shown[key] for key in sorted(shown, key=lambda key: not key.startswith("holds")))


def _values(rule: Rule, applied_to: dict[str, Any]) -> Iterator[str]:
    """The facts, types and marks that the rule compares; no text of an applicant's."""
    seen: dict[str, str] = {}
    for subschema in subschemas(rule.schema):
        at_fact = subschema.instance_path[:1] == ("facts",) and fact_name(subschema.instance_path) in FACTS
        if at_fact or subschema.instance_path[-1:] in (
            ("type",),
            ("sealed_by_subject",),
            ("signed_by_legal_representative",),
        ):
            values = [json.dumps(value) for value in _at(applied_to, subschema.instance_path)]
            seen[_name(subschema)] = f"`{_name(subschema)}` = {', '.join(values)}" if values else ""
    yield from filter(None, seen.values())


def _at(value: Any, path: tuple[str | int, ...]) -> list[Any]:
    if not path:
        return [value]
    if path[0] == "[]":
        return [found for item in value for found in _at(item, path[1:])] if isinstance(value, list) else []
    return _at(value[path[0]], path[1:]) if isinstance(value, dict) and path[0] in value else []
