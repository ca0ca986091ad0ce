"""Two clocks, replay and audit: what can be asked of the record afterwards."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from builders import DAY, OTHER_USCC, ROOT, USCC, application, ban, brand, shop
from in_process import run_here
from registry.make import AT, WHO, entry, load, noon, subject

import onboarding
from onboarding import Proposal, admit, check
from onboarding.decisions import corrections
from onboarding.decisions.audit import audit
from onboarding.decisions.replay import replay
from onboarding.registry import open_database
from onboarding.registry.iteration import subjects
from onboarding.registry.sql import SqlRegistry
from onboarding.rules.loading import load_ruleset, read_files, ruleset_folder

RULES = load_ruleset()
LATER = DAY + timedelta(days=10)


def test_what_came_on_record_later_was_not_known(address: str) -> None:
    with open_database(address) as registry:
        registry.init()
        load(registry, shop())
        load(registry, ban(on="2024-08-01"), at=noon(LATER))
        assert check(application(), as_of=DAY, registry=registry).verdict == "fail"
    with open_database(address, known_at=AT + timedelta(days=5)) as then:
        assert check(application(), as_of=DAY, registry=then).verdict == "pass"


def test_a_replay_of_an_unchanged_world_is_the_same(registry: SqlRegistry) -> None:
    load(registry, shop())
    admit(application(), registry=registry, **WHO)
    again = replay(registry, "A-1", as_of=DAY)
    assert again.same
    assert [step.cause for step in again.steps] == ["program", "records", "day"]


def test_a_replay_names_the_record_that_was_entered_later(registry: SqlRegistry) -> None:
    admit(application(), registry=registry, **WHO)
    made = corrections.ban_subject(USCC, "application_fraud", DAY, registry=registry, entry=entry(note="found out"))
    rules, records, day = replay(registry, "A-1", as_of=DAY).steps
    assert (rules.changes, day.changes) == ((), ())
    (change,) = records.changes
    assert change.rule == "permanent-ban"
    assert change.before
    assert change.after
    assert (change.before["status"], change.after["status"]) == ("pass", "fail")
    (row,) = records.rows
    assert (row.record_id, row.recorded_by, row.note) == (f"ban:{made.id}", "tester", "found out")


def test_a_replay_names_the_rule_that_changed(registry: SqlRegistry, tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path)) / "rules"
    folder.mkdir()
    for name, data in read_files(ruleset_folder("douyin")).items():
        (folder / name).write_bytes(data.replace(b'"maximum": 3', b'"maximum": 1'))
    (folder.parent / "rule.dialect.json").write_bytes((ROOT / "schemas" / "rule.dialect.json").read_bytes())
    load(registry, shop(), shop("S-2", ("甲",)))
    admit(application(), registry=registry, **WHO)
    rules, records, day = replay(registry, "A-1", as_of=DAY, ruleset=folder).steps
    assert rules.cause == "rules"
    assert [change.rule for change in rules.changes] == ["max-three-shops"]
    assert (records.changes, day.changes) == ((), ())


def test_a_replay_says_what_only_the_passing_of_days_changes(registry: SqlRegistry) -> None:
    load(registry, shop(closed_on="2024-03-01", closed_for="voluntary_exit"))
    assert admit(application(), registry=registry, **WHO).verdict == "fail"
    rules, records, day = replay(registry, "A-1", as_of=date(2024, 9, 2)).steps
    assert (rules.changes, records.changes) == ((), ())
    assert [change.rule for change in day.changes] == ["six-month-reentry"]
    assert day.verdict == "pass"


def test_a_shop_is_judged_on_the_day_it_opened(registry: SqlRegistry) -> None:
    person = {"subject_type": "individual", "subject_id": "P-1"}
    load(
        registry,
        *(shop(f"S-{i}", (f"牌{i}",), opened_on=f"2022-0{i}-01") for i in range(1, 5)),
        shop("E-1", ("老",), **person, opened_on="2024-08-04"),
        shop("L-1", ("新",), **(person | {"subject_id": "P-2"}), opened_on="2024-08-05"),
    )
    found = {report.source: report for report in audit(subjects(registry), RULES)}
    refused = {source: [o.rule for o in report.failures] for source, report in found.items() if report.failures}
    assert refused == {"S-4": ["max-three-shops"], "L-1": ["no-individual-sellers"]}
    evidence = next(o for o in found["S-4"].outcomes if o.rule == "max-three-shops").reasons[0].evidence
    assert [entry["shop_id"] for entry in evidence] == ["S-1", "S-2", "S-3"]
    assert {found[name].verdict for name in ("S-1", "S-2", "S-3", "E-1")} == {"undecided"}


def test_shops_under_a_number_that_is_none_are_counted_all_the_same(registry: SqlRegistry) -> None:
    old = {"subject_id": "999999103097411"}
    load(registry, *(shop(f"S-{i}", (f"牌{i}",), **old, opened_on=f"2014-0{i}-01") for i in range(1, 5)))
    found = {report.source: report for report in audit(subjects(registry), RULES)}
    assert [o.rule for o in found["S-4"].failures] == ["max-three-shops"]
    assert (found["S-4"].subject_id, found["S-4"].eligible_from) == ("999999103097411", None)
    assert not found["S-3"].failures


def test_of_two_shops_of_one_day_the_second_is_the_one_too_many(registry: SqlRegistry) -> None:
    load(registry, shop("Z-1", ("云上",)), shop("A-2", ("云上",)))
    assert {r.source: r.verdict for r in audit(subjects(registry), RULES)} == {"Z-1": "undecided", "A-2": "fail"}


def test_a_shop_that_was_admitted_here_is_judged_with_its_papers(registry: SqlRegistry) -> None:
    made = admit(application(), registry=registry, **WHO)
    (report,) = audit(subjects(registry), RULES)
    assert (report.source, report.verdict) == (made.shop_id, "pass")
    corrections.close_shop(str(made.shop_id), "application_fraud", DAY, registry=registry, entry=entry())
    (report,) = audit(subjects(registry), RULES)
    assert report.verdict == "pass"  # its own closing is no reason against its opening


def test_an_exit_that_was_reported_late_shows_in_an_audit(address: str) -> None:
    with open_database(address) as registry:
        registry.init()
        load(registry, shop("S-1", ("甲",)), shop("S-2", ("乙",), opened_on="2024-07-20"))
        corrections.close_shop("S-1", "voluntary_exit", date(2024, 7, 1), registry=registry, entry=entry())
        assert [r.source for r in audit(subjects(registry), RULES) if r.failures] == ["S-2"]
    with open_database(address, known_at=AT - timedelta(days=1)) as then:
        assert not list(audit(subjects(then), RULES))


def test_what_is_shown_of_then_knows_nothing_of_what_came_later(tmp_path: Path) -> None:
    """What waited then waits, whoever has answered it since; names and what follows what came with later decisions."""
    place = tmp_path / "registry.db"
    with open_database(place) as registry:
        registry.init()
        load(registry, shop())
        onboarding.require_two(True, registry=registry, by="head", at=noon(DAY))
        answered, asked = (noon(DAY + timedelta(days=days)) for days in (6, 4))
        made = onboarding.ban(USCC, "application_fraud", DAY, registry=registry, by="chen", at=asked)
        assert isinstance(made, Proposal)
        onboarding.reject(made.proposal_id, registry=registry, by="li", at=answered)
        wanted = application({"/follows": "A-0"})
        admit(wanted, registry=registry, **WHO | {"at": answered, "as_of": answered.date()})
    shown = {at: _shown(place, noon(DAY + timedelta(days=at)).isoformat()) for at in (3, 4, 5, 6)}
    assert [(len(one["proposals"]), one["subject_name"], one["follows"]) for one in shown.values()] == [
        (0, None, {}),
        (1, None, {}),
        (1, None, {}),
        (0, wanted["subject"]["name"], {"A-1": "A-0"}),
    ]
    assert shown[5]["proposals"][0]["outcome"] is shown[5]["proposals"][0]["answered_by"] is None


def _shown(place: Path, known_at: str) -> dict[str, Any]:
    done = run_here("onboard", "registry", "show", USCC, "--registry", place, "--known-at", known_at, "-o", "json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_an_audit_goes_through_every_subject(registry: SqlRegistry) -> None:
    load(registry, *(shop(f"S-{i}", subject_id=subject(i)) for i in range(500)))
    admit(application({"/business_license/uscc": OTHER_USCC, "/brands": [brand("乙")]}), registry=registry, **WHO)
    reports = list(audit(subjects(registry), RULES))
    assert len(reports) == 501
    assert sum(report.verdict == "pass" for report in reports) == 1
