"""A schema version that this program does not know, or knows no more, is an error and not a guess."""

from ..errors import Problem, RegistryError


def refuse_newer_version(found: int, known: int, source: str) -> None:
    """Raise RegistryError where the tables are of a schema version that this program does not know."""
    if found > known:
        hint = "this program is older than the one that wrote it; update onboard-check"
        raise RegistryError(Problem(f"schema version {found} is not known", source=source, hint=hint))


def refuse_other_version(found: int, known: int, source: str) -> None:
    """Raise RegistryError where the tables are not of the schema version `known`; 0 is none at all."""
    refuse_newer_version(found, known, source)
    if found == 0:
        raise RegistryError(Problem("not a registry", source=source, hint="`onboard registry init` makes one"))
    if found < known:
        hint = "`onboard registry init` brings it up to date"
        raise RegistryError(Problem(f"schema version {found} is an old one", source=source, hint=hint))
