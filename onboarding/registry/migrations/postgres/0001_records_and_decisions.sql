CREATE SEQUENCE records_seq;
-- In parts by hash of the subject, so that a decision touches one of them.
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
CREATE TABLE records_0 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 0);
CREATE TABLE records_1 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 1);
CREATE TABLE records_2 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 2);
CREATE TABLE records_3 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 3);
CREATE TABLE records_4 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 4);
CREATE TABLE records_5 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 5);
CREATE TABLE records_6 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 6);
CREATE TABLE records_7 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 7);
CREATE TABLE records_8 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 8);
CREATE TABLE records_9 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 9);
CREATE TABLE records_10 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 10);
CREATE TABLE records_11 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 11);
CREATE TABLE records_12 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 12);
CREATE TABLE records_13 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 13);
CREATE TABLE records_14 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 14);
CREATE TABLE records_15 PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER 15);
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
CREATE INDEX decisions_of_subject ON decisions (subject_id, seq);
