-- Who of several processes writes to NetBox, and until when, in seconds since the epoch.
CREATE TABLE proxbox_lease (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until REAL NOT NULL
);
