CREATE TABLE erasures (
  seq INTEGER PRIMARY KEY,
  application_id TEXT NOT NULL,
  what TEXT NOT NULL,
  erased_at TEXT NOT NULL,
  erased_by TEXT NOT NULL,
  note TEXT NOT NULL
);
CREATE INDEX erasures_of_application ON erasures (application_id, seq)
