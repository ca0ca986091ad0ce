"""What is counted is counted alike where a subject has few records, looked at one by one, and where it has many."""

from collections.abc import Iterator

import pytest

from onboarding.facts import selection


@pytest.fixture(params=["few", "many"], autouse=True, scope="module")
def records_are(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test of this folder, and of no other, runs twice: one record is many the second time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selection, "FEW", 1 << 30 if request.param == "few" else 0)
        yield
