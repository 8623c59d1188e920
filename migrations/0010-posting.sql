-- When a post to Slack was begun of which nobody has heard yet whether it arrived: it is looked for by that moment.
ALTER TABLE tellings ADD COLUMN posting_at TEXT;
