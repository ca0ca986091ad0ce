CREATE TABLE records (
  seq INTEGER PRIMARY KEY,
  recorded_at TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  record_id TEXT NOT NULL,
  record TEXT NOT NULL
);
CREATE INDEX records_of_subject ON records (subject_id, seq);
CREATE INDEX versions_of_record ON records (record_id, seq);
