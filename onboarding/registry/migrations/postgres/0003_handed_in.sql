CREATE TABLE handed_in (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id text COLLATE "C" NOT NULL UNIQUE,
  subject_id text COLLATE "C",
  ruleset text NOT NULL,
  application text NOT NULL,
  digest text NOT NULL,
  handed_in_at text COLLATE "C" NOT NULL,
  receipt text COLLATE "C" NOT NULL UNIQUE
);
CREATE INDEX handed_in_of_subject ON handed_in (subject_id, seq);
CREATE INDEX handed_in_of_day ON handed_in (handed_in_at)
