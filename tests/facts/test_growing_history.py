"""Who is judged after many that passed in the same run is judged as by a history that was there from the start."""

from datetime import date
from random import Random

import pytest
from builders import DAY, ROOT, USCC, application, brand

from onboarding.facts.derivation import shop_of
from onboarding.kernel import check, check_together
from onboarding.models import Application, Brand, History, Shop
from onboarding.reading.documents import read_application
from onboarding.report import Report
from onboarding.rules.loading import compile_ruleset, read_files
from onboarding.rules.ruleset import Ruleset

NAMES = (
    "云上",
    "云上 CLOUDTEA",
    "CLOUDTEA",
    "雲上",
    "云上牌",
    "Bodø",
    "晴川",
    "晴川®",
    "®",
    "竹溪",
    "NIKE/耐克",
    "耐克",
)
DAYS = (date(2020, 1, 1), date(2024, 2, 5), date(2024, 2, 6), DAY, date(2024, 9, 1))


def without_limits(ruleset: str) -> Ruleset:
    """Its rules with limits that are hardly reached, so that nearly all pass and count for those that come after."""
    files = read_files(ROOT / ruleset)
    return compile_ruleset({name: data.replace(b'"maximum": ', b'"maximum": 4') for name, data in files.items()})


def shops(random: Random) -> tuple[Shop, ...]:
    """On record: some not open yet, some with an end, some that name an application, some of brands not known."""

    def one(number: int) -> Shop:
        begin, end = sorted(random.sample(DAYS, 2))
        brands = tuple(Brand(name, random.choice((None, "1"))) for name in random.sample(NAMES, random.choice((1, 2))))
        closed = (end, "other") if random.random() < 0.3 else (None, None)
        id_ = random.choice((None, f"A-{number % 30}"))
        return Shop(f"S-{number}", USCC, begin, brands, "enterprise", *closed, application_id=id_)

    return tuple(map(one, range(random.choice((0, 1, 20)))))


def applications(random: Random, rules: Ruleset) -> list[Application]:
    """Thirty of one subject, handed in on several days."""

    def one(number: int) -> Application:
        brands = [brand(name, trademark_no=random.choice((None, "1", "2"))) for name in random.sample(NAMES, 2)]
        changes = {"/application_id": f"A-{number}", "/submitted_on": f"2024-08-0{random.randint(1, 5)}"}
        made = application({**changes, "/brands": brands})
        return read_application(made, rules.own_fields)[0]

    return list(map(one, range(30)))


def in_turn(given: list[Application], history: History, rules: Ruleset) -> list[Report]:
    """The same by hand, each by a history of its own making."""
    found: dict[str, Report] = {}
    for one in sorted(given, key=lambda one: one.submitted_on or date.max):
        found[one.application_id] = report = check(one, history, DAY, rules)
        if report.passed:
            history = History((*history.shops, shop_of(one, USCC, DAY)))
    return [found[one.application_id] for one in given]


@pytest.mark.parametrize("ruleset", ["schemas/douyin", "schemas/tmall-2019", "examples/rulesets/douyin-with-waivers"])
@pytest.mark.parametrize("seed", range(12))
def test_joint_runs_of_many_come_to_what_each_would_alone(ruleset: str, seed: int) -> None:
    random = Random(seed)
    rules = without_limits(ruleset)
    history, given = History(shops(random)), applications(random, rules)
    wanted = in_turn(given, History(history.shops), rules)
    assert list(check_together(given, {USCC: history}, DAY, rules)) == wanted
    # What was known of the history that was given is known of it still, and of no shop more.
    assert list(check_together(given, {USCC: history}, DAY, rules)) == wanted
