"""Every command explains itself, with examples, without a file or a network."""

from builders import run


def every_command() -> list[tuple[str, ...]]:
    """As the installed command lists them; the groups are put together when it starts."""
    listed = run("onboard", "--help").stdout.partition("Commands:")[2]
    names = [line.split()[0] for line in listed.splitlines() if line.startswith("  ") and not line.startswith("   ")]
    found: list[tuple[str, ...]] = [()]
    for name in names:
        inner = run("onboard", name, "--help").stdout.partition("Commands:")[2]
        found += [(name,), *((name, line.split()[0]) for line in inner.splitlines() if line[2:3].strip())]
    return found


def test_there_are_the_commands_that_a_person_needs() -> None:
    assert {("check",), ("new",), ("explain",), ("schema",), ("completion",), ("rules", "lint")} <= set(every_command())


def test_every_command_says_what_it_does_with_an_example() -> None:
    for path in every_command():
        text = run("onboard", *path, "--help").stdout
        assert "Example" in text, path
        assert f"onboard {' '.join(path)}".strip() in text or path == ("check",), path
