CREATE TABLE netboxendpoint (
	id INTEGER NOT NULL,
	name VARCHAR NOT NULL,
	ip_address VARCHAR NOT NULL,
	domain VARCHAR NOT NULL,
	port INTEGER NOT NULL,
	token VARCHAR NOT NULL,
	verify_ssl BOOLEAN NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_netboxendpoint_name ON netboxendpoint (name);
CREATE INDEX ix_netboxendpoint_domain ON netboxendpoint (domain);
CREATE INDEX ix_netboxendpoint_ip_address ON netboxendpoint (ip_address);
CREATE TABLE proxmoxendpoint (
	id INTEGER NOT NULL,
	name VARCHAR NOT NULL,
	ip_address VARCHAR NOT NULL,
	domain VARCHAR,
	port INTEGER NOT NULL,
	username VARCHAR NOT NULL,
	password VARCHAR,
	verify_ssl BOOLEAN NOT NULL,
	token_name VARCHAR,
	token_value VARCHAR,
	allow_writes BOOLEAN NOT NULL,
	ssh_username VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_proxmoxendpoint_name ON proxmoxendpoint (name);
CREATE INDEX ix_proxmoxendpoint_username ON proxmoxendpoint (username);
CREATE INDEX ix_proxmoxendpoint_ip_address ON proxmoxendpoint (ip_address);
CREATE INDEX ix_proxmoxendpoint_domain ON proxmoxendpoint (domain);
CREATE TABLE authlockout (
	ip_address VARCHAR NOT NULL,
	attempts INTEGER NOT NULL,
	first_attempt_time FLOAT NOT NULL,
	PRIMARY KEY (ip_address)
);
CREATE TABLE apikey (
	id INTEGER NOT NULL,
	label VARCHAR NOT NULL,
	key_hash VARCHAR NOT NULL,
	is_active BOOLEAN NOT NULL,
	created_at FLOAT NOT NULL,
	PRIMARY KEY (id)
);
