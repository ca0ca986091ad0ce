"""Somebody with a browser that runs no programs: keeps cookies, follows where it is sent, and fills in forms."""

import asyncio
import html
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from fastapi import FastAPI


class Visitor:
    """Visits the pages of an app, from the address `peer`; `page` is what it sees."""

    def __init__(self, app: FastAPI, *, peer: str = "203.0.113.9", lang: str = "en", site: str = "http://desk") -> None:
        self.app = app
        self.site = site
        self.cookies = httpx.Cookies()
        self.headers = {"accept": "text/html", "accept-language": lang}
        self.page = httpx.Response(204)
        self._peer = peer

    def sign_in(self, secret: str) -> "Visitor":
        self.get("/desk/login")
        self.send("/desk/login", token=secret)
        return self

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self._ask("GET", path, **options)

    def head(self, path: str) -> httpx.Response:
        return self._ask("HEAD", path)

    def send(self, path: str, *, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        """Send the form of the page that it sees, as a browser does; what is typed is in `fields`."""
        seen = field_of(self.page, "seq")
        said = {"sign": self.sign, **({"seq": seen} if seen else {}), **fields}
        return self._ask("POST", path, data=said, headers={"origin": self.site, **(headers or {})})

    @property
    def sign(self) -> str:
        """What the forms carry of the page that it sees."""
        return field_of(self.page, "sign")

    @property
    def text(self) -> str:
        """The words of the page that it sees."""
        return words_of(self.page)

    def _ask(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(self._peer, 50000))
            given = {"headers": self.headers | (headers or {}), "cookies": self.cookies}
            async with httpx.AsyncClient(
                transport=transport, base_url=self.site, follow_redirects=True, **given
            ) as client:
                answer = await client.request(method, path, **options)
                self.cookies = client.cookies
                return answer

        # In a thread of its own, for a browser that other tests have opened keeps an event loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            self.page = thread.submit(lambda: asyncio.run(ask())).result()
        return self.page


def field_of(page: httpx.Response, name: str) -> str:
    """The value of a hidden field of a page; empty where it has none."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    return html.unescape(found[1]) if found else ""


def words_of(page: httpx.Response) -> str:
    """What a page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page.text)).split())
