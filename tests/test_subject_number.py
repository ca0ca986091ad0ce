"""How a subject is known: by a national number of the scheme that the ruleset names."""

import json
import re
import subprocess
import sys
import tracemalloc
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from builders import DAY, FUJIAN_USCC, USCC, application, ban, shop
from in_process import run_here
from registry.make import WHO, entry, load

from onboarding import InputError, RegistryError, admit, check, load_ruleset
from onboarding.decisions import corrections
from onboarding.decisions.audit import audit
from onboarding.decisions.replay import replay
from onboarding.kernel import check_together
from onboarding.models import History
from onboarding.reading.documents import read_application
from onboarding.reading.records import read_record
from onboarding.registry.iteration import subjects
from onboarding.registry.sql import SqlRegistry
from onboarding.subject_number import BY_USCC, SubjectNumber, can_be_subject, is_scheme, normal_subject, schemes

NUMBER = "0994000617721"  # a company's; a person's begins with another digit than 0
WRONG = "0994000617722"
COMPANY = f"th.tin:{NUMBER}"
INDIVIDUAL = "th.tin:1999999999999"
BY_TIN = SubjectNumber("/subject/tax_id", "th.tin")
THAI = "tiktok-shop-th"

SAME = [
    # the same subject, however it is written
    (USCC, USCC),
    ("9199 9999-matekt019l", USCC),
    (f"cn.uscc:{USCC}", USCC),
    ("999999103097411", "999999103097411"),
    ("user-4711", "USER4711"),
    (COMPANY, COMPANY),
    ("TH.TIN: 0-99-4-000-61772-1", COMPANY),
    ("ｔｈ．ｔｉｎ：０９９４０００６１７７２１", COMPANY),
    ("us.ein:04-2103594", "us.ein:042103594"),
    ("fi.hetu:131052-308t", "fi.hetu:131052-308T"),
]
REFUSED = [
    # nobody's number, whatever the type of subject
    f"th.tin:{WRONG}",
    "th.tin:",
    "th.tin:../..",
    f"th.tin:{'0' * 100_000}",
    f"th.tni:{NUMBER}",
    "xx.yy:1",
    "os.path:1",
    "th.tin.pin:1999999999999",
    "cn.uscc:91999999MATEKT019M",
    "iso7064.luhn:79927398713",
    "th.__init__:1",
]
NO_SCHEMES = [
    "",
    "th",
    "tin",
    "th.",
    ".tin",
    "TH.TIN",
    "th.tin ",
    "th.pin.x",
    "os.path",
    "th.__init__",
    "../x.y",
    "in_.pan",
]


@pytest.mark.parametrize(("written", "subject"), SAME)
def test_a_subject_is_the_same_however_its_number_is_written(written: str, subject: str) -> None:
    assert normal_subject(written) == subject
    assert normal_subject(subject) == subject


@pytest.mark.parametrize("written", REFUSED, ids=lambda written: written[:30])
def test_a_number_that_its_scheme_refuses_is_nobodys(written: str) -> None:
    bare = written.startswith(("th.tin.", "iso7064", "th.__"))
    assert not can_be_subject(written)
    # Of what names no scheme, nobody knows what an individual goes by.
    assert can_be_subject(written, "individual") == bare
    assert BY_TIN.on_record(written) is None
    assert normal_subject(normal_subject(written)) == normal_subject(written)


def test_very_long_numbers_on_record_are_not_remembered() -> None:
    """An individual may go by any id; a file of many long ones takes no more memory than one of them."""
    tracemalloc.start()
    try:
        for number in range(40):
            record = {**ban(), "subject_id": f"{number:06}" + "x" * 500_000, "subject_type": "individual"}
            read_record(record)
        assert tracemalloc.get_traced_memory()[0] < 4_000_000
    finally:
        tracemalloc.stop()


def test_an_applicant_may_write_the_scheme_and_no_other_than_the_rulesets() -> None:
    assert BY_TIN.on_record(NUMBER) == BY_TIN.on_record(COMPANY) == COMPANY
    assert BY_TIN.on_record(f"th.moa:{NUMBER}") is None
    assert BY_TIN.on_record(USCC) is None
    assert BY_USCC.on_record(COMPANY) is None
    assert BY_USCC.on_record(FUJIAN_USCC) == FUJIAN_USCC
    assert [BY_USCC.on_record(written) for written in (None, "", "999999103097411")] == [None] * 3


