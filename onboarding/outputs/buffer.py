"""What a format cannot write yet waits on disk: the report on a million shops is not held in memory."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

IN_MEMORY = 1 << 20
CHUNK = 1 << 16
_AT_ONCE = 1 << 12


class Buffer:
    """Texts, to be read back in the order in which they came; in memory up to a mebibyte."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(  # noqa: SIM115
            IN_MEMORY, "w+", encoding="utf-8", errors="surrogatepass", newline=""
        )
        # A file looks at its size with each text that comes.
        self._next: list[str] = []
        self._length = 0
        self.count = 0

    def add(self, text: str) -> None:
        """Keep `text`."""
        self._next.append(text)
        self._length += len(text)
        self.count += 1
        if self._length > _AT_ONCE:
            self._put()

    def parts(self) -> Iterator[str]:
        """All of it, once; then it is gone."""
        self._put()
        self._file.seek(0)
        while text := self._file.read(CHUNK):
            yield text
        self._file.close()

    def _put(self) -> None:
        self._file.write("".join(self._next))
        self._next.clear()
        self._length = 0
