"""What every registry in a database does, whichever database it is."""

import json
import shutil
import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from builders import DAY, OTHER_USCC, USCC, application, ban, brand, mark, shop, violation
from registry.make import AT, WHO, entry, lines, load

from onboarding import InputError, RegistryError, RulesetError, admit, load_ruleset
from onboarding.decisions import corrections
from onboarding.decisions.admission import all_decisions
from onboarding.models import History, to_plain
from onboarding.registry import open_database, open_registry
from onboarding.registry.bulk_import import Added, add
from onboarding.registry.sql import SqlRegistry
from onboarding.rules import loading


def test_what_was_imported_is_found(registry: SqlRegistry) -> None:
    assert load(registry, shop(), ban(id="B-1"), violation(), mark(), shop("S-2", subject_id=OTHER_USCC)) == 5
    found = registry.look_up([USCC, OTHER_USCC])
    assert [s.shop_id for s in found.histories[USCC].shops] == ["S-1"]
    assert len(found.histories[USCC].bans) == len(found.histories[USCC].violations) == 1
    assert [(m.kind, m.value, m.by) for m in found.histories[USCC].marks] == [("b_points", 6, "risk desk")]
    assert [s.shop_id for s in found.histories[OTHER_USCC].shops] == ["S-2"]


def on_record(registry: SqlRegistry, *subjects: str) -> tuple[dict[str, History], str]:
    """What is on record of `subjects`, and the digest that reports give of it."""
    found = registry.look_up(subjects)
    return found.histories, found.digest


def test_importing_again_adds_nothing(registry: SqlRegistry) -> None:
    records = [shop(), shop(closed_on="2024-02-05", closed_for="other"), ban(), ban(), violation(id="V-1"), mark()]
    assert load(registry, *records) == 6
    before = on_record(registry, USCC)
    assert load(registry, *records) == 0
    assert on_record(registry, USCC) == before


def test_a_later_version_replaces_the_earlier_one_which_is_kept(registry: SqlRegistry) -> None:
    load(registry, shop())
    assert load(registry, shop(closed_on="2024-02-05", closed_for="other"), at=AT + timedelta(hours=1)) == 1
    (known,) = registry.look_up([USCC]).histories[USCC].shops
    assert known.closed_on == date(2024, 2, 5)
    registry.known_at = AT
    (then,) = registry.look_up([USCC]).histories[USCC].shops
    assert then.closed_on is None


def test_an_import_says_which_records_put_a_replaced_version_back(registry: SqlRegistry) -> None:
    old, other = lines(shop(), shop("S-2", ("甲",))), lines(shop("S-3", ("乙",)))
    assert add(registry, old, entry()) == Added(2)
    corrections.close_shop("S-1", "application_fraud", DAY, registry=registry, entry=entry())
    assert add(registry, other, entry()) == Added(1)
    assert add(registry, old, entry(), dry_run=True) == Added(1, ("shop:S-1",))
    assert admit(application(), registry=registry, **WHO).verdict == "fail"
    # What is said last counts, as in a file: so it is said that a ban ends by it.
    assert add(registry, old, entry()) == Added(1, ("shop:S-1",))
    failures = admit(application({"/application_id": "A-2"}), registry=registry, **WHO).report.failures
    assert [o.rule for o in failures] == ["max-three-shops"]


@pytest.mark.parametrize("record", [shop(), ban(id="B-1"), violation(id="V-1"), mark()], ids=lambda r: r["record"])
def test_a_record_keeps_its_subject_across_imports(registry: SqlRegistry, record: dict[str, Any]) -> None:
    load(registry, record)
    before = on_record(registry, USCC, OTHER_USCC)
    for dry_run in (True, False):
        with pytest.raises(RegistryError, match=f"`{record['record']}:.-1` is on record as another subject's"):
            add(registry, lines(shop("S-9"), record | {"subject_id": OTHER_USCC}), entry(), dry_run=dry_run)
    assert on_record(registry, USCC, OTHER_USCC) == before


def test_the_shop_of_an_admission_keeps_its_subject(registry: SqlRegistry) -> None:
    opened = admit(application(), registry=registry, **WHO).shop_id
    with pytest.raises(RegistryError, match="another subject's"):
        load(registry, shop(str(opened), subject_id=OTHER_USCC))


