-- What holds a run beyond its steps, whom it left aside, who spoke at its gates. NULL: nothing of all that.
ALTER TABLE runs ADD COLUMN course TEXT;
