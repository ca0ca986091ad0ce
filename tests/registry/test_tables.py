"""Tables that are not whole decide nothing: what they hide, or do not keep, would look like a clean history."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from builders import DAY, OTHER_USCC, USCC, application, ban, shop, violation
from registry.make import WHO, entry, load

from onboarding import RegistryError, admit
from onboarding.decisions.corrections import close_shop
from onboarding.registry import open_database
from onboarding.registry.postgres import registry as postgres_registry
from onboarding.registry.sql import SqlRegistry

_VIEW = "ALTER TABLE {0} RENAME TO kept; CREATE VIEW {0} AS SELECT * FROM kept WHERE false"
_TRIGGER = """
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {2}; RETURN NULL; END';
CREATE TRIGGER swallow {1} INSERT ON {0} FOR EACH {3} EXECUTE FUNCTION swallow()
"""
TABLES = ("records", "decisions", "proposals", "settings", "handed_in")
SQLITE = {
    **{f"{table} is a view": _VIEW.format(table) for table in TABLES},
    **{
        f"a trigger drops what comes into {table}": f"CREATE TRIGGER t {when} ON {table} BEGIN {what}; END"
        for table, when, what in (
            ("records", "BEFORE INSERT", "SELECT RAISE(IGNORE)"),
            ("proposals", "Insert", "SELECT RAISE(IGNORE)"),
            ("decisions", "AFTER INSERT", "DELETE FROM decisions"),
            ("RECORDS", "BEFORE INSERT", "SELECT RAISE(IGNORE)"),
            ("[Erasures]", "/* UPDATE */ BEFORE INSERT", "SELECT RAISE(IGNORE)"),
        )
    },
    "a trigger is called as an event": "CREATE TRIGGER [t] INSERT ON records BEGIN SELECT RAISE(IGNORE); END",
    "a table is not there": "DROP TABLE erasures",
}
POSTGRES = {
    **{f"{table} is a view": _VIEW.format(table) for table in TABLES},
    "a part is not there": "DO $$ BEGIN"
    " EXECUTE 'DROP TABLE ' || (SELECT tableoid::regclass FROM records LIMIT 1); END $$",
    "a part was taken away": "ALTER TABLE records DETACH PARTITION records_3",
    "a part is a view": "ALTER TABLE records DETACH PARTITION records_3; ALTER TABLE records_3 RENAME TO kept;"
    " CREATE VIEW records_3 AS SELECT * FROM kept",
    "a rule drops records": "CREATE RULE drop AS ON INSERT TO records DO INSTEAD NOTHING",
    "a rule drops decisions": "CREATE RULE drop AS ON INSERT TO decisions DO INSTEAD NOTHING",
    "a trigger drops records": _TRIGGER.format("records", "BEFORE", "NULL", "ROW"),
    "a trigger drops records of a part": _TRIGGER.format("records_7", "BEFORE", "NULL", "ROW"),
    "a trigger takes records away": _TRIGGER.format("records", "AFTER", "DELETE FROM records", "ROW"),
    "a trigger takes decisions away": _TRIGGER.format("decisions", "AFTER", "DELETE FROM decisions", "STATEMENT"),
}


def refuses(registry: SqlRegistry) -> None:
    """Assert that nobody is judged by `registry`, looked up in it, admitted to it or put on record there."""
    for use in (
        lambda: registry.look_up([USCC]),
        lambda: admit(application(), registry=registry, **WHO),
        lambda: load(registry, ban(id="B-2")),
    ):
        with pytest.raises(RegistryError, match=r"is no table of a registry|could drop what is put on record"):
            use()


@pytest.mark.parametrize("change", POSTGRES.values(), ids=POSTGRES)
def test_tables_on_postgresql_that_are_not_whole_decide_nothing(new_database: Callable[[], str], change: str) -> None:
    address = new_database()
    with open_database(address) as registry:
        registry.init()
        load(registry, ban())
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(change)
    with open_database(address) as registry:
        refuses(registry)


@pytest.mark.parametrize("first", ["look up", "admit", "import"])
def test_a_trigger_that_is_made_while_a_registry_is_open_is_noticed(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """A service has its registry open for months, and looks at the tables every second."""
    monkeypatch.setattr(postgres_registry, "LOOK_SECONDS", 0.0)
    address = new_database()
    with open_database(address) as registry:
        registry.init()
        load(registry, ban(subject_id=OTHER_USCC))
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(_TRIGGER.format("records", "BEFORE", "NULL", "ROW"))
        use = {
            "look up": lambda: registry.look_up([USCC]),
            "admit": lambda: admit(application(), registry=registry, **WHO),
            "import": lambda: load(registry, ban(id="B-2")),
        }[first]
        with pytest.raises(RegistryError, match="the trigger or rule `swallow` on `records` could drop"):
            use()


def test_a_rule_that_is_gone_is_no_matter(new_database: Callable[[], str]) -> None:
    address = new_database()
    with open_database(address) as registry:
        registry.init()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE RULE drop AS ON INSERT TO records DO INSTEAD NOTHING; DROP RULE drop ON records")
    with open_database(address) as registry:
        assert load(registry, shop()) == 1


@pytest.mark.parametrize("change", SQLITE.values(), ids=SQLITE)
def test_tables_in_sqlite_that_are_not_whole_decide_nothing(tmp_path: Path, change: str) -> None:
    with open_database(tmp_path / "registry.db") as registry:
        registry.init()
        load(registry, ban())
        connection = sqlite3.connect(registry.path)  # type: ignore[attr-defined]
        connection.executescript(change)
        connection.close()
        refuses(registry)


@pytest.mark.parametrize("what", ["SELECT RAISE(ABORT, 'kept')", "INSERT INTO audit VALUES ('insert')"])
@pytest.mark.parametrize("when", ["BEFORE DELETE", "delete", "AFTER UPDATE OF record"])
@pytest.mark.parametrize("name", ["t", '"before INSERT on"', "[t t]", "IF NOT EXISTS main.t"])
def test_a_trigger_in_sqlite_that_does_not_act_on_an_insert_is_its_owners_affair(
    tmp_path: Path, name: str, when: str, what: str
) -> None:
    with open_database(tmp_path / "registry.db") as registry:
        registry.init()
        connection = sqlite3.connect(registry.path)  # type: ignore[attr-defined]
        connection.executescript(f"CREATE TABLE audit (a); CREATE TRIGGER {name} {when} ON records BEGIN {what}; END")
        connection.close()
        assert load(registry, shop()) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP TABLE settings", "`settings` is no table of a registry, or not a whole one"),
        (
            "CREATE TRIGGER Mine AFTER INSERT ON Records BEGIN SELECT 1; END",
            "the trigger or rule `Mine` on `records` could drop what is put on record",
        ),
    ],
)
def test_what_is_wrong_with_the_tables_is_named(tmp_path: Path, change: str, said: str) -> None:
    with open_database(tmp_path / "registry.db") as registry:
        registry.init()
        connection = sqlite3.connect(registry.path)  # type: ignore[attr-defined]
        connection.execute(change)
        connection.close()
        with pytest.raises(RegistryError) as raised:
            registry.look_up([USCC])
    assert raised.value.problems[0].message["en"] == said


def test_what_a_host_adds_beside_the_tables_is_its_own_affair(new_database: Callable[[], str]) -> None:
    address = new_database()
    with open_database(address) as registry:
        registry.init()
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''kept''; END';"
                "CREATE TRIGGER kept BEFORE DELETE OR UPDATE ON records FOR EACH ROW EXECUTE FUNCTION refuse();"
                "CREATE VIEW bans AS SELECT * FROM records WHERE record LIKE '%ban%'; CREATE TABLE other (a int)"
            )
    with open_database(address) as registry:
        assert load(registry, violation(id="V-1")) == 1
        assert admit(application(), registry=registry, **WHO).admitted


@pytest.mark.parametrize("sequence", ["RESTART WITH 1", "INCREMENT BY -1 MINVALUE -100"])
def test_a_sequence_that_is_behind_the_records_puts_nothing_on_record(
    new_database: Callable[[], str], sequence: str
) -> None:
    """As after a restore, or a failover to a copy to which sequences do not go: a closing for fraud would count as
    older than the open shop that it ends.
    """
    address = new_database()
    with open_database(address) as registry:
        registry.init()
        load(registry, *(ban(id=f"B-{number}", subject_id=OTHER_USCC) for number in range(20)), shop())
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"ALTER SEQUENCE records_seq {sequence}")
        closed = shop(closed_on="2024-01-01", closed_for="application_fraud")
        for use in (
            lambda: load(registry, closed),
            lambda: close_shop("S-1", "application_fraud", DAY, registry=registry, entry=entry()),
            lambda: admit(application(), registry=registry, **WHO),
        ):
            with pytest.raises(RegistryError, match="`records_seq` is behind"):
                use()
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("ALTER SEQUENCE records_seq INCREMENT BY 1")
            connection.execute("SELECT setval('records_seq', (SELECT max(seq) FROM records))")
        load(registry, closed)
        assert registry.look_up([USCC]).histories[USCC].shops[0].closed_for == "application_fraud"
