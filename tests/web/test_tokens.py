"""Tokens: kept hashed in a file for its owner alone, revocable, expiring, and refused at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from onboarding.web.tokens import MOST_NAME, TokenFile, TokensError, tokens_beside

NOW = datetime(2026, 11, 25, tzinfo=UTC)
LATER = NOW + timedelta(days=90)


@pytest.fixture
def tokens(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "tokens.json")


def test_a_token_is_found_by_its_secret_until_it_runs_out(tokens: TokenFile) -> None:
    made = tokens.create("li.na", ("staff",), at=NOW, until=LATER)
    assert tokens.find(made.secret, NOW) == made.token
    assert tokens.find(made.secret, LATER - timedelta(microseconds=1)) == made.token
    assert tokens.find(made.secret, LATER) is None


@pytest.mark.parametrize("secret", ["", "onboard_", "x" * 100_000, "\ud800", "sha256:"])
def test_any_other_secret_is_nobodys(tokens: TokenFile, secret: str) -> None:
    made = tokens.create("li.na", ("staff",), at=NOW, until=LATER)
    assert tokens.find(secret, NOW) is None
    assert tokens.find(made.token.hash, NOW) is None


def test_the_secret_is_not_in_the_file_and_the_file_is_its_owners_alone(tokens: TokenFile) -> None:
    made = tokens.create("li.na", ("staff",), at=NOW, until=LATER)
    assert made.secret not in tokens.path.read_text("utf-8")
    assert tokens.path.stat().st_mode & 0o777 == 0o600


def test_what_one_process_revokes_another_refuses_at_once(tokens: TokenFile) -> None:
    made = tokens.create("li.na", ("staff",), at=NOW, until=LATER)
    elsewhere = TokenFile(tokens.path)
    assert elsewhere.find(made.secret, NOW)
    tokens.revoke(made.token.id, at=NOW)
    assert elsewhere.find(made.secret, NOW) is None
    assert [token.revoked_at is not None for token in elsewhere.tokens()] == [True]


def test_what_is_revoked_by_a_link_is_refused_by_whoever_reads_the_file_itself(tokens: TokenFile) -> None:
    made = tokens.create("li.na", ("staff",), at=NOW, until=LATER)
    link = tokens.path.with_name("link.json")
    link.symlink_to(tokens.path.name)
    TokenFile(link).revoke(made.token.id, at=NOW)
    assert tokens.find(made.secret, NOW) is None
    assert tokens.path.stat().st_mode & 0o777 == 0o600


def test_an_id_that_no_token_has_cannot_be_revoked(tokens: TokenFile) -> None:
    tokens.create("li.na", ("staff",), at=NOW, until=LATER)
    with pytest.raises(TokensError, match="no token"):
        tokens.revoke("nobody", at=NOW)


@pytest.mark.parametrize("name", ["", " ", "\u200b", "li\nna", "li\x1b[0m", "x" * (MOST_NAME + 1), "\u202eli"])
def test_a_name_that_cannot_stand_on_record_is_refused(tokens: TokenFile, name: str) -> None:
    with pytest.raises(TokensError, match="name"):
        tokens.create(name, ("staff",), at=NOW, until=LATER)


@pytest.mark.parametrize("content", ["{", "[]", '{"tokens": [{"id": "x"}]}', '{"tokens": [], "more": 1}'])
def test_a_file_that_is_none_lets_nobody_in(tokens: TokenFile, content: str) -> None:
    tokens.path.write_text(content)
    tokens.path.chmod(0o600)
    with pytest.raises(TokensError, match="not a file of tokens"):
        tokens.find("x", NOW)


@pytest.mark.parametrize(
    "until", ["never", "9999-99-99", "2027-02-24", "2026-11-25T07:00:00+08:00", "2027-02-24T00:00:00.000000"]
)
def test_an_end_that_is_no_instant_as_we_write_it_lets_nobody_in(tokens: TokenFile, until: str) -> None:
    """Instants are compared as texts: by most others a token would hold for ever, or for some hours too long."""
    made = tokens.create("li.na", ("staff",), at=NOW, until=LATER)
    tokens.path.write_text(tokens.path.read_text("utf-8").replace(made.token.expires_at, until), "utf-8")
    with pytest.raises(TokensError, match="not a file of tokens"):
        tokens.find(made.secret, NOW)


def test_a_file_that_others_may_write_to_lets_nobody_in(tokens: TokenFile) -> None:
    made = tokens.create("li.na", ("staff",), at=NOW, until=LATER)
    tokens.path.chmod(0o666)
    with pytest.raises(TokensError, match="chmod 600"):
        tokens.find(made.secret, NOW)


def test_of_two_who_change_the_file_at_once_none_loses_a_token(tokens: TokenFile) -> None:
    def make(number: int) -> str:
        try:
            TokenFile(tokens.path).create(f"clerk {number}", ("staff",), at=NOW, until=LATER)
        except TokensError as error:
            return "told to wait" if "another command" in str(error) else str(error)
        return "made"

    with ThreadPoolExecutor(8) as threads:
        told = Counter(threads.map(make, range(40)))
    assert len(tokens.tokens()) == told["made"] > 0
    assert told["made"] + told["told to wait"] == 40


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("registry.db", "registry.tokens.json"),
        ("sqlite:///data/shops.sqlite", "data/shops.tokens.json"),
        ("postgresql://db.example/shops", None),
        ("sqlite:///", None),
    ],
)
def test_tokens_lie_beside_an_sqlite_registry(address: str, place: str | None) -> None:
    assert tokens_beside(address) == (Path(place) if place else None)


@pytest.mark.parametrize("place", ["/", ".", "", ".."])
def test_a_folder_is_no_file_of_tokens(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TokensError):
        TokenFile(Path(place)).revoke("5f0c3a91", at=NOW)
    assert list(tmp_path.iterdir()) == []
