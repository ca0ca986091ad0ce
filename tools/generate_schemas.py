"""Write `schemas/*.schema.json` anew from the models, by pydantic: every field with what its docstring says.

python tools/generate_schemas.py            write what has changed
python tools/generate_schemas.py --check    name what has changed, and exit with 1 if anything has
"""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from onboarding.errors import Problem
from onboarding.models import RECORDS, Application, Record
from onboarding.report import LEFT_OUT, Report
from onboarding.rules.lint.lint import canonical

SCHEMAS = Path(__file__).parents[1] / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Written with all their fields, with or without a value.
_WHOLE = ("Report", "Outcome", "Reason", "Note")


class _Described(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class Tool(_Described):
    """The program that made the report.

    生成报告的程序。
    """

    name: Literal["onboard-check"]
    """The program's name.

    程序名称。
    """
    version: str
    """The program's version.

    程序版本。
    """


class RulesetUsed(_Described):
    """The ruleset judged by.

    所用规则集。
    """

    id: str
    """The ruleset's id.

    规则集编号。
    """
    digest: str
    """The digest of its content.

    内容摘要值。
    """


class RegistryUsed(_Described):
    """The registry asked.

    所查登记库。
    """

    source: str
    """The registry's address, without a password.

    登记库地址，不含密码。
    """
    digest: str
    """The digest of what was read from it.

    所读内容的摘要值。
    """


class Summary(_Described):
    """How many results there are of each verdict.

    各审核结果的份数。
    """

    passed: int = Field(alias="pass")
    """How many pass.

    通过的份数。
    """
    fail: int
    """How many are refused.

    不通过的份数。
    """
    undecided: int
    """How many cannot be decided.

    无法判定的份数。
    """
    invalid: int
    """How many files cannot be read as applications.

    无效文件的份数。
    """


class InvalidFile(_Described):
    """A file that could not be judged.

    无法审核的文件。
    """

    source: str
    """The file, as it was named.

    文件名，与命令所给一致。
    """
    verdict: Literal["invalid"]
    """Always invalid.

    恒为 invalid（文件无效）。
    """
    errors: tuple[Problem, ...]
    """Everything that is wrong with the file.

    文件的全部错误。
    """


class ReportFile(_Described):
    """What `onboard-check -o json` prints.

    `onboard-check -o json` 的输出。
    """

    schema_version: Literal[1]
    """The version of this form; it changes only additively.

    本格式的版本，只增不减。
    """
    tool: Tool
    """The program that made the report.

    生成报告的程序。
    """
    as_of: date
    """The day judged on.

    判定日期。
    """
    ruleset: RulesetUsed
    """The ruleset judged by.

    所用规则集。
    """
    registry: RegistryUsed | None
    """The registry asked; null with none.

    所查登记库；未提供时为 null。
    """
    summary: Summary
    """How many results there are of each verdict.

    各审核结果的份数。
    """
    results: tuple[Report | InvalidFile, ...]
    """One entry for each file, in the order given.

    按给定顺序，每份文件一条。
    """


def main(arguments: list[str]) -> int:
    stale = []
    for name, schema in schemas().items():
        path, text = SCHEMAS / f"{name}.schema.json", canonical(schema)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path))
            if "--check" not in arguments:
                path.write_text(text, encoding="utf-8", newline="\n")
    for place in stale:
        told = "not up to date; run `python tools/generate_schemas.py`" if "--check" in arguments else "written"
        print(f"{place}: {told}")
    return 1 if stale and "--check" in arguments else 0


def schemas(application: type = Application) -> dict[str, dict[str, Any]]:
    """The JSON Schemas by their names; `application` is the model of an application."""
    record: Any = Annotated[Record, Field(discriminator="record")]
    published = {
        "application": ("An application to open one shop", application),
        "registry-record": ("One record of a registry", record),
        "report": ("The report of one call, as JSON", ReportFile),
    }
    return {name: _schema(name, title, TypeAdapter(model)) for name, (title, model) in published.items()}


def _schema(name: str, title: str, adapter: TypeAdapter[Any]) -> dict[str, Any]:
    bodies, shared = TypeAdapter.json_schemas([("", "validation", adapter)])
    models: dict[str, Any] = dict(sorted(shared["$defs"].items()))
    head = {"$schema": DIALECT, "$id": f"urn:onboarding:{name}.schema", "title": title}
    for about in models.values():
        _put_right(about, models)
    for record in RECORDS.values():
        if about := models.get(record.__name__):
            about["properties"] = {"record": about["properties"].pop("record"), **about["properties"]}
            about["required"].insert(0, "record")
    for kind in _WHOLE:
        if about := models.get(kind):
            about["required"] = [field for field in about["properties"] if field not in LEFT_OUT]
            for field, inner in about["properties"].items():
                inner.pop("default", None)
                if field in LEFT_OUT:  # absent instead of null
                    inner |= inner.pop("anyOf")[0]
    return {**head, **bodies["", "validation"], "$defs": models}


def _put_right(about: dict[str, Any], models: dict[str, Any]) -> None:
    """Take from a model's schema the titles that pydantic makes up, and lay its texts out as we publish them."""
    about.pop("title")
    about["description"] = _in_two_lines(about["description"])
    for inner in about["properties"].values():
        inner.pop("title", None)
        if "const" in inner:
            inner.pop("default", None)
        # pydantic leaves out what the field's own model says in the same words.
        said = inner.get("description") or models[inner["$ref"].rpartition("/")[2]]["description"]
        inner["description"] = _in_two_lines(said)


def _in_two_lines(docstring: str) -> str:
    """English on the first line, Chinese on the second."""
    english, _, chinese = docstring.partition("\n\n") if "\n\n" in docstring else docstring.partition("\n")
    return " ".join(english.split()) + "\n" + "".join(line.strip() for line in chinese.split("\n"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
