"""How a subject is known: by a national number, as its scheme writes it.

The default scheme is that of the unified social credit code (USCC), whose numbers stand on record as they are; a number
of another one stands there with it: `th.tin:0994000617721`. The others are those of python-stdnum, which is imported
only where one is met.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from msgspec import Struct

from .identity import is_no_id, license_number, normal_code, normal_text

USCC = "cn.uscc"
# A country's two letters and the name of one of its schemes: no text of another form names a module to import, and none
# that could be a number is repeated in an error.
_FORM = "[a-z]{2}[.][a-z][a-z_]{0,29}[0-9]{0,2}"
# Compiled when used: a USCC has no scheme before it.
_WITH_SCHEME = rf"(?ais)({_FORM})\s*:(.*)"
_SOUND = ("uscc", "early_fujian")  # of a licence's number, what makes a USCC
# No national number is as long; to check a much longer one could take long.
_LONGEST = 64
# The number of a licence in what a label, an apostrophe or a spreadsheet's `="…"` makes of it.
_LABELLED = re.compile("[^0-9]*(9[123][0-9A-Z]{16})[^0-9A-Z]*")
# Words of Python, which no package can be called by.
_RESERVED = {"in": "in_", "is": "is_"}


class SubjectNumber(Struct, frozen=True):
    """Where an application says the number of its subject (a JSON pointer), and by which scheme."""

    field: str = "/business_license/uscc"
    scheme: str = USCC

    @property
    def path(self) -> tuple[str, ...]:
        return _parts(self.field)

    def on_record(self, written: str | None) -> str | None:
        """The subject id that the number `written` in the field stands for; None where there is none, or it is wrong.

        A wrong number is None and not a key: looked up, it would find nothing and look like a clean history.
        """
        return _on_record(self.scheme, written) if written else None


BY_USCC = SubjectNumber()


def normal_subject(text: str) -> str:
    """The subject id `text` as it is compared and looked up; see `can_be_subject` for whether it can be right."""
    scheme, number = _parted(text)
    if scheme in (None, USCC):
        return normal_code(number)
    return _subject_id(scheme, number) or f"{scheme}:{normal_code(number)}"


def can_be_subject(number: str, subject_type: str | None = None) -> bool:
    """Whether `number` can be the number that a record calls its subject by.

    A sound USCC, a number of 15 digits from before 2015, one that goes with its scheme and is sound by it, or whatever
    else an individual or another subject goes by, if it is an id at all and no USCC with a label; anything else is
    mistyped, and what is on record under it would be found by nobody.
    """
    return subject_of_record(number, subject_type) is not None


def subject_of_record(number: str, subject_type: str | None = None) -> str | None:
    """The normal id of whom a record calls `number`; None where it can be nobody's, see `can_be_subject`."""
    # One that fills a line of a megabyte is not remembered.
    told = _subject_of_record if len(number) <= _LONGEST else _subject_of_record.__wrapped__
    return told(number, subject_type)


def scheme_of(text: str) -> str | None:
    """The scheme that the subject id `text` names, which may be none that there is; None where it names none."""
    return _parted(text)[0]


def is_scheme(name: str) -> bool:
    """Whether there is a scheme of this name."""
    return name == USCC or _module(name) is not None


@cache
def schemes() -> frozenset[str]:
    """The names of all schemes; none of them is imported."""
    return frozenset(_schemes())


def _schemes() -> Iterator[str]:
    from pkgutil import iter_modules

    import stdnum

    for package in iter_modules(stdnum.__path__):
        country = package.name.rstrip("_")
        if package.ispkg and len(country) == 2:
            for path in stdnum.__path__:
                yield from (f"{country}.{module.name}" for module in iter_modules([f"{path}/{package.name}"]))


def _parted(text: str) -> tuple[str | None, str]:
    """The scheme that stands before the number in `text`, and the number; None where none does."""
    plain = normal_text(text)
    match = re.fullmatch(_WITH_SCHEME, plain) if ":" in plain else None
    return (match[1].lower(), match[2]) if match else (None, plain)


# Asked of each record; those of one subject often stand together.
@lru_cache(maxsize=1024)
def _subject_of_record(number: str, subject_type: str | None) -> str | None:
    scheme, bare = _parted(number)
    if scheme not in (None, USCC):
        return _subject_id(scheme, bare)
    code = normal_code(bare)
    if scheme is None and subject_type in ("individual", "other"):
        # As spreadsheets mark a text or a formula.
        if is_no_id(bare) or bare.startswith(("'", "‘", "’", "=")):
            return None
        labelled = _LABELLED.fullmatch(code)
        mistyped = labelled is not None and labelled[1] != code and license_number(labelled[1]) in _SOUND
        return None if mistyped else code
    return code if license_number(code) in (*_SOUND, "fifteen_digits") else None


@cache
def _parts(field: str) -> tuple[str, ...]:
    return tuple(field.split("/")[1:])


# Asked by who looks a history up, and by who judges it.
@lru_cache(maxsize=1024)
def _on_record(scheme: str, written: str) -> str | None:
    named, number = _parted(written)
    if named not in (None, scheme):
        return None
    if scheme == USCC:
        code = normal_code(number)
        return code if license_number(code) in _SOUND else None
    return _subject_id(scheme, number)


@lru_cache(maxsize=1024)
def _subject_id(scheme: str, number: str) -> str | None:
    """The subject id that `number` stands for by `scheme`, another one than the USCC's; None where it is not sound."""
    module = _module(scheme)
    if module is None or not number or len(number) > _LONGEST:
        return None
    sound = _sound(module, number)
    # Some leave the case of letters as it was typed; some take no other.
    same = _sound(module, sound.upper()) if sound else None
    return f"{scheme}:{same or sound}" if sound else None


def _sound(module: Any, number: str) -> str | None:
    try:
        return str(module.validate(number))
    # A scheme that stumbles over a number has not called it sound, whichever way it stumbles.
    except Exception:
        return None


@cache
def _module(scheme: str) -> Any:
    """The module of python-stdnum that knows `scheme`; None where there is none."""
    if not re.fullmatch(_FORM, scheme):
        return None
    from importlib import import_module

    country, _, name = scheme.partition(".")
    try:
        module = import_module(f"stdnum.{_RESERVED.get(country, country)}.{name}")
    except ImportError:
        return None
    return module if hasattr(module, "validate") and hasattr(module, "compact") else None
