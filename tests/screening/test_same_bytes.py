"""Screening says what a check says, to the byte: whatever is read, however it is kept, whoever does the work."""

import gzip
import io
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from in_process import run_here
from screening.corpus import DAY, application, checked, lines, records, subject, write

from onboarding.screening import judging, local, slots, sorting


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus, and its records in a file and in a database."""
    folder = tmp_path_factory.mktemp("screening")
    _, registry = write(folder)
    done = run_here("onboard", "registry", "import", registry.name, "--registry", "registry.db", cwd=folder)
    assert done.returncode == 0, done.stderr
    # Decided on already: one as it is in the corpus, one with other content.
    for number, changes in ((20, {}), (21, {"submitted_on": "2024-07-01"})):
        (folder / "decided.json").write_text(json.dumps(application(number, **changes)), encoding="utf-8")
        admitted = run_here("onboard", "registry", "admit", "decided.json", "--registry", "registry.db", cwd=folder)
        assert admitted.returncode in (0, 1), admitted.stderr
    return folder


@cache
def expected_of(path: Path, *options: str) -> bytes:
    """What a check says of a file of `place`, which nobody changes."""
    return checked(path, *options)


def screened(folder: Path, applications: list[str], output: Path, *options: str | Path, code: int = 2) -> bytes:
    done = run_here("onboard", "screen", *applications, "-o", output, "--as-of", DAY, *options, cwd=folder)
    assert done.returncode == code, done.stderr
    assert output.exists(), done.stderr
    return output.read_bytes()


THAI = ["0994000617721", "0-9940-00617-72-1", "th.tin:0994000617721"]
REGISTRIES = {
    "none": [],
    "file": ["--registry", "records.jsonl"],
    "database": ["--registry", "registry.db"],
    "earlier": ["--registry", "registry.db", "--known-at", "2024-01-01T00:00:00Z"],
}


@pytest.mark.parametrize("options", REGISTRIES.values(), ids=REGISTRIES)
@pytest.mark.parametrize("independent", [[], ["--independent"]], ids=["joint", "independent"])
def test_the_bytes_are_those_of_a_check(
    place: Path, tmp_path: Path, options: list[str], independent: list[str]
) -> None:
    expected = expected_of(place / "applications.jsonl", *options, *independent)
    assert expected.count(b"\n") > 400
    assert (b"was decided on" in expected) == ("registry.db" in options and "--known-at" not in options)
    output = tmp_path / "reports.jsonl"
    assert screened(place, ["applications.jsonl"], output, *options, *independent) == expected


@pytest.mark.parametrize("workers", ["1", "2", "5"])
def test_how_many_work_on_it_changes_nothing(place: Path, tmp_path: Path, workers: str) -> None:
    expected = expected_of(place / "applications.jsonl", "--registry", "registry.db")
    options = ["--registry", "registry.db", "--workers", workers]
    assert screened(place, ["applications.jsonl"], tmp_path / "reports.jsonl", *options) == expected


@pytest.mark.parametrize("workers", ["1", "2"])
def test_in_how_many_parts_results_are_put_in_order_changes_nothing(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    found: list[tuple[int, ...]] = []
    parts = local._parts

    def look(pieces: Iterable[tuple[int, int]]) -> tuple[int, ...]:
        found.append(parts(pieces))
        return found[-1]

    monkeypatch.setattr(local, "_parts", look)
    monkeypatch.setattr(local, "_PART", 16 << 10)
    monkeypatch.setattr(local, "_PIECE", 2 << 10)
    expected = expected_of(place / "applications.jsonl", "--registry", "registry.db")
    options = ["--registry", "registry.db", "--workers", workers]
    assert screened(place, ["applications.jsonl"], tmp_path / "reports.jsonl", *options) == expected
    assert len(found[0]) > 10


@pytest.mark.parametrize("independent", [[], ["--independent"]], ids=["joint", "independent"])
@pytest.mark.parametrize("options", [[], ["--registry", "registry.db"]], ids=["none", "database"])
@pytest.mark.parametrize("much", [1, 10 << 10], ids=["all", "one subject"])
def test_what_is_too_much_to_be_held_in_memory_is_judged_alike(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, much: int, options: list[str], independent: list[str]
) -> None:
    monkeypatch.setattr(judging, "_MUCH", much)
    monkeypatch.setattr(sorting, "_RUN", 4 << 10)
    monkeypatch.setattr(sorting, "_AT_ONCE", 1 << 10)
    monkeypatch.setattr(local, "SECTION", 4 << 10)
    monkeypatch.setattr(slots.SlotWriter.__init__, "__defaults__", (4 << 10,))
    (place / "of-one.jsonl").write_bytes(b"".join([*lines(60), *_of_one_subject(), *lines(30)]))
    expected = expected_of(place / "of-one.jsonl", *options, *independent)
    assert (b"it was judged once" in expected) == (not independent)
    output = tmp_path / "reports.jsonl"
    assert screened(place, ["of-one.jsonl"], output, *options, *independent) == expected


def _of_one_subject() -> Iterator[bytes]:
    """Applications in no order of days, some of which pass; some come again far behind, and some of those otherwise."""
    for number in [*range(200, 260), *range(230, 200, -3), *range(201, 260, 7)]:
        made = application(number, business_license=application(42)["business_license"])
        made["brands"][0]["name"] = f"牌子{number % 11}"
        made["submitted_on"] = None if number % 5 == 0 else f"2024-07-{number % 28 + 1:02}"
        if number % 13 == 0:
            made["brands"][0]["evidence"]["sealed_by_subject"] = number % 2 == 0
        yield json.dumps(made).encode() + b"\n"
    yield json.dumps(application(205, business_license=application(42)["business_license"])).encode() + b"\n"


def test_a_ruleset_that_knows_subjects_by_another_number_finds_them(tmp_path: Path) -> None:
    """A Thai number, written in three ways: together they open shops too many."""
    made = [
        application(number, subject={"type": "enterprise", "name": "Cha", "tax_id": tax_id})
        for number, tax_id in enumerate(THAI * 3)
    ]
    (tmp_path / "applications.jsonl").write_text("".join(json.dumps(one) + "\n" for one in made))
    (tmp_path / "records.jsonl").write_bytes(b"".join(records(10)))
    options = ["--registry", "records.jsonl", "--ruleset", "tiktok-shop-th"]
    expected = checked(tmp_path / "applications.jsonl", *options, code=1)
    assert expected.count(b'"subject_id": "th.tin:0994000617721"') == 9
    assert screened(tmp_path, ["applications.jsonl"], tmp_path / "reports.jsonl", *options, code=1) == expected


def test_a_registry_on_postgresql_is_read_as_any_other(place: Path, tmp_path: Path, new_database: "object") -> None:
    address = new_database()  # type: ignore[operator]
    assert run_here("onboard", "registry", "init", "--registry", address).returncode == 0
    done = run_here("onboard", "registry", "import", place / "records.jsonl", "--registry", address)
    assert done.returncode == 0, done.stderr
    expected = expected_of(place / "applications.jsonl", "--registry", address)
    output = tmp_path / "reports.jsonl"
    assert screened(place, ["applications.jsonl"], output, "--registry", address) == expected


def _gz(data: bytes) -> bytes:
    return gzip.compress(data[:1000]) + gzip.compress(data[1000:])


def _zst(data: bytes) -> bytes:
    return zstandard.compress(data[:1000]) + zstandard.compress(data[1000:])


def _texts(data: bytes) -> bytes:
    """A column of JSON texts, as bytes: what is broken stays as it is."""
    rows = [line for line in data.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
    file = io.BytesIO()
    pq.write_table(pa.table({"application": pa.array(rows, pa.binary())}), file, row_group_size=100)
    return file.getvalue()


KEPT = {"packed.jsonl.gz": _gz, "packed.jsonl.zst": _zst, "columns.parquet": _texts}


@pytest.mark.parametrize("name", KEPT)
def test_how_applications_are_kept_changes_nothing(place: Path, tmp_path: Path, name: str) -> None:
    (place / name).write_bytes(KEPT[name]((place / "applications.jsonl").read_bytes()))
    expected = expected_of(place / name, "--registry", "records.jsonl")
    assert screened(place, [name], tmp_path / "reports.jsonl", "--registry", "records.jsonl") == expected
    plain = [
        json.loads(line)["verdict"]
        for line in expected_of(place / "applications.jsonl", "--registry", "records.jsonl").splitlines()
    ]
    assert [json.loads(line)["verdict"] for line in expected.splitlines()] == plain


def test_a_column_for_each_field_serves_as_well(tmp_path: Path) -> None:
    made = [application(1), application(2), application(3)]
    del made[2]["shop"]
    pq.write_table(pa.Table.from_pylist(made), tmp_path / "applications.parquet")
    expected = checked(tmp_path / "applications.parquet", code=3)
    assert b'"source": "applications.parquet:3"' in expected
    assert screened(tmp_path, ["applications.parquet"], tmp_path / "reports.jsonl", code=3) == expected


def test_folders_and_files_come_in_the_order_given(place: Path, tmp_path: Path) -> None:
    folder = place / "folder"
    (folder / "inside").mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(("b.json", "a.json", "inside/c.json")):
        (folder / name).write_text(json.dumps(application(1000 + number)), encoding="utf-8")
    (folder / "broken.json").write_text("{", encoding="utf-8")
    paths = [place / "folder", place / "applications.jsonl", place / "missing.json", place / "missing.jsonl"]
    expected = checked(paths)
    assert screened(place, [path.name for path in paths], tmp_path / "reports.jsonl") == expected


@pytest.mark.parametrize("name", ["reports.jsonl.gz", "reports.jsonl.zst", "reports.parquet"])
def test_how_reports_are_kept_changes_nothing(place: Path, tmp_path: Path, name: str) -> None:
    expected = expected_of(place / "applications.jsonl", "--registry", "registry.db")
    data = screened(place, ["applications.jsonl"], tmp_path / name, "--registry", "registry.db")
    if name.endswith("gz"):
        assert gzip.decompress(data) == expected
    elif name.endswith("zst"):
        with zstandard.open(tmp_path / name, "rb") as file:
            assert file.read() == expected
    else:
        table = pq.read_table(tmp_path / name)
        assert "".join(f"{report}\n" for report in table["report"].to_pylist()).encode() == expected
        first = json.loads(expected.splitlines()[0])
        assert table.slice(0, 1).drop_columns("report").to_pylist()[0] == {
            name: first.get(name) for name in ("source", "verdict", "application_id", "subject_id", "eligible_from")
        }


def test_an_empty_registry_is_noted_as_in_a_check(tmp_path: Path) -> None:
    (tmp_path / "applications.jsonl").write_bytes(b"".join(lines(3)))
    (tmp_path / "empty.jsonl").write_bytes(b"\n")
    expected = checked(tmp_path / "applications.jsonl", "--registry", "empty.jsonl", code=0)
    assert b'"kind": "empty_registry"' in expected
    options = ["--registry", "empty.jsonl"]
    assert screened(tmp_path, ["applications.jsonl"], tmp_path / "reports.jsonl", *options, code=0) == expected


BROKEN = {
    "a line that is none": b'{"record": "shop"\n',
    "a record that nobody can find": json.dumps(
        {"record": "ban", "subject_id": "9.13E+17", "on": "2024-01-01", "reason": "application_fraud"}
    ).encode()
    + b"\n",
    "one shop of two subjects": b"".join(records(4)).replace(subject(2).encode(), subject(3).encode())
    + b"".join(records(4)),
    "one shop of two subjects neither of whom applies": next(
        line.replace(subject(900).encode(), subject(901).encode()) for line in records(1000) if b'"S-900"' in line
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_registry_that_is_broken_anywhere_decides_nothing(tmp_path: Path, fault: str) -> None:
    (tmp_path / "applications.jsonl").write_bytes(b"".join(lines(20)))
    (tmp_path / "records.jsonl").write_bytes(b"".join(records(1000)) + BROKEN[fault])
    words = []
    for command in (["onboard-check", "-o", "jsonl=reports.jsonl"], ["onboard", "screen", "-o", "reports.jsonl"]):
        done = run_here(*command, "applications.jsonl", "--as-of", DAY, "--registry", "records.jsonl", cwd=tmp_path)
        assert done.returncode == 2
        assert not (tmp_path / "reports.jsonl").exists()
        words.append(done.stderr)
    assert words[0] == words[1] != ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["applications.jsonl", "records.jsonl"]
