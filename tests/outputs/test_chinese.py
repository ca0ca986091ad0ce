"""Every format for people, in Chinese: no English word but names that people type or find in files."""

import json
from collections.abc import Callable, Iterator

import gitlab
import pytest
from chinese import english
from workflow_commands import read


def _annotations(text: str) -> Iterator[str]:
    for _, properties, message in read(text):
        yield from (properties.get("title", ""), message)
    yield from (line for line in text.splitlines() if not line.startswith("::"))


def _of_sarif(text: str) -> Iterator[str]:
    (run,) = json.loads(text)["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        yield from (rule[part]["text"] for part in ("shortDescription", "fullDescription", "help"))
    for told in (*run["results"], *run["invocations"][0]["toolExecutionNotifications"]):
        yield told["message"]["text"]


# What of each is for people. The page has both languages, and a test of its own.
SAID: dict[str, Callable[[str], Iterator[str]]] = {
    "text": lambda text: iter([text]),
    "csv": lambda text: iter([text]),
    "markdown": lambda text: iter([text.replace("<!-- onboard-check -->", "")]),
    "junit": lambda text: (case.output for case in gitlab.cases(text).values() if case.output),
    "gitlab": lambda text: (finding["description"] for finding in json.loads(text)),
    "github": _annotations,
    "sarif": _of_sarif,
}


@pytest.mark.parametrize("output", SAID)
def test_no_format_has_an_english_word(show: Callable[..., str], output: str) -> None:
    said = list(SAID[output](show(output, lang="zh")))
    assert said
    assert english("\n".join(said)) == []
