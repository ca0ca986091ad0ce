"""Every verdict of this project is made here: one application, its subject's history, a day, a ruleset.

Pure: no clock, no disk, no network. Read this first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from .eligibility import changes_ahead, eligible_from, nothing_in_force
from .errors import InputError, Problem
from .evaluation import evaluate, outcomes_of, statuses_of
from .facts.context import Context
from .facts.derivation import context_of, context_of_subject, derive_facts, shop_of
from .facts.selection import is_on_record, with_shop
from .joint_run import clashes, in_turn, same_subject
from .marks import mark_notes
from .messages import text
from .models import NO_RECORDS, Application, History, Shop
from .report import Report, Verdict, verdict_of
from .rules.ruleset import Plan, Ruleset

Histories = Mapping[str, History] | None  # by subject, one without an entry having none; None: nothing is known


def check(
    application: Application,
    history: History | None,
    as_of: date,
    ruleset: Ruleset,
    known: frozenset[str] | None = None,
    *,
    entry: Shop | None = None,
) -> Report:
    """May `application` be admitted on the day `as_of` by the rules of `ruleset`?

    `history` is what is on record of the application's subject; None means that it is not known, which is never
    the same as clean. Where no more is left of an application than some of its fields, `known` names them (JSON
    pointers), and a rule that reads another is undecided. Where it is the entry of a shop that is on record, `entry`
    is that shop of `history`, left out with those that came after it; then no day is told from which the verdict would
    be another. Raises RulesetError where a rule and a fact do not fit.
    """
    own, number, read = ruleset.own_fields, ruleset.subject_number, ruleset.read_where(known)
    context = context_of(application, history, as_of, known, own, number, read, entry)
    return _report(context, ruleset, ruleset.plan(as_of))


def verdict_on_entry(
    application: Application, history: History | None, ruleset: Ruleset, known: frozenset[str] | None, entry: Shop
) -> Verdict:
    """The verdict of `check` on the entry of a shop on the day on which it opened, for who asks for nothing else."""
    day, asked = entry.opened_on, ruleset.asked(entry.opened_on, known)
    own, number = ruleset.own_fields, ruleset.subject_number
    context = context_of(application, history, day, known, own, number, asked.read, entry)
    facts = derive_facts(context, asked.counted)
    said = set(statuses_of(evaluate(facts, asked.rules), facts).values())
    return "fail" if "fail" in said else "undecided" if said or asked.others else "pass"


def check_apart(
    applications: Iterable[Application], histories: Histories, as_of: date, ruleset: Ruleset
) -> Iterator[Report]:
    """Judge each application as if it were the only one."""
    plan, own, number, read = ruleset.plan(as_of), ruleset.own_fields, ruleset.subject_number, ruleset.read
    for application in applications:
        subject = ruleset.subject_id(application)
        history = _history_of(subject, histories)
        yield _report(context_of_subject(subject, application, history, as_of, own, number, read), ruleset, plan)


def check_together(
    applications: Sequence[Application], histories: Histories, as_of: date, ruleset: Ruleset
) -> Iterator[Report]:
    """Judge the applications of one run together; the reports come in the order given, each as soon as it can.

    They are judged by (`submitted_on`, order given), those without a day last, and one that passes counts as an
    open shop for the later ones. An application that is given twice is judged once; raises InputError where one
    id is given with two contents.
    """
    if clashes(applications):
        raise InputError(Problem(text("kernel.id-used-twice"), "/application_id"))
    reports: dict[int, Report] = {}
    # Rules are local to one subject: of all others' applications none can change what is said of its own.
    for position, group in enumerate(same_subject([ruleset.subject_id(one) for one in applications])):
        if position not in reports:
            order = [group[at] for at in in_turn([applications[member] for member in group])]
            judged = check_in_turn((applications[member] for member in order), histories, as_of, ruleset)
            reports.update(zip(order, judged, strict=True))
        yield reports.pop(position)


def check_in_turn(
    applications: Iterable[Application], histories: Histories, as_of: date, ruleset: Ruleset
) -> Iterator[Report]:
    """Judge the applications of one subject together, which come in the order of `joint_run.in_turn`, one that is given
    again right behind the first; each report comes before the next application is asked for.
    """
    history = on_record = None
    report: Report | None = None
    for application in applications:
        if report is None:
            subject = ruleset.subject_id(application)
            history = on_record = _history_of(subject, histories)
        if report is None or report.application_id != application.application_id:
            report = check(application, history, as_of, ruleset)
            if report.passed and subject and history is not None and on_record is not None:
                shop = shop_of(application, subject, as_of)
                # One that it opened before is there already.
                if not is_on_record(shop, application, on_record):
                    history = with_shop(history, shop, ours=history is not on_record)
        yield report


def _report(context: Context, ruleset: Ruleset, plan: Plan) -> Report:
    """What `ruleset` says of `context`; `plan` is that of its day."""
    application, ahead = context.application, context.entry is None
    facts = derive_facts(context, ruleset.counted)
    failing = evaluate(facts, plan.left_open(facts))
    outcomes = outcomes_of(failing, facts, plan)
    verdict = verdict_of(outcomes) if failing else "pass"
    return Report(
        verdict=verdict,
        application_id=application.application_id,
        subject_id=context.subject,
        eligible_from=eligible_from(context, facts, failing, ruleset) if ahead and verdict == "fail" else None,
        outcomes=outcomes,
        facts=facts.values,
        names=application.names,
        notes=(
            *(() if plan.required else nothing_in_force(context.as_of, ruleset)),
            *mark_notes(context, outcomes, ruleset),
            *(changes_ahead(context, ruleset) if ahead and verdict == "pass" else ()),
        ),
    )


def _history_of(subject: str | None, histories: Histories) -> History | None:
    return None if subject is None or histories is None else histories.get(subject) or NO_RECORDS
