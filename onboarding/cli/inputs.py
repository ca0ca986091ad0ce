"""From the paths given to documents: files, folders, standard input. One bad file never stops the others.

What cannot be looked at is an invalid result: a folder as much as a file.
"""

import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ..errors import InputError, Problem
from ..files import os_problem
from ..joint_run import clashes
from ..messages import listed, text
from ..outputs import Invalid
from ..reading.documents import Document
from ..reading.encoding import MAX_BYTES
from ..reading.own_fields import NO_FIELDS, OwnFields
from ..registry.addresses import shown_address
from ..registry.protocol import Found
from ..screening.entries import Entry, kind_of, read_entries, read_entry
from ..screening.results import clash, refused
from .errors import tell, usage_error
from .language import resolve_language
from .options import SIGNS

if TYPE_CHECKING:
    from .globs import Glob

STDIN = "-"
# A check holds what it judges, and a packed file may be thousands of times as long unpacked: so many times its size may
# be held, of one under 1 MiB as of one of that. An application takes so many bytes, about, beside so often its text.
_MOST_HELD = 150
_ABOUT_EACH, _TIMES_ITS_TEXT = 1000, 3
Excluded = Callable[[str], bool]


def expand(paths: Sequence[str], exclude: Sequence[str] = (), *, by_name: bool = False) -> list[str | Invalid]:
    """The files that `paths` name, each once, in the order given; a folder stands for its `.json` files, by name, and
    a pattern for what a shell would make of it.

    A pattern that is the very name of what is there stands for that as well: whoever puts a file `*.json` beside others
    hides none of them, and with a file `a[1].json` comes `a1.json`. With `by_name` it stands for that alone.

    A folder that cannot be looked into comes as Invalid. `exclude` are patterns as in a `.gitignore` file that
    lies in the folder given; a file named directly or by a pattern is matched by its path from the working folder.
    Raises UsageError where a pattern is none, or matches nothing.
    """
    found: dict[str, str | Invalid] = {}
    excluded = _excluding(exclude)
    for path in paths:
        for name, file in _files(path, excluded, by_name=by_name):
            found.setdefault(name, file)
    return list(found.values())


def read(file: str | Invalid, stdin_filename: str = STDIN, own: OwnFields = NO_FIELDS) -> Iterator[Document | Invalid]:
    """The documents in `file`, or what is wrong with them; `stdin_filename` names what comes from standard input.

    `own` are the fields of the ruleset's own by which they are to be judged.
    """
    if isinstance(file, Invalid):
        yield file
    elif file == STDIN:
        yield read_entry(_standard_input(shown_address(stdin_filename)), own)
    else:
        yield from (read_entry(entry, own) for entry in _held(file))


def refuse_clashes(documents: Sequence[Document | Invalid]) -> list[Document | Invalid]:
    """`documents`, those invalid of which another one has the application id and other content."""
    read_ = [position for position, document in enumerate(documents) if isinstance(document, Document)]
    told = list(documents)
    for one, other in clashes([d.application for d in documents if isinstance(d, Document)]).items():
        document = documents[read_[one]]
        assert isinstance(document, Document)
        told[read_[one]] = clash(document, documents[read_[other]].source)
    return told


def refuse_decided(documents: Sequence[Document | Invalid], found: Found) -> list[Document | Invalid]:
    """`documents`, those invalid of whose application id it was `found` that it was decided on with other content."""
    told = list(documents)
    for position, document in enumerate(documents):
        if isinstance(document, Document):
            try:
                found.refuse_other_content(document.application)
            except InputError as error:
                told[position] = refused(document, error)
    return told


def _files(path: str, excluded: Excluded, *, by_name: bool) -> Iterator[tuple[str, str | Invalid]]:
    """What `path` stands for, each file by a name that it has no second one of."""
    is_there = path == STDIN or os.path.lexists(path)
    glob = None if is_there and by_name else _pattern(path)
    if path == STDIN:
        yield STDIN, STDIN
    elif os.path.isdir(path):
        yield from _json_files(path, excluded)
    elif (is_there or not glob) and not excluded(_from_here(path)):
        yield _own_name(path), path
    if glob:
        found = list(_matching_files(glob, excluded, is_there=is_there))
        if not found and not is_there:
            raise usage_error("cli.no-match", pattern=path)
        yield from (pair for pair in found if pair is not None)


def _own_name(path: str) -> str:
    """The name of a file that it has no second one of."""
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name)


def _pattern(path: str) -> "Glob | None":
    if not SIGNS & set(path) or "://" in path:  # an address
        return None
    # Most calls have no pattern.
    from .globs import to_glob

    return to_glob(path)


def _json_files(top: str, excluded: Excluded) -> Iterator[tuple[str, str | Invalid]]:
    """The `.json` files in `top` and below."""
    return _walk(
        top,
        lambda name: not excluded(name + os.sep),
        lambda name, entry: _is_wanted(entry) and not excluded(name),
        by_path=excluded is not _nothing,
    )


