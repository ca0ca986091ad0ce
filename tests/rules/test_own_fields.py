"""Fields that a ruleset declares for itself: read, checked, counted by, carried to the record, published, asked for."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import DAY, ROOT, USCC, application, brand, shop, violation
from hypothesis import given
from hypothesis import strategies as st
from in_process import run_here
from jsonschema import Draft202012Validator

from onboarding import InputError, RulesetError, admit, check, load_ruleset, open_database
from onboarding.authoring.cases import read_cases
from onboarding.decisions.audit import audit
from onboarding.decisions.replay import replay
from onboarding.models import Application, read_kept_application, to_plain, write_kept
from onboarding.reading.documents import read_application
from onboarding.reading.own_fields import fitted
from onboarding.registry.iteration import subjects
from onboarding.rules.lint.lint import canonical
from onboarding.rules.loading import shipped_rulesets

FOLDER = Path(__file__).parent / "own_fields"
RULES = load_ruleset(FOLDER)
NOON = datetime(2024, 8, 5, 4, tzinfo=UTC)


def wanted(changes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An application with fields of this ruleset's own, which passes."""
    own = {
        "/channel": "fair",
        "/shop/type": "ordinary",
        "/brands/0/trademark_status": "applied_for",
        "/brands/0/trademark_applied_on": "2024-02-04",
        "/brands/0/evidence/authorization_level": 2,
        "/brands/0/evidence/exclusive": True,
    }
    return application(own | (changes or {}), **more)


def says(changes: dict[str, Any], *records: dict[str, Any]) -> dict[str, list[str]]:
    """The rules that do not hold, by status."""
    report = check(wanted(changes), as_of=DAY, history=records, ruleset=RULES)
    found: dict[str, list[str]] = {}
    for outcome in report.outcomes:
        if outcome.status != "pass":
            found.setdefault(outcome.status, []).append(outcome.rule)
    return found


_WRONG: list[tuple[str, Any, str, str]] = [
    ("/shop/type", "flagshp", "one of `ordinary`, `flagship` (did you mean `flagship`?), got a string", "是否想写"),
    ("/shop/type", 1, "one of `ordinary`, `flagship`, got a number", "数字"),
    ("/shop/type", "", "one of `ordinary`, `flagship`, got a blank string", "空白字符串"),
    ("/channel", 7, "a string, got a number", "应为字符串"),
    ("/channel", ["fair"], "a string, got an array", "数组"),
    ("/brands/0/trademark_applied_on", "2024-02-30", "a date that exists, as `YYYY-MM-DD`", "实际存在的日期"),
    ("/brands/0/trademark_applied_on", "2024/2/4", "a date that exists", "请写作 2024-02-04"),
    ("/brands/0/evidence/authorization_level", "2", "a whole number, got a string", "整数"),
    ("/brands/0/evidence/authorization_level", 2.0, "a whole number, got a number", "整数"),
    ("/brands/0/evidence/authorization_level", 1_000_001, "between -1000000 and 1000000, got a number", "整数"),
    ("/brands/0/evidence/authorization_level", True, "a whole number, got true", "整数"),
    ("/brands/0/evidence/exclusive", "yes", "true or false, got a string", "true 或 false"),
]


@pytest.mark.parametrize(("pointer", "value", "english", "chinese"), _WRONG)
def test_a_value_that_is_not_as_declared_is_invalid_input(pointer: str, value: Any, english: str, chinese: str) -> None:
    text = json.dumps(wanted({pointer: value}), indent=1)
    with pytest.raises(InputError) as raised:
        check(text, as_of=DAY, ruleset=RULES)
    [problem] = raised.value.problems
    assert problem.pointer == pointer
    assert f'"{pointer.rpartition("/")[2]}"' in text.splitlines()[(problem.line or 0) - 1]
    assert english in problem.words("en")
    assert chinese in problem.words("zh")


