"""What GitLab makes of the reports that a job hands in, as its own parsers do: there is no package of these.

In our words, after GitLab's source: `lib/gitlab/ci/parsers/codequality/code_climate.rb`, `lib/gitlab/ci/reports/`,
`app/validators/json_schemas/codeclimate.json`, `lib/gitlab/ci/parsers/test/junit.rb`; and, for how it turns XML into
values, after `Hash.from_xml` of Rails.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.etree import ElementTree

from jsonschema import Draft7Validator

# GitLab's own schema of one finding. What its documentation asks for beyond that is in `outputs/test_gitlab.py`.
FINDING = {
    "type": "object",
    "required": ["description", "fingerprint", "severity", "location"],
    "properties": {
        "description": {"type": "string"},
        "fingerprint": {"type": "string"},
        "severity": {"type": "string"},
        "location": {
            "type": "object",
            "properties": {
                "path": {"type": "string"},
                "lines": {"type": "object", "properties": {"begin": {"type": "integer"}}},
            },
        },
    },
}
# Values of an attribute `type` by which Rails reads an element's text as something else than text.
TYPES_OF_RAILS = {
    "array", "base64Binary", "binary", "boolean", "date", "dateTime", "datetime", "decimal", "double", "duration",
    "file", "float", "hexBinary", "integer", "string", "symbol", "yaml",
}  # fmt: skip


class Case(NamedTuple):
    """A test case as GitLab shows it; `output` is what stands behind "System output"."""

    suite: str
    classname: str
    name: str
    status: str
    output: str | None


def findings(text: str) -> dict[str, Any]:
    """The findings of a Code Quality report by their fingerprints; from the first that is none on, all are dropped."""
    kept = {}
    for finding in json.loads(text):
        if not Draft7Validator(FINDING).is_valid(finding):
            break
        kept[finding["fingerprint"]] = finding
    return kept


def cases(text: str) -> dict[tuple[str, str, str], Case]:
    """The cases of a JUnit report: of several with one suite, class and name, the last."""
    read = (_case(suite.attrib["name"], case) for suite, case in _in_suites(ElementTree.fromstring(text.encode())))
    return {case[:3]: case for case in read}


def _in_suites(root: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, ElementTree.Element]]:
    assert root.tag == "testsuites"
    for suite in root.findall("testsuite"):
        for case in suite.findall("testcase"):
            yield suite, case


def _case(suite: str, case: ElementTree.Element) -> Case:
    for tag, status in {"failure": "failed", "error": "error", "skipped": "skipped"}.items():
        if (found := case.find(tag)) is not None:
            return Case(suite, case.attrib["classname"], case.attrib["name"], status, _shown(found))
    return Case(suite, case.attrib["classname"], case.attrib["name"], "success", None)


def _shown(element: ElementTree.Element) -> str:
    """An element's text, where it has one; its attributes then go unseen."""
    assert element.get("type") not in TYPES_OF_RAILS
    return element.text if element.text and element.text.strip() else str(dict(element.attrib))
