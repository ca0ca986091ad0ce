"""May this business open a shop on the platform? See `check`, and `admit` for who also opens it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .decisions.decision import Decision
    from .decisions.proposals import Proposal
    from .errors import ArgumentError, InputError, OnboardingError, Problem, RegistryError, RulesetError
    from .library import (
        add_violation,
        admit,
        ban,
        check,
        close,
        confirm,
        correct,
        history,
        mark,
        proposals,
        reject,
        reopen,
        require_two,
        resolve,
        revoke,
        unmark,
        withdraw,
    )
    from .models import Application, Ban, Mark, Record, Shop, Violation
    from .registry import open_database, open_registry
    from .registry.protocol import Registry
    from .registry.sql import SqlRegistry
    from .registry.timeline import Recorded
    from .report import Note, Outcome, Reason, Report
    from .rules.loading import load_ruleset
    from .rules.ruleset import Ruleset

__version__ = "0.1.0"

__all__ = [
    "Application",
    "ArgumentError",
    "Ban",
    "Decision",
    "InputError",
    "Mark",
    "Note",
    "OnboardingError",
    "Outcome",
    "Problem",
    "Proposal",
    "Reason",
    "Record",
    "Recorded",
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
    "confirm",
    "correct",
    "history",
    "load_ruleset",
    "mark",
    "open_database",
    "open_registry",
    "proposals",
    "reject",
    "reopen",
    "require_two",
    "resolve",
    "revoke",
    "unmark",
    "withdraw",
]

# The command line needs few of these, and starts sooner without the rest.
_MODULES = {
    "errors": ("ArgumentError", "InputError", "OnboardingError", "Problem", "RegistryError", "RulesetError"),
    "decisions.decision": ("Decision",),
    "decisions.proposals": ("Proposal",),
    "library": (
        "add_violation",
        "admit",
        "ban",
        "check",
        "close",
        "confirm",
        "correct",
        "history",
        "mark",
        "proposals",
        "reject",
        "reopen",
        "require_two",
        "resolve",
        "revoke",
        "unmark",
        "withdraw",
    ),
    "models": ("Application", "Ban", "Mark", "Record", "Shop", "Violation"),
    "registry": ("open_database", "open_registry"),
    "registry.protocol": ("Registry",),
    "registry.sql": ("SqlRegistry",),
    "registry.timeline": ("Recorded",),
    "report": ("Note", "Outcome", "Reason", "Report"),
    "rules.loading": ("load_ruleset",),
    "rules.ruleset": ("Ruleset",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            globals()[name] = value = getattr(import_module(f".{module}", __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
