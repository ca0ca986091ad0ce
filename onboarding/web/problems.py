"""What goes wrong, as `application/problem+json` (RFC 9457), with the project's own problems in `errors`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from fastapi.responses import Response
from starlette.requests import Request

from ..errors import Problem
from ..messages import say, text
from ..outputs.json import to_json
from .language import preferred
from .pages import page, reads_pages

Kind = Literal[
    "invalid-input",
    "not-json",
    "not-form",
    "forged",
    "too-large",
    "too-slow",
    "no-role",
    "wrong-role",
    "not-found",
    "wrong-method",
    "conflict",
    "registry-out-of-reach",
    "no-right",
    "busy",
    "out-of-order",
    "fault",
]
STATUS: Mapping[Kind, int] = {
    "invalid-input": 422,
    "not-json": 415,
    "not-form": 415,
    "forged": 403,
    "too-large": 413,
    "too-slow": 408,
    "no-role": 401,
    "wrong-role": 403,
    "not-found": 404,
    "wrong-method": 405,
    "conflict": 409,
    "registry-out-of-reach": 503,
    "no-right": 503,
    "busy": 503,
    "out-of-order": 503,
    "fault": 500,
}
TYPE = "urn:problem-type:onboard:"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """What went wrong with a call (RFC 9457).

    调用出错的说明（RFC 9457）。
    """

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    type: str
    """The kind of problem, for programs: `urn:problem-type:onboard:` and a name.

    问题种类，供程序识别：`urn:problem-type:onboard:` 加名称。
    """
    title: str
    """The kind of problem, in the language that the call asked for.

    问题种类，按调用方要求的语言书写。
    """
    status: int
    """The status code of the answer.

    响应的状态码。
    """
    instance: str
    """This one answer, as the logs name it.

    本次响应，日志中以此称呼。
    """
    errors: tuple[Problem, ...]
    """Everything that is wrong, in both languages.

    全部错误，中英文并列。
    """


class Refused(Exception):
    """A call that is answered with a problem; `problems` are told under `errors`."""

    def __init__(self, kind: Kind, *problems: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(kind)
        self.kind: Kind = kind
        self.problems = problems or (Problem(text(f"web.{kind}")),)
        self.headers = dict(headers or {})


def problem_answer(request: Request, refused: Refused) -> Response:
    """The answer that tells of `refused`, in the language that the call asks for, and both in `errors`.

    A person with a browser gets a page.
    """
    if reads_pages(request):
        return _problem_page(request, refused)
    lang = preferred(request.headers.get("accept-language", ""))
    details = {
        "type": TYPE + refused.kind,
        "title": say(f"web.{refused.kind}", lang),
        "status": STATUS[refused.kind],
        "instance": f"urn:uuid:{request.state.request_id}",
        "errors": [problem.to_dict() for problem in refused.problems],
    }
    headers = {"content-language": lang, "vary": "accept-language", "cache-control": "no-store", **refused.headers}
    return Response(to_json(details), STATUS[refused.kind], headers, MEDIA_TYPE)


def _problem_page(request: Request, refused: Refused) -> Response:
    title = text(f"web.{refused.kind}")
    return page(
        request,
        "problem.html.jinja",
        STATUS[refused.kind],
        headers=refused.headers,
        title=title,
        problems=[problem for problem in refused.problems if problem.message != title],
        instance=request.state.request_id,
    )
