"""Counts by name that workers make and somebody adds up: plain dicts, which travel between processes as they are."""


def count_in(mine: dict[str, int], more: dict[str, int]) -> None:
    """Add to each count of `mine` that of `more`."""
    for name, count in more.items():
        mine[name] = mine.get(name, 0) + count
