"""A corpus to screen: sound and broken lines, subjects with several applications, ids used twice, and their records."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import builders
import msgspec
import pyarrow as pa
from in_process import run_here
from stdnum.cn import uscc

from onboarding.screening.arrow import ROWS
from onboarding.screening.rows import Row

DAY = "2024-08-05"


def subject(number: int) -> str:
    """The number of an invented enterprise."""
    code = f"91999999{number:09d}"
    return code + uscc.calc_check_digit(code)


def application(number: int, **changes: Any) -> dict[str, Any]:
    """An application of the subject of that number."""
    made = builders.application({"/application_id": f"A-{number}", "/business_license/uscc": subject(number)})
    return {**made, **changes}


def lines(count: int) -> Iterator[bytes]:
    """Applications, a line each: every kind that is treated in a way of its own comes up among a hundred."""
    for number in range(count):
        made = application(number)
        match number % 100:
            case 3:  # the same subject as before, and the same brand
                made["business_license"]["uscc"] = subject(number - 1)
                made["submitted_on"] = "2024-08-01"
            case 7:  # as it was given before, spaced otherwise
                yield _line(made)
                yield json.dumps(made, ensure_ascii=False, indent=None, separators=(" , ", " : ")).encode() + b"\n"
                continue
            case 11:  # one id, two subjects
                yield _line(made)
                made["business_license"]["uscc"] = subject(number + 1)
            case 13 | 14:  # nobody's, and twice the same
                del made["business_license"]
                made["application_id"] = f"A-{number // 2 * 2 if number % 100 == 13 else number - 2}-nobody"
            case 17:
                made["submitted_on"] = "2024-13-01"
            case 23:
                yield _line(made)[:-20] + b"\n"
                continue
            case 29:
                yield _line(made).replace("云上".encode(), b"\xd4\xc6\xc9\xcf")
                continue
            case 31:
                yield b"\n  \n"
            case 37:
                made["subject"]["type"] = "individual"
            case 41:
                made["colour"] = "red"
            case 43:  # an id that is taken by one of another subject, but broken itself
                made["application_id"] = f"A-{number - 1}"
                made["brands"] = "none"
            case 47:
                made["business_license"]["uscc"] = "无"
            case 53:  # a key twice: which one counts nobody can say
                yield _line(made).replace(b'{"application_id"', b'{"application_id": "A-0", "application_id"', 1)
                continue
            case 59:
                made["application_id"] = " Ａ-58 " if number == 59 else f"A-{number}"
        yield _line(made)


def records(count: int) -> Iterator[bytes]:
    """What is on record of the subjects of `lines`, and of others."""
    for number in range(0, count + 50, 2):
        shop = builders.shop(f"S-{number}", ("云上" if number % 3 else "别的",), subject_id=subject(number))
        yield _line(shop)
        if number % 5 == 0:
            yield _line({**shop, "closed_on": "2024-05-05", "closed_for": "voluntary_exit"})
        if number % 14 == 0:
            yield _line(builders.ban(subject_id=subject(number), **({"id": f"B-{number}"} if number % 28 else {})))


def write(folder: Path, count: int = 400) -> tuple[Path, Path]:
    """The files of a corpus of about `count` applications: these, and the records."""
    applications, registry = folder / "applications.jsonl", folder / "records.jsonl"
    applications.write_bytes(b"\xef\xbb\xbf" + b"".join(lines(count)))
    registry.write_bytes(b"".join(records(count)))
    return applications, registry


def batches(made: list[Row], size: int) -> Iterator[pa.RecordBatch]:
    """Rows as an engine for columns hands them on, so many at a time."""
    for at in range(0, len(made), size):
        columns = zip(*map(msgspec.structs.astuple, made[at : at + size]), strict=True)
        yield pa.RecordBatch.from_arrays([pa.array(c, f.type) for c, f in zip(columns, ROWS, strict=True)], schema=ROWS)


def checked(applications: Path | list[Path], *options: str | Path, code: int = 2) -> bytes:
    """What `onboard-check -o jsonl` says of the same, run where the files are."""
    paths = applications if isinstance(applications, list) else [applications]
    folder = paths[0].parent
    names = [path.name for path in paths]
    done = run_here("onboard-check", *names, "--as-of", DAY, "-o", "jsonl=checked.jsonl", *options, cwd=folder)
    assert done.returncode == code, done.stderr
    return (folder / "checked.jsonl").read_bytes()


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
