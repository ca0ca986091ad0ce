"""What Linux tells of processes: a bare machine has no `ps`."""

from pathlib import Path


def children(process: int) -> list[int]:
    """The processes that `process` has started and that it has not yet asked for their end."""
    lists = Path(f"/proc/{process}/task").glob("*/children")
    return sorted(int(child) for file in lists for child in file.read_text().split())


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][:1]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in ("Z", "X")
