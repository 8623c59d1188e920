-- A run from its proposal on. `revision` counts its events; a commit names the revision that it was decided on.
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  cluster TEXT NOT NULL,
  status TEXT NOT NULL,
  channel TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  plan TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  started_at TEXT,
  ended_at TEXT,
  ended_by TEXT,
  end_reason TEXT,
  pause_requested_by TEXT,
  halt TEXT,
  revision INTEGER NOT NULL
) STRICT;

CREATE INDEX runs_by_cluster ON runs (cluster, created_at DESC);
CREATE INDEX runs_by_status ON runs (status);

-- Two plans of one cluster may be approved in the same second; only one of them may hold the cluster.
CREATE UNIQUE INDEX one_run_holds_a_cluster ON runs (cluster)
  WHERE status IN ('approved', 'running', 'pausing', 'paused', 'halted', 'aborting');

CREATE TABLE approvals (
  run TEXT NOT NULL REFERENCES runs (id),
  by_user TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (run, by_user)
) STRICT, WITHOUT ROWID;

-- Only steps that were touched have a row; the plan says which steps there are.
CREATE TABLE steps (
  run TEXT NOT NULL REFERENCES runs (id),
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  budget_from INTEGER NOT NULL,
  started_at TEXT,
  ended_at TEXT,
  retry_at TEXT,
  already_done INTEGER NOT NULL,
  facts TEXT NOT NULL,
  failure TEXT,
  PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;

-- Append-only: what happened, in order. Slack, metrics and reports are projections of it.
CREATE TABLE events (
  run TEXT NOT NULL REFERENCES runs (id),
  seq INTEGER NOT NULL,
  at TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

-- The right to run a cluster. The row stays when a lease is released, so that a fence is never given twice.
CREATE TABLE leases (
  cluster TEXT PRIMARY KEY,
  owner TEXT,
  fence INTEGER NOT NULL,
  expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Slack delivers at least once; what was dealt with is remembered here.
CREATE TABLE deliveries (
  key TEXT PRIMARY KEY,
  at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_by_age ON deliveries (at);

-- How far a run has been told in Slack.
CREATE TABLE tellings (
  run TEXT PRIMARY KEY REFERENCES runs (id),
  channel TEXT NOT NULL,
  parent_ts TEXT,
  told_seq INTEGER NOT NULL,
  posting_seq INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE backups (
  run TEXT NOT NULL REFERENCES runs (id),
  step TEXT NOT NULL,
  cluster TEXT NOT NULL,
  kind TEXT NOT NULL,
  path TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  taken_at TEXT NOT NULL,
  PRIMARY KEY (run, step, path)
) STRICT, WITHOUT ROWID;
