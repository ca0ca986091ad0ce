"""JSON Schema 2020-12, as the rules use it, by whichever validator is installed.

`jsonschema` always is; `jsonschema-rs` (extra `[fast]`) is used where it is there. Both name the same
failures in the same order. Nothing is ever fetched: a `$ref` that leaves the schema is an error.
"""

import copy
import os
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from ..pointers import Path
from .subschemas import subschemas

# Choices of a rule whose difference is looked for: with a few dozen, that takes seconds and a gigabyte.
_MOST_CHOICES = 12


class Failure(NamedTuple):
    """Where in the instance a keyword failed, and where in the schema that keyword is."""

    instance_path: Path
    schema_path: Path


class Validate(Struct, frozen=True):
    """A compiled schema: `holds` says whether an instance satisfies it, sooner than a call says all that fails."""

    holds: Callable[[Any], bool]
    failures: Callable[[Any], Iterable[Failure]]

    def __call__(self, instance: Any) -> list[Failure]:
        """Where `instance` fails, in order."""
        failures = [*self.failures(instance)]
        if len(failures) <= 1:
            return failures
        return sorted(set(failures), key=_in_order)


# An audit finds the same ones with each of thousands of shops.
@lru_cache(maxsize=1024)
def _in_order(failure: Failure) -> list[list[tuple[bool, str | int]]]:
    return [[(isinstance(part, str), part) for part in path] for path in failure]


def compile_schema(schema: dict[str, Any]) -> Validate:
    """Compile `schema`, which must be sound (see `lint`)."""
    # Ours are names for people and editors; a validator would try to resolve them.
    plain = {key: value for key, value in schema.items() if key not in ("$schema", "$id")}
    return _compile_fast(plain) if fast() else _compile(plain)


def fast() -> bool:
    """Whether the extra `[fast]` is used: it is installed, and ONBOARD_VALIDATOR does not say `jsonschema`."""
    return os.environ.get("ONBOARD_VALIDATOR") != "jsonschema" and _is_installed()


class Difference(Struct, frozen=True):
    """How the schemas relate, and a schema each of what only the new one admits and of what only the old one does.

    A schema is None where there is nothing of the kind; `unknown` is what could not be proven.
    """

    relation: Literal["same", "looser", "stricter", "both", "unknown"]
    newly_holds: dict[str, Any] | None
    newly_fails: dict[str, Any] | None


def difference(old: dict[str, Any], new: dict[str, Any], known: dict[str, Any]) -> Difference | None:
    """The difference of two rule files' schemas where the schema `known` holds; None without a `jsonschema-rs` that
    computes one.
    """
    if not fast():
        return None
    import jsonschema_rs

    if not hasattr(jsonschema_rs, "canonicalize"):
        return None
    if max(_choices(old), _choices(new)) > _MOST_CHOICES:
        return Difference("unknown", None, None)
    try:
        before, after = (jsonschema_rs.canonicalize({"allOf": [bare(s), known]}, offline=True) for s in (old, new))
        gained, lost = after.subtract(before), before.subtract(after)
        kept, gave = (str(a.covers(b)) == "yes" for a, b in ((after, before), (before, after)))
        found = (gained.satisfiability(), lost.satisfiability())
    except jsonschema_rs.canonical.CanonicalizationError:
        return None
    more, less = (None if str(s) == "no" else _shown(d) for s, d in zip(found, (gained, lost), strict=True))
    if kept or gave:
        return Difference("same" if kept and gave else "looser" if kept else "stricter", more, less)
    return Difference("both" if [str(s) for s in found] == ["yes", "yes"] else "unknown", more, less)


def bare(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule file as any validator takes it: without our own keywords and names."""
    plain = copy.deepcopy(rule)
    for subschema in list(subschemas(plain)):
        for keyword in ("$schema", "$id", "$comment", "title", "x-rule", "x-reason"):
            subschema.schema.pop(keyword, None)
    return plain


def fault_of_schema(schema: dict[str, Any]) -> str | None:
    """What the validator in use has against `schema`, in its own words; None where it compiles it."""
    try:
        compile_schema(schema)
    except Exception as error:  # whatever a validator raises of a schema is a fault of the schema
        return next(iter(str(error).splitlines()), type(error).__name__)[:200]
    return None


@cache
def _is_installed() -> bool:
    try:
        import jsonschema_rs  # noqa: F401
    except ModuleNotFoundError:
        return False
    return True


def _choices(rule: dict[str, Any]) -> int:
    """How many alternatives, conditions and patterns a rule file has."""
    found = [subschema.schema for subschema in subschemas(rule)]
    return sum(len(s.get("anyOf", ())) + len({"not", "if", "pattern"} & s.keys()) for s in found)


def _compile(schema: dict[str, Any]) -> Validate:
    from jsonschema import Draft202012Validator
    from referencing import Registry

    # An empty registry retrieves nothing; the default one would ask the network.
    validator = Draft202012Validator(schema, registry=Registry())
    return Validate(
        validator.is_valid,
        lambda instance: (
            Failure(tuple(e.absolute_path), tuple(e.absolute_schema_path)) for e in validator.iter_errors(instance)
        ),
    )


def _compile_fast(schema: dict[str, Any]) -> Validate:
    from jsonschema_rs import Draft202012Validator

    validator = Draft202012Validator(schema, offline=True)
    return Validate(
        validator.is_valid,
        lambda instance: [
            Failure(tuple(e.instance_path), tuple(e.schema_path)) for e in validator.iter_errors(instance)
        ],
    )


def _shown(schema: Any) -> dict[str, Any]:
    plain: dict[str, Any] = schema.to_json_schema()
    return {key: value for key, value in plain.items() if key != "$schema"}
