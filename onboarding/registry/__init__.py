"""The platform's record of shops, bans and violations, wherever it is kept."""

from .connect import open_database, open_registry
from .decision import Decision
from .lookup import Found, Registry

__all__ = ["Decision", "Found", "Registry", "open_database", "open_registry"]
