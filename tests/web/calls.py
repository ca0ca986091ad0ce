"""The service to test with: in this process, where only its answers matter, and as a process of its own."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from onboarding.web.app import create_app
from onboarding.web.settings import Settings
from onboarding.web.tokens import Role, TokenFile


class Client:
    """Calls an app, without a server, in the name of whoever holds `secret`."""

    def __init__(self, app: FastAPI, secret: str | None = None, peer: str = "127.0.0.1") -> None:
        self.app = app
        self._headers = {"authorization": f"Bearer {secret}"} if secret else {}
        self._peer = peer

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = [*httpx.Headers(self._headers).raw, *httpx.Headers(options.pop("headers", None)).raw]

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(self._peer, 50000))
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.request(method, path, headers=headers, **options)

        # In a thread of its own, for a browser that other tests have opened keeps an event loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(ask())).result()

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self("POST", path, json=json, **options)


class Desk:
    """One service on `address`: what it was set up with, and who may call it."""

    def __init__(self, address: str, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.tokens = TokenFile(folder / "tokens.json")
        self.settings = Settings(address, tokens=self.tokens.path, **settings)
        self.app = create_app(self.settings)
        self.anonymous = Client(self.app)

    def secret(self, *roles: Role, name: str = "li.na", days: int = 1) -> str:
        now = self.now()
        return self.tokens.create(name, roles, at=now, until=now + timedelta(days=days)).secret

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)

    @cached_property
    def headers(self) -> dict[str, str]:
        """What staff show."""
        return {"authorization": f"Bearer {self.secret('staff')}"}

    def holding(self, *roles: Role, name: str = "li.na") -> Client:
        return Client(self.app, self.secret(*roles, name=name))


class Server:
    """`onboard serve` as a process of its own, on a port of its own."""

    def __init__(self, *arguments: object, cwd: Path, env: dict[str, str] | None = None) -> None:
        program = Path(sys.executable).with_name("onboard")
        command = [str(part) for part in (program, "serve", "--port", "0", *arguments)]
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ONBOARD_")}
        self.errors = cwd / "stderr"
        self.output = cwd / "stdout"
        with self.errors.open("wb") as errors, self.output.open("wb") as output:
            environment = kept | {"LC_ALL": "C.UTF-8"} | (env or {})
            self.process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=output, stderr=errors)
        self.url = self._wait_until_it_listens()
        self.client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def _wait_until_it_listens(self) -> str:
        # What it says is waited for by asking again; it says so or ends.
        while True:
            if found := re.search(r"http://\S+?:\d+", self.errors.read_text("utf-8")):
                return found[0]
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(self.errors.read_text("utf-8"))

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Tell it to end; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(60)

    def close(self) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.stop()
