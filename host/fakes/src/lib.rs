//! A generated Proxmox fleet and an in-memory NetBox, served over HTTP, for the demo and for tests.