def test_all_that_is_wrong_is_said_at_once_of_the_core_and_of_its_own() -> None:
    with pytest.raises(InputError) as raised:
        check(wanted({"/shop/type": "x", "/subject/type": "y"}), as_of=DAY, ruleset=RULES)
    assert {problem.pointer for problem in raised.value.problems} == {"/shop/type", "/subject/type"}


def test_what_is_declared_is_not_noted_and_what_is_not_is() -> None:
    given = wanted({"/shop/tpye": "flagship", "/shop/extra": {"type": "flagship"}, "/subject/type_": 1})
    report = check(given, as_of=DAY, history=[], ruleset=RULES)
    assert [(note.pointer, note.message["en"].partition(".")[0]) for note in report.notes] == [
        ("/shop/extra", "Unknown field; it decides nothing"),
        ("/shop/tpye", "Unknown field; it decides nothing"),
        ("/subject/type_", "Unknown field; it decides nothing"),
    ]
    assert "Did you mean `type`?" in report.notes[1].message["en"]
    assert [note.kind for note in check(wanted(), as_of=DAY, history=[]).notes] == ["unknown_field"] * 6


def test_nobody_fills_in_what_is_declared_by_another_way() -> None:
    sent = application({"/shop/extra": {"type": "flagship"}, "/extra": {"channel": "x"}})
    assert read_application(sent, RULES.own_fields)[0] == read_application(application(), RULES.own_fields)[0]
    assert read_application(sent)[0] == read_application(application())[0]


@pytest.mark.parametrize("absent", [None, ...])
def test_what_is_left_out_is_missing_and_no_value(absent: Any) -> None:
    pointer = "/brands/0/evidence/authorization_level"
    given = wanted({pointer: None}) if absent is None else wanted(without=(pointer,))
    report = check(given, as_of=DAY, history=[], ruleset=RULES)
    assert [(o.rule, o.reasons[0].pointer) for o in report.failures] == [("authorization-level", pointer)]
    assert read_application(given, RULES.own_fields) == read_application(wanted(without=(pointer,)), RULES.own_fields)


ORDINARY, FLAGSHIP = {"type": "ordinary"}, {"type": "flagship"}
_COUNTED: list[tuple[str, dict[str, Any], list[dict[str, Any]], dict[str, list[str]]]] = [
    ("nothing on record", {}, [], {}),
    ("two of a type", {}, [shop("S-1", **ORDINARY)], {}),
    ("three of a type", {}, [shop(f"S-{n}", **ORDINARY) for n in "12"], {"fail": ["two-of-a-type"]}),
    ("of another type", {}, [shop(f"S-{n}", **FLAGSHIP) for n in "12"], {"fail": ["one-flagship"]}),
    ("a type that nobody wrote", {}, [shop("S-1"), shop("S-2")], {"undecided": ["two-of-a-type", "one-flagship"]}),
    ("no type", {"/shop/type": None}, [], {"undecided": ["two-of-a-type"]}),
    (
        "a type that there is not: it may be meant for any",
        {},
        [shop("S-1", type="flagshp"), shop("S-2", type="flagshp")],
        {"undecided": ["two-of-a-type", "one-flagship"]},
    ),
    ("points", {}, [violation(points=11)], {}),
    ("too many points", {}, [violation(points=5), violation(points=7)], {"fail": ["few-points"]}),
    ("a violation without points", {}, [violation()], {"undecided": ["few-points"]}),
    ("a violation with points in words", {}, [violation(points="5")], {"undecided": ["few-points"]}),
    ("applied for today", {"/brands/0/trademark_applied_on": "2024-08-05"}, [], {"fail": ["trademark-applied-for"]}),
    ("registered", {"/brands/0/trademark_status": "registered", "/brands/0/trademark_applied_on": None}, [], {}),
    ("not applied for", {"/brands/0/trademark_applied_on": None}, [], {"fail": ["trademark-applied-for"]}),
    ("three levels", {"/brands/0/evidence/authorization_level": 3}, [], {"fail": ["authorization-level"]}),
]


