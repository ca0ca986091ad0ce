"""The command line: the only place of exit codes, of printing, and of today's date."""

import gc
import sys
from typing import Any

# While modules are imported, click first of all, there is no garbage to look for; `main` begins to, once all are there.
gc.disable()

import click  # noqa: E402

# msgspec takes from typing_extensions, where that is installed, what `typing` has since Python 3.11. To import that
# takes a fortieth of a check.
if "typing_extensions" not in sys.modules:
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    import msgspec  # noqa: F401

    del sys.modules["typing_extensions"]


def names_in_click() -> list[dict[str, Any]]:
    """The names of each module of click: each binds `gettext` to one of its own when it is imported."""
    return [vars(module) for name, module in sys.modules.items() if name.startswith(f"{click.__name__}.")]


# Each time that click says a word, and for some words when an option is made, it would look for a translation in the
# system's folders, where none is: its words in Chinese are ours.
for _names in names_in_click():
    if "_" in _names:
        _names["_"] = str
