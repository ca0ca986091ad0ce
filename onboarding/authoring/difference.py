"""The exact difference of two rule schemas, where `jsonschema-rs` (extra `[fast]`) can compute it."""

from importlib.util import find_spec
from typing import Any, Literal

from msgspec import Struct


class Difference(Struct, frozen=True):
    """How the schemas relate, and a schema each of what only the new one admits and of what only the old one does.

    A schema is None where there is nothing of the kind; `unknown` is what could not be proven.
    """

    relation: Literal["same", "looser", "stricter", "both", "unknown"]
    newly_holds: dict[str, Any] | None
    newly_fails: dict[str, Any] | None


def difference(old: dict[str, Any], new: dict[str, Any]) -> Difference | None:
    """The difference of two rule files' schemas; None without a `jsonschema-rs` that computes one."""
    if find_spec("jsonschema_rs") is None:
        return None
    import jsonschema_rs

    if not hasattr(jsonschema_rs, "canonicalize"):
        return None
    try:
        before, after = (jsonschema_rs.canonicalize(bare(schema), offline=True) for schema in (old, new))
        gained, lost = after.subtract(before), before.subtract(after)
        kept, gave = (str(a.covers(b)) == "yes" for a, b in ((after, before), (before, after)))
        found = (gained.satisfiability(), lost.satisfiability())
    except jsonschema_rs.canonical.CanonicalizationError:
        return None
    more, less = (None if str(s) == "no" else _shown(d) for s, d in zip(found, (gained, lost), strict=True))
    if kept or gave:
        return Difference("same" if kept and gave else "looser" if kept else "stricter", more, less)
    return Difference("both" if [str(s) for s in found] == ["yes", "yes"] else "unknown", more, less)


def bare(schema: Any) -> Any:
    """A rule file as any validator takes it: without our own keywords and names."""
    if isinstance(schema, dict):
        ours = ("$schema", "$id", "$comment", "title", "x-rule", "x-reason")
        return {
            key: {name: bare(inner) for name, inner in value.items()} if key == "properties" else bare(value)
            for key, value in schema.items()
            if key not in ours
        }
    return [bare(value) for value in schema] if isinstance(schema, list) else schema


def _shown(schema: Any) -> dict[str, Any]:
    plain: dict[str, Any] = schema.to_json_schema()
    return {key: value for key, value in plain.items() if key != "$schema"}
