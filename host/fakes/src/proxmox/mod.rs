//! A Proxmox VE API server over a fleet.
