-- An act that outlived its wait and that a person wants ended before the step is looked at again.
ALTER TABLE steps ADD COLUMN stop TEXT;
