"""JSON Schema 2020-12, as the rules use it, by whichever validator is installed.

`jsonschema` always is; `jsonschema-rs` (extra `[fast]`) is used where it is there. Both name the same
failures in the same order. Nothing is ever fetched: a `$ref` that leaves the schema is an error.
"""

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

from .pointers import Path


class Failure(NamedTuple):
    """Where in the instance a keyword failed, and where in the schema that keyword is."""

    instance_path: Path
    schema_path: Path


Validate = Callable[[Any], list[Failure]]


def compile_schema(schema: dict[str, Any]) -> Validate:
    """Compile `schema`, which must be sound (see `lint`); what comes back lists an instance's failures."""
    # Ours are names for people and editors; a validator would try to resolve them.
    bare = {key: value for key, value in schema.items() if key not in ("$schema", "$id")}
    return _compile_fast(bare) if fast() else _compile(bare)


def fast() -> bool:
    """Whether the extra `[fast]` is used: it is installed, and ONBOARD_VALIDATOR does not say `jsonschema`."""
    return os.environ.get("ONBOARD_VALIDATOR") != "jsonschema" and find_spec("jsonschema_rs") is not None


def _compile(schema: dict[str, Any]) -> Validate:
    from jsonschema import Draft202012Validator
    from referencing import Registry

    # An empty registry retrieves nothing; the default one would ask the network.
    validator = Draft202012Validator(schema, registry=Registry())
    return lambda instance: _in_order(
        Failure(tuple(e.absolute_path), tuple(e.absolute_schema_path)) for e in validator.iter_errors(instance)
    )


def _compile_fast(schema: dict[str, Any]) -> Validate:
    from jsonschema_rs import Draft202012Validator

    validator = Draft202012Validator(schema, offline=True)
    return lambda instance: _in_order(
        Failure(tuple(e.instance_path), tuple(e.schema_path)) for e in validator.iter_errors(instance)
    )


def _in_order(failures: Any) -> list[Failure]:
    return sorted(set(failures), key=lambda f: [[(isinstance(part, str), part) for part in path] for path in f])
