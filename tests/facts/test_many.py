"""Many records of one subject are counted by sets of bits: all is said of them that is said of a few, one by one."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from builders import DAY, ROOT, USCC, application
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import histories

from onboarding import check, load_ruleset
from onboarding.decisions.audit import audit
from onboarding.facts import selection
from onboarding.models import History, Shop, by_kind, history_of
from onboarding.reading.documents import read_application
from onboarding.reading.records import read_record
from onboarding.registry.iteration import Subject

SHIPPED = sorted(path.parent.name for path in ROOT.glob("schemas/*/ruleset.json"))


@pytest.fixture(params=["few", "many"])
def counted(request: pytest.FixtureRequest) -> str:
    return str(request.param)
