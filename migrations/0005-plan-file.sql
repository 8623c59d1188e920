-- How far a plan's file is on its way into the thread of its run. NULL: nobody has tried. Runs from before get none.
ALTER TABLE tellings ADD COLUMN plan_file TEXT;
UPDATE tellings SET plan_file = 'done';
