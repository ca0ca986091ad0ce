"""The rulesets that a service judges by, and what becomes of them when somebody edits their files."""

from pathlib import Path
from typing import NamedTuple

from ..errors import OnboardingError, Problem, RulesetError
from ..messages import text
from ..rules.loading import lint_shipped, load_ruleset, ruleset_folder, schemas_folder
from ..rules.ruleset import Ruleset
from .logs import tell

Stamp = tuple[tuple[str, int, int], ...]


class Standing(NamedTuple):
    """A ruleset as it judges; `problems` say why its files, as they are now, do not."""

    ruleset: Ruleset
    problems: tuple[Problem, ...] = ()


class _Served:
    """One ruleset: where it lies, how it stands, and the state of its files when that was found."""

    def __init__(self, name_or_folder: str) -> None:
        self.folder = ruleset_folder(name_or_folder)
        self.stamp = self.seen = _stamp(self.folder)
        self.standing = Standing(load_ruleset(self.folder))
        lint_shipped(self.standing.ruleset)
        # What comes with the package changes with the package.
        self.may_change = self.folder.parent != schemas_folder()


class Rulebook:
    """The rulesets of a service by their ids; the first judges where a call names none."""

    def __init__(self, rulesets: tuple[str, ...]) -> None:
        """Load `rulesets`, names or folders; raises RulesetError where one is unsound or an id is there twice."""
        served = [_Served(name) for name in rulesets]
        self._served = {one.standing.ruleset.id: one for one in served}
        if len(self._served) < len(served):
            raise RulesetError(Problem(text("web.rulesets-share-id")))

    @property
    def default(self) -> Ruleset:
        return next(iter(self._served.values())).standing.ruleset

    def get(self, id_: str | None) -> Ruleset | None:
        """The ruleset with this id, the default one for None; None where there is no such."""
        if id_ is None:
            return self.default
        found = self._served.get(id_)
        return found.standing.ruleset if found else None

    def folder(self, id_: str) -> Path | None:
        """Where the files of the ruleset with this id lie; None where there is no such."""
        served = self._served.get(id_)
        return served.folder if served else None

    def standings(self) -> list[Standing]:
        """How each stands."""
        return [served.standing for served in self._served.values()]

    def reload(self) -> None:
        """Load those whose files have changed and lie still; an unsound one judges on as it last was sound."""
        for id_, served in self._served.items():
            if not served.may_change:
                continue
            stamp, before = _stamp(served.folder), served.seen
            served.seen = stamp
            # Whoever edits several files is left to finish.
            if stamp == before and stamp != served.stamp:
                served.stamp = stamp
                served.standing = _loaded(id_, served)


def _loaded(id_: str, served: _Served) -> Standing:
    try:
        ruleset = load_ruleset(served.folder)
        if ruleset.id != id_:
            raise RulesetError(Problem(text("web.ruleset-changed-id")))
    except OnboardingError as error:
        tell("ruleset_unsound", ruleset=id_, judges_by=served.standing.ruleset.digest)
        return Standing(served.standing.ruleset, error.problems)
    tell("ruleset_reloaded", ruleset=id_, judges_by=ruleset.digest)
    return Standing(ruleset)


def _stamp(folder: Path) -> Stamp:
    try:
        found = [(path.name, path.stat()) for path in sorted(folder.glob("*.json"))]
    except OSError:
        return ()
    return tuple((name, state.st_mtime_ns, state.st_size) for name, state in found)