def test_a_record_that_once_moved_is_its_last_subjects(registry: SqlRegistry) -> None:
    """Earlier versions let an import move a record, and left a row without content behind."""
    load(registry, shop(subject_id=OTHER_USCC))
    moved = lines(shop())[0].record
    with registry.writing(subject=USCC) as session:
        registry.append(session, entry(), USCC, "shop:S-1", moved)
        registry.append(session, entry(), OTHER_USCC, "shop:S-1", None)
    assert load(registry, shop(closed_on="2024-02-05", closed_for="other")) == 1
    with pytest.raises(RegistryError, match="another subject's"):
        load(registry, shop(subject_id=OTHER_USCC, opened_on="2022-01-02"))


def test_a_record_that_moves_within_one_file_is_refused(registry: SqlRegistry) -> None:
    with pytest.raises(RegistryError, match="another subject's further up"):
        load(registry, shop(), shop(subject_id=OTHER_USCC))
    assert registry.look_up([USCC, OTHER_USCC]).empty


def test_one_broken_line_and_nothing_is_imported(registry: SqlRegistry) -> None:
    from onboarding.reading.records import read_records

    text = [json.dumps(record).encode() for record in (shop(), shop("S-2", opened_on="2024-02-30"), {"record": "shp"})]
    with pytest.raises(RegistryError) as caught:
        add(registry, read_records(text, "records.jsonl"), entry())
    assert [problem.line for problem in caught.value.problems] == [2, 3]
    assert not registry.look_up([USCC]).histories[USCC].shops


def test_a_dry_run_changes_nothing(registry: SqlRegistry) -> None:
    load(registry, shop())
    before = on_record(registry, USCC)
    assert add(registry, lines(shop("S-2")), entry(), dry_run=True).new == 1
    assert admit(application(), registry=registry, **WHO, dry_run=True).admitted
    corrections.close_shop("S-1", "other", DAY, registry=registry, entry=entry(), dry_run=True)
    corrections.ban_subject(USCC, "application_fraud", DAY, registry=registry, entry=entry(), dry_run=True)
    assert on_record(registry, USCC) == before
    with registry.reading() as session:
        assert not list(all_decisions(session))


def test_init_says_what_it_found_and_a_dry_run_makes_nothing(address: str) -> None:
    with open_database(address) as registry:
        assert registry.init(dry_run=True) == 0
        with pytest.raises(RegistryError, match="init"):
            registry.look_up([USCC])
        assert registry.init() == 0
        assert registry.init() == registry.init(dry_run=True) == registry.schema_version


def test_a_dry_import_into_a_registry_that_is_not_there_makes_none(address: str) -> None:
    with open_database(address) as registry:
        assert add(registry, lines(shop(), shop("S-2")), entry(), dry_run=True) == Added(2)
        assert registry.init(dry_run=True) == 0


def test_init_again_keeps_everything(registry: SqlRegistry) -> None:
    load(registry, shop())
    registry.init()
    assert registry.look_up([USCC]).histories[USCC].shops


def test_a_registry_that_was_never_made_is_an_error(address: str) -> None:
    with open_database(address) as registry, pytest.raises(RegistryError, match="init"):
        registry.look_up([USCC])


def test_a_newer_schema_is_an_error_and_not_a_guess(registry: SqlRegistry, address: str) -> None:
    if address.endswith(".db"):
        with sqlite3.connect(address) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
    else:
        with registry.writing() as session:
            session.execute("UPDATE schema_version SET version = 99")
    for use in (lambda r: r.look_up([USCC]), lambda r: r.init(), lambda r: admit(application(), registry=r, **WHO)):
        with open_database(address) as newer, pytest.raises(RegistryError, match="schema version 99 is not known"):
            use(newer)


# -- admission


def test_who_passes_has_a_shop_and_a_decision(registry: SqlRegistry) -> None:
    decision = admit(application(), registry=registry, **WHO, note="ticket 4711")
    assert decision.admitted
    assert not decision.repeated
    (opened,) = registry.look_up([USCC]).histories[USCC].shops
    assert (opened.shop_id, opened.opened_on, opened.application_id) == (decision.shop_id, DAY, "A-1")
    with registry.reading() as session:
        assert list(all_decisions(session)) == [decision]


