"""Which language a caller reads, by `Accept-Language` (RFC 9110)."""

from ..messages import LANGS, Lang


def preferred(header: str) -> Lang:
    """The one of our languages that `header` likes best; English where it names neither."""
    liked: dict[Lang, float] = {}
    for part in header.split(",")[:20]:
        name, _, weight = part.strip().partition(";")
        for lang in LANGS:
            if name.lower().startswith(lang):
                liked.setdefault(lang, _weight(weight))
    best = max(liked.values(), default=0.0)
    return next((lang for lang, weight in liked.items() if weight == best and weight > 0), "en")


def _weight(written: str) -> float:
    try:
        return float(written.strip().removeprefix("q=")) if written.strip() else 1.0
    except ValueError:
        return 0.0
