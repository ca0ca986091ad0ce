"""The tables of a registry on PostgreSQL."""

import psycopg

# By hash of the subject, so that a decision touches one partition.
PARTITIONS = 16

# What brings the tables from each version to the next, beginning with none.
MIGRATIONS = (
    """
CREATE SEQUENCE records_seq;
CREATE TABLE records (
  seq bigint NOT NULL DEFAULT nextval('records_seq'),
  recorded_at text COLLATE "C" NOT NULL,
  subject_id text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  record text COLLATE "C" NOT NULL,
  recorded_by text NOT NULL DEFAULT '',
  note text,
  PRIMARY KEY (subject_id, seq)
) PARTITION BY HASH (subject_id);
"""
    + "".join(
        f"CREATE TABLE records_{part} PARTITION OF records FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part});\n"
        for part in range(PARTITIONS)
    )
    + """
CREATE INDEX versions_of_record ON records (record_id, seq);
CREATE TABLE decisions (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id text COLLATE "C" NOT NULL,
  subject_id text COLLATE "C",
  verdict text NOT NULL,
  shop_id text,
  report text NOT NULL,
  application text NOT NULL,
  digest text NOT NULL,
  ruleset text NOT NULL,
  ruleset_digest text NOT NULL,
  revision bigint NOT NULL,
  as_of text NOT NULL,
  decided_at text COLLATE "C" NOT NULL,
  decided_by text NOT NULL,
  note text
);
CREATE UNIQUE INDEX one_decision ON decisions (application_id) WHERE verdict <> 'undecided';
CREATE INDEX decisions_of_application ON decisions (application_id, seq);
CREATE INDEX decisions_of_subject ON decisions (subject_id, seq)
""",
)


def version_of(connection: "psycopg.Connection") -> int:
    """The schema version of the tables; 0 where there are none."""
    row = connection.execute("SELECT to_regclass('schema_version') IS NOT NULL").fetchone()
    if not row or not row[0]:
        return 0
    version = connection.execute("SELECT version FROM schema_version").fetchone()
    return int(version[0]) if version else 0
