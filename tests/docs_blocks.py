"""The fenced blocks of our documents, and how each kind is run.

What a `console` block says after `$ ` is run by bash, in a copy of the repository's root, one copy a document, or in an
empty folder where the document says that one begins there; a call of ours that it begins with is run in this process,
and bash gets what that printed. What follows, up to the next `$ `, is what it must print, a line `...` standing for any
lines. It must exit with 0, or with the code that a comment `# exit N` names. A `python` block is run, and must print
what the `text` block right after it says. A block after the words "Save this as `PATH`:" is written to that file. The
blocks `sh` of the READMEs are the two commands that `.ci/run` runs in a fresh clone.

After a wanted change of what is printed: `python tests/docs_blocks.py README.md ...` writes the documents' expected
output anew (blocks with a `...` are left alone), and `git diff` shows whether it is what was wanted.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from in_process import bytes_here

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "examples/README.md"])

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SAVED = re.compile(r"(?:Save (?:this|it) as|保存为|存为) `([^`]+)`[:：]\s*\Z")
_EXIT = re.compile(r"  # exit (\d+)$")
# What makes a line more than one call: pipes, redirections, variables, patterns, and what bash does with a backslash.
_OF_THE_SHELL = re.compile(r"[|&;<>$*?`\\]")
# Where what the first call of a line prints goes elsewhere.
_ONWARD = re.compile(r" (?=[|>] )")
_NOT_COPIED = (".git", ".venv", "venv", "node_modules", "build", "dist", "__pycache__", ".*_cache", ".hypothesis")


@dataclass(frozen=True)
class Block:
    """One fenced block: the word behind the fence, what is in it, its line, and the text right before it."""

    kind: str
    text: str
    line: int
    before: str
    span: tuple[int, int]


def blocks(document: str) -> list[Block]:
    """The fenced blocks of a document's text, in order."""
    found, end = [], 0
    for match in _FENCE.finditer(document):
        before = document[end : match.start()]
        line = document.count("\n", 0, match.start()) + 1
        found.append(Block(match[1], match[2], line, before, match.span(2)))
        end = match.end()
    return found


@dataclass(frozen=True)
class Command:
    """One command of a `console` block, with what it must print and its exit code."""

    shown: str
    expected: str

    @property
    def code(self) -> int:
        named = _EXIT.search(self.shown)
        return int(named[1]) if named else 0

    def comes_out(self, printed: str, code: int) -> bool:
        """Whether that is what it must print, and its exit code."""
        return code == self.code and alike(self.expected, printed)

    def printing(self, printed: str, code: int) -> str:
        """The command with `printed` after it, and with `code` behind it."""
        bare = _EXIT.sub("", self.shown)
        return f"$ {bare}  # exit {code}\n{printed}" if code else f"$ {bare}\n{printed}"


def commands(text: str) -> list[Command]:
    """The commands of a `console` block; one that ends in a backslash goes on in the next line."""
    found: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append([line.removeprefix("$ "), ""])
        elif not found:
            raise ValueError(f"a `console` block begins with `$ `, not with `{line}`")
        elif found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1][0] += "\n" + line
        else:
            found[-1][1] += line + "\n"
    return [Command(*item) for item in found]


def place_for(document: str, folder: Path) -> Path:
    """Where in `folder` a document's commands may do as they like: a copy of the repository, or nothing."""
    if re.search(r"[Bb]egin in an empty folder|新建一个空文件夹", document):
        return folder
    return copy_of_root(folder)


def copy_of_root(folder: Path) -> Path:
    """A copy of the repository in `folder`."""
    left_out = shutil.ignore_patterns(*_NOT_COPIED)
    return shutil.copytree(ROOT, folder / "copy", ignore=left_out, copy_function=shutil.copyfile)


def run(command: list[str], folder: Path, input: bytes = b"") -> tuple[str, int]:
    """What `command` prints to both streams, and its exit code; our commands are found first, English, no colour."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ONBOARD_") and k != "FORCE_COLOR"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env=kept | {"PATH": path, "LC_ALL": "C.UTF-8", "TERM": "dumb", "PYTHONIOENCODING": "utf-8"},
        input=input,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    return done.stdout.decode(), done.returncode


def run_shown(shown: str, folder: Path) -> tuple[str, int]:
    """As `run`, of a command of a `console` block; a call of ours that it begins with is run in this process."""
    call, *onward = _ONWARD.split(shown.replace("\\\n", " "), maxsplit=1)
    words = shlex.split(call, comments=True)
    if words[0] not in ("onboard", "onboard-check") or _OF_THE_SHELL.search(call):
        return run(["bash", "-c", shown], folder)
    done = bytes_here(*words, cwd=folder, env={"TERM": "dumb"}, together=not onward)
    if not onward:
        return done.stdout.decode(), done.returncode
    printed, code = run(["bash", "-c", f"cat {onward[0]}"], folder, done.stdout)
    # As in bash, where the last call of a pipe has the say.
    return done.stderr.decode() + printed, done.returncode if onward[0].startswith(">") else code


@dataclass(frozen=True)
class Ran:
    """A block that was run: the span of what was to be printed, that, and what was printed instead if it differs."""

    block: Block
    span: tuple[int, int]
    said: str
    printed: str
    fault: str | None


def play(document: str, folder: Path) -> Iterator[Ran]:
    """Run all that `document` says, in order, in `folder`."""
    found = blocks(document)
    for number, block in enumerate(found):
        if saved := _SAVED.search(block.before):
            (folder / saved[1]).parent.mkdir(parents=True, exist_ok=True)
            (folder / saved[1]).write_text(block.text, encoding="utf-8")
        elif block.kind == "console":
            done = [(command, *run_shown(command.shown, folder)) for command in commands(block.text)]
            wrong = [f"$ {c.shown}\n{out}exit {code}" for c, out, code in done if not c.comes_out(out, code)]
            printed = "".join(c.printing(out, code) for c, out, code in done)
            yield Ran(block, block.span, block.text, printed, "\n".join(wrong) or None)
        elif block.kind == "python":
            after = found[number + 1] if number + 1 < len(found) else None
            says = after if after and after.kind == "text" and not after.before.strip() else None
            printed, code = run([sys.executable, "-W", "error", "-c", block.text], folder)
            right = code == 0 and alike(says.text if says else "", printed)
            span = says.span if says else (block.span[1], block.span[1])
            yield Ran(block, span, says.text if says else "", printed, None if right else f"{printed}exit {code}")


def alike(said: str, printed: str) -> bool:
    """Whether `printed` is what is `said`, where a line `...` stands for any lines, or none; ends may be empty."""
    lines = said.rstrip("\n").splitlines()
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in lines)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed.rstrip("\n").splitlines())) is not None


def rewritten(document: str, folder: Path) -> str:
    """`document` with the output that its commands print now; output in which a line `...` stands is left alone."""
    pieces, end = [], 0
    for ran in play(document, folder):
        if ran.fault and "..." not in ran.said.splitlines():
            pieces += [document[end : ran.span[0]], ran.printed]
            end = ran.span[1]
    return "".join([*pieces, document[end:]])


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        with tempfile.TemporaryDirectory() as place:
            text = path.read_text(encoding="utf-8")
            path.write_text(rewritten(text, place_for(text, Path(place))), encoding="utf-8")
