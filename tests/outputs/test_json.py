"""One result as JSON: written piece by piece, it is what `to_dict` says, whatever stands in it."""

from collections import Counter
from datetime import date
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.outputs import Origin, Run, Style
from onboarding.outputs.json import JsonOutput, result_to_json, to_json
from onboarding.report import Note, Outcome, Reason, Report

MANY = settings(max_examples=300, derandomize=True, deadline=None, database=None)

_TEXTS = st.text(
    st.characters() | st.sampled_from('\ud800\udfff\0\x1b\x7f\u200b\u202e\u3164"\\/#[云\U000e0100'), max_size=9
)
_NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
_VALUES = st.none() | st.booleans() | _NUMBERS | _TEXTS
_words = st.fixed_dictionaries({"en": _TEXTS, "zh": _TEXTS})
_reasons = st.builds(
    Reason,
    message=_words,
    pointer=_TEXTS,
    actual=_VALUES,
    limit=_VALUES | st.lists(_VALUES, max_size=2),
    evidence=st.tuples(st.dictionaries(_TEXTS, _VALUES, max_size=2)),
    line=st.none() | st.just(1),
)
_levels: st.SearchStrategy[Literal["required", "advisory"]] = st.sampled_from(["required", "advisory"])
_outcomes = st.builds(
    Outcome,
    rule=_TEXTS | st.just('"reasons": []'),
    level=_levels,
    status=st.just("fail"),
    title=_words,
    clause=_TEXTS,
    remedy=_words,
    reasons=st.lists(_reasons, max_size=2).map(tuple),
    edition=st.none() | _TEXTS,
)
_facts: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    _TEXTS, st.none() | st.integers(-(2**70), 2**70) | _TEXTS, max_size=3
)
_reports = st.builds(
    Report,
    verdict=st.just("fail"),
    application_id=_TEXTS,
    subject_id=st.none() | _TEXTS,
    eligible_from=st.none() | st.dates(date(2000, 1, 1)),
    outcomes=st.lists(_outcomes, max_size=3).map(tuple),
    facts=_facts,
    names=st.fixed_dictionaries(
        {"subject": st.none() | _TEXTS, "shop": _TEXTS, "brands": st.lists(_TEXTS, max_size=2)}
    ),
    notes=st.lists(st.builds(Note, message=_words, pointer=st.none() | _TEXTS), max_size=1).map(tuple),
    source=_TEXTS,
)


@MANY
@given(_reports)
def test_a_report_written_in_pieces_is_the_report_written_whole(report: Report) -> None:
    whole = to_json(report.to_dict()).encode()
    assert result_to_json(report) == whole
    # Again, since what is said of a rule is kept.
    assert result_to_json(report) == whole


@MANY
@given(_reports)
def test_results_in_pieces_are_indented_as_the_whole_is(report: Report) -> None:
    written: list[str] = []
    output = JsonOutput(Run("0", date(2024, 8, 5), False, Origin("r"), None), Style(), written.append)
    output.result(report)
    output.result(report)
    output.end(Counter(fail=2))
    whole = {
        "schema_version": 1,
        "tool": {"name": "onboard-check", "version": "0"},
        "as_of": "2024-08-05",
        "ruleset": {"id": "r", "digest": ""},
        "registry": None,
        "results": [report.to_dict()] * 2,
        "summary": {"pass": 0, "fail": 2, "undecided": 0, "invalid": 0},
    }
    assert "".join(written) == to_json(whole, indent=2) + "\n"
