"""Tables that are not whole decide nothing: what they hide, or do not keep, would look like a clean history."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from builders import USCC, application, ban, violation
from registry.make import WHO, load

from onboarding import RegistryError, admit
from onboarding.registry import open_database
from onboarding.registry.sql import SqlRegistry

_VIEW = "ALTER TABLE {0} RENAME TO kept; CREATE VIEW {0} AS SELECT * FROM kept WHERE false"
_TRIGGER = """
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER swallow BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION swallow()
"""
TABLES = ("records", "decisions", "proposals", "settings", "handed_in")
POSTGRES = {
    **{f"{table} is a view": _VIEW.format(table) for table in TABLES},
    "a part is not there": "DO $$ BEGIN"
    " EXECUTE 'DROP TABLE ' || (SELECT tableoid::regclass FROM records LIMIT 1); END $$",
    "a part was taken away": "ALTER TABLE records DETACH PARTITION records_3",
    "a part is a view": "ALTER TABLE records DETACH PARTITION records_3; ALTER TABLE records_3 RENAME TO kept;"
    " CREATE VIEW records_3 AS SELECT * FROM kept",
    "a rule drops records": "CREATE RULE drop AS ON INSERT TO records DO INSTEAD NOTHING",
    "a rule drops decisions": "CREATE RULE drop AS ON INSERT TO decisions DO INSTEAD NOTHING",
    "a trigger drops records": _TRIGGER.format("records"),
    "a trigger drops records of a part": _TRIGGER.format("records_7"),
}


def refuses(registry: SqlRegistry) -> None:
    """Assert that nobody is judged by `registry`, looked up in it or admitted to it."""
    for use in (lambda: registry.look_up([USCC]), lambda: admit(application(), registry=registry, **WHO)):
        with pytest.raises(RegistryError, match="is a view or lacks a part"):
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


@pytest.mark.parametrize("table", TABLES)
def test_tables_in_sqlite_that_are_not_whole_decide_nothing(tmp_path: Path, table: str) -> None:
    with open_database(tmp_path / "registry.db") as registry:
        registry.init()
        load(registry, ban())
        connection = sqlite3.connect(registry.path)  # type: ignore[attr-defined]
        connection.executescript(_VIEW.format(table))
        connection.close()
        refuses(registry)


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
