//! An in-memory NetBox REST server.
