"""Tables that this program does not know, or knows no more, are an error and not a guess."""

from ..errors import Problem, RegistryError
from ..messages import text

TABLES = ("records", "decisions", "proposals", "settings", "handed_in", "erasures")


def refuse_newer_version(found: int, known: int, source: str) -> None:
    """Raise RegistryError where the tables are of a schema version that this program does not know."""
    if found > known:
        hint = text("registry.newer-version-hint")
        raise RegistryError(Problem(text("registry.newer-version", found=found), source=source, hint=hint))


def refuse_other_version(found: int, known: int, source: str) -> None:
    """Raise RegistryError where the tables are not of the schema version `known`; 0 is none at all."""
    refuse_newer_version(found, known, source)
    if found <= 0:
        raise RegistryError(Problem(text("registry.no-tables"), source=source, hint=text("registry.init-makes")))
    if found < known:
        hint = text("registry.older-version-hint")
        raise RegistryError(Problem(text("registry.older-version", found=found), source=source, hint=hint))


def refuse_other_tables(fault: tuple[str, str | None] | None, source: str) -> None:
    """Raise RegistryError where one of the `TABLES` has a `fault`: what is not seen would look like a clean history.

    A fault is the table, and the name of what acts when something is put into it; None where it is not whole itself.
    """
    if fault is not None:
        table, name = fault
        words = text("registry.not-whole", table=table)
        if name is not None:
            words = text("registry.acts-on-insert", table=table, name=name)
        raise RegistryError(Problem(words, source=source, hint=text("registry.not-whole-hint")))