@pytest.mark.parametrize("name", NO_SCHEMES)
def test_no_name_of_another_form_is_a_scheme(name: str) -> None:
    before = set(sys.modules)
    assert not is_scheme(name)
    assert {module for module in set(sys.modules) - before if not module.startswith("stdnum")} == set()


def test_every_scheme_gives_a_number_the_same_form_again() -> None:
    """By the examples that python-stdnum gives of each."""
    tried = 0
    for scheme in schemes():
        assert is_scheme(scheme), scheme
        country, _, name = scheme.partition(".")
        package = {"in": "in_", "is": "is_"}.get(country, country)
        told = import_module(f"stdnum.{package}.{name}").__doc__ or ""
        for example in re.findall(r">>> validate\('([^']+)'\)", told):
            subject = SubjectNumber("/subject/number", scheme).on_record(example)
            if subject is not None:
                tried += 1
                assert normal_subject(subject) == subject
                assert can_be_subject(subject)
                upper = subject.upper()
                assert not can_be_subject(upper) or normal_subject(upper) == subject
    assert tried > 200


def test_an_unsound_number_on_record_is_told_without_repeating_it() -> None:
    told = {}
    for number in (f"th.tin:{WRONG}", f"th.tni:{NUMBER}", f"thai:{NUMBER}"):
        with pytest.raises(InputError) as refused:
            read_record(ban(subject_id=number))
        (problem,) = refused.value.problems
        assert problem.pointer == "/subject_id"
        assert NUMBER[:10] not in str(problem.message)
        told[number] = (problem.message["en"], problem.hint and problem.hint["en"])
    assert told[f"th.tin:{WRONG}"][0] == "not a number that `th.tin` takes"
    assert told[f"th.tni:{NUMBER}"] == ("`th.tni` is no scheme of national numbers", "did you mean `th.tin`?")
    assert told[f"thai:{NUMBER}"][0] == "`subject_id` can be no subject's number"


def test_a_check_by_the_licence_number_imports_no_scheme_and_another_does(tmp_path: Path) -> None:
    path = tmp_path / "application.json"
    path.write_text(json.dumps(thai_application()), encoding="utf-8")
    records = tmp_path / "registry.jsonl"
    records.write_text(json.dumps(shop()) + "\n", encoding="utf-8")
    script = (
        "import sys; from onboarding import check;"
        f"check(open({str(path)!r}).read(), registry={str(records)!r}, as_of='2024-08-05', ruleset=sys.argv[1]);"
        "print('stdnum' in sys.modules)"
    )
    for ruleset, imported in (("douyin", "False"), (THAI, "True")):
        done = subprocess.run([sys.executable, "-c", script, ruleset], capture_output=True, text=True, check=True)
        assert done.stdout == f"{imported}\n"


def thai_application(**changes: Any) -> dict[str, Any]:
    return application({"/subject/tax_id": NUMBER, **{f"/{name}": value for name, value in changes.items()}})


@pytest.mark.parametrize("type_", ["enterprise", "individual"])
@pytest.mark.parametrize(
    ("number", "records", "verdict"),
    [
        (NUMBER, [], "pass"),
        ("0-99-4-000-61772-1", [], "pass"),
        (NUMBER, [ban(subject_id="TH.TIN:0-9940-00617-72-1")], "fail"),
        (NUMBER, [ban(subject_id=INDIVIDUAL)], "pass"),
        (NUMBER, [ban()], "pass"),
        (NUMBER, None, "undecided"),
        (WRONG, [], "undecided"),
        (USCC, [], "undecided"),
        (None, [], "undecided"),
    ],
)
def test_a_thai_subject_is_decided_by_its_number(type_: str, number: str | None, records: Any, verdict: str) -> None:
    made = application({"/subject/tax_id": number, "/subject/type": type_})
    report = check(made, history=records, as_of=DAY, ruleset=THAI)
    assert report.verdict == verdict
    assert report.subject_id == (COMPANY if number and BY_TIN.on_record(number) else None)


