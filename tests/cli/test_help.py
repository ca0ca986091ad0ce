"""Every command explains itself, with an example to start from."""

import re

import pytest
from builders import ROOT, run
from in_process import run_here


def help_of(*path: str) -> str:
    return run_here("onboard", *path, "--help", cwd=ROOT).stdout


def every_command(*group: str) -> list[tuple[str, ...]]:
    """The commands as the help lists them, groups with what is in them."""
    listed = help_of(*group).partition("\nCommands:\n")[2]
    names = [line.split()[0] for line in listed.splitlines() if line[2:3].strip()]
    return [group, *(found for name in names for found in every_command(*group, name))]


def test_there_are_the_commands_that_a_person_needs() -> None:
    assert {("check",), ("new",), ("explain",), ("schema",), ("completion",), ("rules", "lint")} <= set(every_command())


def test_every_command_has_an_example_of_itself() -> None:
    without = [path for path in every_command() if example(path) not in help_of(*path).partition("Example")[2]]
    assert without == []


def example(path: tuple[str, ...]) -> str:
    return "onboard-check" if path == ("check",) else " ".join(("onboard", *path))


@pytest.mark.parametrize("group", [(), ("registry",), ("rules",)])
def test_a_group_without_a_command_shows_its_help_and_fails(group: tuple[str, ...]) -> None:
    done = run("onboard", *group, cwd=ROOT)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0].startswith(f"Usage: {' '.join(('onboard', *group))} [OPTIONS]")
    assert "\nCommands:\n" in done.stderr


def test_what_a_command_takes_is_called_by_chinese_words_where_chinese_is_asked_for() -> None:
    english = {}
    for path in every_command():
        usage = chinese_help_of(*path).partition("\n\n")[0]
        if words := re.findall("[A-Z]{3,}", usage):
            english[path] = words
    assert english == {}


def test_no_option_says_its_default_twice() -> None:
    twice = [path for path in every_command() if "）（默认：" in "".join(chinese_help_of(*path).split())]
    assert twice == []


def test_what_explains_a_command_fits_eighty_columns() -> None:
    # Examples and usage are to be copied, and stay in one line.
    too_wide = [
        line
        for path in every_command()
        for line in help_of(*path).splitlines()
        if len(line) > 80 and not re.match(r"\s*(?:Example: |Usage: )?onboard", line)
    ]
    assert too_wide == []


def chinese_help_of(*path: str) -> str:
    return run_here("onboard", *path, "--help", cwd=ROOT, env={"ONBOARD_LANG": "zh"}).stdout
