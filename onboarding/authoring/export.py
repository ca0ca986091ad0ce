"""A ruleset as one JSON Schema, for whoever decides elsewhere: in a browser, a form, a database."""

from datetime import date
from typing import Any

from ..rules.ruleset import Ruleset
from ..rules.validator import bare


def bundle(ruleset: Ruleset, day: date) -> dict[str, Any]:
    """One schema over `{"application": …, "facts": …}`: it holds exactly where the verdict of `day` is a pass.

    The required rules in force on `day`, without `$ref` and without keywords of ours. What it is applied to is
    in comparable form and counted as `facts` does; unknown facts are left out.
    """
    rules = [rule for rule in ruleset.on(day) if rule.level == "required" and rule.in_force(day)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:onboarding:{ruleset.id}:bundle:{day}",
        "title": ruleset.title["en"],
        "$comment": f"the required rules in force on {day}; made from the ruleset with digest {ruleset.digest}",
        "type": "object",
        "allOf": [{"title": rule.edition or rule.id, **bare(rule.schema)} for rule in rules],
    }
