-- Looks at clusters that people wait for: what is left here at a start died with the process before.
CREATE TABLE looks (
  id TEXT PRIMARY KEY,
  what TEXT NOT NULL,
  channel TEXT NOT NULL,
  user TEXT NOT NULL,
  again TEXT NOT NULL,
  since TEXT NOT NULL,
  -- The message in the channel that says how far it is; NULL while there is none.
  ts TEXT
) STRICT, WITHOUT ROWID;
