CREATE TABLE handed_in (
  seq INTEGER PRIMARY KEY,
  application_id TEXT NOT NULL UNIQUE,
  subject_id TEXT,
  ruleset TEXT NOT NULL,
  application TEXT NOT NULL,
  digest TEXT NOT NULL,
  handed_in_at TEXT NOT NULL,
  receipt TEXT NOT NULL UNIQUE
);
CREATE INDEX handed_in_of_subject ON handed_in (subject_id, seq);
CREATE INDEX handed_in_of_day ON handed_in (handed_in_at)