@pytest.mark.parametrize(
    ("changes", "records", "expected"), [row[1:] for row in _COUNTED], ids=[row[0] for row in _COUNTED]
)
def test_rules_and_facts_read_them(
    changes: dict[str, Any], records: list[dict[str, Any]], expected: dict[str, list[str]]
) -> None:
    assert says(changes, *records) == expected


def test_the_day_from_which_it_passes_follows_from_a_day_of_its_own() -> None:
    report = check(wanted({"/brands/0/trademark_applied_on": "2024-03-10"}), as_of=DAY, history=[], ruleset=RULES)
    assert str(report.eligible_from) == "2024-09-11"


def test_the_second_of_a_run_is_counted_with_the_type_of_the_first(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        made = wanted({"/application_id": f"A-{number}", "/brands/0/name": f"云{number}"})
        (tmp_path / f"{number}.json").write_text(json.dumps(made), "utf-8")
    (tmp_path / "r.jsonl").write_text("", "utf-8")
    arguments = ("--registry", tmp_path / "r.jsonl", "--as-of", "2024-08-05", "--ruleset", FOLDER, "-o", "json")
    results = json.loads(run_here("onboard-check", *(tmp_path / f"{n}.json" for n in (1, 2, 3)), *arguments).stdout)
    assert [result["verdict"] for result in results["results"]] == ["pass", "pass", "fail"]


def test_admission_puts_them_on_record_and_export_and_import_keep_them(tmp_path: Path) -> None:
    two = wanted()
    two["brands"].append(brand("别的", trademark_status="registered") | {"evidence": two["brands"][0]["evidence"]})
    other = {**two, "shop": {**two["shop"], "type": "flagship"}}
    with open_database(tmp_path / "a.db") as database:
        database.init()
        made = admit(two, registry=database, by="li", at=NOON, ruleset=RULES)
        assert made.admitted
        again = admit(two, registry=database, by="li", at=NOON, ruleset=RULES)
        assert (again.repeated, again.application) == (True, made.application)
        with pytest.raises(InputError):
            admit(other, registry=database, by="li", at=NOON, ruleset=RULES)
        assert replay(database, "A-1", as_of=DAY, ruleset=RULES).same
        assert [report.verdict for report in audit(subjects(database), RULES)] == ["pass"]
    exported = tmp_path / "records.jsonl"
    assert run_here("onboard", "registry", "export", tmp_path / "a.db", exported).returncode == 0
    assert run_here("onboard", "registry", "import", exported, tmp_path / "b.db").returncode == 0
    again_exported = run_here("onboard", "registry", "export", tmp_path / "b.db", "-").stdout
    assert again_exported == exported.read_text("utf-8")
    [record] = map(json.loads, again_exported.splitlines())
    assert record["type"] == "ordinary"
    assert record["brands"] == [
        {"name": "云上", "trademark_status": "applied_for", "trademark_applied_on": "2024-02-04"},
        {"name": "别的", "trademark_status": "registered"},
    ]
    assert (
        check(wanted({"/application_id": "A-2"}), as_of=DAY, registry=exported, ruleset=RULES).facts[
            "shops_of_this_type"
        ]
        == 2
    )
    shown = run_here("onboard", "registry", "show", USCC, "--registry", tmp_path / "b.db", "--ruleset", FOLDER).stdout
    assert "type=ordinary" in shown
    assert "别的 trademark_status=registered" in shown
    told = run_here("onboard", "registry", "show", USCC, "--registry", tmp_path / "b.db").stdout
    assert "type=ordinary" not in told


def test_what_another_ruleset_does_not_declare_decides_nothing_there() -> None:
    read, _ = read_application(wanted(), RULES.own_fields)
    assert fitted(read, RULES.own_fields) == read
    assert fitted(read, load_ruleset().own_fields) == read_application(application())[0]
    assert check(read, as_of=DAY, history=[]) == check(wanted(), as_of=DAY, history=[])


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "/channel": st.text(max_size=9).filter(str.isprintable),
            "/shop/type": st.sampled_from(["ordinary", "flagship"]),
            "/brands/0/trademark_applied_on": st.dates().map(str),
            "/brands/0/evidence/authorization_level": st.integers(-9, 9),
            "/brands/0/evidence/exclusive": st.booleans(),
        },
    )
)
def test_what_is_kept_of_an_application_reads_back_as_it_was(changes: dict[str, Any]) -> None:
    made, notes = read_application(application(changes), RULES.own_fields)
    assert isinstance(made, Application)
    assert notes == ()
    assert read_kept_application(write_kept(made)) == made
    assert read_application(made, RULES.own_fields)[0] == made
    assert to_plain(made) == to_plain(read_application(to_plain(made), RULES.own_fields)[0])


