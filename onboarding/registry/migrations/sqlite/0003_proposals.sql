CREATE TABLE proposals (
  seq INTEGER PRIMARY KEY,
  proposal_id TEXT NOT NULL,
  step TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  record_id TEXT NOT NULL,
  replaces INTEGER,
  record TEXT NOT NULL,
  made_at TEXT NOT NULL,
  made_by TEXT NOT NULL,
  note TEXT
);
CREATE UNIQUE INDEX steps_of_proposal ON proposals (proposal_id, step);
CREATE UNIQUE INDEX one_answer ON proposals (proposal_id) WHERE step <> 'proposed';
CREATE INDEX proposals_of_subject ON proposals (subject_id, seq);
CREATE TABLE settings (
  seq INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  made_at TEXT NOT NULL,
  made_by TEXT NOT NULL,
  note TEXT
)
