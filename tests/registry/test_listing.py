"""What is listed and found, on SQLite and on PostgreSQL."""

import json
from datetime import UTC, datetime
from pathlib import Path

from builders import DAY, OTHER_USCC, USCC, application, ban, shop

from onboarding.decisions.admission import admit
from onboarding.reading.records import read_records
from onboarding.registry import open_database
from onboarding.registry.bulk_import import add
from onboarding.registry.iteration import subjects
from onboarding.registry.jsonl import JsonlRegistry
from onboarding.registry.listing import find, listed, names_of
from onboarding.registry.sql import Entry

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
