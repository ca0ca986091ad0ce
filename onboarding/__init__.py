"""May this business open a shop on the platform? See `check`."""

from .errors import InputError, OnboardingError, Problem, RegistryError, RulesetError
from .library import check
from .models import Application, Ban, Record, Shop, Violation
from .registry import open_registry
from .report import Note, Outcome, Reason, Report
from .rules.loading import load_ruleset
from .rules.rule import Ruleset

__version__ = "0.1.0"

__all__ = [
    "Application",
    "Ban",
    "InputError",
    "Note",
    "OnboardingError",
    "Outcome",
    "Problem",
    "Reason",
    "Record",
    "RegistryError",
    "Report",
    "Ruleset",
    "RulesetError",
    "Shop",
    "Violation",
    "check",
    "load_ruleset",
    "open_registry",
]
