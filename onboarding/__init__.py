"""May this business open a shop on the platform? See `check`, and `admit` for who also opens it."""

from .decisions.decision import Decision
from .errors import InputError, OnboardingError, Problem, RegistryError, RulesetError
from .library import add_violation, admit, ban, check, close, resolve, revoke
from .models import Application, Ban, Shop, Violation
from .registry import open_database, open_registry
from .registry.protocol import Registry
from .registry.sql import SqlRegistry
from .report import Outcome, Reason, Report
from .rules.loading import load_ruleset
from .rules.ruleset import Ruleset

__version__ = "0.1.0"

__all__ = [
    "Application",
    "Ban",
    "Decision",
    "InputError",
    "OnboardingError",
    "Outcome",
    "Problem",
    "Reason",
    "Registry",
    "RegistryError",
    "Report",
    "Ruleset",
    "RulesetError",
    "Shop",
    "SqlRegistry",
    "Violation",
    "add_violation",
    "admit",
    "ban",
    "check",
    "close",
    "load_ruleset",
    "open_database",
    "open_registry",
    "resolve",
    "revoke",
]
