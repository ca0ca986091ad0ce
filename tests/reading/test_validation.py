"""msgspec and pydantic read the same classes alike; what is wrong is said with its cure; records must be findable."""

import json
from typing import Any

import msgspec
import pytest
from builders import DAY, application, ban, mark, shop, violation
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from onboarding import InputError, RegistryError, check
from onboarding.identity import license_number
from onboarding.models import RECORDS, Application, to_plain, to_record, write_kept
from onboarding.pointers import walk
from onboarding.reading.records import read_record, read_records
from onboarding.reading.validation import explain

BATCH = settings(max_examples=1500, derandomize=True, deadline=None, database=None)
SOUND = {
    Application: application({"/brands/0/trademark_no": "12345678"}),
    **{RECORDS[made["record"]]: made for made in (shop(), ban(), violation(), mark())},
}
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, "", " ", "\u200b", "x", "2024-02-30", "20240203", "2024-02-03T00:00:00", 10**30),
    *(
        "enterprise",
        "other",
        "2024-08-05",
        [],
        {},
        [None],
        [[]],
        [{}],
        {"name": 1},
        {"type": "other"},
        "yes",
        1722816000,
    ),
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in inner for found in ((*path, key), *_paths(item, (*path, key)))]


MODELS, ODDITIES, EITHER = st.sampled_from(list(SOUND)), st.sampled_from(ODD), st.booleans()
PATHS = {model: st.sampled_from(_paths(value)) for model, value in SOUND.items()}
PLACES = {model: st.lists(paths, min_size=1, max_size=3) for model, paths in PATHS.items()}


@st.composite
def broken(draw: st.DrawFn) -> tuple[type[Any], Any]:
    """A model, and its plain value changed in up to three places."""
    model = draw(MODELS)
    value = json.loads(json.dumps(SOUND[model]))
    for path in draw(PLACES[model]):
        try:
            parent = walk(value, path[:-1])
            if isinstance(parent, dict) and draw(EITHER):
                del parent[path[-1]]
            else:
                parent[path[-1]] = draw(ODDITIES)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    return model, value


@BATCH
@given(broken())
def test_pydantic_names_a_problem_exactly_where_msgspec_refuses(made: tuple[type[Any], Any]) -> None:
    model, value = made
    problems = explain(value, model)
    named = [problem.pointer for problem in problems if problem.message["en"] != "not of the shape that is expected"]
    try:
        msgspec.convert(value, model)
    except msgspec.ValidationError:
        assert named
    else:
        assert not named
    assert len(named) == len(set(named))


@pytest.mark.parametrize(
    ("written", "cure"),
    [
        ("长期", "no fixed term is `null`"),
        ("2019年3月12日", "write 2019-03-12"),
        ("20190312", "write 2019-03-12"),
        ("2019/3/12", "write 2019-03-12"),
        ("２０１９．０３．１２", "write 2019-03-12"),
        ("2019-03-12T00:00:00", "write 2019-03-12"),
        ("2019年2月30日", None),
        ("谁知道", None),
    ],
)
def test_a_day_written_otherwise_comes_with_its_cure(written: str, cure: str | None) -> None:
    with pytest.raises(InputError) as caught:
        check(application({"/business_license/valid_until": written}), as_of=DAY, history=[])
    (problem,) = caught.value.problems
    assert problem.pointer == "/business_license/valid_until"
    assert (problem.hint or {}).get("en") == cure


@pytest.mark.parametrize(
    ("pointer", "written", "cure"),
    [
        ("/subject/type", "企业", "did you mean `enterprise`?"),
        ("/brands/0/evidence/type", "品牌授权书", "did you mean `authorization_letter`?"),
        ("/brands/0/evidence/sealed_by_subject", "是", "write `true`, without quotes"),
        ("/brands/0/evidence/signed_by_legal_representative", "no", "write `false`, without quotes"),
    ],
)
def test_a_word_for_a_value_comes_with_the_value(pointer: str, written: str, cure: str) -> None:
    with pytest.raises(InputError) as caught:
        check(application({pointer: written}), as_of=DAY, history=[])
    (problem,) = caught.value.problems
    assert problem.pointer == pointer
    assert cure in problem.words("en")


