"""The pages that people see: one language at a time, by templates that escape what they show, and nothing from
elsewhere.

A page's headers let a browser run and load what this service sends as a file, and nothing that stands in a page.
"""

import hashlib
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, cast, get_args
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment
from starlette.requests import Request
from starlette.staticfiles import StaticFiles

from ..messages import Lang, say
from ..outputs.html import templates
from .language import preferred

LANG_COOKIE = "lang"
_HOME = Path(__file__).parent
_YEAR = 365 * 24 * 3600
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
    "vary": "accept-language, cookie",
}

STATIC_FILES = StaticFiles(directory=_HOME / "static")


def page(
    request: Request, template: str, status: int = 200, *, headers: Mapping[str, str] | None = None, **shown: Any
) -> Response:
    """The page that `template` makes of `shown`, in the language of whoever asks.

    Beside `shown`, a template knows `lang`, `say` (words by their key), `words` (a Text, or a Problem), `coded` (our
    own words, with what is in backticks as code), `static` (the address of a file of ours) and `asking` (this page
    again, with other parameters).
    """
    lang = language_of(request)
    made = _templates().get_template(template)
    spoken = {"lang": lang, "say": partial(_say, lang), "words": partial(_words, lang)}
    content = made.render(spoken | {"asking": partial(_asking, request)} | shown)
    given = {**_HEADERS, "content-language": "zh-CN" if lang == "zh" else "en", **(headers or {})}
    answer = HTMLResponse(content, status, given)
    if request.query_params.get("lang") == lang:
        answer.set_cookie(LANG_COOKIE, lang, max_age=_YEAR, httponly=True, samesite="lax")
    return answer


def language_of(request: Request) -> Lang:
    """What whoever asks reads: what a link of ours says, or said before, or else what the browser prefers."""
    for chosen in (request.query_params.get("lang"), request.cookies.get(LANG_COOKIE)):
        if chosen in get_args(Lang):
            return cast(Lang, chosen)
    return preferred(request.headers.get("accept-language", ""))


def reads_pages(request: Request) -> bool:
    """Whether a person with a browser asks, and not a program for the API."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")


@cache
def _templates() -> Environment:
    made = templates(_HOME / "templates")
    made.globals["static"] = _static
    return made


@cache
def _static(name: str) -> str:
    """The address of a file of ours, which changes with its content."""
    digest = hashlib.sha256((_HOME / "static" / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


def _asking(request: Request, **parameters: str) -> str:
    # No path: that of a call may look like the address of another host.
    return "?" + urlencode({**request.query_params, **parameters})


def _say(lang: Lang, key: str, **values: object) -> str:
    return say(key, lang, **values)


def _words(lang: Lang, of: Any) -> str:
    return cast(str, of[lang] if isinstance(of, dict) else of.words(lang))