# How a `fields.json` may be wrong, where that is said, and in which words.
FIELD = {"meaning": {"en": "A field.", "zh": "某字段。"}, "type": "string"}
_MISTAKES: list[tuple[str, dict[str, Any], str, str]] = [
    ("of the core", {"application": {"shop.name": FIELD}}, "/application/shop.name", "a field of every ruleset alr"),
    ("a part", {"application": {"business_license": FIELD}}, "/application/business_license", "of every ruleset alr"),
    ("our own name", {"application": {"shop.extra": FIELD}}, "/application/shop.extra", "of every ruleset already"),
    ("of the record", {"application": {"shop.closed_on": FIELD}}, "/application/shop.closed_on", "`closed_on` is a f"),
    ("nearly", {"application": {"shop.opened": FIELD}}, "/application/shop.opened", "for a misspelt `opened_on`"),
    ("twice", {"application": {"shop.a": FIELD}, "records": {"shop.a": FIELD}}, "/records/shop.a", "goes on record"),
    ("of the core on record", {"records": {"ban.reason": FIELD}}, "/records/ban.reason", "`reason` is a field of ev"),
    ("no such place", {"application": {"brand.status": FIELD}}, "/application/brand.status", "after `subject.`, `bu"),
    ("no such record", {"records": {"shops.a": FIELD}}, "/records/shops.a", "`shops.a` is no place of a field"),
    ("capitals", {"application": {"shop.Type": FIELD}}, "/application/shop.Type", "small letters, digits and `_`"),
    ("no type", {"application": {"a": {"meaning": FIELD["meaning"]}}}, "/application/a", "says its `type`, or by `en"),
    ("no such type", {"application": {"a": FIELD | {"type": "date"}}}, "/application/a/type", "`string`, `integer`, `"),
    ("no Chinese", {"application": {"a": FIELD | {"meaning": {"en": "A."}}}}, "/application/a/meaning/zh", "both lan"),
    ("no meaning", {"application": {"a": {"type": "string"}}}, "/application/a/meaning", "`meaning` is missing"),
    ("required", {"application": {"a": FIELD | {"required": True}}}, "/application/a/required", "unknown keyword"),
    ("a misspelt list", {"application": {"a": FIELD | {"enums": ["x"]}}}, "/application/a/enums", "mean `enum`?"),
    ("an empty list", {"application": {"a": FIELD | {"enum": []}}}, "/application/a/enum", "nothing stands here"),
    (
        "a day of a number",
        {"application": {"a": FIELD | {"type": "integer", "format": "date"}}},
        "/application/a",
        "YY",
    ),
    (
        "numbers out of few",
        {"application": {"a": FIELD | {"type": "integer", "enum": ["1"]}}},
        "/application/a",
        "list",
    ),
    ("any type", {"application": {"shop.type": FIELD}}, "/application/shop.type", "lists by `enum` what it may be"),
    ("another half", {"applications": {}}, "/applications", "did you mean `application`?"),
]


