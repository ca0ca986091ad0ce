"""May this business open a shop on the platform? See `check`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import InputError, OnboardingError, Problem, RegistryError, RulesetError
    from .library import check
    from .models import Application, Ban, Shop, Violation
    from .registry import open_registry
    from .report import Outcome, Reason, Report
    from .rules.loading import load_ruleset
    from .rules.rule import Ruleset

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

# The command line needs few of these, and starts sooner without the rest.
_MODULES = {
    "errors": ("InputError", "OnboardingError", "Problem", "RegistryError", "RulesetError"),
    "library": ("check",),
    "models": ("Application", "Ban", "Shop", "Violation"),
    "registry": ("open_registry",),
    "report": ("Outcome", "Reason", "Report"),
    "rules.loading": ("load_ruleset",),
    "rules.rule": ("Ruleset",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            globals()[name] = value = getattr(import_module(f".{module}", __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
