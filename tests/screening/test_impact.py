"""`onboard rules impact`: whom a change of rules touches, as judging everybody's next application one by one says."""

import gzip
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from builders import DAY, OTHER_USCC, ROOT, USCC, application, ban, shop, violation
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import run_here
from screening.corpus import batches, subject
from stdnum.cn import uscc
from strategies import histories

from onboarding import Application, check, load_ruleset
from onboarding.models import history_of
from onboarding.reading.records import read_record
from onboarding.rules.loading import read_files, ruleset_folder
from onboarding.rules.ruleset import Ruleset
from onboarding.screening.arrow import CHUNKS, add_up, found_of, split, survey
from onboarding.screening.impact import Change, Sides, compare, next_verdicts, survey_rows
from onboarding.screening.judging import Terms
from onboarding.screening.plan import make_plan
from onboarding.screening.rows import Kind, Row, encode

Plain = dict[str, Any]
Edit = Callable[[Plain], Any]
ON = ("--as-of", str(DAY))


def _facts(**limits: Plain) -> Edit:
    return lambda rule: [rule["properties"]["facts"]["properties"][name].update(limits[name]) for name in limits]


def _terms(**terms: str) -> Edit:
    return lambda rule: rule["x-rule"].update(terms)


def _one_kind(rule: Plain) -> None:
    rule["properties"]["application"]["properties"]["subject"]["properties"]["type"]["enum"] = ["enterprise"]


CAP = {"max-three-shops": _facts(shops_if_admitted={"maximum": 1})}
# By name: the rules of `douyin` that are edited, dropped where there is no edit.
CHANGES: dict[str, dict[str, Edit | None]] = {
    "a lower cap": CAP,
    "a longer wait": {"six-month-reentry": _facts(months_since_voluntary_exit={"minimum": 9})},
    "a rule dropped": {"permanent-ban": None},
    "an advisory rule made required": {"violation-record": _terms(level="required")},
    "the kinds of subjects": {"no-individual-sellers": _one_kind},
    "several at once": {
        "max-three-shops": _facts(shops_if_admitted={"maximum": 2}),
        "six-month-reentry": None,
        "violation-record": _terms(level="required"),
    },
}