def test_the_same_application_again_gives_the_same_decision(registry: SqlRegistry) -> None:
    first = admit(application(), registry=registry, **WHO)
    corrections.ban_subject(USCC, "application_fraud", DAY, registry=registry, entry=entry())
    again = admit(application(), registry=registry, **{**WHO, "by": "somebody else"})
    assert again.repeated
    assert (again.shop_id, again.report, again.by) == (first.shop_id, first.report, "tester")
    assert len(registry.look_up([USCC]).histories[USCC].shops) == 1


def test_a_refusal_is_final_too(registry: SqlRegistry) -> None:
    load(registry, ban(id="B-1"))
    assert admit(application(), registry=registry, **WHO).verdict == "fail"
    corrections.revoke_ban("B-1", DAY, registry=registry, entry=entry())
    assert admit(application(), registry=registry, **WHO).repeated
    assert admit(application({"/application_id": "A-2"}), registry=registry, **WHO).admitted


def test_what_other_rules_decided_is_no_decision_by_these(registry: SqlRegistry) -> None:
    first = admit(application(), registry=registry, **WHO)
    assert first.admitted
    with pytest.raises(InputError, match="decided on by the ruleset `douyin`, and not by `tmall-2019`") as refused:
        admit(application(), registry=registry, **WHO, ruleset="tmall-2019")
    assert refused.value.problems[0].pointer == "/application_id"
    assert admit(application(), registry=registry, **WHO) == replace(first, repeated=True)


def test_an_id_that_was_decided_on_with_other_content_is_an_error(registry: SqlRegistry) -> None:
    admit(application(), registry=registry, **WHO)
    with pytest.raises(InputError, match="other content"):
        admit(application({"/brands": [brand("另一个")]}), registry=registry, **WHO)
    # However it is written: an id is compared in its normal form.
    with pytest.raises(InputError, match="other content"):
        admit(application({"/application_id": " Ａ-1\u200b", "/brands": [brand("另一个")]}), registry=registry, **WHO)
    assert len(registry.look_up([USCC]).histories[USCC].shops) == 1


def test_an_application_whose_shop_was_imported_opens_no_second_one(registry: SqlRegistry) -> None:
    load(registry, shop(brands=("云上",), application_id="A-1"))
    with pytest.raises(InputError, match="opened shop `S-1` already"):
        admit(application(), registry=registry, **WHO)


def test_what_is_undecided_is_not_admitted_and_stays_open(registry: SqlRegistry) -> None:
    nameless = application({"/brands": [brand("!!!")]})
    first = admit(nameless, registry=registry, **WHO)
    assert (first.verdict, first.shop_id) == ("undecided", None)
    assert admit(application(), registry=registry, **WHO).admitted


def test_who_has_no_licence_is_refused_and_the_refusal_kept(registry: SqlRegistry) -> None:
    decision = admit(application(without=("/business_license",)), registry=registry, **WHO)
    assert (decision.verdict, decision.subject_id) == ("fail", None)
    with registry.reading() as session:
        assert list(all_decisions(session)) == [decision]


@pytest.mark.parametrize("text", ["A\0", "\ud800"])
def test_a_text_that_no_database_keeps_is_an_error_of_the_application(registry: SqlRegistry, text: str) -> None:
    with pytest.raises(InputError):
        admit(application({"/application_id": text}), registry=registry, **WHO)


@pytest.mark.parametrize("days", [-1, 1, -800])
def test_nobody_is_admitted_as_of_another_day(registry: SqlRegistry, days: int) -> None:
    with pytest.raises(RegistryError, match="admission is as of today"):
        admit(application(), registry=registry, **{**WHO, "as_of": DAY + timedelta(days=days)})


def test_without_a_day_it_is_the_one_on_which_it_is_asked(registry: SqlRegistry) -> None:
    made = admit(application(), registry=registry, at=AT.replace(hour=15, minute=59), by="tester")
    assert made.as_of == DAY
    made = admit(application({"/application_id": "A-2"}), registry=registry, at=AT.replace(hour=16), by="tester")
    assert made.as_of == DAY + timedelta(days=1)


