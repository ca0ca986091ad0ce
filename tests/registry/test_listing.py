"""What is listed and found, on SQLite and on PostgreSQL."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import DAY, OTHER_USCC, USCC, application, ban, shop

from onboarding import RegistryError
from onboarding.decisions.admission import admit
from onboarding.decisions.handed_in import hand_in
from onboarding.reading.documents import read_application
from onboarding.reading.records import read_records
from onboarding.registry import listing, open_database
from onboarding.registry.bulk_import import add
from onboarding.registry.iteration import subjects
from onboarding.registry.jsonl import JsonlRegistry
from onboarding.registry.listing import Listed, find, find_some, listed, names_of
from onboarding.registry.sql import Entry, SqlRegistry
from onboarding.rules.loading import load_ruleset

NOW = Entry(datetime(2024, 8, 5, 4, tzinfo=UTC), "chen")
RECORDS = (shop("S-1", ("竹屿",)), shop("S-2", ("乐石",), subject_id=OTHER_USCC), ban(subject_id="92999999MATEKT019H"))

LINES = [json.dumps(record).encode() for record in RECORDS]


def test_a_shop_admitted_and_one_refused_are_listed_with_their_names(address: str) -> None:
    with open_database(address) as registry:
        add(registry, read_records(LINES, "records"), NOW)
        opened = admit(application(), registry=registry, entry=NOW)
        again = application({"/application_id": "A-2", "/shop/name": "二号店"})
        assert not admit(again, registry=registry, entry=NOW).admitted
        nobody = application({"/application_id": "A-3"}, without=("/business_license",))
        assert admit(nobody, registry=registry, entry=NOW).subject_id is None
        found = {(one.subject_id, one.shop_id, one.application_id): one for one in listed(registry, DAY)}
        with registry.reading() as session:
            names = names_of(session, USCC)
        assert [one.application_id for one in find(registry, "二号", DAY)] == ["A-2"]
        assert {one.shop_id for one in find(registry, USCC, DAY)} == {"S-1", opened.shop_id, None}
        assert [one.id for one in subjects(registry, OTHER_USCC)] == [OTHER_USCC]
    assert found.keys() == {
        (USCC, "S-1", None),
        (USCC, opened.shop_id, "A-1"),
        (USCC, None, "A-2"),
        (OTHER_USCC, "S-2", None),
        ("92999999MATEKT019H", None, None),
        (None, None, "A-3"),
    }
    shown = found[USCC, opened.shop_id, "A-1"]
    assert (shown.subject_name, shown.shop_name, shown.verdict) == ("云上茶业有限公司", "云上茶业旗舰店", "pass")
    assert names.shops == {opened.shop_id: "云上茶业旗舰店"}
    assert [one.subject_id for one in found.values() if one.banned] == ["92999999MATEKT019H"]


def test_a_file_is_listed_as_the_database_it_is_imported_into(address: str, tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    file.write_bytes(b"\n".join(LINES))
    with open_database(address) as registry:
        add(registry, read_records(LINES, "records"), NOW)
        assert list(listed(registry, DAY)) == list(listed(JsonlRegistry(file), DAY))
        assert list(subjects(registry)) == list(subjects(JsonlRegistry(file)))


SUBJECTS = [f"{number:015}" for number in range(100_000_000_000_000, 100_000_000_000_012)]
# What is looked for, and which shops and applications are meant.
MEANT = {
    "云上": {"S-3", "A-9"},
    "CLOUDTEA": {"S-3"},
    "СLOUDTEA": {"S-3"},
    "茶业": {"A-9"},
    "s-1": {"S-1"},
    "S-": {f"S-{number}" for number in range(12)},
    "A-9": {"A-9"},
    "100000000000007": {"S-7"},
    "10000000000001": {"S-10", "S-11"},
    "00000000000": {f"S-{number}" for number in range(12)},
    "第12345678号": {"S-5"},
    "没有": set(),
}


def pages(registry: SqlRegistry, given: str, most: int) -> list[list[Listed]]:
    """All pages of what is found."""
    page = find_some(registry, given, DAY, most=most)
    found = [page.found]
    while page.after is not None:
        page = find_some(registry, given, DAY, after=page.after, most=most)
        found.append(page.found)
    return found


@pytest.mark.parametrize("size", [1, 4, 100])
def test_what_is_found_by_pages_is_what_is_found_at_once(
    address: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the desk no page looks through a whole registry; the command line does."""
    monkeypatch.setattr(listing, "_SUBJECTS", size)
    with open_database(address) as registry:
        brands = {3: {"name": "云上/CLOUDTEA"}, 5: {"name": "晴川", "trademark_no": "12345678"}}
        about = [{"subject_id": code, "brands": [brands.get(n, {"name": "别的"})]} for n, code in enumerate(SUBJECTS)]
        lines = [shop(f"S-{n}") | said for n, said in enumerate(about)]
        add(registry, read_records([json.dumps(line).encode() for line in lines], "records"), NOW)
        rules = load_ruleset()
        for number in range(3):
            wanted, _ = read_application(application({"/application_id": f"B-{number}"}, without=("/shop", "/brands")))
            hand_in(wanted, registry=registry, rules=rules, at=NOW.at + timedelta(hours=number))
        numberless, _ = read_application(application({"/application_id": "A-9"}, without=("/business_license",)))
        hand_in(numberless, registry=registry, rules=rules, at=NOW.at)
        for given, meant in MEANT.items():
            whole = {one.key: one for one in find(registry, given, DAY)}
            assert meant <= {one.shop_id or one.application_id for one in whole.values()}, given
            if given in ("A-9", "s-1"):
                # The whole id of one is not taken for the begin of another's.
                whole = {key: one for key, one in whole.items() if meant & set(key)}
            assert {one.key: one for part in pages(registry, given, size) for one in part} == whole, given
        looks = {one.shop_id: one.matched for part in pages(registry, "СLOUDTEA", size) for one in part}
        assert looks["S-3"] == ("look_alike",)
        everything = [one for part in pages(registry, "", size) for one in part]
        assert sorted(map(str, everything)) == sorted(map(str, listed(registry, DAY)))


def test_whose_id_it_is_comes_without_looking_further(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_database(address) as registry:
        add(registry, read_records(LINES, "records"), NOW)
        monkeypatch.setattr(listing, "_NEXT", "none of this is asked")
        for given in (OTHER_USCC, "S-2", " s-2 "):
            page = find_some(registry, given, DAY)
            assert ([one.shop_id for one in page.found], page.after) == (["S-2"], None)


def test_what_cannot_be_read_is_not_said_to_be_on_no_record(tmp_path: Path) -> None:
    # Where the locale is ASCII, that is what comes of a Chinese name.
    with pytest.raises(RegistryError, match="bytes that are not UTF-8"):
        find(JsonlRegistry(tmp_path / "records.jsonl"), "\udce7", DAY)
