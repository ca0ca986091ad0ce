"""The library as its users write it; checked by `mypy --strict`, never run."""

from datetime import date
from typing import Any, Literal, assert_type

from onboarding import (
    Application,
    InputError,
    OnboardingError,
    Outcome,
    Problem,
    Reason,
    RegistryError,
    Report,
    Ruleset,
    RulesetError,
    check,
    load_ruleset,
    open_registry,
)

application: dict[str, Any] = {"application_id": "A-1", "subject": {"type": "enterprise"}}
ruleset = load_ruleset("douyin")
report = check(application, registry=open_registry("registry.jsonl"), as_of=date(2024, 8, 5), ruleset=ruleset)

assert_type(ruleset, Ruleset)
assert_type(report, Report)
assert_type(report.verdict, Literal["pass", "fail", "undecided"])
assert_type(report.passed, bool)
assert_type(report.eligible_from, date | None)
assert_type(report.failures, tuple[Outcome, ...])
assert_type(report.failures[0].reasons, tuple[Reason, ...])
assert_type(report.failures[0].status, Literal["pass", "fail", "undecided", "not_in_force"])
assert_type(report.errors_by_field("zh"), dict[str, list[str]])
assert_type(report.to_dict(), dict[str, Any])

check("{}", as_of=date(2024, 8, 5))
check(b"{}", as_of=date(2024, 8, 5), history=[])
check(application, as_of=date(2024, 8, 5), history=[{"record": "ban"}], ruleset="douyin")


def problems_of(made: Application) -> tuple[Problem, ...]:
    """What is wrong, whatever it is."""
    try:
        check(made, as_of=date(2024, 8, 5))
    except (InputError, RegistryError, RulesetError) as error:
        any_of_them: OnboardingError = error
        return any_of_them.problems
    return ()