@pytest.mark.parametrize(
    ("content", "pointer", "words"), [row[1:] for row in _MISTAKES], ids=[row[0] for row in _MISTAKES]
)
def test_a_mistake_in_the_declaration_is_named(
    content: dict[str, Any], pointer: str, words: str, tmp_path: Path
) -> None:
    folder = shutil.copytree(ROOT / "schemas/douyin", tmp_path / "rules")
    (folder / "fields.json").write_text(canonical(content), "utf-8")
    with pytest.raises(RulesetError) as raised:
        load_ruleset(folder)
    [problem] = raised.value.problems
    assert (problem.source, bool(problem.line)) == (str(folder / "fields.json"), True)
    assert (problem.pointer or "").startswith(pointer)
    assert words in problem.words("en")
    assert problem.message["zh"] != problem.message["en"]


_READS: list[tuple[str, str, str, str]] = [
    ("two-of-a-type.json", "shops_of_this_type", "shops_of_that_type", "did you mean `shops_of_this_type`?"),
    ("authorization-level.json", "authorization_level", "authorisation_level", "did you mean `authorization_level`?"),
    ("trademark-applied-for.json", '"registered"', '"registred"', "did you mean `registered`?"),
    ("facts.json", '"type"\n', '"tpye"\n', "did you mean `type`?"),
    ("facts.json", '"flagship"', '"flagships"', "did you mean `flagship`?"),
    ("facts.json", '"const": "flagship"', '"const": null', "is never `null`"),
    ("facts.json", '"value": "points"', '"value": "point"', "did you mean `points`?"),
    ("facts.json", "/trademark_applied_on", "/trademark_status", "`/trademark_status` is no day"),
    ("facts.json", "/trademark_applied_on", "/trademark_applied", "did you mean `/trademark_applied_on`?"),
]


@pytest.mark.parametrize(("file", "right", "wrong", "words"), _READS)
def test_a_slip_of_what_reads_them_is_named(file: str, right: str, wrong: str, words: str, tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "rules")
    content = (folder / file).read_text("utf-8")
    assert right in content
    (folder / file).write_text(content.replace(right, wrong), "utf-8")
    with pytest.raises(RulesetError) as raised:
        load_ruleset(folder)
    assert any(words in problem.words("en") and problem.line for problem in raised.value.problems), str(raised.value)


def test_a_field_is_part_of_the_rules(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "rules")
    content = json.loads((folder / "fields.json").read_text("utf-8"))
    content["application"]["channel"]["type"] = "integer"
    (folder / "fields.json").write_text(canonical(content), "utf-8")
    assert load_ruleset(folder).digest != RULES.digest
    assert load_ruleset(ROOT / "schemas/douyin").digest == load_ruleset().digest


def test_a_ruleset_that_begins_with_another_has_its_fields(tmp_path: Path) -> None:
    assert run_here("onboard", "rules", "new", tmp_path / "mine", "--from", FOLDER).returncode == 0
    mine = load_ruleset(tmp_path / "mine")
    assert mine.own_fields == RULES.own_fields
    named = json.loads((tmp_path / "mine/fields.json").read_text("utf-8"))["$schema"]
    assert (tmp_path / "mine" / named).read_bytes() == (ROOT / "schemas/fields.dialect.json").read_bytes()


def test_the_schema_of_its_applications_is_published(tmp_path: Path) -> None:
    done = run_here("onboard", "schema", "application", "--ruleset", FOLDER)
    schema = json.loads(done.stdout)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert validator.is_valid(wanted())
    assert validator.is_valid(wanted({"/shop/type": None}))
    for pointer, value, *_ in _WRONG:
        if (pointer, value) != ("/brands/0/evidence/authorization_level", 2.0) and "applied_on" not in pointer:
            assert not validator.is_valid(wanted({pointer: value})), pointer
    own = schema["$defs"]["BrandWanted"]["properties"]["trademark_applied_on"]
    assert own["anyOf"][0] == {"type": "string", "format": "date"}
    assert own["description"].splitlines()[1] == "商标申请日期。"
    assert schema["$id"] == "urn:onboarding:application.schema:own-fields"


