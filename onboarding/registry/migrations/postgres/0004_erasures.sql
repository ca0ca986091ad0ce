CREATE TABLE erasures (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id text COLLATE "C" NOT NULL,
  what text COLLATE "C" NOT NULL,
  erased_at text COLLATE "C" NOT NULL,
  erased_by text NOT NULL,
  note text NOT NULL
);
CREATE INDEX erasures_of_application ON erasures (application_id, seq)
