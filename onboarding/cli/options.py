"""What several commands share."""

import os
from typing import Any, Literal

import click

CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

lang_option = click.option("--lang", type=click.Choice(["en", "zh"]), help="Language.  [default: from the locale]")
traceback_option = click.option("--traceback", is_flag=True, help="Show where in the program an error arose.")


def language(lang: str | None) -> Literal["en", "zh"]:
    """The language asked for, or else that of the locale."""
    spoken = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh" if (lang or spoken).lower().startswith("zh") else "en"
