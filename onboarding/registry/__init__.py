"""The platform's record of shops, bans, violations and marks, wherever it is kept."""

from .connect import open_database, open_registry
from .protocol import Found, Registry

__all__ = ["Found", "Registry", "open_database", "open_registry"]
