"""Which wrong counts the cases of a ruleset let pass: where, nth, within, same, at and with are all spoilt."""

from typing import Any

import pytest

from onboarding.authoring.fact_mutation import mutants, surviving_facts
from onboarding.rules.loading import load_ruleset

MEANING = {"en": "What it means.", "zh": "含义。"}


def _edits(**declared: Any) -> set[str]:
    made = mutants({"meaning": MEANING, **declared})
    return {f"/{'/'.join(map(str, mutant.path))}: {mutant.edit['en']}" for mutant in made}


@pytest.mark.parametrize(
    ("declared", "edits"),
    [
        (
            {"count": [{"of": "shop", "at": "current", "same": ["brand"], "with": "applied_for"}]},
            {
                "/count/0/at: current is ended",
                "/count/0/at: current is begun",
                "/count/0/same/0: dropped",
                "/count/0/same/0: brand is look_alike_brand",
                "/count/0/with: dropped",
            },
        ),
        (
            {
                "months_since": {
                    "of": "shop",
                    "at": "ended",
                    "where": {"closed_for": {"enum": ["voluntary_exit", "other"]}, "level": {"minimum": 2}},
                    "nth": 2,
                    "within": {"months": 12},
                }
            },
            {
                "/months_since/at: ended is current",
                "/months_since/at: ended is begun",
                "/months_since/where/closed_for: dropped",
                "/months_since/where/closed_for/enum/0: dropped",
                "/months_since/where/closed_for/enum/1: dropped",
                "/months_since/where/level: dropped",
                "/months_since/where/level/minimum: 2 is 3",
                "/months_since/where/level/minimum: 2 is 1",
                "/months_since/nth: 2 is 1",
                "/months_since/nth: 2 is 3",
                "/months_since/within: dropped",
                "/months_since/within/months: 12 is 13",
                "/months_since/within/months: 12 is 11",
            },
        ),
        (
            {"count": [{"of": "ban", "at": "begun"}, {"of": "violation", "at": "begun"}]},
            {
                "/count/0: dropped",
                "/count/1: dropped",
                *(f"/count/{n}/at: begun is {at}" for n in (0, 1) for at in ("current", "ended")),
            },
        ),
        ({"days_until": "/business_license/valid_until"}, set()),
    ],
)
def test_a_declaration_is_spoilt_in_one_place_at_a_time(declared: dict[str, Any], edits: set[str]) -> None:
    assert _edits(**declared) == edits


def test_without_cases_every_mutant_survives() -> None:
    made, alive = surviving_facts(load_ruleset("tmall-2019"), [])
    assert made == len(alive) > 20
