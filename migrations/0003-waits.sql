-- A step that stands still waits for people, who answer it; a run can be handed to somebody else.
ALTER TABLE steps ADD COLUMN wait TEXT;
ALTER TABLE steps ADD COLUMN answers TEXT;
ALTER TABLE runs ADD COLUMN owner TEXT;

-- Messages in a run's thread that are edited later: what they are about → their ts, as JSON.
ALTER TABLE tellings ADD COLUMN cards TEXT;