@pytest.mark.parametrize(
    ("typed", "said"),
    [('{"a": 1，"b": 2}', "full-width comma"), ('{"a"：1}', "full-width colon"), ("{“a”: 1}", "curly")],
)
def test_chinese_punctuation_is_told_as_that(typed: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check(typed, as_of=DAY, history=[])


def test_reversed_days_are_told_as_that_and_refused_by_a_rule() -> None:
    made = application({"/business_license/valid_from": "2030-01-01", "/business_license/valid_until": "2029-01-01"})
    report = check(made, as_of=DAY, history=[])
    (note,) = [note for note in report.notes if note.kind == "reversed"]
    assert (report.verdict, note.pointer) == ("fail", "/business_license/valid_until")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"/brands": [{}] * 201}, "more than 200 brands"),
        ({f"/x{i}": 1 for i in range(1001)}, "more than 1000 unknown fields"),
        ({"/" + "x" * 201: 1}, "longer than 200 characters"),
        ({"/business_license/uscc": "O" * 2001}, "longer than 2000 characters"),
        ({"/subject/name": "\ud800"}, "lone surrogate"),
        ({"/submitted_on": "\ud800"}, "lone surrogate"),
        ({"/\ud800": 1}, "lone surrogate"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_beyond_bounds_is_invalid_input(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        check(application(change), as_of=DAY, history=[])


def test_a_number_typed_as_the_name_of_a_field_is_not_repeated() -> None:
    report = check(application({"/subject/110101199003074578": "x", "/subject/nmae": "x"}), as_of=DAY, history=[])
    assert [note.pointer for note in report.notes] == ["/subject", "/subject/nmae"]
    assert "110101199003074578" not in json.dumps(report.to_dict())


@pytest.mark.parametrize(
    "record",
    [
        ban(subject_id="9199999MATEKT019L"),
        ban(subject_id="9199999OMATEKT019L"),
        ban(subject_id="USCC: 91999999MATEKT019L"),
        ban(subject_id="9.13E+17"),
        ban(subject_id='="91999999MATEKT019L"'),
        ban(subject_id="'91999999MATEKT019L"),
        ban(subject_id="91999999MATEKT019M", subject_type="enterprise"),
        ban(revoked_on="2023-04-30"),
        shop(closed_on="2021-12-31", closed_for="other"),
        violation(resolved_on="2024-02-29"),
        shop(subject_tpye="enterprise"),
        mark(subject_id="9199999MATEKT019L"),
        mark(until="2024-02-29"),
        mark(untli=None),
        mark("waiver"),
        mark("waiver", about="max-three-shops", by=" "),
        mark(value=10**7),
        mark(value=6.5),
    ],
    ids=lambda record: json.dumps(record)[:80],
)
def test_a_record_that_nobody_can_find_or_that_ends_before_it_begins_is_broken(record: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        read_record(record)


@pytest.mark.parametrize(
    "record",
    [
        ban(subject_id="91 999999-matekt019l"),
        ban(subject_id="999999103097411"),
        ban(subject_id="P-1", subject_type="individual"),
        violation(subject_id="P-1", subject_type="other"),
        mark(subject_id="P-1", subject_type="individual"),
        mark("waiver", about="max-three-shops"),
        mark("whatever the platform calls it", id=None, value=-6, until="2024-03-01"),
    ],
    ids=lambda record: json.dumps(record)[:80],
)
def test_a_record_of_a_subject_that_can_be_found_is_let_be(record: dict[str, Any]) -> None:
    assert read_record(record).subject_id == record["subject_id"]


SECRET = '"subject_id":"91999999MATEKT019L"'


@pytest.mark.parametrize(
    "line",
    [
        f'{{"record":"ban",{SECRET},"on":"2023-05-01","reason":"application_fraud","reason":"serious_violation"}}',
        f'{{"record":"ban",{SECRET},"subject\\u005fid":"x","on":"2023-05-01","reason":"application_fraud"}}',
        f'{{"record":"ban",{SECRET},"on":"2023-05-01","reason":"application_fraud","x":1e999}}',
        f'{{"record":"ban",{SECRET},"on":"2023-05-01","reason":"application_fraud","x":NaN}}',
        f'{{"record":"ban",{SECRET},"on":"2023-05-01","reason":"application_fraud","x":"\\ud800"}}',
        f'{{"record":"ban",{SECRET},"on":"2023-05-01","reason":"application_fraud","x":{"[" * 64}{"]" * 64}}}',
        f'{{"record":"ban",{SECRET},"on":"2023-05-01","reason":"application_fraud","x":"{"x" * (1 << 20)}"}}',
    ],
    ids=range(7),
)
def test_every_line_is_read_strictly_whomever_it_is_about(line: str) -> None:
    with pytest.raises(RegistryError) as caught:
        list(read_records([json.dumps(shop()).encode(), line.encode()], "r.jsonl"))
    assert {problem.line for problem in caught.value.problems} == {2}


def test_one_shop_of_two_subjects_is_broken() -> None:
    lines = [json.dumps(made).encode() for made in (shop(), shop(subject_id="91999999MATEKT027F"))]
    with pytest.raises(RegistryError, match="another subject's"):
        list(read_records(lines, "r.jsonl"))


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        ("6", "expected a whole number, got", "整数"),
        (6.0, "expected a whole number, got", "整数"),
        (True, "expected a whole number, got", "整数"),
        (10**7, "a whole number between -1000000 and 1000000", "-1000000 至 1000000 之间的整数"),
        (-(10**30), "a whole number between -1000000 and 1000000", "-1000000 至 1000000 之间的整数"),
    ],
    ids=str,
)
def test_the_value_of_a_mark_is_a_whole_number_within_bounds(value: Any, en: str, zh: str) -> None:
    with pytest.raises(InputError) as caught:
        read_record(mark(value=value))
    (problem,) = caught.value.problems
    assert problem.pointer == "/value"
    assert en in problem.words("en")
    assert zh in problem.words("zh")


def test_fields_that_nobody_declares_are_kept_as_they_are() -> None:
    made = shop(region={"code": None, "list": [1, "x"]}, extra=5)
    made["brands"][0]["series"] = "A"
    del made["closed_on"]
    record = read_record(made)
    assert to_plain(record) == made
    assert to_record(to_plain(record)) == record
    assert json.loads(write_kept(record)) == made


def test_what_is_kept_of_a_record_is_byte_for_byte_what_it_was() -> None:
    assert write_kept(read_record(shop())) == (
        '{"record":"shop","shop_id":"S-1","subject_id":"91999999MATEKT019L","opened_on":"2022-01-01",'
        '"brands":[{"name":"别的"}],"subject_type":"enterprise"}'
    )
    assert write_kept(read_record(ban())) == (
        '{"record":"ban","subject_id":"91999999MATEKT019L","on":"2023-05-01","reason":"application_fraud"}'
    )
    assert write_kept(read_record(mark(series="A"))) == (
        '{"record":"mark","subject_id":"91999999MATEKT019L","kind":"b_points","on":"2024-03-01","value":6,'
        '"by":"risk desk","note":"ticket 4711","id":"M-1","series":"A"}'
    )


def _body(kind: str, place: int, own: int) -> str:
    """What stands before the check character of a number: the class, the place, and nine characters of its own."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return f"9{kind}{place:06}" + "".join(alphabet[own // 31**power % 31] for power in range(9))


# Three draws: one for each character takes most of the time.
_bodies = st.builds(_body, st.sampled_from("123"), st.integers(0, 10**6 - 1), st.integers(0, 31**9 - 1))


@BATCH
@given(_bodies, st.sampled_from("0123456789AIOSVZ"))
def test_a_number_is_sound_exactly_where_python_stdnum_says_so(body: str, last: str) -> None:
    for code in (body + uscc.calc_check_digit(body), body + last, body[:3] + last + body[4:] + "0"):
        assert (license_number(code) == "uscc") == uscc.is_valid(code)


def test_a_text_is_as_long_as_what_is_compared() -> None:
    """One character may stand for eighteen: 175 such names of 2,000 took 14 s."""
    with pytest.raises(InputError, match="2000"):
        check(application({"/brands/0/name": "\ufdfa" * 1_999}), as_of=DAY)
    line = json.dumps(shop(brands=("\ufdfa" * 1_999,))).encode()
    with pytest.raises(RegistryError, match="2000"):
        list(read_records([line], "records.jsonl"))


# What a closing for fraud is called by who keeps records elsewhere: a shop of which it is not read counts as open.
CLOSINGS = {
    "as databases write names": ("CLOSED_ON", "CLOSED_FOR"),
    "as our tables do": ("关店日期", "关闭原因"),
    "as they do, spaced": ("关 店 日 期", " 闭店原因"),
    "in full width": ("ＣＬＯＳＥＤ_ＯＮ", "closed＿for"),
}


@pytest.mark.parametrize(("on", "why"), CLOSINGS.values(), ids=CLOSINGS)
def test_a_closing_by_another_name_is_refused_and_no_open_shop(on: str, why: str) -> None:
    line = json.dumps({**shop(), on: "2024-02-05", why: "application_fraud"})
    with pytest.raises(RegistryError) as refused:
        list(read_records([line.encode()], "records.jsonl"))
    assert [problem.hint["en"] for problem in refused.value.problems if problem.hint] == [
        "did you mean `closed_on`?",
        "did you mean `closed_for`?",
    ]


@pytest.mark.parametrize("name", ["TRADEMARK_NO", "商标注册号"])
def test_a_trademark_number_by_another_name_is_refused(name: str) -> None:
    line = json.dumps({**shop(), "brands": [{"name": "云上", name: "12345678"}]})
    with pytest.raises(RegistryError, match="did you mean `trademark_no`"):
        list(read_records([line.encode()], "records.jsonl"))
