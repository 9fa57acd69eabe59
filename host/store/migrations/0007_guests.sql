-- What tells a guest from another that gets its vmid, and is not kept in NetBox.
CREATE TABLE proxbox_guest (
    source TEXT NOT NULL,
    vmid INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    PRIMARY KEY (source, vmid)
) WITHOUT ROWID;
