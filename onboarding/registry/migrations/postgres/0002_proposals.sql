CREATE TABLE proposals (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  proposal_id text COLLATE "C" NOT NULL,
  step text COLLATE "C" NOT NULL,
  subject_id text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  replaces bigint,
  record text COLLATE "C" NOT NULL,
  made_at text COLLATE "C" NOT NULL,
  made_by text NOT NULL,
  note text
);
CREATE UNIQUE INDEX steps_of_proposal ON proposals (proposal_id, step);
CREATE UNIQUE INDEX one_answer ON proposals (proposal_id) WHERE step <> 'proposed';
CREATE INDEX proposals_of_subject ON proposals (subject_id, seq);
CREATE TABLE settings (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL,
  value text NOT NULL,
  made_at text COLLATE "C" NOT NULL,
  made_by text NOT NULL,
  note text
)
