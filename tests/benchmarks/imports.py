"""What each import costs a fresh process, in milliseconds above `python -c pass`: the least of 21 runs, in turns.

    python tests/benchmarks/imports.py [MODULE...]

Modules share imports: a line says what a module costs alone, not what it adds to the others.
"""

import subprocess
import sys
import time

MODULES = (
    *("click", "msgspec", "pydantic.main", "jsonschema", "jsonschema_rs", "wcwidth", "sqlite3"),
    *("onboarding", "onboarding.cli.check"),
)
RUNS = 21


def main(modules: tuple[str, ...]) -> None:
    installed = [name for name in modules if start(f"import {name}") is not None]
    least = dict.fromkeys(["", *installed], float("inf"))
    for _ in range(RUNS):
        for name in least:
            taken = start(f"import {name}" if name else "pass")
            assert taken is not None
            least[name] = min(least[name], taken)
    for name in modules:
        shown = f"{(least[name] - least['']) * 1000:7.0f}" if name in least else "not installed"
        print(f"{name:24} {shown}")


def start(code: str) -> float | None:
    """Seconds that a fresh interpreter takes to run `code`; None where it fails."""
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    return time.perf_counter() - begin if done.returncode == 0 else None


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or MODULES)
