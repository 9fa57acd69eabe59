-- What was synced of the source of an endpoint into a NetBox, as JSON, so that quick runs can tell what has changed since.
CREATE TABLE proxbox_synced (
    endpoint_id INTEGER NOT NULL REFERENCES proxmoxendpoint (id) ON DELETE CASCADE,
    netbox TEXT NOT NULL,
    synced TEXT NOT NULL,
    PRIMARY KEY (endpoint_id, netbox)
);