def test_the_day_is_that_of_shanghai(registry: SqlRegistry) -> None:
    late = AT.replace(hour=16)  # past midnight there
    with pytest.raises(RegistryError, match="today, `2024-08-06`"):
        admit(application(), registry=registry, **{**WHO, "at": late})


@pytest.mark.parametrize(
    "record",
    [
        shop("S-9", opened_on="2024-08-06"),
        ban(on="2024-08-06"),
        shop("S-9", closed_on="2024-08-06", closed_for="application_fraud"),
    ],
)
def test_a_record_of_a_later_day_stops_admission(registry: SqlRegistry, record: dict[str, Any]) -> None:
    load(registry, record)
    with pytest.raises(InputError, match="2024-08-06"):
        admit(application(), registry=registry, **WHO)


def test_a_ruleset_that_fails_its_lint_admits_nobody(registry: SqlRegistry, tmp_path: Any) -> None:
    for name, data in loading.read_files(loading.ruleset_folder("douyin")).items():
        (tmp_path / name).write_bytes(data.replace(b'"maximum"', b'"maxmum"'))
    with pytest.raises(RulesetError, match="maxmum"):
        admit(application(), registry=registry, **WHO, ruleset=tmp_path)


def test_a_ruleset_of_which_nothing_is_in_force_admits_nobody(registry: SqlRegistry) -> None:
    with pytest.raises(RulesetError, match="no required rule of ruleset `jd` is in force on `2020-12-31`"):
        admit(application(), registry=registry, by="desk", at=AT.replace(2020, 12, 31), ruleset="jd")


