"""What a `fields.json` declares: no field of the core anew, none that a record would take for a slip of the pen.

And the field by which a `ruleset.json` says that subjects are known.
"""

from collections.abc import Iterator
from typing import Any

from ...errors import Problem
from ...messages import text
from ...models import KNOWN, RECORDS, Application
from ...pointers import to_pointer
from ...reading.own_fields import OwnFields, carried_to, path_of, slip
from ...reading.records import scheme_meant
from ...reading.validation import field_at, nearest
from ...subject_number import SubjectNumber, is_scheme


def lint_fields(content: dict[str, Any]) -> Iterator[Problem]:
    """The problems of one `fields.json` that already keeps to the dialect."""
    of_application, of_records = content.get("application", {}), content.get("records", {})
    for name, declared in of_application.items():
        place, path = to_pointer(("application", name)), path_of(name)
        if path[-1] == "extra" or field_at(Application, path) is not None:
            yield Problem(text("rules.field-of-core", field=name), place, hint=text("rules.field-of-core-cure"))
        elif model := carried_to(path):
            yield from _on_record(str(path[-1]), model, place)
        yield from _form(str(path[-1]), declared, place)
    for name, declared in of_records.items():
        place, (kind, _, field) = to_pointer(("records", name)), name.partition(".")
        if kind == "shop" and name in of_application:
            yield Problem(text("rules.field-twice", field=name), place, hint=text("rules.field-twice-cure"))
        elif kind in RECORDS:
            yield from _on_record(field, RECORDS[kind], place)
        yield from _form(field, declared, place)


def lint_subject_number(number: SubjectNumber, own: OwnFields) -> Iterator[Problem]:
    """The problems of `subject_number` in a `ruleset.json` that keeps to the dialect; `own` are its own fields."""
    known = own.field_of_application(number.path)
    if known is None:
        near = nearest(number.path[-1], own.names_at(number.path))
        meant = to_pointer((*number.path[:-1], near)) if near else None
        hint = text("reading.did-you-mean", near=meant) if meant else text("rules.subject-field-cure")
        yield Problem(text("rules.unknown-field", field=number.field[:60]), "/subject_number/field", hint=hint)
    elif known.kind != "string" or known.values is not None or known.day:
        words = text("rules.subject-field", field=number.field)
        yield Problem(words, "/subject_number/field", hint=text("rules.subject-field-cure"))
    if not is_scheme(number.scheme):
        words = text("reading.unknown-scheme", scheme=number.scheme[:60])
        yield Problem(words, "/subject_number/scheme", hint=scheme_meant(number.scheme))


def _on_record(name: str, model: Any, place: str) -> Iterator[Problem]:
    if name == "extra" or name in KNOWN[model]:
        yield Problem(text("rules.field-of-core", field=name), place, hint=text("rules.field-of-core-cure"))
    elif near := slip(name, model):
        yield Problem(text("rules.field-near", field=name, near=near), place, hint=text("rules.field-near-cure"))


def _form(name: str, declared: dict[str, Any], place: str) -> Iterator[Problem]:
    if "format" in declared and ("enum" in declared or declared.get("type") != "string"):
        yield Problem(text("rules.day-is-text"), f"{place}/format", hint=text("rules.day-is-text-cure"))
    if "enum" in declared and declared.get("type", "string") != "string":
        yield Problem(text("rules.enum-of-texts"), f"{place}/enum", hint=text("rules.enum-of-texts-cure"))
    if name == "type" and "enum" not in declared:
        # A report repeats what a `type` says, and nothing that somebody typed.
        yield Problem(text("rules.type-of-few"), place, hint=text("rules.type-of-few-cure"))
