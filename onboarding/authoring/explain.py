"""One page of a rule: what it wants, why, what it compares, what it may say, and the way out.

Made once from the rule file; `onboard explain`, `onboard rules show`, the reference and SARIF's help differ only in
how they dress it.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from msgspec import Struct

from ..messages import LANGS, Lang, Text, labelled, say, text
from ..pointers import Path, to_pointer
from ..report import Level
from ..rules.rule import Rule
from ..rules.ruleset import Ruleset
from ..rules.subschemas import NUMBERS, SIZES, fact_name, subschemas
from .fact_words import counted_in_words, fields_read, kind_in_words, marks_read
from .requirement import Compound, lines, requirement_of


class Example(Struct, frozen=True):
    """How a rule comes out in one case (`holds`, `fails`, `warns`, `undecided`), for which values, with what reason."""

    comes_out: str
    values: tuple[str, ...]
    reason: Text | None
    case: str


class Page(Struct, frozen=True):
    """What there is to say of one edition of a rule."""

    name: str
    level: Level
    title: Text
    effective_from: date | None
    effective_until: date | None
    clauses: dict[str, Text]
    requirement: Compound
    counting: dict[str, Text]
    declared: tuple[Text, ...]
    sayings: tuple[Text, ...]
    remedy: Text
    schema: dict[str, Any]
    examples: tuple[Example, ...] = ()

    def terms(self, lang: Lang) -> str:
        """How much the rule weighs and when it applies, in sentences."""
        sentences = [say(f"authoring.level-{self.level}", lang)]
        if self.effective_from:
            sentences.append(say("authoring.in-force-from", lang, day=self.effective_from))
        if self.effective_until:
            sentences.append(say("authoring.in-force-until", lang, day=self.effective_until))
        return say("punctuation.space", lang).join(sentences)

    def sections(self, lang: Lang) -> Iterator[tuple[str, list[tuple[int, str]]]]:
        """The headings and what stands under each, item by item, each with how deep it is in a list of lists.

        The way out, which comes last, is one sentence.
        """
        counting = (say("authoring.counted-fact", lang, name=name, words=how) for name, how in self.counting.items())
        parts = {
            "why": _flat(labelled(clause, lang) + words[lang] for clause, words in self.clauses.items()),
            "compares": list(lines(self.requirement, lang)),
            "counting": _flat(counting),
            "declared": _flat(words[lang] for words in self.declared),
            "says": _flat(words[lang] for words in self.sayings),
            "examples": _flat(_example(example, lang) for example in self.examples),
            "way-out": _flat([self.remedy[lang]]),
        }
        for heading, items in parts.items():
            if items:
                yield say(f"authoring.{heading}", lang), items


def page_of(rule: Rule, ruleset: Ruleset, examples: Iterable[Example] = ()) -> Page:
    """The page of `rule`, which is one of `ruleset`."""
    return Page(
        rule.edition or rule.id,
        rule.level,
        rule.title,
        rule.effective_from,
        rule.effective_until,
        {clause: ruleset.clauses[clause] for clause in rule.clauses},
        requirement_of(rule.schema, rule.facts),
        {name: words for name, fact in sorted(rule.facts.items()) if (words := counted_in_words(fact))},
        tuple(_declared(rule, ruleset)),
        tuple(_sayings(rule)),
        rule.remedy,
        rule.schema,
        tuple(examples),
    )


def to_markdown(page: Page, lang: Lang, depth: int = 1) -> str:
    """`page` in Markdown, its title a heading of that depth; without the file."""
    mark = "#" * depth
    told = [f"{mark} {labelled(page.name, lang)}{page.title[lang]}", "", page.terms(lang)]
    for heading, items in page.sections(lang):
        bullet = "" if items == [(0, page.remedy[lang])] else "- "
        told += ["", f"{mark}# {heading}", "", *(f"{'  ' * depth}{bullet}{item}" for depth, item in items)]
    return "\n".join(told) + "\n"


def help_of(rule: Rule, ruleset: Ruleset) -> str:
    """What a viewer of findings shows of `rule`: its page in both languages, in Markdown, without examples."""
    page = page_of(rule, ruleset)
    return "\n".join(to_markdown(page, lang, depth=2) for lang in LANGS)


def names(rule: Rule) -> list[str]:
    """What `rule` may be asked for by: its id, its clauses, its title in each language, the facts that it reads."""
    return [rule.id, *rule.clauses, *rule.title.values(), *rule.facts]


def pointers(rule: Rule) -> set[str]:
    """What `rule` reads or finds missing, as reports point at it; `[]` stands for any place in a list."""
    found: set[str] = set()
    for path in rule.paths:
        pointer, fact = to_pointer(path), rule.facts.get(fact_name(path))
        if fact is not None and path[0] == "facts":
            parent = "" if (fact.field or "").startswith("/business") else "/brands/[]" * ("[]" in path)
            found |= {pointer} | ({parent + fact.field} if fact.field else set())
        elif path[:1] == ("application",) and len(path) > 1:
            found.add(pointer.removeprefix("/application"))
    return found


def _flat(items: Iterable[str]) -> list[tuple[int, str]]:
    return [(0, item) for item in dict.fromkeys(items)]


def _declared(rule: Rule, ruleset: Ruleset) -> Iterator[Text]:
    """What the fields and the marks that no other ruleset has mean, as far as `rule` reads them."""
    for name, own in fields_read(rule):
        yield text("authoring.own-field", name=name, meaning=_sentence(own.meaning), kind=kind_in_words(own))
    for kind, meaning in marks_read(rule, ruleset.marks):
        yield text("authoring.own-mark", kind=kind, meaning=meaning)


def _sentence(words: Text) -> Text:
    return {lang: words[lang].rstrip(".。") for lang in LANGS}


def _sayings(rule: Rule) -> Iterator[Text]:
    """All that `rule` may say, in the order of its file."""
    reasons: dict[Path, dict[str, Any]] = {}
    limits: dict[Path | None, Any] = {}
    for subschema in subschemas(rule.schema):
        if "x-reason" in subschema.schema:
            reasons[subschema.path] = subschema.schema["x-reason"]
        for keyword in (*NUMBERS, *SIZES, "const"):
            if keyword in subschema.schema:
                limits.setdefault(subschema.reason, subschema.schema[keyword])
    for path, reason in reasons.items():
        for words in (reason, *reason.get("when", {}).values()):
            # What was counted differs from case to case; what is allowed stands in the rule.
            limit = str(limits.get(path))
            yield {lang: words[lang].replace("{limit}", limit).replace("{actual}", "N") for lang in LANGS}


def _example(example: Example, lang: Lang) -> str:
    said = f"**{say(f'authoring.comes-out-{example.comes_out}', lang)}**"
    values = say("punctuation.clause-separator", lang).join(example.values)
    reason = example.reason[lang] if example.reason else ""
    *labels, last = filter(None, (said, values, reason))
    line = "".join(labelled(words, lang) for words in labels) + last
    return f"{line} _({example.case})_" if lang == "en" else line
