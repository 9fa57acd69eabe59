-- What modules did and logged in a run: in its report, too, but that is large.
ALTER TABLE proxbox_run ADD COLUMN module_usage TEXT;
ALTER TABLE proxbox_run ADD COLUMN module_log TEXT;
