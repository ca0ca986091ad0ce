"""A seller at the form, as a browser without JavaScript is: fills in what the page has, presses its buttons."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import httpx
from web.calls import Client

VOID = {"input", "meta", "link", "br"}


class Shown(HTMLParser):
    """A page: the fields of its form with what is in them, its texts by their ids, its tags."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.answer = answer
        self.fields: dict[str, str] = {}
        self.names: set[str] = set()
        self.texts: dict[str, str] = {}
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._open: list[tuple[str, str]] = []
        self._select = ""
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        self.tags.append((tag, about))
        name, kind = about.get("name", ""), about.get("type", "text")
        if tag == "select":
            self._select = name
        if tag in ("input", "select"):
            self.names.add(name)
        if tag == "input" and (kind in ("text", "hidden") or "checked" in about):
            self.fields[name] = about.get("value", "")
        if tag == "option" and "selected" in about:
            self.fields[self._select] = about["value"]
        if tag == "a":
            self.links.append(about["href"])
        if tag not in VOID:
            self._open.append((tag, about.get("id", "")))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _, id_ in self._open:
            if id_:
                self.texts[id_] = self.texts.get(id_, "") + data

    @property
    def typed(self) -> dict[str, str]:
        """What somebody typed or chose: what the form itself carries is left out."""
        return {name: value for name, value in self.fields.items() if name != "sign" and value}


class Seller:
    """Sits before the form of a service; keeps cookies as a browser does."""

    def __init__(self, client: Client, *, lang: str = "zh-CN", query: str = "") -> None:
        self._client = client
        self._cookies: dict[str, str] = {}
        self._headers = {"accept": "text/html", "accept-language": lang}
        self._path = f"/apply{query}"
        self.page = self.open(self._path)

    def open(self, path: str) -> Shown:
        self.page = self._shown("GET", path)
        return self.page

    def type(self, fields: Mapping[str, str]) -> "Seller":
        self.page.fields.update(fields)
        return self

    def press(self, action: str, **options: Any) -> Shown:
        """Press a button; what comes back, or the page that it leads to."""
        data = {**self.page.fields, "action": action}
        self.page = self._shown("POST", self._path, **({"data": data} | options))
        return self.page

    def upload(self, content: bytes) -> Shown:
        return self.press("upload", files={"file": ("application.json", content, "application/json")})

    def _shown(self, method: str, path: str, **options: Any) -> Shown:
        cookies = {"cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        answer = self._client(method, path, headers=self._headers | cookies, **options)
        self._cookies |= dict(answer.cookies)
        return self.open(answer.headers["location"]) if answer.is_redirect else Shown(answer)
