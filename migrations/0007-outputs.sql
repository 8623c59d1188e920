-- Commands on nodes that take long, as runs began them: what was done, where, how it ended.
CREATE TABLE acts (
  base TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  run TEXT NOT NULL REFERENCES runs (id),
  step TEXT NOT NULL,
  node TEXT NOT NULL,
  purpose TEXT NOT NULL,
  began_at TEXT NOT NULL,
  -- JSON; NULL while nobody knows that it has ended.
  ending TEXT,
  PRIMARY KEY (base, attempt)
) STRICT, WITHOUT ROWID;

CREATE INDEX acts_by_run ON acts (run, began_at);

-- What they printed, masked: whole lines, and where they stood in the whole output, in bytes. Gaps were left out.
CREATE TABLE outputs (
  base TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  from_byte INTEGER NOT NULL,
  to_byte INTEGER NOT NULL,
  at TEXT NOT NULL,
  size INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (base, attempt, from_byte),
  FOREIGN KEY (base, attempt) REFERENCES acts (base, attempt) ON DELETE CASCADE
) STRICT;

-- Files of outputs on their way into the thread of a run: what each is about → how far it is, as JSON.
ALTER TABLE tellings ADD COLUMN output_files TEXT;
UPDATE tellings SET output_files = '{"log":"done"}'
  WHERE run IN (SELECT id FROM runs WHERE ended_at IS NOT NULL);
