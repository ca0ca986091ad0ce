"""How results are shown: one module a format, and the table of them. No verdict is made here."""

from collections.abc import Callable
from importlib import import_module

from .base import Invalid, Output, Result, Run, Style

# Imported when asked for: a format's libraries cost nothing to those who do not use it.
FORMATS = {"text": "text.TextOutput", "json": "json.JsonOutput", "jsonl": "json.JsonlOutput"}


def make_output(name: str, run: Run, style: Style, write: Callable[[str], object]) -> Output:
    """The output of format `name`, a key of FORMATS, that sends its text to `write`."""
    module, _, kind = FORMATS[name].partition(".")
    output: Output = getattr(import_module(f".{module}", __package__), kind)(run, style, write)
    return output


__all__ = ["FORMATS", "Invalid", "Output", "Result", "Run", "Style", "make_output"]
