"""What is read without a closer look: only what a closer look would read as the same, and nothing that is odd."""

import json
from dataclasses import fields
from typing import Any

import msgspec
import pytest
from builders import application, ban, shop
from hypothesis import given
from hypothesis import strategies as st
from strategies import applications, bans, shops, violations

from onboarding.models import RECORDS, Application
from onboarding.reading import json_text
from onboarding.reading.documents import read_application
from onboarding.reading.records import read_record
from onboarding.reading.sound import SoundReader

APPLICATIONS = SoundReader({"application": Application})
ON_RECORD = SoundReader(RECORDS)
LINE = json.dumps(application(), ensure_ascii=False)
ODD = {
    "a name twice": LINE.replace('"subject"', '"shop": {"name": "x"}, "subject"', 1),
    "a name twice, null both times": LINE.replace('"name": "云上茶业旗舰店"', '"name": null, "name": null'),
    "a name twice, and a space before another's colon": LINE.replace(
        '"subject": ', '"subject" : {"type": "other"}, "subject": '
    ),
    "a name twice, and more spaces before another's colon": LINE.replace(
        '"subject": ', '"subject"  : {"type": "other"}, "subject": '
    ),
    "a name twice, once by an escape": LINE.replace('"subject"', '"\\u0073ubject": {"type": "other"}, "subject"'),
    "a name twice in a brand": LINE.replace('"brands": [{', '"brands": [{"name": "x", '),
    "a field that nobody knows": LINE.replace("{", '{"colour": "red", ', 1),
    "a field of ours that nobody may fill": LINE.replace("{", '{"extra": {}, ', 1),
    "an escape": LINE.replace("云上", "\\u4e91上"),
    "a character that is not seen": LINE.replace("云上", "云\u200b上"),
    "a tab between": LINE.replace(", ", ",\t", 1),
    "a byte order mark": "\ufeff" + LINE,
    "a number": LINE.replace('"云上茶业旗舰店"', "1"),
    "a long text": LINE.replace("云上茶业旗舰店", "店" * 101),
    "many brands": LINE.replace('"brands": [', '"brands": [' + "{}, " * 200),
    "something behind it": LINE + " {}",
    "half of it": LINE[: len(LINE) // 2],
    "what has to be there missing": LINE.replace('"application_id"', '"follows"'),
    "a character that is none": LINE.replace("云上", "\ud800"),
}


def test_a_line_in_which_nothing_is_odd_is_read() -> None:
    tight = json.dumps(application(), ensure_ascii=False, separators=(",", ":"))
    for line in (LINE, LINE + "\n", LINE.encode() + b"\r\n", tight):
        assert APPLICATIONS.read(line) == read_application(application())[0]
    assert ON_RECORD.read(json.dumps(ban(), ensure_ascii=False)) == read_record(ban())


@pytest.mark.parametrize("line", ODD.values(), ids=ODD)
def test_what_is_odd_is_left_to_a_closer_look(line: str) -> None:
    assert line != LINE
    assert APPLICATIONS.read(line) is None
    assert APPLICATIONS.read(line.encode(errors="surrogatepass")) is None


@pytest.mark.parametrize("line", ODD.values(), ids=ODD)
def test_what_is_odd_has_all_lines_beside_it_looked_at_closer(line: str) -> None:
    for lines in ([line], [LINE, line, LINE], [line, line.replace(": ", " : ")]):
        assert APPLICATIONS.read_lines("".join(f"{one}\n" for one in lines).encode(errors="surrogatepass")) is None


# In each as many line ends as there are applications.
RUN_TOGETHER = {
    "two on a line, and one on two": f"{LINE} {LINE}\n{LINE[:-1]}\n}}\n",
    "two on a line, and one on two between its fields": f"{LINE}{LINE}\n" + LINE.replace(", ", ",\n", 1) + "\n",
    "two on a line, and a blank one": f"{LINE}{LINE}\n\n",
    "a line end within a text": LINE.replace("云上", "云\n上") + "\n",
    "one without its line end": f"{LINE}\n{LINE}",
    "a name twice in one, and one less in the other": "\n".join(
        (LINE.replace("{", '{"follows": null, "follows": "A-0", ', 1), LINE, "")
    ),
}


@pytest.mark.parametrize("lines", RUN_TOGETHER.values(), ids=RUN_TOGETHER)
def test_lines_that_are_not_one_application_each_are_left_to_a_closer_look(lines: str) -> None:
    assert APPLICATIONS.read_lines(lines.encode()) is None


def test_bytes_that_are_no_utf8_are_left_to_a_closer_look() -> None:
    assert APPLICATIONS.read(LINE.encode("gb18030")) is None


def test_a_record_of_a_kind_that_nobody_knows_is_left_to_a_closer_look() -> None:
    line = json.dumps(shop("S-1", ("云上",)), ensure_ascii=False)
    assert ON_RECORD.read(line) == read_record(shop("S-1", ("云上",)))
    for odd in (line.replace('"shop"', '"stall"', 1), line.replace('"record": "shop", ', "")):
        assert ON_RECORD.read(odd) is None


@given(applications)
def test_an_application_is_read_as_a_closer_look_reads_it(made: dict[str, Any]) -> None:
    found = APPLICATIONS.read(json.dumps(made, ensure_ascii=False))
    assert found in (None, read_application(made)[0])


@given(st.lists(shops | bans | violations, min_size=1))
def test_lines_hold_what_each_of_them_holds(made: list[dict[str, Any]]) -> None:
    lines = [json.dumps(one, ensure_ascii=False) for one in made]
    found = ON_RECORD.read_lines("".join(f"{line}\n" for line in lines).encode())
    alone = [ON_RECORD.read(line) for line in lines]
    if found is None:
        assert None in alone
        return
    for form, model in zip(found, alone, strict=True):
        assert model is not None
        assert form.record == model.record
        for field in fields(model):
            assert field.name == "extra" or plain(getattr(form, field.name)) == plain(getattr(model, field.name))


def plain(value: Any) -> Any:
    """`value` without the difference between null and what is missing."""
    return None if value is msgspec.UNSET else value if not isinstance(value, list | tuple) else [b.name for b in value]


@pytest.mark.parametrize("value", ["5", "-0", "5.0", "5e0", "1E1", "0.5", "1000001", "1e400", "05"])
def test_a_number_is_read_as_a_closer_look_reads_it(value: str) -> None:
    line = (
        f'{{"record": "mark", "subject_id": "91999999MATEKT019L", "kind": "b", "on": "2024-01-01", "value": {value}}}'
    )
    found = ON_RECORD.read(line)
    assert (found is None) == (value not in ("5", "-0"))
    assert found is None or found == read_record(json_text.parse(line))


@given(shops | bans | violations)
def test_a_record_is_read_as_a_closer_look_reads_it(made: dict[str, Any]) -> None:
    found = ON_RECORD.read(json.dumps(made, ensure_ascii=False))
    assert found in (None, read_record(made))