def test_a_shipped_ruleset_that_somebody_spoilt_admits_nobody(
    registry: SqlRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = shutil.copytree(loading.schemas_folder(), tmp_path / "schemas")
    monkeypatch.setattr(loading, "schemas_folder", lambda: installed)
    assert admit(application(), registry=registry, **WHO, dry_run=True).admitted
    edited = installed / "douyin" / "max-three-shops.json"
    edited.write_text(edited.read_text("utf-8").replace('"maximum"', '"maxmum"'), encoding="utf-8")
    installed = installed.rename(tmp_path / "edited")
    for ruleset in ("douyin", load_ruleset("douyin")):
        with pytest.raises(RulesetError, match="maxmum"):
            admit(application(), registry=registry, **WHO, ruleset=ruleset)


def test_the_library_opens_a_registry_that_admits(address: str) -> None:
    opened = open_registry(address)
    assert isinstance(opened, SqlRegistry)
    with opened as registry:
        registry.init()
        assert admit(json.dumps(application()), registry=registry, **WHO, ruleset=load_ruleset()).admitted


# -- what staff put on record


def test_closing_a_shop_keeps_what_it_was(registry: SqlRegistry) -> None:
    load(registry, shop())
    closed = corrections.close_shop("S-1", "application_fraud", date(2024, 8, 1), registry=registry, entry=entry())
    assert registry.look_up([USCC]).histories[USCC].shops == (closed,)
    assert [o.rule for o in admit(application(), registry=registry, **WHO).report.failures] == ["permanent-ban"]


def test_a_ban_a_violation_and_their_ends(registry: SqlRegistry) -> None:
    load(registry, shop())
    made = corrections.ban_subject(USCC, "serious_violation", DAY, registry=registry, entry=entry())
    assert made.id
    assert corrections.revoke_ban(made.id, DAY, registry=registry, entry=entry()).revoked_on == DAY
    noted = corrections.add_violation(USCC, "late_shipment", DAY, registry=registry, entry=entry(), shop_id="S-1")
    assert noted.id
    assert corrections.resolve_violation(noted.id, DAY, registry=registry, entry=entry()).resolved_on == DAY
    history = registry.look_up([USCC]).histories[USCC]
    assert [b.revoked_on for b in history.bans] == [DAY]
    assert [v.resolved_on for v in history.violations] == [DAY]


def test_a_mark_and_its_end(registry: SqlRegistry) -> None:
    made = corrections.mark_subject(
        USCC, "waiver", DAY, registry=registry, entry=entry(note="ticket 4711"), about="max-three-shops"
    )
    assert (made.by, made.note, made.about) == ("tester", "ticket 4711", "max-three-shops")
    assert registry.look_up([USCC]).histories[USCC].marks == (made,)
    end = DAY + timedelta(days=1)
    assert corrections.end_mark(str(made.id), end, registry=registry, entry=entry(end)).until == end
    assert [m.until for m in registry.look_up([USCC]).histories[USCC].marks] == [end]


def test_a_mark_with_an_end_to_come_is_ended_before_it(registry: SqlRegistry) -> None:
    load(registry, mark(until="2025-01-01"))
    assert corrections.end_mark("M-1", DAY, registry=registry, entry=entry()).until == DAY


def test_a_mark_on_whoever_has_no_licence_number_is_read_back(registry: SqlRegistry) -> None:
    load(registry, shop(subject_id="P-1", subject_type="individual"))
    made = corrections.mark_subject("P-1", "b_points", DAY, registry=registry, entry=entry(), value=6)
    assert made.subject_type == "individual"
    assert lines(to_plain(made))[0].record == made


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"kind": "waiver"}, "a waiver without `about`"),
        ({"kind": "b_points", "value": 10**7}, "a whole number"),
        ({"kind": "b_points", "until": date(2024, 8, 4)}, "ends before it begins"),
        ({"kind": " "}, "not blank"),
    ],
    ids=str,
)
def test_a_mark_that_no_file_may_hold_is_refused(registry: SqlRegistry, broken: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        corrections.mark_subject(USCC, on=DAY, registry=registry, entry=entry(), **broken)
    assert registry.look_up([USCC]).empty


def test_a_ban_that_was_imported_without_an_id_can_be_revoked(registry: SqlRegistry) -> None:
    load(registry, ban())
    with registry.reading() as session:
        (row,) = registry.rows(session, USCC)
    corrections.revoke_ban(row.key, DAY, registry=registry, entry=entry())
    (left,) = registry.look_up([USCC]).histories[USCC].bans
    assert left.revoked_on == DAY


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (partial(corrections.close_shop, "S-11", "other", DAY), "did you mean `S-1`"),
        (partial(corrections.close_shop, "S-2", "other", DAY), "closed since `2024-02-05`"),
        (partial(corrections.close_shop, "S-1", "other", DAY + timedelta(days=1)), "has not come"),
        (partial(corrections.close_shop, "S-1", "other", date(2021, 1, 1)), "before the shop opened"),
        (partial(corrections.ban_subject, "91999999MATEKT018L", "application_fraud", DAY), "no sound licence"),
        (partial(corrections.ban_subject, USCC, "application_fraud", DAY), "banned since `2023-05-01`"),
        (partial(corrections.revoke_ban, "B-3", DAY), "no ban `B-3`"),
        (partial(corrections.revoke_ban, "B-2", DAY), "revoked since"),
        (partial(corrections.add_violation, OTHER_USCC, "other", DAY), "nothing is on record"),
        (partial(corrections.add_violation, USCC, "other", DAY, shop_id="S-11"), "did you mean `S-1`"),
        (partial(corrections.resolve_violation, "V-1", DAY), "resolved since"),
        (partial(corrections.mark_subject, "9199999MATEKT019L", "b_points", DAY), "no sound licence number"),
        (partial(corrections.mark_subject, USCC, "b_points", DAY + timedelta(days=1)), "has not come"),
        (partial(corrections.end_mark, "M-1", DAY), "ends on `2024-04-01`"),
        (partial(corrections.end_mark, "M-2", date(2024, 2, 29)), "before the mark began"),
        (partial(corrections.end_mark, "M-3", DAY), "no mark `M-3`"),
    ],
)
def test_a_change_that_does_not_fit_the_record_is_refused(registry: SqlRegistry, change: Any, message: str) -> None:
    load(
        registry,
        shop(),
        shop("S-2", closed_on="2024-02-05", closed_for="other"),
        ban(id="B-1"),
        ban("serious_violation", id="B-2", revoked_on="2023-06-01"),
        violation(id="V-1", resolved_on="2024-03-05"),
        mark(until="2024-04-01"),
        mark(id="M-2"),
    )
    before = on_record(registry, USCC)
    with pytest.raises(RegistryError, match=message):
        change(registry=registry, entry=entry())
    assert on_record(registry, USCC) == before
