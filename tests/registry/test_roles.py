"""The roles that the how-to on PostgreSQL describes can do what it says of them, and no more."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from builders import DAY, ROOT, USCC, application, shop, violation
from registry.make import AT, WHO, entry, load
from registry.pg_server import Server
from web.calls import Desk
from web.visitor import Visitor

from onboarding import RegistryError, admit, load_ruleset
from onboarding.decisions import corrections
from onboarding.decisions.audit import audit
from onboarding.decisions.handed_in import hand_in
from onboarding.decisions.replay import replay
from onboarding.reading.documents import read_application
from onboarding.registry import open_database
from onboarding.registry.iteration import subjects


@pytest.fixture(scope="module")
def shops() -> Iterator[str]:
    """The address of the database, up to its role; set up by the statements of the how-to, in their order."""
    text = (ROOT / "docs/how-to/postgresql.md").read_text("utf-8")
    found = re.search(r"```text\n(CREATE ROLE.*?)```", text, re.DOTALL)
    assert found is not None
    before, _, after = found[1].partition("-- after `init`:\n")
    assert after, "what is granted after `init` is told apart"
    server = Server()
    with psycopg.connect(server.superuser, autocommit=True) as connection:
        connection.execute("CREATE DATABASE shops")
    place = f"/shops?host={server.folder}"
    with psycopg.connect(f"postgresql://postgres@{place}", autocommit=True) as connection:
        connection.execute("REVOKE ALL ON SCHEMA public FROM public")
        connection.execute("REVOKE ALL ON DATABASE shops FROM public")
        connection.execute("GRANT CONNECT ON DATABASE shops TO public")
        connection.execute("GRANT USAGE ON SCHEMA public TO public")
        connection.execute(before)
        with open_database(f"postgresql://registry_owner@{place}") as registry:
            registry.init()
        connection.execute(after)
    yield place
    server.stop()


def test_a_clerk_imports_admits_closes_and_bans(shops: str) -> None:
    with open_database(f"postgresql://clerk@{shops}") as registry:
        load(registry, shop())
        assert load(registry, shop("S-2", ("甲",)), violation(id="V-1")) == 2
        assert admit(application(), registry=registry, **WHO).admitted
        corrections.close_shop("S-1", "other", DAY, registry=registry, entry=entry())
        corrections.resolve_violation("V-1", DAY, registry=registry, entry=entry())
        corrections.ban_subject(USCC, "application_fraud", DAY, registry=registry, entry=entry())


def test_nobody_but_the_owner_can_make_the_registry_forget(shops: str) -> None:
    for role in ("clerk", "reader"):
        with psycopg.connect(f"postgresql://{role}@{shops}", autocommit=True) as connection:
            for statement in (
                *("UPDATE records SET note = ''", "DELETE FROM records", "TRUNCATE records", "DROP TABLE records"),
                *("UPDATE decisions SET verdict = 'pass'", "DELETE FROM decisions", "TRUNCATE decisions"),
                *("UPDATE proposals SET made_by = ''", "DELETE FROM proposals", "TRUNCATE proposals"),
                "INSERT INTO settings (name, value, made_at, made_by) VALUES ('four_eyes', 'off', '', '')",
                "UPDATE schema_version SET version = 0",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)


def test_a_reader_checks_looks_back_and_writes_nothing(shops: str) -> None:
    rules = load_ruleset()
    with open_database(f"postgresql://clerk@{shops}") as registry:
        admit(application({"/application_id": "A-9"}), registry=registry, **WHO)
    with open_database(f"postgresql://reader@{shops}") as registry:
        assert registry.look_up([USCC]).histories[USCC].shops
        assert list(audit(subjects(registry), rules))
        assert replay(registry, "A-9", as_of=DAY, ruleset=rules)
        with pytest.raises(RegistryError, match=r"permission denied.*what each role needs"):
            admit(application({"/application_id": "A-10"}), registry=registry, **WHO)
        with pytest.raises(RegistryError, match="permission denied"):
            load(registry, shop("S-77"))


def test_a_role_that_puts_no_record_on_record_needs_no_right_to_their_sequence(shops: str) -> None:
    with psycopg.connect(f"postgresql://postgres@{shops}", autocommit=True) as connection:
        connection.execute("CREATE ROLE counter LOGIN; GRANT SELECT ON schema_version, handed_in, decisions TO counter")
        connection.execute("GRANT INSERT ON handed_in TO counter")
    wanted, _ = read_application(application({"/application_id": "A-30"}))
    with open_database(f"postgresql://counter@{shops}") as registry:
        assert hand_in(wanted, registry=registry, rules=load_ruleset(), at=AT).application_id == "A-30"


def test_a_service_says_that_its_role_may_not_erase(shops: str, tmp_path: Path) -> None:
    with open_database(f"postgresql://clerk@{shops}") as registry:
        admit(application({"/application_id": "A-20"}), registry=registry, **WHO)
    service = Desk(f"postgresql://clerk@{shops}", tmp_path)
    staff = Visitor(service.app).sign_in(service.secret("staff"))
    staff.get("/desk/erase?id=A-20")
    assert staff.send("/desk/erase?id=A-20", note="asked to").status_code == 503
    assert "its role in the database has no right to" in staff.text
    answer = service.holding("staff").post("/v1/applications/A-20/erase", {"note": "asked to"})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:problem-type:onboard:no-right")
    assert "retry-after" not in answer.headers
    service.app.state.service.registry.close()
