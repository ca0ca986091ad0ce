"""What an intake form does with `check`: each message beside the field that it belongs to.

python examples/form.py examples/refused/several-reasons.json
"""

import json
import sys
from datetime import date
from pathlib import Path

from onboarding import InputError, check, open_registry

EXAMPLES = Path(__file__).parent


def main(path: str) -> None:
    registry = open_registry(EXAMPLES / "registry.jsonl")
    try:
        report = check(json.loads(Path(path).read_text("utf-8")), registry=registry, as_of=date(2024, 8, 5))
    except InputError as error:
        for problem in error.problems:
            print(f"{problem.pointer}: {problem.words('en')}")
        return
    print(report.verdict)
    for field, messages in report.errors_by_field("zh").items():
        for message in messages:
            print(f"{field}: {message}")


if __name__ == "__main__":
    main(sys.argv[1])