@pytest.mark.parametrize("name", ["ruleset", "rule", "facts", "fields"])
def test_the_dialects_are_published_and_the_rulesets_keep_to_them(name: str) -> None:
    validator = Draft202012Validator(json.loads(run_here("onboard", "schema", name).stdout))
    files = [*FOLDER.glob("*.json")]
    for ruleset in shipped_rulesets():
        files += (ROOT / "schemas" / ruleset).glob("*.json")
    kinds = ("ruleset", "facts", "fields")
    mine = [file for file in files if (file.stem if file.stem in kinds else "rule") == name]
    assert mine
    assert [file.name for file in mine if not validator.is_valid(json.loads(file.read_text("utf-8")))] == []


def test_the_dialect_of_case_tables_is_published_and_finds_what_the_program_refuses() -> None:
    validator = Draft202012Validator(json.loads(run_here("onboard", "schema", "case").stdout))
    for ruleset in shipped_rulesets():
        cases = [case for _, case in read_cases(ROOT / "schemas" / ruleset / "cases", load_ruleset(ruleset))]
        assert validator.is_valid(cases)
        assert validator.is_valid([cases[0] | {"proposed": True}])
        for spoilt in ({"as_of": None}, {"applications": {}}, {"verdict": "pass"}, {"loose": ["all"]}):
            assert not validator.is_valid([cases[0] | spoilt])
        assert not validator.is_valid([cases[0] | {"expect": [{**cases[0]["expect"][0], "fails": "a"}]}])


def test_only_the_schema_of_applications_is_one_rulesets_own() -> None:
    done = run_here("onboard", "schema", "report", "--ruleset", FOLDER)
    assert (done.returncode, done.stdout) == (2, "")
    assert "`--ruleset` goes with `application`" in done.stderr


def test_a_fresh_application_has_them_and_a_check_says_what_is_missing(tmp_path: Path) -> None:
    done = run_here("onboard", "new", "-", "--ruleset", FOLDER, cwd=tmp_path)
    made = json.loads(done.stdout)
    assert (made["channel"], made["shop"]) == (None, {"name": None, "type": None})
    assert made["brands"][0]["evidence"]["authorization_level"] is None
    report = check(made, as_of=DAY, history=[], ruleset=RULES)
    assert not [note for note in report.notes if note.kind == "unknown_field"]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            "Fields of the ruleset's own:\nchannel  a text\n    How the applicant came to us.\n"
            "shop.type  one of ordinary, flagship\n",
        ),
        ("zh", "规则集自有的字段：\nchannel  文本\n"),
    ],
)
def test_they_are_listed_with_the_facts(lang: str, words: str) -> None:
    assert words in run_here("onboard", "rules", "facts", "--ruleset", FOLDER, "--lang", lang).stdout


@pytest.mark.parametrize(
    ("rule", "lang", "words"),
    [
        ("one-flagship", "en", "- `shop.type`: Kind of shop: ordinary or flagship; one of ordinary, flagship\n\n"),
        ("two-of-a-type", "en", "- `shop.type`: Kind of shop: ordinary or flagship; one of ordinary, flagship\n\n"),
        ("few-points", "zh", "## 规则集自有的字段和标记\n\n- `violation.points`：违规扣分；整数\n\n"),
        ("trademark-applied-for", "en", "- `brands[].trademark_applied_on`: The day on which the trademark was"),
    ],
)
def test_a_page_says_what_the_fields_mean_that_its_rule_reads(rule: str, lang: str, words: str) -> None:
    page = run_here("onboard", "rules", "show", rule, "--ruleset", FOLDER, "--lang", lang).stdout
    assert words in page
    assert "How the applicant came to us." not in page