def test_whoever_gives_no_sound_number_is_told_which_one_is_asked_for() -> None:
    report = check(application({"/subject/tax_id": WRONG}), history=[], as_of=DAY, ruleset=THAI)
    (reason,) = next(outcome for outcome in report.outcomes if outcome.rule == "permanent-ban").reasons
    assert reason.pointer == "/subject/tax_id"
    assert "Thai taxpayer identification number" in reason.message["en"]
    assert "泰国纳税人识别号" in reason.message["zh"]
    assert WRONG not in json.dumps(report.to_dict())


def test_in_a_joint_run_they_are_grouped_by_that_number() -> None:
    rules = load_ruleset(THAI)
    open_shops = [read_record(shop(f"S-{n}", subject_id=COMPANY)) for n in range(4)]
    plain = [
        thai_application(),
        application({"/subject/tax_id": COMPANY, "/application_id": "A-2", "/business_license/uscc": FUJIAN_USCC}),
        application({"/subject/tax_id": "1999999999999", "/application_id": "A-3"}),
    ]
    wanted = [read_application(value, rules.own_fields)[0] for value in plain]
    reports = check_together(wanted, {COMPANY: History(shops=tuple(open_shops))}, DAY, rules)  # type: ignore[arg-type]
    assert [report.verdict for report in reports] == ["pass", "fail", "pass"]


def test_admission_audit_and_replay_know_the_subject_by_it(registry: SqlRegistry) -> None:
    decision = admit(thai_application(), registry=registry, ruleset=THAI, **WHO)
    assert (decision.verdict, decision.subject_id) == ("pass", COMPANY)
    (row,) = registry_rows(registry, COMPANY)
    assert row.subject_id == COMPANY
    again = admit(
        application({"/subject/tax_id": WRONG, "/application_id": "A-2"}), registry=registry, ruleset=THAI, **WHO
    )
    assert (again.verdict, again.subject_id, again.shop_id) == ("undecided", None, None)
    corrections.ban_subject("th.tin:0 9940 00617 72 1", "application_fraud", DAY, registry=registry, entry=entry())
    refused = admit(thai_application(application_id="A-3"), registry=registry, ruleset=THAI, **WHO)
    assert [outcome.rule for outcome in refused.report.failures] == ["permanent-ban"]
    assert [report.verdict for report in audit(subjects(registry), load_ruleset(THAI))] == ["fail"]
    assert [step.verdict for step in replay(registry, "A-1", as_of=DAY, ruleset=THAI).steps] == ["pass", "fail", "fail"]


def test_rules_that_mean_another_subject_by_another_number_judge_it_by_no_others_records(registry: SqlRegistry) -> None:
    """The application has both numbers; on record is only what was done under one of them."""
    admit(thai_application(), registry=registry, ruleset=THAI, **WHO)
    (report,) = audit(subjects(registry), load_ruleset())
    assert report.verdict == "undecided"
    assert {step.verdict for step in replay(registry, "A-1", as_of=DAY).steps} == {"undecided"}


@pytest.mark.parametrize("number", [f"th.tin:{WRONG}", f"th.tni:{NUMBER}", NUMBER])
def test_nothing_goes_on_record_under_a_number_that_can_be_nobodys(registry: SqlRegistry, number: str) -> None:
    with pytest.raises(RegistryError):
        corrections.ban_subject(number, "application_fraud", DAY, registry=registry, entry=entry())
    with pytest.raises(RegistryError):
        corrections.mark_subject(number, "b_points", DAY, registry=registry, entry=entry())
    with pytest.raises(RegistryError):
        load(registry, ban(subject_id=number))


