"""Random walks of commands, on each kind of registry and on a naive model beside it: same histories, same verdicts."""

from calendar import monthrange
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from builders import DAY, application, brand
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from registry.make import entry, lines, noon, subject

from onboarding import RegistryError, admit
from onboarding.decisions import corrections
from onboarding.registry.bulk_import import add
from onboarding.registry.sql import SqlRegistry

BRANDS = ("云上", "耐克", "甲", "乙", "丙")
_walks = count(1)


def six_months_after(day: date) -> date:
    """The first day on which six months are over, said as plainly as it can be."""
    year, month = (day.year, day.month + 6) if day.month <= 6 else (day.year + 1, day.month - 6)
    return date(year, month, min(day.day, monthrange(year, month)[1])) + timedelta(days=1)


def pick(data: st.DataObject, known: dict[str, Any]) -> str:
    """One of `known`, by its place and not by its id: ids are made at random."""
    return list(known)[data.draw(st.integers(0, len(known) - 1))]


class Walk(RuleBasedStateMachine):
    """The model is a few lists of plain dicts; the rules of entry are written out once more, naively."""

    registry: SqlRegistry

    def __init__(self) -> None:
        super().__init__()
        walk = next(_walks)
        self.subjects = [subject(walk * 2), subject(walk * 2 + 1)]
        self.prefix = f"{walk}"
        self.day = DAY
        self.shops: dict[str, dict[str, Any]] = {}
        self.bans: dict[str, dict[str, Any]] = {}
        self.violations: dict[str, dict[str, Any]] = {}
        self.decided: dict[str, tuple[dict[str, Any], str, str | None]] = {}

    # -- the model

    def allowed(self, owner: str, name: str) -> bool:
        mine = [s for s in self.shops.values() if s["owner"] == owner]
        now = [s for s in mine if s["closed"] is None or self.day < s["closed"]]
        if len(now) >= 3 or any(s["brand"] == name for s in now):
            return False
        for s in mine:
            if s["closed"] is not None and s["closed"] <= self.day:
                if s["why"] in ("application_fraud", "serious_violation"):
                    return False
                if s["why"] == "voluntary_exit" and self.day < six_months_after(s["closed"]):
                    return False
        return not any(b["owner"] == owner and b["revoked"] is None for b in self.bans.values())

    def change(self) -> dict[str, Any]:
        """What every correction is told: where, by whom and when."""
        return {"registry": self.registry, "entry": entry(self.day)}

    # -- the commands

    @rule(owner=st.integers(0, 1), name=st.sampled_from(BRANDS))
    def admit(self, owner: int, name: str) -> None:
        number = f"{self.prefix}-{len(self.decided)}"
        changes_ = {"/application_id": number, "/business_license/uscc": self.subjects[owner], "/brands": [brand(name)]}
        changes_["/brands"][0]["evidence"]["valid_until"] = None
        wanted = application(changes_)
        made = admit(wanted, registry=self.registry, as_of=self.day, at=noon(self.day), by="walker")
        assert made.admitted == self.allowed(self.subjects[owner], name)
        self.decided[number] = (wanted, made.verdict, made.shop_id)
        if made.shop_id:
            self.shops[made.shop_id] = {"owner": self.subjects[owner], "brand": name, "closed": None, "why": None}

    @precondition(lambda self: self.decided)
    @rule(data=st.data())
    def admit_again(self, data: st.DataObject) -> None:
        wanted, verdict, shop_id = self.decided[pick(data, self.decided)]
        made = admit(wanted, registry=self.registry, as_of=self.day, at=noon(self.day), by="walker")
        assert (made.repeated, made.verdict, made.shop_id) == (True, verdict, shop_id)

    @precondition(lambda self: self.shops)
    @rule(data=st.data(), why=st.sampled_from(["voluntary_exit", "voluntary_exit", "other", "serious_violation"]))
    def close(self, data: st.DataObject, why: Any) -> None:
        shop_id = pick(data, self.shops)
        known = self.shops[shop_id]
        try:
            corrections.close_shop(shop_id, why, self.day, **self.change())
        except RegistryError:
            assert known["closed"] is not None
        else:
            assert known["closed"] is None
            known.update(closed=self.day, why=why)

    @rule(owner=st.integers(0, 1))
    def ban(self, owner: int) -> None:
        there = any(b["owner"] == self.subjects[owner] and b["revoked"] is None for b in self.bans.values())
        try:
            made = corrections.ban_subject(
                self.subjects[owner], "application_fraud", self.day, registry=self.registry, entry=entry(self.day)
            )
        except RegistryError:
            assert there
        else:
            assert not there
            assert made.id
            self.bans[made.id] = {"owner": self.subjects[owner], "revoked": None}

    @precondition(lambda self: self.bans)
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        ban_id = pick(data, self.bans)
        try:
            corrections.revoke_ban(ban_id, self.day, **self.change())
        except RegistryError:
            assert self.bans[ban_id]["revoked"] is not None
        else:
            self.bans[ban_id]["revoked"] = self.day

    @rule(owner=st.integers(0, 1))
    def violation(self, owner: int) -> None:
        known = any(s["owner"] == self.subjects[owner] for s in (*self.shops.values(), *self.bans.values()))
        try:
            made = corrections.add_violation(
                self.subjects[owner], "other", self.day, registry=self.registry, entry=entry(self.day)
            )
        except RegistryError:
            equal = {"owner": self.subjects[owner], "on": self.day}
            assert not known or any(violation.items() >= equal.items() for violation in self.violations.values())
        else:
            assert made.id
            self.violations[made.id] = {"owner": self.subjects[owner], "on": self.day, "resolved": None}

    @precondition(lambda self: self.violations)
    @rule(data=st.data())
    def resolve(self, data: st.DataObject) -> None:
        violation_id = pick(data, self.violations)
        try:
            corrections.resolve_violation(violation_id, self.day, **self.change())
        except RegistryError:
            assert self.violations[violation_id]["resolved"] is not None
        else:
            self.violations[violation_id]["resolved"] = self.day

    @rule(owner=st.integers(0, 1), name=st.sampled_from(BRANDS))
    def bring_in(self, owner: int, name: str) -> None:
        """A shop that the platform opened elsewhere is imported, whatever the rules say."""
        shop_id = f"I-{self.prefix}-{len(self.shops)}"
        record = {"record": "shop", "shop_id": shop_id, "subject_id": self.subjects[owner], "brands": [{"name": name}]}
        new = lines(record | {"opened_on": self.day.isoformat()})
        assert add(self.registry, new, entry(self.day)).new == 1
        assert add(self.registry, new, entry(self.day)).new == 0
        self.shops[shop_id] = {"owner": self.subjects[owner], "brand": name, "closed": None, "why": None}

    @rule(days=st.sampled_from([1, 5, 30, 182, 184]))
    def wait(self, days: int) -> None:
        self.day += timedelta(days=days)

    @invariant()
    def the_histories_are_the_same(self) -> None:
        found = self.registry.look_up(self.subjects).histories
        for owner, history in found.items():
            told = {s.shop_id: (s.closed_on, s.closed_for) for s in history.shops}
            assert told == {k: (s["closed"], s["why"]) for k, s in self.shops.items() if s["owner"] == owner}
            assert {b.id: b.revoked_on for b in history.bans} == {
                k: b["revoked"] for k, b in self.bans.items() if b["owner"] == owner
            }
            assert {v.id: v.resolved_on for v in history.violations} == {
                k: v["resolved"] for k, v in self.violations.items() if v["owner"] == owner
            }

    @invariant()
    def nobody_holds_more_than_is_allowed_through_admissions(self) -> None:
        for owner, history in self.registry.look_up(self.subjects).histories.items():
            admitted = [s for s in history.shops if s.closed_on is None and s.application_id]
            assert len(admitted) <= 3, owner
            assert len({s.brands[0].name for s in admitted}) == len(admitted), owner


@pytest.fixture
def machine(registry: SqlRegistry) -> type[Walk]:
    return type("Walk", (Walk,), {"registry": registry})


def test_a_random_walk_ends_where_the_model_does(machine: type[Walk]) -> None:
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=30, stateful_step_count=20, deadline=None, suppress_health_check=quiet),
    )
