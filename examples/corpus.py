"""Write applications and a registry to judge a change of rules by: python examples/corpus.py 1000 corpus

Writes `corpus/A-0001.json` and so on, and `corpus.jsonl` beside the folder. Invented, and the same on every run.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any

from stdnum.cn import uscc

WORDS = ("云", "山", "海", "松", "竹", "梅", "月", "星", "河", "泉", "石", "溪")


def main(count: int, folder: Path) -> None:
    dice = random.Random(2026)  # noqa: S311
    folder.mkdir(parents=True)
    records: list[dict[str, Any]] = []
    for number in range(1, count + 1):
        code = f"91999999MADEM{number:04d}"
        subject = code + uscc.calc_check_digit(code)
        brand = "".join(dice.choices(WORDS, k=3))
        records += _records(dice, subject, number, brand)
        text = json.dumps(_application(dice, subject, number, brand), ensure_ascii=False, indent=2)
        (folder / f"A-{number:04d}.json").write_text(text + "\n", encoding="utf-8")
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    folder.with_suffix(".jsonl").write_text(lines, encoding="utf-8")
    print(f"{count} applications, {len(records)} records")


def _application(dice: random.Random, subject: str, number: int, brand: str) -> dict[str, Any]:
    name = f"{brand}商贸{number:04d}有限公司"
    evidence = {"type": "authorization_letter", "valid_from": "2026-01-01", "sealed_by_subject": dice.random() > 0.05}
    return {
        "application_id": f"A-{number:04d}",
        "submitted_on": "2026-11-20",
        "subject": {"type": "enterprise" if dice.random() > 0.05 else "individual", "name": name},
        "business_license": {"uscc": subject, "name": name, "valid_from": "2019-03-12"},
        "shop": {"name": f"{brand}旗舰店"},
        "brands": [{"name": brand, "evidence": evidence}],
    }


def _records(dice: random.Random, subject: str, number: int, brand: str) -> list[dict[str, Any]]:
    """Up to four open shops; with some, a shop of the same brand, an exit, a ban or a violation."""
    records = []
    for index in range(dice.choice((0, 0, 1, 2, 3, 3, 4))):
        own = [{"name": brand if index == 0 and dice.random() < 0.1 else f"{brand}{WORDS[index]}"}]
        shop = {"record": "shop", "shop_id": f"S-{number:04d}-{index}", "subject_id": subject}
        records.append({**shop, "opened_on": "2024-01-01", "brands": own})
    if dice.random() < 0.1:
        day = f"2026-{dice.randint(1, 10):02d}-15"
        shop = {"record": "shop", "shop_id": f"S-{number:04d}-x", "subject_id": subject, "opened_on": "2023-01-01"}
        records.append({**shop, "brands": [{"name": "旧牌"}], "closed_on": day, "closed_for": "voluntary_exit"})
    if dice.random() < 0.03:
        records.append({"record": "ban", "subject_id": subject, "on": "2025-05-01", "reason": "application_fraud"})
    if dice.random() < 0.05:
        records.append({"record": "violation", "subject_id": subject, "on": "2026-06-01", "kind": "late_shipment"})
    return records


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
