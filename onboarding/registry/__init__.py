"""The platform's record of shops, bans and violations, wherever it is kept."""

from .connect import open_registry
from .lookup import Found, Registry

__all__ = ["Found", "Registry", "open_registry"]
