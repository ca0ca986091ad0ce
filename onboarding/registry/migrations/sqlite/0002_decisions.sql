ALTER TABLE records ADD COLUMN recorded_by TEXT NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN note TEXT;
CREATE TABLE decisions (
  seq INTEGER PRIMARY KEY,
  application_id TEXT NOT NULL,
  subject_id TEXT,
  verdict TEXT NOT NULL,
  shop_id TEXT,
  report TEXT NOT NULL,
  application TEXT NOT NULL,
  digest TEXT NOT NULL,
  ruleset TEXT NOT NULL,
  ruleset_digest TEXT NOT NULL,
  revision INTEGER NOT NULL,
  as_of TEXT NOT NULL,
  decided_at TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  note TEXT
);
CREATE UNIQUE INDEX one_decision ON decisions (application_id) WHERE verdict <> 'undecided';
CREATE INDEX decisions_of_application ON decisions (application_id, seq);
CREATE INDEX decisions_of_subject ON decisions (subject_id, seq);
