-- Reports of runs, compressed. One that proxbox_run.report holds is read there until its run is forgotten.
CREATE TABLE proxbox_run_report (
    run TEXT NOT NULL PRIMARY KEY REFERENCES proxbox_run (id) ON DELETE CASCADE,
    report BLOB NOT NULL,
    size INTEGER NOT NULL
);
