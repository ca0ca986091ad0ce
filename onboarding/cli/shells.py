"""What bash, zsh and fish ask, and how each wants to be answered: click's own classes, which lack what follows a `=`.

Bash cuts words at `=` and `:`, and wants what follows the last of them. Zsh and fish want whole words; where it is to
complete paths itself, zsh sets aside what stands before the `=`, and for fish the paths are found here. Imported only
where a shell asks.
"""

import os
from collections.abc import Iterator
from typing import Any

from click.shell_completion import BashComplete, CompletionItem, FishComplete, ZshComplete, add_completion_class

_BREAKS = ("=", ":")
_FINDS_PATHS = "            _path_files "
_SETS_ASIDE = """            [[ $PREFIX == -*=* || ${words[CURRENT-1]} == (-o|--output-format) ]] && compset -P '*='
"""


class _Bash(BashComplete):
    def get_completion_args(self) -> tuple[list[str], str]:
        args, incomplete = super().get_completion_args()
        words: list[str] = []
        cut = False
        for word in (*args, incomplete):
            if words and (cut or word in _BREAKS):
                words[-1] += word
            else:
                words.append(word)
            cut = word in _BREAKS
        return words[:-1], words[-1]

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        items = super().get_completions(args, incomplete)
        value = incomplete.removeprefix(_option_of(incomplete))
        begun = max(value.rfind(sign) + 1 for sign in _BREAKS)
        return [CompletionItem(item.value[begun:]) if item.type == "plain" else item for item in items]


class _Zsh(ZshComplete):
    source_template = ZshComplete.source_template.replace(_FINDS_PATHS, _SETS_ASIDE + _FINDS_PATHS)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        items, option = super().get_completions(args, incomplete), _option_of(incomplete)
        return [CompletionItem(option + i.value, i.type, i.help) if i.type == "plain" else i for i in items]


class _Fish(FishComplete):
    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        option = _option_of(incomplete)
        return [found for item in super().get_completions(args, incomplete) for found in self._whole(item, option)]

    def _whole(self, item: CompletionItem[Any], option: str) -> Iterator[CompletionItem[str]]:
        before = option + (item.before or "")
        if item.type == "plain" or not before:
            yield CompletionItem(before + item.value, item.type, item.help)
            return
        for path in paths_beginning(item.value):
            if item.type == "file" or path.endswith(os.sep):
                yield CompletionItem(before + path)


def _option_of(incomplete: str) -> str:
    """What of the word `incomplete` is an option with its `=`."""
    name, sign, _ = incomplete.partition("=")
    return name + sign if sign and name.startswith("-") else ""


def paths_beginning(begun: str) -> Iterator[str]:
    """The paths that begin with `begun`, by name; a folder's ends with a separator."""
    folder, name = os.path.split(begun)
    try:
        with os.scandir(folder or os.curdir) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(name) and (name.startswith(".") or not entry.name.startswith(".")):
            yield os.path.join(folder, entry.name) + (os.sep if entry.is_dir() else "")


def register() -> None:
    """Have these classes answer in place of click's."""
    for kind in (_Bash, _Zsh, _Fish):
        add_completion_class(kind)
