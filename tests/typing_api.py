"""The library as its users write it; checked by `mypy --strict`, never run."""

from datetime import UTC, date, datetime
from typing import Any, Literal, assert_type

from onboarding import (
    Application,
    Ban,
    Decision,
    InputError,
    Mark,
    OnboardingError,
    Outcome,
    Problem,
    Proposal,
    Reason,
    Record,
    Recorded,
    Registry,
    RegistryError,
    Report,
    Ruleset,
    RulesetError,
    Shop,
    SqlRegistry,
    Violation,
    add_violation,
    admit,
    ban,
    check,
    close,
    confirm,
    correct,
    history,
    load_ruleset,
    mark,
    open_database,
    open_registry,
    proposals,
    reject,
    reopen,
    require_two,
    resolve,
    revoke,
    unmark,
    withdraw,
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

with open_registry("registry.jsonl") as readable:
    assert_type(readable, Registry)
    check(application, as_of=date(2024, 8, 5), registry=readable)
    admit(application, registry=readable, by="desk")  # type: ignore[arg-type]  # it may be a `.jsonl` file

with open_database("registry.db", known_at=None) as database:
    assert_type(database, SqlRegistry)
    check(application, as_of=date(2024, 8, 5), registry=database)
    made = admit(application, registry=database, by="desk", note="ticket 4711")
    assert_type(made, Decision)
    assert_type(made.report, Report)
    admit("{}", registry=database, by="desk", at=datetime.now(UTC), as_of=None, ruleset="douyin", dry_run=True)
    assert_type(close("S-1", "voluntary_exit", date(2024, 8, 5), registry=database, by="desk"), Shop | Proposal)
    barred = ban("91999999MATEKT019L", "application_fraud", date(2024, 8, 5), registry=database, by="desk")
    assert_type(barred, Ban | Proposal)
    assert_type(revoke("B-1", date(2024, 8, 5), registry=database, by="desk"), Ban | Proposal)
    noted = add_violation("91999999MATEKT019L", "other", date(2024, 8, 5), registry=database, by="desk", shop_id="S-1")
    assert_type(noted, Violation)
    assert_type(resolve("V-1", date(2024, 8, 5), registry=database, by="desk"), Violation)
    marked = mark("91999999MATEKT019L", "b_points", date(2024, 8, 5), registry=database, by="desk", value=6, until=None)
    assert_type(marked, Mark | Proposal)
    assert_type(unmark("M-1", date(2024, 8, 5), registry=database, by="desk"), Mark)
    assert_type(reopen("S-1", registry=database, by="desk", note="S-2 was meant"), Shop | Proposal)
    changed = correct("shop:S-1", {"opened_on": date(2024, 8, 4)}, registry=database, by="desk", note="typed wrongly")
    assert_type(changed, Record | Proposal)
    assert_type(withdraw("ban:B-1", registry=database, by="desk", note="entered twice"), Record | Proposal)
    assert_type(history("91999999MATEKT019L", registry=database), tuple[Recorded | Decision | Proposal, ...])
    assert_type(require_two(True, registry=database, by="desk"), bool)
    assert_type(proposals(registry=database), tuple[Proposal, ...])
    assert_type(confirm("P-1", registry=database, by="li"), Proposal)
    assert_type(reject("P-1", registry=database, by="li"), Proposal)


def problems_of(made: Application) -> tuple[Problem, ...]:
    """What is wrong, whatever it is."""
    try:
        check(made, as_of=date(2024, 8, 5))
    except (InputError, RegistryError, RulesetError) as error:
        any_of_them: OnboardingError = error
        return any_of_them.problems
    return ()