def edited(folder: Path, edits: dict[str, Edit | None]) -> Path:
    """A copy of `douyin` in `folder`, with its rules edited."""
    shutil.copytree(ROOT / "schemas/douyin", folder, ignore=shutil.ignore_patterns("cases"))
    for rule, edit in edits.items():
        file = folder / f"{rule}.json"
        if edit is None:
            file.unlink()
            continue
        made = json.loads(file.read_text(encoding="utf-8"))
        edit(made)
        file.write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The ruleset of each of CHANGES."""
    place = tmp_path_factory.mktemp("rules")
    return {name: edited(place / name.replace(" ", "-"), edits) for name, edits in CHANGES.items()}


@pytest.fixture(scope="module")
def compared(changed: dict[str, Path]) -> dict[str, tuple[Ruleset, Ruleset, Sides]]:
    """The rulesets before and after each of CHANGES, and their comparison."""
    old = load_ruleset("douyin")
    return {name: (old, new := load_ruleset(folder), compare(old, new, DAY)) for name, folder in changed.items()}


def next_application(number: str, kind: str) -> Application:
    """A sound one, for a brand that nobody sells."""
    values = {"/application_id": "NEXT", "/business_license/uscc": number, "/subject/type": kind}
    return msgspec.convert(application({**values, "/brands/0/name": "无人经营"}), Application)


def verdict(number: str, kind: str, records: Iterable[Plain], rules: Ruleset) -> str:
    """What the library says of the next application of the subject, by all that is on record."""
    return check(
        next_application(number, kind), history=[read_record(record) for record in records], as_of=DAY, ruleset=rules
    ).verdict


def kind_of(number: str, individuals: frozenset[str] = frozenset()) -> str:
    if number in individuals:
        return "individual"
    return "individual_business" if number.startswith("92") else "enterprise"


def turns(pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    """How many took each turn, from verdicts before and after."""
    became = Counter(after for before, after in pairs if before != after)
    names = {"newly-refused": "fail", "newly-admitted": "pass", "newly-undecided": "undecided"}
    return {turn: became[verdict] for turn, verdict in names.items()}


def impact(folder: Path, new: Path | str, *options: str | Path, code: int = 0) -> Plain:
    done = run_here("onboard", "rules", "impact", "douyin", new, "-o", "json", *ON, *options, cwd=folder)
    assert done.returncode == code, done.stderr
    found: Plain = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", CHANGES)
@settings(max_examples=100, deadline=None)
@given(records=histories, individuals=st.frozensets(st.sampled_from([USCC, OTHER_USCC])))
def test_a_next_application_is_judged_as_a_sound_one_of_a_new_brand(
    name: str,
    compared: dict[str, tuple[Ruleset, Ruleset, Sides]],
    records: list[Plain],
    individuals: frozenset[str],
) -> None:
    old, new, sides = compared[name]
    for number in {record["subject_id"].upper() for record in records}:
        kind = kind_of(number, individuals)
        own = [{**r, "subject_type": kind} for r in records if r["subject_id"].upper() == number]
        found = next_verdicts(number, history_of(number, map(read_record, own)), sides, DAY)
        assert [found.before, found.after] == [verdict(number, kind, own, rules) for rules in (old, new)]


def records_of_many(count: int) -> dict[str, list[Plain]]:
    """Subjects that are sound, at a cap, too early, banned, moved on or unreadable, in turns."""
    found: dict[str, list[Plain]] = {}
    for number in range(count):
        owner = _sole_trader(number) if number % 13 == 5 else subject(number)
        own = [
            shop(f"S-{number}-{at}", (f"牌{at}",), subject_id=owner, subject_type=kind_of(owner))
            for at in range(number % 5)
        ]
        if number % 8 == 3:
            own.append(violation(subject_id=owner, id=f"V-{number}", shop_id=None))
        if number % 7 == 0:
            own.append(ban(subject_id=owner, id=f"B-{number}"))
        if number % 6 == 1 and own:
            own.append({**own[0], "closed_on": "2024-01-20", "closed_for": "voluntary_exit"})
        if number % 11 == 0:
            own.append(shop(f"S-{number}-x", ("®",), subject_id=owner, subject_type=kind_of(owner)))
        later = shop(f"S-{number}", subject_id=owner, subject_type=kind_of(owner), opened_on="2030-01-01")
        found[owner] = own or [later]
    return found


def _sole_trader(number: int) -> str:
    code = f"92999999{number:09d}"
    return code + uscc.calc_check_digit(code)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a registry, in a file and in a database."""
    folder = tmp_path_factory.mktemp("impact")
    lines = [json.dumps(record, ensure_ascii=False) for own in records_of_many(300).values() for record in own]
    # Not in the order of the subjects, but each record after the one that it replaces.
    (folder / "records.jsonl").write_text("\n".join([*lines[1::2], *lines[::2], *lines[1::2]]) + "\n", encoding="utf-8")
    done = run_here("onboard", "registry", "import", "records.jsonl", "--registry", "registry.db", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def naive(records: dict[str, list[Plain]], new: Path) -> dict[str, int]:
    rulesets = load_ruleset("douyin"), load_ruleset(new)
    return turns(
        (verdict(number, kind_of(number), own, rulesets[0]), verdict(number, kind_of(number), own, rulesets[1]))
        for number, own in records.items()
    )


@pytest.fixture(scope="module")
def rows(place: Path, changed: dict[str, Path]) -> tuple[list[Row], Change]:
    """Of the registry, and of applications of some on record, by a change that turns many."""
    made = [application({"/application_id": f"A-{n}", "/business_license/uscc": subject(n // 2)}) for n in range(40)]
    _write(place / "applications.jsonl", made)
    plan = make_plan([str(place / "applications.jsonl")], str(place / "records.jsonl"))
    assert plan.registry is not None
    before, after = (
        Terms(read_files(ruleset_folder(name)), load_ruleset(name).digest, "0", DAY, False, False, "records.jsonl")
        for name in ("douyin", str(changed["several at once"]))
    )
    chunks = [*enumerate(plan.applications), *enumerate(plan.registry.chunks)]
    given = pa.RecordBatch.from_pylist([{"number": n, "chunk": encode(chunk)} for n, chunk in chunks], CHUNKS)
    found = [Row(**values) for batch in split([given], before, plan.states) for values in batch.to_pylist()]
    return sorted((row for row in found if row.kind != Kind.TOLD), key=attrgetter("subject", "kind", "order")), Change(
        before, after
    )


@pytest.mark.parametrize("workers", [1, 2, 9])
def test_what_workers_find_adds_up_to_the_same_however_subjects_are_dealt_out(
    workers: int, rows: tuple[list[Row], Change]
) -> None:
    """As on a cluster: in batches, each part by itself, and the sums in whatever order they come."""
    made, change = rows
    whole, chance = survey_rows(made, change), Random(workers)
    dealt = {name: chance.randrange(workers) for name in sorted({row.subject for row in made})}
    parts = [[row for row in made if dealt[row.subject] == worker] for worker in range(workers)]
    found = [batch for part in parts for batch in survey(batches(part, 100), change)]
    chance.shuffle(found)
    [added] = add_up(found, change)
    assert found_of(added["found"][0].as_py()) == whole
    for tally in (whole.subjects, whole.applications):
        assert len(tally.shown()) > 1


@pytest.mark.parametrize("name", CHANGES)
def test_whoever_is_on_record_is_counted_once_in_a_file_and_in_a_database(
    name: str, changed: dict[str, Path], place: Path
) -> None:
    lines = (place / "records.jsonl").read_text(encoding="utf-8").splitlines()
    records: dict[str, list[Plain]] = {}
    for record in map(json.loads, lines):
        records.setdefault(record["subject_id"], []).append(record)
    expected = naive(records, changed[name])
    of_file = impact(place, changed[name], "--registry", "records.jsonl", "--workers", "1")
    assert of_file["subjects"]["judged"] == len(records) == 300
    assert of_file["subjects"]["counts"] == expected
    assert any(expected.values())
    of_database = impact(place, changed[name], "--registry", "registry.db", "--workers", "3")
    assert of_database["subjects"] == of_file["subjects"]


def test_a_registry_on_postgresql_is_read_as_any_other(
    place: Path, changed: dict[str, Path], new_database: Any
) -> None:
    address = new_database()
    done = run_here("onboard", "registry", "import", "records.jsonl", "--registry", address, cwd=place)
    assert done.returncode == 0, done.stderr
    found = [impact(place, changed["several at once"], "--registry", a) for a in (address, "registry.db")]
    assert found[0]["subjects"] == found[1]["subjects"]


def test_who_would_be_refused_anyway_is_not_newly_refused(tmp_path: Path, changed: dict[str, Path]) -> None:
    three = [shop(f"S-{number}", (f"牌{number}",)) for number in range(2)]
    _write(tmp_path / "records.jsonl", [*three, ban()])
    found = impact(tmp_path, changed["a lower cap"], "--registry", "records.jsonl")["subjects"]
    assert found["counts"]["newly-refused"] == 0
    assert (found["before"]["fail"], found["after"]["fail"]) == (1, 1)


def test_totals_by_rule_come_with_examples(place: Path, changed: dict[str, Path]) -> None:
    found = impact(place, changed["a lower cap"], "--registry", "registry.db", "--examples", "2")["subjects"]
    assert found["by_rule"] == {"newly-refused": {"max-three-shops": found["counts"]["newly-refused"]}}
    assert len(found["examples"]) == 2
    first = min(one["subject"] for one in found["examples"])
    assert found["examples"][0] == {
        "turn": "newly-refused",
        "subject": first,
        "before": "pass",
        "after": "fail",
        "rules": ["max-three-shops"],
    }
    assert impact(place, changed["a lower cap"], "--registry", "registry.db", "--examples", "0")["subjects"] == {
        **found,
        "examples": [],
    }


def test_given_applications_turn_as_rules_diff_says(tmp_path: Path, changed: dict[str, Path]) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    made = []
    for number in range(12):
        values = {"/application_id": f"A-{number}", "/business_license/uscc": subject(number // 3)}
        made.append(application({**values, "/brands/0/name": f"牌{number}"}))
        (folder / f"{number:02}.json").write_text(json.dumps(made[-1]), encoding="utf-8")
    _write(tmp_path / "applications.jsonl", made)
    _write(tmp_path / "records.jsonl", [shop(subject_id=subject(1)), shop("S-2", subject_id=subject(9))])
    given = ("--applications", folder, "--registry", "records.jsonl")
    new = changed["a lower cap"]
    found = impact(tmp_path, new, *given)["applications"]
    done = run_here("onboard", "rules", "diff", "douyin", new, "-o", "json", *ON, *given, cwd=tmp_path)
    expected = json.loads(done.stdout)["impact"]
    names = ("judged", "before", "after", "counts", "by_rule")
    assert {name: found[name] for name in names} == {name: expected[name] for name in names}
    assert found["counts"]["newly-refused"] > 3
    listed = impact(tmp_path, new, "--applications", "applications.jsonl", *given[2:])["applications"]
    assert {name: listed[name] for name in names} == {name: found[name] for name in names}
    assert listed["examples"][0]["source"] == "applications.jsonl:2"


@pytest.mark.parametrize("workers", ["1", "3"])
def test_applications_that_cannot_be_read_end_it_and_the_first_of_them_are_told(
    workers: str, tmp_path: Path, changed: dict[str, Path]
) -> None:
    made = [application({"/application_id": f"A-{n}", "/business_license/uscc": subject(n)}) for n in range(40)]
    for one in made[1::2]:
        one["brands"] = "none"
    _write(tmp_path / "applications.jsonl", made)
    _write(tmp_path / "records.jsonl", [shop()])
    given = ("--registry", "records.jsonl", "--applications", "applications.jsonl", "--workers", workers)
    done = run_here("onboard", "rules", "impact", "douyin", changed["a lower cap"], *given, *ON, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    places = [line.split()[1] for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert [place.split(":")[:2] for place in places] == [["applications.jsonl", str(line)] for line in range(2, 21, 2)]
    assert places[0] == "applications.jsonl:2:272"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("short.jsonl.gz", gzip.compress(b"{}\n", mtime=0)[:-4], "short.jsonl.gz:2: the compressed data is damaged"),
        ("empty.jsonl", b"", "no application to judge in `empty.jsonl`\n"),
    ],
)
def test_a_file_of_applications_that_is_damaged_or_empty_is_named(
    name: str, content: bytes, said: str, place: Path, changed: dict[str, Path]
) -> None:
    """And nothing is advised that this command does not know."""
    (place / name).write_bytes(content)
    given = ("--registry", "records.jsonl", "--applications", name)
    done = run_here("onboard", "rules", "impact", "douyin", changed["a lower cap"], *given, *ON, cwd=place)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "allow-empty" not in done.stderr


def _later(rule: Plain) -> None:
    CAP["max-three-shops"](rule)
    rule["x-rule"]["effective_from"] = "2027-01-01"


def _brand(rule: Plain) -> None:
    brands = rule["properties"]["facts"]["properties"]["brands"]
    brands["items"]["properties"]["shops_if_admitted"]["maximum"] = 2


def _license(rule: Plain) -> None:
    rule["properties"]["facts"]["properties"]["license_days_left"]["minimum"] = 30


# What was changed, what is on record, and what is said of it.
BLIND: dict[str, tuple[dict[str, Edit | None], list[Plain], str, str]] = {
    "not in force on the day": (
        {"max-three-shops": _later},
        [shop()],
        "`max-three-shops` is not in force yet on 2024-08-05; judge with `--as-of 2027-01-01`",
        "`max-three-shops` 在 2024-08-05 尚未生效；请用 `--as-of 2027-01-01` 判定",
    ),
    "to end one day": (
        {"max-three-shops": _terms(effective_until="2027-01-01")},
        [shop()],
        "`max-three-shops` is not in force yet on 2024-08-05; judge with `--as-of 2027-01-01`",
        "`max-three-shops` 在 2024-08-05 尚未生效；请用 `--as-of 2027-01-01` 判定",
    ),
    "nobody on record": (dict(CAP), [], "nobody is on record", "登记库中没有任何主体"),
    "nobody on record yet": (
        dict(CAP),
        [shop(opened_on="2024-08-06")],
        "by 2024-08-05 nobody is on record yet",
        "截至 2024-08-05，登记库中尚无任何主体",
    ),
    "the kind of nobody known": (
        {"no-individual-sellers": _one_kind},
        [shop(subject_type=None)],
        "by what is on record, the rules that changed could be decided of nobody",
        "就登记记录而言，改动的规则对任何主体都无法判定",
    ),
    "papers": (
        {"business-license-required": _license},
        [shop()],
        "`business-license-required` reads ",
        "登记记录中没有这些内容",
    ),
    "a brand": (
        {"one-shop-per-brand": _brand},
        [shop()],
        "what changed in `one-shop-per-brand` shows by `--applications` alone",
        "`one-shop-per-brand` 的改动只能用 `--applications` 看出",
    ),
}


@pytest.mark.parametrize("why", BLIND)
def test_where_the_change_could_not_show_that_is_told_and_the_gate_is_red(why: str, tmp_path: Path) -> None:
    edits, records, english, chinese = BLIND[why]
    new = edited(tmp_path / "rules", edits)
    _write(tmp_path / "records.jsonl", records)
    for lang, words in (("en", english), ("zh", chinese)):
        command = ("onboard", "rules", "impact", "douyin", new, "--registry", "records.jsonl", *ON, "--lang", lang)
        noted = run_here(*command, cwd=tmp_path)
        assert (noted.returncode, words in noted.stdout) == (0, True), noted.stdout
        assert run_here(*command, "--fail-on", "newly-admitted", cwd=tmp_path).returncode == 1


@pytest.mark.parametrize("why", ["papers", "a brand"])
def test_what_applications_show_is_no_longer_unseen(why: str, tmp_path: Path) -> None:
    edits, records, *_ = BLIND[why]
    new = edited(tmp_path / "rules", edits)
    _write(tmp_path / "records.jsonl", records)
    expiring = application({"/business_license/valid_until": "2024-08-20", "/brands/0/name": "别的"})
    (tmp_path / "application.json").write_text(json.dumps(expiring), encoding="utf-8")
    given = ("--registry", "records.jsonl", "--applications", "application.json")
    found = impact(tmp_path, new, *given, "--fail-on", "newly-undecided")
    assert found["unseen"] == []
    # The next applications show it no more than before.
    assert ("business-license-required" in found["assumed"], "one-shop-per-brand" in found["assumed"]) == (True, False)


@pytest.mark.parametrize("command", ["impact", "diff"])
def test_of_what_other_rules_refuse_the_change_may_be_undecided_as_well(command: str, tmp_path: Path) -> None:
    """One application that is refused anyway made a gate green of which the others showed nothing."""
    new = edited(tmp_path / "rules", {"one-shop-per-brand": _brand})
    _write(tmp_path / "records.jsonl", [shop("S-1", ("无",)), shop("S-2", ("无",))])
    (tmp_path / "applications").mkdir()
    for one in ({"/application_id": "A-1"}, {"/application_id": "A-2", "/subject/type": "individual"}):
        given = application({**one, "/brands/0/name": "别的"})
        (tmp_path / f"applications/{given['application_id']}.json").write_text(json.dumps(given), encoding="utf-8")
    asked = (
        "onboard",
        "rules",
        command,
        "douyin",
        new,
        "--registry",
        "records.jsonl",
        "--applications",
        "applications",
    )
    done = run_here(*asked, *ON, "--lang", "en", cwd=tmp_path)
    assert (done.returncode, "nothing could be decided" in done.stdout) == (0, True), done.stdout + done.stderr
    assert run_here(*asked, *ON, "--fail-on", "newly-admitted", cwd=tmp_path).returncode == 1


def test_a_gate_is_red_for_the_turn_that_it_names_alone(place: Path, changed: dict[str, Path]) -> None:
    on = ("--registry", "registry.db", "--fail-on")
    impact(place, changed["a lower cap"], *on, "newly-refused", code=1)
    impact(place, changed["a lower cap"], *on, "any", code=1)
    impact(place, changed["a lower cap"], *on, "newly-admitted", code=0)
    impact(place, changed["a rule dropped"], *on, "newly-admitted", code=1)


def test_words_alone_touch_nobody_and_are_no_blind_gate(tmp_path: Path) -> None:
    new = edited(tmp_path / "rules", {"permanent-ban": lambda rule: rule["x-rule"]["remedy"].update(en="None.")})
    _write(tmp_path / "records.jsonl", [shop()])
    found = impact(tmp_path, new, "--registry", "records.jsonl", "--fail-on", "any")
    assert (found["unseen"], found["subjects"]["counts"]["newly-refused"]) == ([], 0)


def test_whose_records_tell_of_two_kinds_is_of_no_known_kind(tmp_path: Path, changed: dict[str, Path]) -> None:
    _write(tmp_path / "records.jsonl", [shop("S-1"), shop("S-2", ("山下",), subject_type="individual")])
    found = impact(tmp_path, changed["the kinds of subjects"], "--registry", "records.jsonl")["subjects"]
    assert found["after"] == {"pass": 0, "fail": 0, "undecided": 1}


@pytest.mark.parametrize(
    ("options", "told"), [("--master local[2]", "--engine"), ("--engine spark --workers 2", "--workers")]
)
def test_what_is_for_one_engine_is_not_asked_of_the_other(options: str, told: str, place: Path) -> None:
    asked = ("rules", "impact", "douyin", "douyin", "--registry", "registry.db", *options.split())
    done = run_here("onboard", *asked, cwd=place)
    assert (done.returncode, told in done.stderr) == (2, True)


def test_a_broken_record_decides_nothing(tmp_path: Path, changed: dict[str, Path]) -> None:
    _write(tmp_path / "records.jsonl", [shop(), {**shop("S-2"), "opened_on": "2024-13-01"}])
    done = run_here(
        "onboard", "rules", "impact", "douyin", changed["a lower cap"], "--registry", "records.jsonl", cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "records.jsonl:2" in done.stderr


def _write(path: Path, values: Iterable[Plain]) -> None:
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values), encoding="utf-8")
