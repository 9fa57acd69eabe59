-- Small facts about this database: the key check, the bootstrap claim, the digest secret.
CREATE TABLE proxbox_meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Failed attempts of one credential (by digest) from one source; authlockout holds the totals of a source.
CREATE TABLE proxbox_auth_bucket (
    source TEXT NOT NULL,
    credential TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    first_attempt_time REAL NOT NULL,
    PRIMARY KEY (source, credential)
);

CREATE TABLE proxbox_run (
    id TEXT NOT NULL PRIMARY KEY,
    scope TEXT NOT NULL,
    status TEXT NOT NULL,
    started REAL NOT NULL,
    ended REAL,
    report TEXT
);
CREATE INDEX proxbox_run_started ON proxbox_run (started);
