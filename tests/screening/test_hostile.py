"""Screening what somebody has made to break it: told in words, in bounded memory, and nothing is overwritten."""

import gzip
import json
import os
import subprocess
import sys
from copy import deepcopy
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from builders import run
from in_process import run_here
from screening.corpus import DAY, application, checked, lines

from onboarding.errors import OnboardingError
from onboarding.screening import entries
from onboarding.screening.entries import read_entries, row_groups, unpacked

SCREEN = ["screen", "--as-of", DAY, "-o", "reports.jsonl"]
MIB = 1 << 20
# Runs a command, and says its exit code and its peak memory, or that of the process it has started that took the most.
PEAK = """
import resource, subprocess, sys
print(subprocess.run(sys.argv[1:]).returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def code_and_peak(place: Path, *call: str) -> tuple[int, int]:
    """The exit code of the program called in `place`, and the most memory that a process of it took, in bytes."""
    # By way of a small process: what this one takes would count as the first memory of its child.
    done = subprocess.run([sys.executable, "-c", PEAK, *call], cwd=place, capture_output=True, text=True)
    code, peak = map(int, done.stdout.split()[-2:])
    return code, peak * (1 if sys.platform == "darwin" else 1024)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "applications.jsonl").write_bytes(b"".join(lines(20)))
    return tmp_path


def results(place: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (place / "reports.jsonl").read_bytes().splitlines()]


@pytest.mark.parametrize(("line", "most"), [("{}", 500), ("1", 400)])
def test_of_a_line_that_is_no_application_a_check_holds_a_few_hundred_bytes(place: Path, line: str, most: int) -> None:
    # A mebibyte has half a million of them, and may take 200 MiB in all.
    peaks = []
    for count in (5_000, 20_000):
        (place / "broken.jsonl").write_text(f"{line}\n" * count)
        code, peak = code_and_peak(place, "onboard-check", "broken.jsonl", "-o", "jsonl=reports.jsonl")
        assert code == 2
        peaks.append(peak)
    assert (peaks[1] - peaks[0]) / 15_000 <= most


def test_a_line_too_long_for_an_application_is_invalid_and_stops_nothing(place: Path) -> None:
    sound = json.dumps(application(1)).encode()
    (place / "applications.jsonl").write_bytes(b"\n".join([sound, b'"' + b"x" * 2 * MIB + b'"', sound, b"y" * MIB]))
    assert run_here("onboard", *SCREEN, "applications.jsonl", cwd=place).returncode == 2
    assert (place / "reports.jsonl").read_bytes() == checked(place / "applications.jsonl")
    found = results(place)
    assert [result["verdict"] for result in found] == ["undecided", "invalid", "undecided", "invalid"]
    assert found[1]["source"] == "applications.jsonl:2"
    assert found[1]["errors"][0]["line"] == 2  # type: ignore[index]


def test_a_line_that_unpacks_without_end_is_bounded(place: Path) -> None:
    with gzip.open(place / "bomb.jsonl.gz", "wb") as file:
        file.write(json.dumps(application(1)).encode() + b"\n")
        for _ in range(400):
            file.write(b"x" * MIB)
        file.write(b"\n" + json.dumps(application(2)).encode())
    program = str(Path(sys.executable).with_name("onboard"))
    code, peak = code_and_peak(place, program, *SCREEN, "bomb.jsonl.gz", "--workers", "1")
    assert code == 2
    assert peak < 150 * MIB
    assert [result["verdict"] for result in results(place)] == ["undecided", "invalid", "undecided"]


def test_many_large_applications_of_one_subject_are_not_held_in_memory(place: Path) -> None:
    made = application(1, notes=["x" * 1900] * 400)
    with gzip.open(place / "many.jsonl.gz", "wb", 1) as file:
        for number in range(200):
            made["application_id"] = f"A-{max(number, 100)}"  # half of them are one
            file.write(json.dumps(made).encode() + b"\n")
    assert (place / "many.jsonl.gz").stat().st_size < MIB
    program = str(Path(sys.executable).with_name("onboard"))
    code, peak = code_and_peak(place, program, *SCREEN, "many.jsonl.gz", "--workers", "1")
    assert code == 3
    assert peak < 200 * MIB
    assert len(results(place)) == 200


@pytest.mark.parametrize("name", ["many.jsonl.gz", "many.parquet"])
def test_a_packed_file_that_a_check_cannot_hold_is_told_and_left_to_a_screening(place: Path, name: str) -> None:
    rows = [json.dumps(application(number, notes=["x" * 1900] * 400)) for number in range(200)]
    with gzip.open(place / "many.jsonl.gz", "wb", 1) as file:
        file.writelines(row.encode() + b"\n" for row in rows)
    pq.write_table(pa.table({"application": rows[:1] * 200}), place / "many.parquet")
    assert (place / name).stat().st_size < MIB
    code, peak = code_and_peak(place, "onboard-check", name, "-o", "jsonl=reports.jsonl")
    assert code == 2
    assert peak < 200 * MIB
    found = results(place)
    assert [result["verdict"] for result in found].index("invalid") == len(found) - 1 > 10
    assert "`onboard screen` judges any number" in str(found[-1]["errors"])


def test_parquet_of_one_page_that_unpacks_to_thousands_of_times_its_size_is_not_unpacked(place: Path) -> None:
    rows = [json.dumps(application(number, notes=["x" * 1900] * 400)) for number in range(200)]
    pq.write_table(pa.table({"application": rows}), place / "page.parquet", compression="zstd")
    code, peak = code_and_peak(place, "onboard-check", "page.parquet", "-o", "jsonl=reports.jsonl")
    assert (code, peak < 120 * MIB) == (2, True)
    assert "in smaller row groups" in str(results(place))


def test_a_packed_file_that_ends_early_is_told_where(place: Path) -> None:
    data = (place / "applications.jsonl").read_bytes()
    (place / "short.jsonl.gz").write_bytes(gzip.compress(data)[:-20])
    assert run_here("onboard", *SCREEN, "short.jsonl.gz", "applications.jsonl", cwd=place).returncode == 2
    assert (place / "reports.jsonl").read_bytes() == checked([place / "short.jsonl.gz", place / "applications.jsonl"])
    told = [result for result in results(place) if "ends early" in str(result)]
    assert len(told) == 1


def packed(lines: list[bytes]) -> bytes:
    """A `.zst` file of one frame, in which a block ends after each of the lines."""
    writer = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    pieces = [writer.compress(line) + writer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for line in lines]
    return b"".join(pieces) + writer.flush()


@pytest.mark.parametrize("kept", [3, -1, -4, -8, -200])
@pytest.mark.parametrize("before", [b"", zstandard.compress(b"\n"), b"\x50\x2a\x4d\x18\x04\0\0\0skip"])
def test_a_zst_file_whose_end_is_lost_is_invalid_from_there_on(place: Path, kept: int, before: bytes) -> None:
    """Also where what is left of it ends with a line; the library that unpacks it calls that the end."""
    data = packed([json.dumps(application(number)).encode() + b"\n" for number in range(3)])
    (place / "short.jsonl.zst").write_bytes(before + data[:kept])
    assert run_here("onboard", *SCREEN, "short.jsonl.zst", cwd=place).returncode == 2
    assert (place / "reports.jsonl").read_bytes() == checked(place / "short.jsonl.zst")
    assert "ends early" in str(results(place)[-1])
    (place / "short.jsonl.zst").write_bytes(before + data)
    assert run_here("onboard", *SCREEN, "short.jsonl.zst", cwd=place).returncode == 3
    assert len(results(place)) == 3


def test_a_zst_file_that_unpacks_without_end_is_read_a_little_at_a_time(place: Path) -> None:
    bomb = zstandard.compress(b"\n" * (1 << 28))
    pieces = map(len, unpacked(BytesIO(bomb + zstandard.compress(b"{}"))))
    assert max(size for size in pieces) <= 1 << 26


NAMED_TWICE = {
    "a column": pa.table([pa.array([1]), pa.array(["x"])], names=["application_id", "application_id"]),
    "the column of applications": pa.table([pa.array(["{}"]), pa.array(["{}"])], names=["application", "application"]),
    "a field in a list": pa.table(
        {
            "brands": pa.ListArray.from_arrays(
                pa.array([0, 1]), pa.StructArray.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["name", "name"])
            )
        }
    ),
}


@pytest.mark.parametrize("what", NAMED_TWICE)
def test_parquet_that_names_something_twice_is_invalid(place: Path, what: str) -> None:
    """As a key given twice: which is meant?"""
    pq.write_table(NAMED_TWICE[what], place / "twice.parquet")
    assert run_here("onboard", *SCREEN, "twice.parquet", cwd=place).returncode == 2
    assert (place / "reports.jsonl").read_bytes() == checked(place / "twice.parquet")
    assert "have the same name" in str(results(place))


def test_text_that_parquet_does_not_mark_as_text_is_text(place: Path) -> None:
    """A brand called `b'…'` would be on no record."""
    made = application(1)
    as_bytes = deepcopy(made)
    as_bytes["brands"][0]["name"] = made["brands"][0]["name"].encode()
    pq.write_table(pa.Table.from_pylist([as_bytes]), place / "bytes.parquet")
    [entry] = read_entries(str(place / "bytes.parquet"))
    assert json.loads(entry.data)["brands"][0]["name"] == made["brands"][0]["name"]
    as_bytes["brands"][0]["name"] = "天".encode("gb18030")
    pq.write_table(pa.Table.from_pylist([as_bytes]), place / "bytes.parquet")
    assert run_here("onboard", *SCREEN, "bytes.parquet", cwd=place).returncode == 2


@pytest.mark.parametrize("number", ["12345678", "1.5"])
def test_a_decimal_number_of_parquet_is_a_number(place: Path, number: str) -> None:
    """As in JSON, where a text is wanted it is invalid: of `12345678.00` a text would be made that is another one."""
    made = application(1)
    made["brands"][0]["trademark_no"] = Decimal(number)
    pq.write_table(pa.Table.from_pylist([made]), place / "numbers.parquet")
    [entry] = read_entries(str(place / "numbers.parquet"))
    assert json.loads(entry.data)["brands"][0]["trademark_no"] == float(number)
    assert run_here("onboard", *SCREEN, "numbers.parquet", cwd=place).returncode == 2


def test_a_row_of_parquet_too_large_for_an_application_is_invalid_and_stops_nothing(place: Path) -> None:
    """In the file it takes a few hundred bytes; as a list of Python, 8 bytes for each of what is in it."""
    offsets = pa.array([0, 1, 20 * MIB], pa.int32())
    table = pa.table({"application": pa.ListArray.from_arrays(offsets, pa.nulls(20 * MIB, pa.int8()))})
    pq.write_table(table, place / "large.parquet")
    assert (place / "large.parquet").stat().st_size < 2000
    found = [len(entry.data) for entry in read_entries(str(place / "large.parquet"))]
    assert found == [6, MIB + 2]
    assert run_here("onboard", *SCREEN, "large.parquet", cwd=place).returncode == 2
    assert "larger than" in str(results(place)[1])


def test_row_groups_of_parquet_are_read_together_where_they_are_small(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each chunk the list of all groups is read: thousands of groups in a small file took half a minute."""
    path = str(place / "groups.parquet")
    pq.write_table(pa.table({"application": [f"{number}" for number in range(300)]}), path, row_group_size=1)
    assert [(chunk.first, chunk.end, chunk.number) for chunk in row_groups(path, path)] == [(0, 300, 1)]
    together = list(read_entries(path))
    assert [(entry.line, entry.data) for entry in together] == [(n + 1, b"%d" % n) for n in range(300)]
    monkeypatch.setattr(entries, "_LEAST_CHUNK", os.path.getsize(path) // 100)
    assert [chunk.number for chunk in row_groups(path, path)] == [*range(1, 300, 3)]
    assert list(read_entries(path)) == together


@pytest.mark.parametrize("name", ["other.parquet", "other.jsonl.gz", "other.jsonl.zst", "missing.jsonl"])
def test_a_file_that_is_not_what_its_name_says_is_invalid(place: Path, name: str) -> None:
    if name.startswith("other"):
        (place / name).write_bytes(b"neither packed nor columns\n")
    assert run_here("onboard", *SCREEN, name, "applications.jsonl", cwd=place).returncode == 2
    assert (place / "reports.jsonl").read_bytes() == checked([place / name, place / "applications.jsonl"])
    assert results(place)[0]["verdict"] == "invalid"


# The options, and what is said of them.
REFUSED = {
    "over what is read": (["-o", "applications.jsonl"], "would overwrite"),
    "over the registry": (["--registry", "records.jsonl", "-o", "records.jsonl"], "would overwrite"),
    "two into one": (["--summary", "reports.jsonl"], "which is written, too"),
    "into a folder that is read": (["-o", "folder/reports.jsonl"], "which is read"),
    "a summary into a folder that is read": (["--summary", "folder/inside/summary.json"], "which is read"),
    "standard input": (["-"], "save it in a file"),
    "a cluster for the local engine": (["--master", "local[2]"], "--engine spark"),
    "no worker": (["--workers", "0"], "--workers"),
    "nowhere": (["-o", "none/reports.jsonl"], "none/reports.jsonl"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_nothing_is_written_that_would_be_read(place: Path, what: str) -> None:
    (place / "folder/inside").mkdir(parents=True)
    (place / "records.jsonl").write_bytes(b"")
    before = sorted(place.rglob("*"))
    options, said = REFUSED[what]
    done = run_here("onboard", *SCREEN, "applications.jsonl", "folder", *options, cwd=place)
    assert done.returncode == 2
    assert said in done.stderr
    assert sorted(place.rglob("*")) == before


def test_a_link_in_the_place_of_the_work_folder_is_not_followed(place: Path) -> None:
    (place / "elsewhere").mkdir()
    (place / ".reports.jsonl.screening").symlink_to("elsewhere")
    done = run_here("onboard", *SCREEN, "applications.jsonl", cwd=place)
    assert done.returncode == 2
    assert "in the way" in done.stderr
    assert list((place / "elsewhere").iterdir()) == []
    assert not (place / "reports.jsonl").exists()


def test_a_folder_of_others_in_the_place_of_the_work_folder_is_left_alone(place: Path) -> None:
    (place / ".reports.jsonl.screening").mkdir()
    (place / ".reports.jsonl.screening/dear.txt").write_text("kept")
    assert run_here("onboard", *SCREEN, "applications.jsonl", cwd=place).returncode == 2
    assert (place / ".reports.jsonl.screening/dear.txt").read_text() == "kept"


@pytest.mark.parametrize("command", [["onboard-check", "-o", "jsonl=reports.jsonl"], ["onboard", *SCREEN]])
def test_a_file_without_an_application_is_never_green(place: Path, command: list[str]) -> None:
    (place / "empty.jsonl").write_bytes(b"\n\n")
    done = run_here(command[0], *command[1:], "empty.jsonl", cwd=place)
    assert done.returncode == 2
    assert "no application" in done.stderr
    assert not (place / "reports.jsonl").exists()
    assert run_here(command[0], *command[1:], "empty.jsonl", "--allow-empty", cwd=place).returncode == 0
    assert (place / "reports.jsonl").read_bytes() == b""


@pytest.mark.parametrize(("name", "module"), [("a.parquet", "pyarrow.parquet"), ("a.jsonl.zst", "zstandard")])
def test_what_wants_an_extra_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    (tmp_path / name).write_bytes(b"")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(OnboardingError, match="pip install 'onboard-check"):
        list(read_entries(str(tmp_path / name)))


def test_the_work_folder_is_for_its_owner_alone(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds applications; seen while the reports are brought to their place."""
    from onboarding.screening import reports

    seen: list[int] = []
    move = reports.move_whole

    def look(made: Path, path: str) -> None:
        seen.append(made.parent.stat().st_mode & 0o777)
        move(made, path)

    monkeypatch.setattr(reports, "move_whole", look)
    run_here("onboard", *SCREEN, "applications.jsonl", cwd=place)
    assert seen == [0o700]


def test_a_link_in_the_place_of_the_reports_is_replaced_and_never_written_through(place: Path) -> None:
    (place / "elsewhere").write_text("kept")
    (place / "reports.jsonl").symlink_to("elsewhere")
    run_here("onboard", *SCREEN, "applications.jsonl", cwd=place)
    assert (place / "elsewhere").read_text() == "kept"
    assert not (place / "reports.jsonl").is_symlink()
    assert results(place)


def test_reports_that_are_written_again_keep_their_mode(place: Path) -> None:
    (place / "reports.jsonl").touch(0o640)
    (place / "reports.jsonl").chmod(0o640)
    run_here("onboard", *SCREEN, "applications.jsonl", cwd=place)
    assert (place / "reports.jsonl").stat().st_mode & 0o777 == 0o640


def test_the_summary_counts_by_rule_in_both_languages(place: Path) -> None:
    call = [*SCREEN, "applications.jsonl", "--summary", "summary.json"]
    said = {lang: run("onboard", *call, "--lang", lang, cwd=place).stdout for lang in ("en", "zh")}
    whole = json.loads((place / "summary.json").read_text(encoding="utf-8"))
    verdicts = [result["verdict"] for result in results(place)]
    assert whole["summary"] == {name: verdicts.count(name) for name in ("pass", "fail", "undecided", "invalid")}
    assert whole["rules"]["fail"] == {"business-license-required": 2}
    assert "2  business-license-required" in said["en"]
    assert "不通过 2" in said["zh"]
