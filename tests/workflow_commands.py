"""GitHub's workflow commands, read as its runner reads a log."""

import re

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def read(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands in a log, as GitHub's runner takes them: name, properties, message."""
    commands = []
    for line in text.splitlines():
        assert "##[" not in line
        if line.lstrip().startswith("::"):
            match = COMMAND.fullmatch(line)
            assert match, line
            pairs = (pair.partition("=") for pair in match[2].split(","))
            properties = {key: _unescaped(value.replace("%3A", ":").replace("%2C", ",")) for key, _, value in pairs}
            commands.append((match[1], properties, _unescaped(match[3])))
    return commands


def _unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
