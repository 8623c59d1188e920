-- A plan can be megabytes, and a row of SQLite is read up to the column that is wanted, and written as a whole. Apart from
-- their plans rows of runs stay short: lists read hundreds of them, and every commit writes one.
CREATE TABLE plans (
  run TEXT PRIMARY KEY REFERENCES runs (id),
  body TEXT NOT NULL
) STRICT;

INSERT INTO plans SELECT id, plan FROM runs;

-- What lists show of a plan: cluster, versions, what it is for.
ALTER TABLE runs ADD COLUMN headline TEXT NOT NULL DEFAULT '{}';
UPDATE runs SET headline = json_object(
  'cluster', plan ->> '$.cluster',
  'from', plan ->> '$.from',
  'to', plan ->> '$.to',
  'hops', json(plan -> '$.hops'),
  'purpose', json(coalesce(plan -> '$.purpose', '{"kind":"upgrade"}'))
);

-- The node that a step of the plan is about; NULL: the cluster's own.
ALTER TABLE steps ADD COLUMN node TEXT;
CREATE TABLE nodes_of_steps (run TEXT, key TEXT, node TEXT, PRIMARY KEY (run, key)) WITHOUT ROWID;
INSERT OR IGNORE INTO nodes_of_steps
  SELECT runs.id, step.value ->> '$.key', step.value ->> '$.input.node'
  FROM runs, json_each(runs.plan, '$.phases') AS phase, json_each(phase.value, '$.batches') AS batch,
    json_each(batch.value, '$.turns') AS turn, json_each(turn.value, '$.steps') AS step;
UPDATE steps SET node = found.node
  FROM nodes_of_steps AS found WHERE found.run = steps.run AND found.key = steps.key;
DROP TABLE nodes_of_steps;

ALTER TABLE runs DROP COLUMN plan;
