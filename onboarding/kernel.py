"""Every verdict of this project is made here: one application, its subject's history, a day, a ruleset.

Pure: no clock, no disk, no network. Read this first.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from .eligibility import turning_days
from .evaluation import changes_ahead, judge, passes
from .facts.derivation import derive_facts, names_of, shop_of, subject_of
from .models import Application, History
from .report import Report, verdict_of
from .rules.ruleset import Ruleset


def check(application: Application, history: History | None, as_of: date, ruleset: Ruleset) -> Report:
    """May `application` be admitted on the day `as_of` by the rules of `ruleset`?

    `history` is what is on record of the application's subject; None means that it is not known, which is
    never the same as clean. Raises RulesetError where a rule and a fact do not fit together.
    """
    facts = derive_facts(application, history, as_of)
    outcomes = judge(application, facts, as_of, ruleset)
    verdict = verdict_of(outcomes)
    eligible_from = None
    if verdict == "fail":
        days = turning_days(application, history, as_of, ruleset)
        eligible_from = next((day for day in days if passes(application, history, day, ruleset, outcomes)), None)
    return Report(
        verdict=verdict,
        application_id=application.application_id,
        subject_id=subject_of(application),
        eligible_from=eligible_from,
        outcomes=outcomes,
        facts=facts.values,
        names=names_of(application),
        notes=changes_ahead(application, history, as_of, ruleset) if verdict == "pass" else (),
    )


def check_together(
    applications: Sequence[Application], histories: Mapping[str, History] | None, as_of: date, ruleset: Ruleset
) -> list[Report]:
    """Judge the applications of one run together; the reports come in the order given.

    They are judged by (`submitted_on`, order given), those without a day last, and one that passes counts as
    an open shop for the later ones. `histories` go by subject, a subject without an entry having none; None
    means that no history is known.
    """
    reports: dict[int, Report] = {}
    running = dict(histories or {})
    by_day = sorted(enumerate(applications), key=lambda item: item[1].submitted_on or date.max)
    for position, application in by_day:
        subject = subject_of(application) or ""
        history = None if histories is None else running.get(subject, History())
        reports[position] = report = check(application, history, as_of, ruleset)
        if report.passed and history is not None:
            running[subject] = history.with_shop(shop_of(application, subject, as_of))
    return [reports[position] for position in range(len(applications))]
