"""May this business open a shop on the platform? See `check`."""

from .errors import InputError, OnboardingError, Problem, RegistryError, RulesetError
from .library import check
from .models import Application, Ban, Shop, Violation
from .registry import open_registry
from .report import Outcome, Reason, Report
from .rules.loading import load_ruleset
from .rules.ruleset import Ruleset

__version__ = "0.1.0"

__all__ = [
    "Application",
    "Ban",
    "InputError",
    "OnboardingError",
    "Outcome",
    "Problem",
    "Reason",
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
