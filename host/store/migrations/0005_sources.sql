-- What is known of the source that each Proxmox endpoint leads to, so that another one is not taken for it. A source that no
-- endpoint leads to any more keeps its name.
CREATE TABLE proxbox_source (
    id INTEGER NOT NULL PRIMARY KEY,
    endpoint_id INTEGER UNIQUE,
    name TEXT NOT NULL,
    is_apart BOOLEAN NOT NULL,
    cluster TEXT NOT NULL,
    mode TEXT NOT NULL,
    authority TEXT,
    nodes TEXT NOT NULL
);
