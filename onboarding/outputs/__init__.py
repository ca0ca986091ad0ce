"""How results are shown: one module a format, and the table of them. No verdict is made here."""

import os
from collections.abc import Callable
from importlib import import_module

from .interface import Invalid, Origin, Output, Result, RuleAbout, Run, Style

# Imported when asked for: a format's libraries cost nothing to those who do not use it.
FORMATS = {
    "text": "text.TextOutput",
    "json": "json.JsonOutput",
    "jsonl": "json.JsonlOutput",
    "junit": "junit.JunitOutput",
    "sarif": "sarif.SarifOutput",
    "github": "github.GithubOutput",
    "gitlab": "gitlab.GitlabOutput",
    "markdown": "markdown.MarkdownOutput",
    "html": "html.HtmlOutput",
    "csv": "csv.CsvOutput",
}


def default_format() -> str:
    """The format where none is asked for: `github` on GitHub Actions, else `text`."""
    return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"


def make_output(name: str, run: Run, style: Style, write: Callable[[str], object]) -> Output:
    """The output of format `name`, a key of FORMATS, that sends its text to `write`."""
    module, _, kind = FORMATS[name].partition(".")
    output: Output = getattr(import_module(f".{module}", __package__), kind)(run, style, write)
    return output


__all__ = [
    "FORMATS",
    "Invalid",
    "Origin",
    "Output",
    "Result",
    "RuleAbout",
    "Run",
    "Style",
    "default_format",
    "make_output",
]