def _matching_files(glob: "Glob", excluded: Excluded, *, is_there: bool) -> Iterator[tuple[str, str | Invalid] | None]:
    """The files that `glob` stands for, and the `.json` files in folders that it stands for; None for one excluded.

    Something of the pattern's very name `is_there`, perhaps.
    """
    top = glob.top or os.curdir

    def is_meant(name: str, entry: os.DirEntry[str]) -> bool:
        return glob.matches(name) or (_is_wanted(entry) and glob.is_below_match(name))

    # Hooks and shells pass files by their names, thousands of one folder: each with `[…]` in it would walk that.
    names = glob.names() if is_there else None
    files: Iterable[tuple[str, str | Invalid]] | None = None if names is None else _files_named(top, names)
    if files is None:
        files = _walk(top, glob.leads_into, is_meant, by_path=True) if os.path.isdir(top) else ()
    for name, file in files:
        if isinstance(file, Invalid):
            yield name, file
            continue
        path = file if glob.top else os.path.relpath(file)
        yield None if excluded(_from_here(path)) else (name, path)


def _files_named(top: str, names: Sequence[str]) -> list[tuple[str, str]] | None:
    """Those of the files `names` below `top` that are there; None where a walk must tell: one is a folder, or cannot be
    looked at."""
    found: list[tuple[str, str]] = []
    for name in names:
        path = os.path.join(top, name)
        if any(part.startswith(".") for part in name.split(os.sep)):
            continue
        try:
            os.lstat(path)
        except (FileNotFoundError, NotADirectoryError, ValueError):  # or it can be no name
            continue
        except OSError:
            return None
        if os.path.isdir(path):
            return None
        found.append((_own_name(path), path))
    return found


def _walk(
    top: str,
    enters: Callable[[str], bool],
    is_wanted: Callable[[str, os.DirEntry[str]], bool],
    *,
    by_path: bool,
) -> Iterator[tuple[str, str | Invalid]]:
    """The files in `top` and below that are wanted, by their paths below `top`; each folder that is entered by its own
    name first, and then a link's. Names that begin with a dot are passed over.

    Where it is the path by which a file is wanted, one may be so by a link's alone: then each link is followed, and a
    file comes for each of its paths. Else a folder is looked into once.
    """
    seen: dict[tuple[int, int], str] = {}
    followed: set[str] = set()
    # The folders still to look into, the next one last: as paths below `top`, and as they are called without links.
    pending = [("", os.path.realpath(top))]
    linked: list[tuple[str, str]] = []
    while pending or linked:
        by_link = not pending
        inside, real = linked.pop(0) if by_link else pending.pop()
        folder = first = os.path.join(top, inside) if inside else top
        try:
            at = os.stat(folder)
            first = seen.setdefault((at.st_dev, at.st_ino), folder)
            if first != folder and by_link:
                tell(text("cli.linked-again", folder=folder, first=first), resolve_language())
            if first != folder and not by_path:
                continue
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            if first == folder:
                yield folder, Invalid(folder, (os_problem(error, folder),))
            continue
        below: list[tuple[str, str]] = []
        for entry in entries:
            name = os.path.join(inside, entry.name)
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                if not enters(name):
                    continue
                if entry.is_symlink():
                    if (place := os.path.join(real, entry.name)) not in followed:
                        followed.add(place)
                        linked.append((name, os.path.realpath(entry.path)))
                else:
                    below.append((name, os.path.join(real, entry.name)))
            elif is_wanted(name, entry):
                yield os.path.join(real, entry.name), os.path.join(folder, entry.name)
        pending += reversed(below)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle, or into a folder that may not be entered
        return False


def _is_wanted(entry: os.DirEntry[str]) -> bool:
    """Whether `entry`, no folder, is to be judged: by its name, or because nobody knows what it would lead to."""
    if entry.name.lower().endswith(".json"):
        return True
    return entry.is_symlink() and not os.path.exists(entry.path)


def _excluding(patterns: Sequence[str]) -> Excluded:
    if not patterns:
        return _nothing
    # Most calls exclude nothing.
    from .excludes import excluding

    try:
        return excluding(patterns)
    except ValueError:
        raise usage_error("cli.no-pattern", patterns=listed(patterns)) from None


def _nothing(path: str) -> bool:
    return False


def _from_here(path: str) -> str:
    """`path` as seen from the working folder; its name alone where it lies elsewhere."""
    # Of an empty path the standard library knows no other; it is no file, and said to be none.
    near = os.path.relpath(path) if path else path
    return os.path.basename(path) if near.startswith(os.pardir + os.sep) else near


def _held(path: str) -> Iterator[Entry]:
    """The entries of the file at `path`, as far as a check can hold them beside each other, and else what to do."""
    packed = kind_of(path) in ("packed", "parquet") and os.path.isfile(path)
    most = _MOST_HELD * max(os.path.getsize(path), MAX_BYTES) if packed else None
    held = 0
    for entry in read_entries(path):
        held += _ABOUT_EACH + _TIMES_ITS_TEXT * len(entry.data)
        if most is not None and held > most:
            words, hint = text("cli.unpacks-to-too-much", times=_MOST_HELD), text("cli.screen-instead")
            yield Entry(entry.source, entry.line, errors=(Problem(words, source=entry.source, hint=hint),))
            return
        yield entry


def _standard_input(source: str) -> Entry:
    try:
        return Entry(source, 1, sys.stdin.buffer.read(MAX_BYTES + 1))
    except OSError as error:
        closed = Problem(text("cli.stdin-closed"), source=source)
        return Entry(source, 1, errors=(closed if error.errno == errno.EBADF else os_problem(error, source),))