def test_the_commands_take_and_give_the_number_with_its_scheme(tmp_path: Path) -> None:
    def onboard(*args: str | Path, code: int = 0) -> str:
        done = run_here("onboard", "registry", *args, cwd=tmp_path)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    at = ("--registry", "registry.db")
    by = (*at, "--by", "tester", "--note", "a test")
    records = [
        shop("S-1", subject_id="TH.TIN:0-99-4-000-61772-1"),
        ban(subject_id=INDIVIDUAL, subject_type="individual"),
    ]
    (tmp_path / "records.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    onboard("import", "records.jsonl", *by)
    onboard("ban", "th.tin: 0-9940-00617-72-1", "--reason", "serious_violation", "--on", "2024-08-05", *by)
    shown = onboard("show", COMPANY, *at, "--ruleset", THAI, "--as-of", "2024-08-05", "--lang", "en")
    assert "S-1" in shown
    assert "permanent-ban" in shown
    assert "not a number by which" not in shown
    refused = onboard("show", f"th.tin:{WRONG}", *at, code=2)
    assert "not a number that `th.tin` takes" in refused
    assert WRONG not in refused
    onboard("export", "shops.csv", *at)
    assert "TH.TIN:0-99-4-000-61772-1" in (tmp_path / "shops.csv").read_text("utf-8")  # as it came
    onboard("import", "shops.csv", "--registry", "other.db", "--by", "tester", "--note", "a test")
    assert "S-1" in onboard("show", COMPANY, "--registry", "other.db")


def registry_rows(registry: SqlRegistry, subject: str) -> list[Any]:
    with registry.reading() as session:
        return [row.record for row in registry.rows(session, subject)]


BROKEN = [
    # (what ruleset.json says, what the lint says of it)
    ({"field": "/subject/taxid", "scheme": "th.tin"}, "no field `/subject/taxid` (did you mean `/subject/tax_id`?)"),
    ({"field": "/brands/name", "scheme": "th.tin"}, "no field `/brands/name`"),
    ({"field": "/subject/type", "scheme": "th.tin"}, "no number of a subject stands in `/subject/type`"),
    ({"field": "/submitted_on", "scheme": "th.tin"}, "no number of a subject stands in `/submitted_on`"),
    ({"field": "/subject", "scheme": "th.tin"}, "no number of a subject stands in `/subject`"),
    (
        {"field": "/subject/tax_id", "scheme": "th.tni"},
        "`th.tni` is no scheme of national numbers (did you mean `th.tin`?)",
    ),
    ({"field": "/subject/tax_id", "scheme": "../../x"}, "`../../x` is no scheme of national numbers"),
    ({"field": "subject.tax_id", "scheme": "th.tin"}, "`subject.tax_id` is no pointer"),
    ({"scheme": "th.tin"}, "/subject_number/field"),
]


@pytest.mark.parametrize(("said", "told"), BROKEN, ids=lambda value: json.dumps(value)[:50])
def test_a_ruleset_that_knows_nobody_is_told_so(tmp_path: Path, said: dict[str, str], told: str) -> None:
    run_here("onboard", "rules", "new", tmp_path / "mine", "--from", THAI)
    path = tmp_path / "mine/ruleset.json"
    about = json.loads(path.read_text(encoding="utf-8")) | {"subject_number": said}
    path.write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    done = run_here("onboard", "rules", "lint", tmp_path / "mine", "--lang", "en")
    assert done.returncode != 0
    assert told in done.stdout + done.stderr
    assert re.search(r"ruleset\.json:\d+:\d+ /subject_number", done.stdout + done.stderr)


def test_a_resident_number_is_taken_only_where_the_ruleset_says_so(tmp_path: Path) -> None:
    run_here("onboard", "rules", "new", tmp_path / "mine", "--from", THAI)
    path = tmp_path / "mine/ruleset.json"
    path.write_text(path.read_text("utf-8").replace("th.tin", "th.pin"), encoding="utf-8")
    made = application({"/subject/tax_id": "1999999999999"})
    assert check(made, history=[], as_of=DAY, ruleset=tmp_path / "mine").subject_id == "th.pin:1999999999999"


def test_the_schema_for_editors_says_by_what_a_subject_is_known() -> None:
    done = run_here("onboard", "schema", "application", "--ruleset", THAI)
    field = json.loads(done.stdout)["$defs"]["Subject"]["properties"]["tax_id"]
    assert "`th.tin`" in field["description"]


def test_a_difference_in_how_subjects_are_known_is_told(tmp_path: Path) -> None:
    run_here("onboard", "rules", "new", tmp_path / "mine", "--from", THAI)
    path = tmp_path / "mine/ruleset.json"
    path.write_text(path.read_text("utf-8").replace("th.tin", "th.moa"), encoding="utf-8")
    done = run_here("onboard", "rules", "diff", THAI, tmp_path / "mine", "--lang", "en")
    assert "subject_number: `/subject/tax_id` (`th.tin`) → `/subject/tax_id` (`th.moa`) (ruleset.json)" in done.stdout
