-- Incidents that keep runs of a cluster from beginning anything; a row goes when the incident is over.
CREATE TABLE incidents (
  cluster TEXT NOT NULL,
  channel TEXT NOT NULL,
  by_user TEXT NOT NULL,
  at TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (cluster, channel)
) STRICT, WITHOUT ROWID;
